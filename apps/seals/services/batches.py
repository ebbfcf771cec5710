"""Many documents with the same seals: handed in by a page, read one by one by a worker.

The page only keeps the bytes. A worker looks each document through, asks for its seals in the
requester's name and hands it in; what is refused stays in the batch with its reason. A worker
that dies leaves a claim that lapses; the key of the request keeps it from being asked twice.
Source: ES-01, ES-05.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.seals import office
from apps.seals.enums import SignedForm
from apps.seals.models import BatchPaper, Seal, UseBatch
from apps.seals.services.converting import take
from apps.seals.services.uses import NewUse, Wanted, ask_use, submit_use
from apps.seals.services.waking import wake

logger = logging.getLogger(__name__)
MOST_PAPERS = 1000
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
_TAKEN = frozenset({"document", "image"})


@dataclass(frozen=True)
class NewBatch:
    """What every document of a batch has in common. level: proved by the sign-on."""

    name: str
    reason: str
    wanted: Sequence[Wanted]
    matter: str = ""
    level: int = 0
    form: str = SignedForm.PDF


@transaction.atomic
def open_batch(actor: User, *, new: NewBatch, uploads: Sequence[File]) -> UseBatch:
    """Will keep the documents of a new batch; workers enter them.

    Raises: InvalidInput (fields "name", "files").
    """
    if len(new.name.strip()) < 2:
        raise InvalidInput(_("请填写批次名称"), field="name")
    plan = {
        "reason": new.reason,
        "matter": new.matter,
        "level": new.level,
        "form": new.form,
        "seals": [
            {
                "seal": each.seal.pk, "rule": each.rule, "page": each.page, "x_mm": each.x_mm,
                "y_mm": each.y_mm, "keyword": each.keyword, "is_loose": each.is_loose,
            }
            for each in new.wanted
        ],
    }  # fmt: skip
    batch = UseBatch.objects.create(
        name=new.name.strip()[:100], requested_by=actor, requested_at=clock.now(), plan=plan
    )
    _add(actor, batch, uploads, "opened")
    return batch


@transaction.atomic
def add_papers(actor: User, *, batch_id: int, uploads: Sequence[File]) -> UseBatch:
    """Will add documents to one's own batch: a browser sends a hundred at once at most.

    Locks the batch. Raises: NotFound; InvalidInput (field "files").
    """
    found = UseBatch.objects.select_for_update().filter(pk=batch_id, requested_by=actor)
    batch = found.first()
    if batch is None:
        raise NotFound(_("没有这个批次"))
    _add(actor, batch, uploads, "added")
    return batch


def enter_due(*, most: int = 50) -> int:
    """Will enter documents of batches, oldest first, and give how many were taken up.

    Needs no key, but a worker where office files come. Where more is due, a worker is woken again.
    """
    done = 0
    while done < most:
        claimed = _claim()
        if claimed is None:
            return done
        _enter(claimed)
        done += 1
    wake()
    return done


def _add(actor: User, batch: UseBatch, uploads: Sequence[File], deed: str) -> None:
    was = audit.snapshot(batch, "total")
    total = batch.total + len(uploads)
    if not uploads or total > MOST_PAPERS:
        raise InvalidInput(_("一批 1 到 %(n)d 份") % {"n": MOST_PAPERS}, field="files")
    for number, upload in enumerate(uploads, batch.total + 1):
        title = str(upload.name or "").rpartition("/")[2].rpartition(".")[0][:120]
        paper = BatchPaper(batch=batch, position=number, title=title or str(number))
        try:
            paper.file, paper.due_at = _kept(upload), clock.now()
        except InvalidInput as error:
            paper.trouble = str(error)[:200]
        paper.save()
    batch.total = total
    batch.save(update_fields=["total"])
    audit.record(
        actor, f"seal_batch.{deed}", object_type="seals.batch", object_id=batch.pk,
        object_label=batch.name, data=audit.changes(was, audit.snapshot(batch, "total")),
    )  # fmt: skip
    transaction.on_commit(wake, robust=True)


def _kept(upload: File) -> StoredFile:
    upload.seek(0)
    content = upload.read(settings.UPLOAD_MAX_BYTES + 1)
    kind = office.kind_of(content) if len(content) <= settings.UPLOAD_MAX_BYTES else None
    if kind is None:
        return files.store(upload, allow=_TAKEN)
    office.require_switched_on()
    return files.keep(content, media_type=kind.media_type)


def _claim() -> int | None:
    now = clock.now()
    with transaction.atomic():
        due = BatchPaper.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        paper = due.order_by("due_at", "pk").first()
        if paper is None:
            return None
        paper.due_at, paper.attempts = now + LEASE, paper.attempts + 1
        if paper.attempts > MOST_ATTEMPTS:  # its worker died every time
            paper.due_at, paper.trouble = None, _("文件处理多次中断，请单独提交")
        paper.save(update_fields=["due_at", "attempts", "trouble"])
        return paper.pk


def _enter(paper_id: int) -> None:
    paper = BatchPaper.objects.select_related("batch__requested_by", "file").get(pk=paper_id)
    if paper.due_at is None:
        return
    person, plan = paper.batch.requested_by, paper.batch.plan
    try:
        assert paper.file is not None
        with files.open_stored(paper.file) as source:
            taken = take(File(source), plan.get("form", SignedForm.PDF), converts=True)
        use = ask_use(
            person,
            new=NewUse(
                title=paper.title, document=taken, reason=plan["reason"], wanted=_wanted(plan),
                matter=plan["matter"], level=plan["level"], batch=paper.batch,
                key=f"batch-{paper.pk}", form=plan.get("form", SignedForm.PDF),
            ),
        )  # fmt: skip
        paper.use, paper.due_at = submit_use(person, use_id=use.pk), None
    except DomainError as error:
        paper.trouble, paper.due_at = str(error)[:200], None
    except Exception:
        logger.exception("a document of a batch could not be entered")
        return  # its claim lapses; after some tries it is given up
    paper.save(update_fields=["use", "trouble", "due_at"])


def _wanted(plan: dict[str, Any]) -> list[Wanted]:
    told: list[dict[str, Any]] = plan["seals"]
    seals = Seal.objects.select_related("unit").in_bulk([each["seal"] for each in told])
    if len(seals) < len(told):
        raise Refused(_("印章不存在"), code="seal_state")
    return [
        Wanted(seals[each["seal"]], **{k: v for k, v in each.items() if k != "seal"})
        for each in told
    ]
