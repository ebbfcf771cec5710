"""Archived documents stamped again: a new time stamp before the last one's certificate ends.

The sealed copy grows by an update; what was sealed and every earlier stamp stay as they are, and
copies fetched before stay ours. A document is stamped outside any transaction and exchanged in
one that asks whether it is still the same. Source: ETSI EN 319 142-1 5.5 (B-LTA); ES-06.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.common.errors import DomainError, Refused
from apps.seals.crypto import certificates, revocations, stamps, workshop
from apps.seals.enums import KeepingLevel, SignedForm, UseState
from apps.seals.models import SealRenewal, SealUse
from apps.seals.pdf import keeping
from apps.seals.services.keeping import refresh_lists
from apps.seals.services.uses import lock_use

logger = logging.getLogger(__name__)
AHEAD = timedelta(days=90)


def renew_due(*, most: int = 100) -> int:
    """Will stamp again what runs out within ninety days, and give how many. In workers only.

    What could not be stamped says why, in the audit log too, and is tried at the next round.
    Raises: KeysClosed (no worker).
    """
    workshop.require_open()
    known = Q(stamped_until__lte=clock.now() + AHEAD)
    # Sealed before the end of stamps was written down.
    unknown = Q(stamped_until=None, placements__seal__level=KeepingLevel.ARCHIVE)
    due = SealUse.objects.filter(known | unknown, state=UseState.SEALED, form=SignedForm.PDF)
    keys = list(due.order_by("stamped_until", "pk").values_list("pk", flat=True).distinct()[:most])
    if keys:
        refresh_lists()
    return sum(_tried(pk) for pk in keys)


def _tried(use_id: int) -> int:
    use = SealUse.objects.select_related("sealed").get(pk=use_id)
    try:
        return int(_renew(use))
    except DomainError as error:
        why = str(error)
    except Exception:
        logger.exception("an archived document could not be stamped again")
        why = _("上一个归档时间戳无法验证，需人工处理")
    if use.failure == why[:200]:
        return 0  # said already
    SealUse.objects.filter(pk=use.pk).update(failure=why[:200])
    audit.record(
        SYSTEM, "seal_use.renewal_failed", object_type="seals.use", object_id=use.pk,
        object_label=f"{use.number} {use.title}", data={"reason": why},
    )  # fmt: skip
    return 0


def _renew(use: SealUse) -> bool:
    assert use.sealed is not None
    with files.open_stored(use.sealed) as source:
        content = source.read()
    if hashlib.sha256(content).hexdigest() != use.sealed_digest:
        raise Refused(_("存储中的盖章文件与记录的摘要不一致"), code="digest")
    until = keeping.stamped_until(content)
    if until is None:
        return False  # its seal was raised to this level after the document was sealed
    if until > clock.now() + AHEAD:
        SealUse.objects.filter(pk=use.pk, stamped_until=None).update(stamped_until=until)
        return False
    timestamper = stamps.chosen()
    if timestamper is None:
        raise Refused(_("没有接入时间戳机构"), code="no_authority")
    made = keeping.stamp_again(
        content, timestamper, certificates=certificates.trusted(), lists=revocations.lists(),
        moment=clock.now(),
    )  # fmt: skip
    lasts = keeping.stamped_until(made)
    if lasts is None or lasts <= until:
        raise Refused(_("时间戳机构的证书没有更新，新时间戳不能延长有效期"), code="no_stamp")
    return _exchange(use, made, lasts)


def _exchange(use: SealUse, made: bytes, until: datetime) -> bool:
    stored = files.store(ContentFile(made, name="sealed.pdf"), allow=frozenset({"document"}))
    with transaction.atomic():
        locked = lock_use(use.pk)
        if locked.sealed_digest != use.sealed_digest:
            return False  # another worker was quicker
        was = audit.snapshot(locked, "sealed_digest", "stamped_until")
        SealRenewal.objects.create(
            use=locked, at=clock.now(), before=use.sealed_digest, after=stored.sha256, until=until
        )
        locked.sealed, locked.sealed_digest, locked.stamped_until = stored, stored.sha256, until
        locked.failure = ""
        locked.save(update_fields=["sealed", "sealed_digest", "stamped_until", "failure"])
        audit.record(
            SYSTEM, "seal_use.renewed", object_type="seals.use", object_id=locked.pk,
            object_label=f"{locked.number} {locked.title}",
            data=audit.changes(was, audit.snapshot(locked, "sealed_digest", "stamped_until")),
        )  # fmt: skip
    return True
