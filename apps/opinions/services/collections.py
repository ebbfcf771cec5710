"""Collections from the draft to the published summary (意见征集, PT-08).

A unit drafts, a second person publishes, the public writes while the window is open
(``opinions``), the unit sorts and decides every opinion, writes the summary, and again a
second person publishes that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.texts import clean_text
from apps.opinions import permissions
from apps.opinions.enums import Adoption, Audience, PaperState, Phase
from apps.opinions.models import Collection, CollectionFile
from apps.opinions.services import papers
from apps.places.models import Area

TITLE_MAX, TEXT_MAX, SUMMARY_MAX, FILES_MOST = 80, 20_000, 10_000, 10
_SAID = ("title", "text", "audience", "opens_on", "closes_on", "area", "unit")


@dataclass(frozen=True)
class Notice:
    """What a collection says. opens_on, closes_on: days of the city, both inside."""

    title: str
    text: str
    audience: Audience
    opens_on: date
    closes_on: date
    area: Area | None = None


@transaction.atomic
def draft_collection(
    actor: User,
    *,
    unit: Organization,
    notice: Notice,
    files: Sequence[tuple[StoredFile, str]] = (),
) -> Collection:
    """Will begin a notice of a unit, with its papers. Audited.

    Raises: NotAllowed (not for this unit); InvalidInput (title, text, closes_on, unit, files).
    """
    papers.require_draft(actor, unit)
    row = Collection(
        tenant_id=unit.tenant_id,
        unit=unit,
        unit_path=unit.path,
        author=actor,
        created_at=clock.now(),
    )
    _fill(row, notice)
    row.save()
    _attach(row, files)
    record_row(actor, "collection.drafted", row, **changes({}, snapshot(row, *_SAID)))
    return row


@transaction.atomic
def edit_collection(
    actor: User,
    *,
    collection_id: int,
    notice: Notice,
    files: Sequence[tuple[StoredFile, str]] = (),
    dropped: Sequence[int] = (),
) -> Collection:
    """Will change a draft. dropped: ids of its files to be taken off. Audited.

    Whoever changes it last is its author, and cannot publish it. The same words again change
    nothing. Raises: NotFound; NotAllowed; PaperMoved; InvalidInput.
    """
    row = _lock(actor, collection_id)
    papers.require_draft(actor, row.unit)
    papers.require_state(row, PaperState.DRAFT)
    before = snapshot(row, *_SAID)
    _fill(row, notice)
    row.author = actor
    row.save()
    gone = row.files.filter(pk__in=dropped).delete()[0]
    _attach(row, files)
    told = changes(before, snapshot(row, *_SAID))
    if told["before"] != told["after"] or gone or files:
        record_row(actor, "collection.edited", row, files=len(files), dropped=gone, **told)
    return row


@transaction.atomic
def submit_collection(actor: User, *, collection_id: int) -> Collection:
    """Will hand a draft to a second person. Audited. Raises: NotFound; NotAllowed; PaperMoved."""
    row = _lock(actor, collection_id)
    papers.submit(actor, row, row.unit, url=f"/opinions/collections/{row.pk}/", title=row.title)
    return row


@transaction.atomic
def send_back_collection(actor: User, *, collection_id: int, note: str) -> Collection:
    """Will give it back to its author. Audited. Raises: as ``papers.send_back``; NotFound."""
    row = _lock(actor, collection_id)
    papers.send_back(actor, row, row.unit, note=note)
    return row


@transaction.atomic
def publish_collection(actor: User, *, collection_id: int) -> Collection:
    """Will ask the public, from the first day of the window. Audited.

    Raises: NotFound; NotAllowed (no second person); PaperMoved; InvalidInput (window over).
    """
    row = _lock(actor, collection_id)
    papers.publish(actor, row, row.unit)
    return row


@transaction.atomic
def write_summary(actor: User, *, collection_id: int, summary: str) -> Collection:
    """Will keep the words on what was adopted, for a second person to publish. Audited.

    Raises: NotFound; NotAllowed; PaperMoved; Refused (the window is open, opinions wait);
    InvalidInput (summary).
    """
    row = _lock(actor, collection_id)
    permissions.require_over(actor, permissions.DRAFT, row.unit_path)
    _require_finished(row)
    words = clean_text(summary, "summary", _("采纳情况说明"), most=SUMMARY_MAX)
    before = snapshot(row, "summary")
    row.summary, row.summary_by = words, actor
    row.save(update_fields=["summary", "summary_by"])
    told = changes(before, snapshot(row, "summary"))
    record_row(actor, "collection.summary_written", row, **told)
    return row


@transaction.atomic
def publish_summary(actor: User, *, collection_id: int) -> Collection:
    """Will show everybody what was adopted, what not, and why (采纳情况). Audited.

    Raises: NotFound; NotAllowed (no second person); PaperMoved; Refused (opinions wait, no
    summary is written).
    """
    row = _lock(actor, collection_id)
    permissions.require_over(actor, permissions.PUBLISH, row.unit_path)
    _require_finished(row)
    if not row.summary:
        raise Refused(_("请先填写采纳情况说明"))
    if row.summary_by_id == actor.pk:
        raise NotAllowed(_("采纳情况须由另一人发布"))
    before = snapshot(row, "state")
    row.state, row.concluded_by, row.concluded_at = PaperState.CONCLUDED, actor, clock.now()
    row.save(update_fields=["state", "concluded_by", "concluded_at"])
    record_row(actor, "collection.concluded", row, **changes(before, snapshot(row, "state")))
    return row


def _require_finished(row: Collection) -> None:
    papers.require_state(row, PaperState.PUBLISHED)
    if row.phase(clock.today()) != Phase.OVER:
        raise Refused(_("征集尚未截止，不能公布采纳情况"))
    waiting = row.opinions.filter(adoption=Adoption.PENDING).count()
    if waiting:
        raise Refused(_("还有%d条意见未处理") % waiting)


def _fill(row: Collection, notice: Notice) -> None:
    row.title = clean_text(notice.title, "title", _("标题"), most=TITLE_MAX)
    row.text = clean_text(notice.text, "text", _("征集公告"), most=TEXT_MAX)
    papers.check_window(notice.opens_on, notice.closes_on)
    if notice.audience not in Audience.values:
        raise InvalidInput(_("请选择征集对象"), field="audience")
    city = row.tenant.area
    if notice.area is not None and not (
        city is not None and notice.area.path.startswith(city.path)
    ):
        raise InvalidInput(_("请选择本市的区域"), field="area")
    row.audience, row.area = notice.audience, notice.area
    row.opens_on, row.closes_on = notice.opens_on, notice.closes_on


def _attach(row: Collection, files: Sequence[tuple[StoredFile, str]]) -> None:
    if row.files.count() + len(files) > FILES_MOST:
        raise InvalidInput(_("附件最多%d个") % FILES_MOST, field="files")
    CollectionFile.objects.bulk_create(
        [CollectionFile(collection=row, file=file, name=name[:200]) for file, name in files],
        ignore_conflicts=True,
    )


def _lock(actor: User, collection_id: int) -> Collection:
    row = (
        Collection.objects.select_for_update(of=("self",))
        .select_related("unit", "tenant__area")
        .filter(permissions.papers_q(actor), pk=collection_id)
        .first()
    )
    if row is None:
        raise NotFound(_("没有这个意见征集，或您无权查看"))
    return row
