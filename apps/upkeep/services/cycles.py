"""A year's plan: items planned, done with evidence, checked by another, improved. Source: OP-26.

Tasks that follow a check are improvements as those of drills are: ``exercises.add_improvement``.
"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.texts import clean_text
from apps.upkeep import permissions, selectors
from apps.upkeep.enums import Field, ItemState, Verdict
from apps.upkeep.models import CycleEvidence, CycleItem

_TOLD = (
    "year", "field", "title", "goal", "owner", "due_on", "state", "outcome", "verdict", "finding",
)  # fmt: skip


@dataclass(frozen=True)
class NewItem:
    """An item of a plan; see ``CycleItem``."""

    year: int
    field: str
    title: str
    goal: str
    owner: User
    due_on: date


@transaction.atomic
def plan_item(actor: User, *, new: NewItem) -> CycleItem:
    """Will put an item into the plan of a year; audited.

    Raises: NotAllowed; InvalidInput (fields "field", "title", "goal"; "due_on": not of the year);
        Refused (the year's field has one of this title).
    """
    permissions.require_keep(actor)
    if new.field not in Field.values:
        raise InvalidInput(_("领域无效"), field="field")
    if new.due_on.year != new.year or not 2000 <= new.year <= 2100:
        raise InvalidInput(_("完成期限应在计划年度内"), field="due_on")
    item = CycleItem(
        year=new.year, field=new.field, owner=new.owner, due_on=new.due_on,
        title=clean_text(new.title, "title", _("计划事项"), most=200),
        goal=clean_text(new.goal, "goal", _("目标"), most=500),
    )  # fmt: skip
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        if "cycle_item_once" not in str(error):
            raise
        raise Refused(_("该领域今年已有同名的计划事项")) from error
    record_row(actor, "cycle_item.planned", item, **changes({}, snapshot(item, *_TOLD)))
    return item


@transaction.atomic
def move_item(actor: User, *, item_id: int, due_on: date, reason: str) -> CycleItem:
    """Will give a planned item another day of its year, for a reason; audited.

    Raises: NotAllowed; NotFound; Refused (no longer planned; the same day); InvalidInput (fields
        "due_on", "reason").
    """
    permissions.require_keep(actor)
    item = _locked(item_id, ItemState.PLANNED)
    if due_on.year != item.year:
        raise InvalidInput(_("完成期限应在计划年度内"), field="due_on")
    if due_on == item.due_on:
        raise Refused(_("完成期限没有变化"))
    why = clean_text(reason, "reason", _("调整原因"), most=200)
    before = snapshot(item, *_TOLD)
    item.due_on = due_on
    item.save(update_fields=["due_on"])
    record_row(
        actor, "cycle_item.moved", item, reason=why, **changes(before, snapshot(item, *_TOLD))
    )
    return item


@transaction.atomic
def drop_item(actor: User, *, item_id: int) -> None:
    """Will take a planned item without evidence out of the plan; audited.

    Raises: NotAllowed; NotFound; Refused (it is under way).
    """
    permissions.require_keep(actor)
    item = _locked(item_id, ItemState.PLANNED)
    if item.evidence.exists():
        raise Refused(_("已关联佐证的计划事项不能删除"))
    record_row(actor, "cycle_item.dropped", item, **changes(snapshot(item, *_TOLD), {}))
    item.delete()


@transaction.atomic
def link_evidence(actor: User, *, item_id: int, kind: str, ref: str) -> CycleEvidence:
    """Will link something of the year that shows an item was done; by its owner or a keeper.

    Audited. Raises: NotFound; NotAllowed; Refused (closed; linked already); InvalidInput (field
        "what": the actor sees no such thing of the year).
    """
    item = _locked(item_id, ItemState.PLANNED, ItemState.DONE, ItemState.CHECKED)
    _require_owner(actor, item)
    found = selectors.find_evidence(actor, item.year, kind=kind, ref=ref)
    if found is None:
        raise InvalidInput(_("没有这条记录"), field="what")
    linked, is_new = CycleEvidence.objects.get_or_create(
        item=item, kind=kind, ref=ref,
        defaults={
            "label": found.label[:200], "url": found.url[:200],
            "by_name": actor.display_name[:100], "at": clock.now(),
        },
    )  # fmt: skip
    if not is_new:
        raise Refused(_("这条记录已经关联"))
    record_row(actor, "cycle_item.evidenced", item, **changes({}, {"evidence": f"{kind}:{ref}"}))
    return linked


@transaction.atomic
def do_item(actor: User, *, item_id: int, outcome: str) -> CycleItem:
    """Will note that an item was done, with at least one piece of evidence; audited.

    By its owner or a keeper. Raises: NotFound; NotAllowed; Refused (not planned; no evidence);
        InvalidInput (field "outcome").
    """
    item = _locked(item_id, ItemState.PLANNED)
    _require_owner(actor, item)
    told = clean_text(outcome, "outcome", _("执行情况"), most=1000)
    if not item.evidence.exists():
        raise Refused(_("请先关联至少一条佐证"))
    before = snapshot(item, *_TOLD)
    item.state, item.outcome, item.done_at = ItemState.DONE, told, clock.now()
    item.save(update_fields=["state", "outcome", "done_at"])
    record_row(actor, "cycle_item.done", item, **changes(before, snapshot(item, *_TOLD)))
    return item


@transaction.atomic
def check_item(actor: User, *, item_id: int, verdict: str, finding: str) -> CycleItem:
    """Will say whether a done item reached its goal, by a keeper who is not its owner; audited.

    finding: required where it did not. Raises: NotAllowed; NotFound; Refused (not done);
        InvalidInput (fields "verdict", "finding").
    """
    permissions.require_keep(actor)
    item = _locked(item_id, ItemState.DONE)
    if item.owner_id == actor.pk:
        raise NotAllowed(_("责任人不能检查自己的事项，请由另一人检查"))
    if verdict not in Verdict.values:
        raise InvalidInput(_("请选择检查结论"), field="verdict")
    told = finding.strip()
    if verdict != Verdict.MET or told:
        told = clean_text(finding, "finding", _("检查发现"), most=1000)
    before = snapshot(item, *_TOLD)
    item.state, item.verdict, item.finding = ItemState.CHECKED, verdict, told
    item.checker, item.checked_at = actor, clock.now()
    item.save(update_fields=["state", "verdict", "finding", "checker", "checked_at"])
    record_row(actor, "cycle_item.checked", item, **changes(before, snapshot(item, *_TOLD)))
    return item


@transaction.atomic
def close_item(actor: User, *, item_id: int) -> CycleItem:
    """Will close a checked item: its goal was reached, or every task that followed is done.

    Audited. Raises: NotAllowed; NotFound; Refused (not checked; nothing follows what was missed;
        a task is open).
    """
    permissions.require_keep(actor)
    item = _locked(item_id, ItemState.CHECKED)
    tasks = item.improvements.all()
    if item.verdict != Verdict.MET and not tasks.exists():
        raise Refused(_("未达到目标的事项须先登记改进事项"))
    if tasks.filter(done_at=None).exists():
        raise Refused(_("还有改进事项没有完成"))
    before = snapshot(item, *_TOLD)
    item.state, item.closed_at = ItemState.CLOSED, clock.now()
    item.save(update_fields=["state", "closed_at"])
    record_row(actor, "cycle_item.closed", item, **changes(before, snapshot(item, *_TOLD)))
    return item


def _locked(item_id: int, *states: ItemState) -> CycleItem:
    """Raises: NotFound; Refused (in none of the states)."""
    item = CycleItem.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None:
        raise NotFound(_("没有这个计划事项"))
    if item.state not in states:
        raise Refused(_("事项现在是“%s”，不能这样做") % item.get_state_display())
    return item


def _require_owner(actor: User, item: CycleItem) -> None:
    if item.owner_id != actor.pk and not permissions.can_keep(actor):
        raise NotAllowed(_("只有责任人或平台运维人员可以登记"))
