"""The worker's part of a request that brings an office file: the document made, seals laid on it.

A request is claimed for some minutes and converted outside any transaction. A worker that dies
leaves a claim that lapses; after some tries the request ends with a reason. Source: ES-01.
"""

import logging
from datetime import timedelta

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import DomainError, Refused
from apps.seals.enums import UseState
from apps.seals.models import SealUse
from apps.seals.services.converting import take
from apps.seals.services.documents import Taken
from apps.seals.services.logbook import Tried, note_try
from apps.seals.services.uses import lay_seals, lock_use, submit_use

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3


def read_due(*, most: int = 20) -> int:
    """Will make documents of office files, oldest first, and give how many. In workers only.

    Raises: KeysClosed (no worker).
    """
    done = 0
    for _number in range(most):
        claimed = _claim()
        if claimed is None:
            return done
        done += _read(claimed)
    return done


def _claim() -> int | None:
    now = clock.now()
    with transaction.atomic():
        due = SealUse.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            due_at__lte=now, state=UseState.READING
        )
        use = due.order_by("due_at", "pk").first()
        if use is None:
            return None
        use.due_at, use.attempts = now + LEASE, use.attempts + 1
        use.save(update_fields=["due_at", "attempts"])
        return use.pk


def _read(use_id: int) -> bool:
    use = SealUse.objects.select_related("document").get(pk=use_id)
    try:
        if use.attempts > MOST_ATTEMPTS:  # its worker died every time
            raise Refused(_("文件转换多次中断，请另存为 PDF 后提交"), code="office")
        with files.open_stored(use.document) as source:
            taken = take(File(source), use.form, converts=True)
        _settle(use_id, taken)
    except DomainError as error:
        _give_up(use_id, error)
        return False
    except Exception:
        logger.exception("an office file could not be converted")
        return False  # its claim lapses; after some tries it is given up
    return True


@transaction.atomic
def _settle(use_id: int, taken: Taken) -> None:
    use = lock_use(use_id)
    if use.state != UseState.READING:
        return  # withdrawn meanwhile
    was = audit.snapshot(use, "digest", "state")
    use.source, use.document, use.digest = use.document, taken.file, taken.file.sha256
    use.pages, use.earlier, use.state = taken.pages, taken.earlier, UseState.DRAFT
    use.due_at, use.attempts = None, 0
    use.save()
    lay_seals(use)
    audit.record(
        use.requested_by, "seal_use.converted", object_type="seals.use", object_id=use.pk,
        object_label=f"{use.number} {use.title}",
        data=audit.changes(was, audit.snapshot(use, "digest", "state")),
    )  # fmt: skip
    if use.hands_in:
        submit_use(use.requested_by, use_id=use.pk)


@transaction.atomic
def _give_up(use_id: int, error: DomainError) -> None:
    use = lock_use(use_id)
    if use.state != UseState.READING:
        return
    use.state, use.failure, use.due_at = UseState.FAILED, str(error)[:200], None
    use.save(update_fields=["state", "failure", "due_at"])
    for placement in use.placements.select_related("seal__unit"):
        note_try(use.requested_by, use=use, seal=placement.seal, tried=Tried(reason=str(error)))
