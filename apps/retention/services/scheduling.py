"""Versions of the schedule: drafted by one person, agreed to by another."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.matters.enums import Channel, Depth
from apps.matters.registry import holders
from apps.notices import services as notices
from apps.retention import permissions
from apps.retention.enums import Family, ScheduleState
from apps.retention.models import Schedule, ScheduleLine
from apps.retention.models.schedules import YEARS_LEAST, YEARS_MOST

LINES_MOST = 30


@dataclass(frozen=True)
class LineSpec:
    """A line as it shall be; see ``models.ScheduleLine``."""

    matter: str
    years: int
    depth: str = Depth.CLEANED
    channel: str = ""
    family: str = ""


@transaction.atomic
def save_draft(actor: User, *, tenant: Tenant, note: str, lines: Sequence[LineSpec]) -> Schedule:
    """Will write the version in hand, or begin the next one; audited with both sides.

    lines: 1-30, in order; the first that fits a case counts. The one who writes is the author.
    Locks the tenant. Raises: NotAllowed; Refused (submitted already); InvalidInput (fields
        "note" and "lines").
    """
    permissions.require(actor, permissions.DRAFT, tenant.pk)
    _check(note.strip(), lines)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    mine = Schedule.objects.filter(tenant=tenant)
    draft = mine.filter(state__in=[ScheduleState.DRAFT, ScheduleState.SUBMITTED]).first()
    if draft is not None and draft.state == ScheduleState.SUBMITTED:
        raise Refused(_("该版本已提交复核，退回后才能修改"))
    before = _document(draft) if draft else {}
    if draft is None:
        last = mine.aggregate(n=Max("number"))["n"] or 0
        draft = Schedule(tenant=tenant, number=last + 1)
    elif before == {"note": note.strip(), "lines": [asdict(line) for line in lines]}:
        return draft
    draft.note, draft.author, draft.drafted_at = note.strip(), actor, clock.now()
    draft.save()
    draft.lines.all().delete()
    ScheduleLine.objects.bulk_create(
        ScheduleLine(schedule=draft, position=place, **asdict(line))
        for place, line in enumerate(lines, start=1)
    )
    _record(actor, "retention_schedule.drafted", draft, before)
    return draft


@transaction.atomic
def submit(actor: User, *, schedule_id: int) -> Schedule:
    """Will ask for a second person's agreement and tell those who may give it.

    Raises: NotFound; NotAllowed; Refused (no draft).
    """
    schedule = _lock(actor, permissions.DRAFT, schedule_id, ScheduleState.DRAFT)
    before = _standing(schedule)
    schedule.state, schedule.refusal = ScheduleState.SUBMITTED, ""
    schedule.save(update_fields=["state", "refusal"])
    _note(actor, "retention_schedule.submitted", schedule, before)
    agreeing = users_with_permission(permissions.AGREE).exclude(pk=schedule.author_id)
    notices.notify(
        recipients=[
            p for p in agreeing if permissions.can(p, permissions.AGREE, schedule.tenant_id)
        ],
        kind="request",
        title=_("保存期限表 %s 待复核") % schedule,
        body=schedule.note,
        url=f"/retention/schedules/{schedule.pk}/",
        key=f"retention-schedule:{schedule.pk}:{schedule.drafted_at.timestamp()}",
    )
    return schedule


@transaction.atomic
def agree(actor: User, *, schedule_id: int) -> Schedule:
    """Will put a submitted version in force; the one before ends at the same moment.

    Raises: NotFound; NotAllowed; Refused (not submitted, or the actor wrote it).
    """
    schedule = _lock(actor, permissions.AGREE, schedule_id, ScheduleState.SUBMITTED)
    if schedule.author_id == actor.pk:
        raise Refused(_("起草人不能复核自己的期限表"))
    moment = clock.now()
    former = Schedule.objects.select_for_update().filter(
        tenant=schedule.tenant, state=ScheduleState.IN_FORCE
    )
    for ended in former:
        before = _standing(ended)
        ended.state, ended.ended_at = ScheduleState.ENDED, moment
        ended.save(update_fields=["state", "ended_at"])
        _note(actor, "retention_schedule.ended", ended, before)
    before = _standing(schedule)
    schedule.state = ScheduleState.IN_FORCE
    schedule.agreed_by, schedule.agreed_at = actor, moment
    schedule.save(update_fields=["state", "agreed_by", "agreed_at"])
    _note(actor, "retention_schedule.agreed", schedule, before)
    return schedule


@transaction.atomic
def send_back(actor: User, *, schedule_id: int, reason: str) -> Schedule:
    """Will give a submitted version back to its author, with a reason of 2-300 characters.

    Raises: NotFound; NotAllowed; Refused; InvalidInput (field "reason").
    """
    schedule = _lock(actor, permissions.AGREE, schedule_id, ScheduleState.SUBMITTED)
    reason = reason.strip()
    if not 2 <= len(reason) <= 300:
        raise InvalidInput(_("请填写退回理由（2至300字）"), field="reason")
    before = _standing(schedule)
    schedule.state, schedule.refusal = ScheduleState.DRAFT, reason
    schedule.save(update_fields=["state", "refusal"])
    _note(actor, "retention_schedule.sent_back", schedule, before)
    return schedule


@transaction.atomic
def withdraw(actor: User, *, schedule_id: int) -> Schedule:
    """Will end the version in force: nothing is forgotten until another one is agreed to.

    Raises: NotFound; NotAllowed; Refused (not in force).
    """
    schedule = _lock(actor, permissions.AGREE, schedule_id, ScheduleState.IN_FORCE)
    before = _standing(schedule)
    schedule.state, schedule.ended_at = ScheduleState.ENDED, clock.now()
    schedule.save(update_fields=["state", "ended_at"])
    _note(actor, "retention_schedule.ended", schedule, before)
    return schedule


def _lock(actor: User, right: str, schedule_id: int, state: ScheduleState) -> Schedule:
    found = (
        Schedule.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=schedule_id)
        .first()
    )
    if found is None or not any(
        permissions.can(actor, one, found.tenant_id) for one in permissions.READERS
    ):
        raise NotFound(_("没有这份保存期限表"))
    permissions.require(actor, right, found.tenant_id)
    if found.state != state:
        raise Refused(_("该版本当前状态为“%s”") % found.get_state_display())
    return found


def _check(note: str, lines: Sequence[LineSpec]) -> None:
    if not 2 <= len(note) <= 300:
        raise InvalidInput(_("请填写变更说明（2至300字）"), field="note")
    if not 1 <= len(lines) <= LINES_MOST:
        raise InvalidInput(_("请填写1至%d条期限") % LINES_MOST, field="lines")
    prefixes = {prefix for holder in holders().values() for prefix in holder.matters}
    seen: set[tuple[str, str, str]] = set()
    for place, line in enumerate(lines, start=1):
        problem = _problem_of(line, prefixes)
        asked = (line.matter, line.channel, line.family)
        if not problem and asked in seen:
            problem = _("与前面的条件相同，不会生效")
        if problem:
            text = _("第%(n)d条：%(problem)s") % {"n": place, "problem": problem}
            raise InvalidInput(text, field="lines")
        seen.add(asked)


def _problem_of(line: LineSpec, prefixes: set[str]) -> str:
    if not YEARS_LEAST <= line.years <= YEARS_MOST:
        return _("保存年限须为%(least)d至%(most)d年") % {"least": YEARS_LEAST, "most": YEARS_MOST}
    if line.depth not in Depth.values:
        return _("到期方式无效")
    if line.matter.partition(".")[0] not in prefixes:
        return _("该事项的个人信息不在此处管理")
    if line.channel and line.channel not in Channel.values:
        return _("来源渠道无效")
    if line.family not in Family.values:
        return _("投诉类别无效")
    return ""


def _document(schedule: Schedule) -> dict[str, Any]:
    names = ("years", "depth", "matter", "channel", "family")
    return {"note": schedule.note, "lines": list(schedule.lines.values(*names))}


def _standing(schedule: Schedule) -> dict[str, Any]:
    return audit.snapshot(schedule, "state", "agreed_by_id", "ended_at", "refusal")


def _record(actor: User, action: str, schedule: Schedule, before: dict[str, Any]) -> None:
    data = audit.document_changes(before, _document(schedule))
    _write(actor, action, schedule, data)


def _note(actor: User, action: str, schedule: Schedule, before: dict[str, Any]) -> None:
    _write(actor, action, schedule, audit.changes(before, _standing(schedule)))


def _write(actor: User, action: str, schedule: Schedule, data: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="retention_schedule",
        object_id=schedule.pk,
        object_label=str(schedule),
        data=data,
    )
