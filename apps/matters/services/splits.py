"""What follows a split: opening parts in order, joining them, telling the parent (MT-10, MT-22).

Called by the outbox (``apps.matters.duties``) and nobody else; whatever a person does goes
through ``perform``. Locks run from parent to child: the parent's case, the split, its parts,
then one child after the other. A child never locks its parent: it orders ``settle_part``.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import DomainError
from apps.common.phrases import bracketed, labelled
from apps.matters import causes, joining
from apps.matters.actions.base import Context
from apps.matters.actions.splitting import begin, decide_parts, require_splittable
from apps.matters.definition import (
    ActionDef,
    MatterDefinition,
    SplitDef,
    definition_of,
    waiting_states,
)
from apps.matters.enums import (
    OPEN_TASK_STATES,
    AttachmentPurpose,
    Channel,
    JoinPolicy,
    LinkKind,
    PartState,
    Priority,
    RequestState,
    SplitState,
    StateCategory,
    TaskState,
)
from apps.matters.joining import Verdict
from apps.matters.mapping import apply_mapping, result_of
from apps.matters.models import Case, CaseLink, Request, Split, SplitPart, Task
from apps.matters.services.opening import NewCase, open_case
from apps.matters.services.performing import NewFile, lock_case, perform, write_event
from apps.matters.splitting import SOURCE_PREFIX

CANCEL_TOPIC = "matters.cancel_part"
#: Child states in which somebody must decide anew who handles it.
_UNDECIDED = frozenset({StateCategory.INTAKE, StateCategory.ROUTING})
_AT_WORK = frozenset({StateCategory.WAITING, StateCategory.RUNNING, StateCategory.CHECKING})


@transaction.atomic
def split_automatically(*, case_id: int, code: str) -> None:
    """Will split a case where its definition says so after an action; once while it runs.

    A case that has moved on in the meantime is left as it is. A table that cannot answer is
    told on the case and to those who dispatch.
    """
    case = lock_case(case_id)
    definition = definition_of(case.version_id, case.version.body)
    split = definition.splits[code]
    if case.state not in split.sources:
        return
    action = definition.actions.get(split.action)
    ctx = _context(case, "split", _("自动分解"), to=action.to if action is not None else "")
    try:
        with transaction.atomic():
            require_splittable(ctx, split)
            decision, parts, joined = decide_parts(ctx, split)
            begin(ctx, joined, parts, decision)
    except DomainError as error:
        ctx = _context(case, "split_failed", _("未能自动分解"))
        ctx.note = str(error)
        _tell_dispatchers(ctx, _("未能自动分解：%s") % case.title, ctx.note)
    write_event(ctx, ctx.action.label, key=None)


@transaction.atomic
def open_parts(*, split_id: int) -> None:
    """Will open the first parts of a split; those that cannot be opened count as not done."""
    parent, split, parts = _lock(split_id)
    if split.state == SplitState.RUNNING and not parent.is_ended:
        _go_on(parent, split, parts)


@transaction.atomic
def settle_part(*, case_id: int) -> None:
    """Will note how a child stands, and join its parent, or return it, or open what is next.

    Reads the child as it is now, so that repeated and late orders do no harm. Two last
    children closing at once meet at the parent's lock: the second finds the split joined.
    """
    found = SplitPart.objects.filter(case_id=case_id).values_list("split_id", flat=True).first()
    if found is None:
        return
    parent, split, parts = _lock(found)
    part = next(p for p in parts if p.case_id == case_id)
    before = part.state
    _read_child(part)
    if part.state == before:
        return
    part.save(update_fields=["state", "note", "ended_at"])
    if split.state == SplitState.RUNNING:
        if part.state in (PartState.RETURNED, PartState.FAILED):
            _return_to_parent(parent, split, parts, part)
        _go_on(parent, split, parts)
    elif part.state in joining.ENDED and parent.is_ended:
        ctx = _context(parent, "part_ended_late", _("主事项结束后子事项结束"))
        ctx.note = _told(part)
        write_event(ctx, ctx.action.label, key=f"part-late:{part.pk}:{part.state}")


@transaction.atomic
def settle_ended_parent(*, case_id: int) -> None:
    """Will end the running splits of a case that has ended; cancels parts where it says so."""
    parent = lock_case(case_id)
    if not parent.is_ended:
        return
    definition = definition_of(parent.version_id, parent.version.body)
    for split in Split.objects.select_for_update().filter(parent=parent).order_by("pk"):
        split_def = definition.splits.get(split.code)
        parts = list(SplitPart.objects.select_for_update().filter(split=split).order_by("pk"))
        if split.state == SplitState.RUNNING:
            _settle(split, SplitState.ENDED)
            _cancel(parts, planned_only=True, why=_("主事项已结束"))
        if split_def is not None and split_def.close == "cancel":
            _cancel(parts, why=_("主事项已结束"))


@transaction.atomic
def cancel_part(*, part_id: int, why: str) -> None:
    """Will end the case of a part because its parent needs it no more; its own parts follow."""
    part = SplitPart.objects.get(pk=part_id)
    if part.case_id is None:
        return
    child = lock_case(part.case_id)
    if child.is_ended:
        return
    definition = definition_of(child.version_id, child.version.body)
    ctx = _context(child, "cancelled", _("随主事项撤销"), to=cancelled_state(definition))
    Task.objects.filter(case=child, state__in=OPEN_TASK_STATES).update(
        state=TaskState.CANCELLED, done_at=ctx.now
    )
    Request.objects.filter(case=child, state=RequestState.PENDING).update(
        state=RequestState.WITHDRAWN, decided_at=ctx.now
    )
    ctx.set(closed_at=ctx.now, pending_request="")
    ctx.note = why
    if child.unit is not None:
        ctx.notify(
            users_with_permission("matters.handle_case", organization=child.unit),
            kind="ruling",
            title=_("已撤销：%s") % child.title,
            body=why,
        )
    write_event(ctx, ctx.action.label, key=f"cancelled:{part.pk}")


def cancelled_state(definition: MatterDefinition) -> str:
    """Will give the ended state of a case that is not needed any more.

    Where voiding leads, else the first one that means "was not done", else the last end.
    """
    void = definition.actions.get("void")
    if void is not None and void.to:
        return void.to
    ends = [c for c, s in definition.states.items() if s.category == StateCategory.ENDED]
    return next((code for code in ends if code in definition.unsuccessful), ends[-1])


def was_done(definition: MatterDefinition, child: Case) -> bool:
    """Will tell whether an ended child did what its parent needed.

    The definition names the ends that do not count; where it names none, those reached by
    refusing or voiding do not.
    """
    if definition.unsuccessful:
        return child.state not in definition.unsuccessful
    refusals = {a.to for a in definition.actions.values() if a.code in ("reject", "void")}
    return child.state not in refusals


def _lock(split_id: int) -> tuple[Case, Split, list[SplitPart]]:
    parent = lock_case(Split.objects.values_list("parent_id", flat=True).get(pk=split_id))
    split = Split.objects.select_for_update().get(pk=split_id)
    parts = list(
        SplitPart.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(split=split)
        .order_by("number")
    )
    return parent, split, parts


def _go_on(parent: Case, split: Split, parts: list[SplitPart]) -> None:
    """Joins, gives up, or opens what is next; what cannot be opened may decide at once."""
    while split.state == SplitState.RUNNING:
        found = joining.verdict(split.policy, split.quorum, parts)
        if found is Verdict.JOINED:
            _join(parent, split, parts)
        elif found is Verdict.FAILED:
            _settle(split, SplitState.FAILED)
            _cancel(parts, planned_only=True, why=_("已无法汇合"))
        elif not _open_next(parent, split, parts):
            return


def _open_next(parent: Case, split: Split, parts: list[SplitPart]) -> bool:
    """Opens the parts whose turn it is; tells whether one of them could not be opened."""
    order = joining.next_order(parts)
    failed = False
    for part in parts:
        if part.order != order or part.state != PartState.PLANNED:
            continue
        part.opened_at = clock.now()
        try:
            with transaction.atomic():
                part.case = _open_child(parent, split, part)
            part.state = PartState.OPEN
        except DomainError as error:
            part.state, part.note, failed = PartState.FAILED, str(error)[:500], True
            part.ended_at = part.opened_at
        part.save(update_fields=["state", "note", "case", "opened_at", "ended_at"])
        if part.state == PartState.FAILED:
            _return_to_parent(parent, split, parts, part)
    return failed


def _open_child(parent: Case, split: Split, part: SplitPart) -> Case:
    definition = definition_of(parent.version_id, parent.version.body)
    fields, form = apply_mapping(definition.splits[split.code].mapping, parent)
    values: dict[str, Any] = {
        "title": part.title,
        "text": parent.text,
        "address": parent.address,
        "class_code": parent.class_code,
        "priority": parent.priority,
    } | fields
    lon, lat = parent.point.coords if parent.point is not None else (None, None)
    report = NewCase(
        matter_type=part.matter,
        title=values["title"][:120],
        text=values["text"],
        channel=Channel.INTERNAL,
        lon=lon,
        lat=lat,
        address=values["address"],
        class_code=values["class_code"],
        priority=Priority(values["priority"]),
        is_confidential=parent.is_confidential,
        form_data=form,
        source_key=f"{SOURCE_PREFIX}{part.pk}",
    )
    child = open_case(SYSTEM, tenant=parent.tenant, report=report, files=_files(parent)).case
    CaseLink.objects.get_or_create(
        source=child,
        target=parent,
        kind=LinkKind.PARENT,
        defaults={"created_at": clock.now(), "created_by_name": SYSTEM.display_name},
    )
    _dispatch_child(child, part)
    return child


def _files(parent: Case) -> list[NewFile]:
    """The pictures of the report: who works on a part must see what it is about."""
    found = parent.attachments.filter(purpose=AttachmentPurpose.REPORT).select_related("file")
    return [NewFile(attachment.file, attachment.name) for attachment in found]


def _dispatch_child(child: Case, part: SplitPart) -> None:
    """Dispatches to the unit of the rule where the child's matter lets the system do so."""
    definition = definition_of(child.version_id, child.version.body)
    action = definition.actions.get("dispatch")
    if part.unit is None or child.unit_id is not None or action is None:
        return
    by_system = any(definition.actors[name].reach == "system" for name in action.who)
    if not by_system or child.state not in action.sources:
        return
    limit = part.limit or definition.dispatch_default
    perform(
        SYSTEM,
        case_id=child.pk,
        action="dispatch",
        data={
            "unit": part.unit.pk,
            "limit_amount": limit["amount"],
            "limit_unit": limit["unit"],
            "override_reason": _("按主事项的分解规则"),
        },
    )


def _read_child(part: SplitPart) -> None:
    """Sets state, note and end of a part from its case as it is now."""
    child = _child_of(part)
    definition = definition_of(child.version_id, child.version.body)
    if child.is_ended:
        if part.state not in joining.ENDED:
            cancelled = child.events.filter(action="cancelled").exists()
            done = not cancelled and was_done(definition, child)
            part.state = PartState.DONE if done else PartState.FAILED
            part.state = PartState.CANCELLED if cancelled else part.state
            part.note = "" if done else _last_words(child)
            part.ended_at = child.closed_at or child.updated_at
        return
    part.ended_at = None
    if child.category in _UNDECIDED and _was_sent_back(definition, child):
        part.state, part.note = PartState.RETURNED, _last_words(child)
    else:
        part.state, part.note = PartState.OPEN, ""


def _child_of(part: SplitPart) -> Case:
    return Case.objects.select_related("version", "unit").defer("search").get(as_part=part)


def _was_sent_back(definition: MatterDefinition, child: Case) -> bool:
    moved = child.events.exclude(from_state="").order_by("-seq")
    for event in moved:
        if event.from_state != event.to_state:
            known = definition.states.get(event.from_state)
            return known is not None and known.category in _AT_WORK
    return False


def _last_words(child: Case) -> str:
    """Why it ended or was sent back: the note, or else the public words, of its last move."""
    for event in child.events.order_by("-seq")[:10]:
        if event.from_state != event.to_state:
            asked = child.requests.exclude(decided_at=None).order_by("-decided_at").first()
            words = asked.reason if asked is not None and event.action == "rule_return" else ""
            return (words or event.note or event.public_text or event.label)[:500]
    return ""


def _return_to_parent(
    parent: Case, split: Split, parts: Sequence[SplitPart], part: SplitPart
) -> None:
    """Tells parent and dispatcher why a part came back; moves the parent where it is stuck."""
    if parent.is_ended:
        return
    split_def = _split_def(parent, split)
    stuck = joining.is_stuck(split.policy, split.quorum, parts)
    to = _way(parent, split_def, split_def.returned_to) if stuck and split_def else ""
    returned = part.state == PartState.RETURNED
    label = _("子事项退回") if returned else _("子事项未办成")
    ctx = _context(parent, "part_returned", label, to=to)
    ctx.note = _told(part)
    ctx.event_data.update(part=part.number, child=part.case_id, stuck=stuck)
    _tell_dispatchers(ctx, labelled(label, parent.title), ctx.note)
    write_event(ctx, label, key=None)


def _join(parent: Case, split: Split, parts: Sequence[SplitPart]) -> None:
    """The parts have come together: the parent moves on, its people are told."""
    _settle(split, SplitState.JOINED)
    split_def = _split_def(parent, split)
    by_rules = split_def is not None and split.policy != split_def.policy
    if split_def is not None and (
        split.policy == JoinPolicy.ANY if by_rules else split_def.cancels_rest
    ):
        _cancel(parts, why=_("其他子事项已满足汇合条件"))
    if parent.is_ended:
        return
    to = _way(parent, split_def, split_def.to) if split_def is not None else ""
    is_call = split_def is not None and split_def.is_call
    label = _("调用事项已办结") if is_call else _("子事项已汇合")
    ctx = _context(parent, "joined", label, to=to)
    done = [part for part in parts if part.state == PartState.DONE]
    ctx.note = "\n".join(_told(part) for part in done)[:2000]
    ctx.event_data.update(split=split.code, done=[part.case_id for part in done])
    if split_def is not None:
        _bring_back(ctx, split_def, done)
    if to and ctx.definition.state(to).category == StateCategory.ENDED:
        ctx.set(closed_at=ctx.now)
    _tell_handlers(ctx, labelled(label, parent.title), ctx.note)
    write_event(ctx, label, key=f"joined:{split.pk}")


def _bring_back(ctx: Context, split: SplitDef, done: Sequence[SplitPart]) -> None:
    """Copies the result fields of the parts into the parent's form, part after part."""
    if not split.back:
        return
    form = dict(ctx.case.form_data)
    for part in done:
        child = _child_of(part)
        _fields, values = apply_mapping(split.back, child)
        form |= values
    if form != ctx.case.form_data:
        ctx.event_data["form"] = {k: v for k, v in form.items() if ctx.case.form_data.get(k) != v}
        ctx.set(form_data=form)


def _told(part: SplitPart) -> str:
    """One part in a sentence: which, how it ended, what was said."""
    number = ""
    words = part.note
    if part.case_id is not None:
        child = _child_of(part)
        number, words = child.number, part.note or result_of(child)
    return _("第%(n)s项“%(title)s”%(number)s%(state)s：%(words)s") % {
        "n": part.number,
        "title": part.title,
        "number": bracketed(number) if number else "",
        "state": PartState(part.state).label,
        "words": words or _("无说明"),
    }


def _way(parent: Case, split: SplitDef | None, target: str) -> str:
    """The state to go to, empty where somebody has moved the parent elsewhere by hand."""
    if split is None or not target:
        return ""
    definition = definition_of(parent.version_id, parent.version.body)
    return target if parent.state in waiting_states(definition, split) else ""


def _split_def(parent: Case, split: Split) -> SplitDef | None:
    return definition_of(parent.version_id, parent.version.body).splits.get(split.code)


def _settle(split: Split, state: SplitState) -> None:
    split.state, split.settled_at = state, clock.now()
    split.save(update_fields=["state", "settled_at"])


def _cancel(parts: Sequence[SplitPart], *, why: str, planned_only: bool = False) -> None:
    """Drops what was not opened; orders the end of what is open, each in its own transaction."""
    for part in parts:
        if part.state == PartState.PLANNED:
            part.state, part.note, part.ended_at = PartState.CANCELLED, why, clock.now()
            part.save(update_fields=["state", "note", "ended_at"])
        elif not planned_only and part.state in (PartState.OPEN, PartState.RETURNED):
            outbox.enqueue(
                CANCEL_TOPIC,
                key=f"part:{part.pk}",
                payload={"part": part.pk, "why": why} | causes.payload(),
            )


def _context(case: Case, code: str, label: str, *, to: str = "") -> Context:
    return Context(
        actor=SYSTEM,
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code=code, label=label, sources=frozenset(), who=(), to=to),
        data={},
        now=clock.now(),
    )


def _tell_dispatchers(ctx: Context, title: str, body: str) -> None:
    people = users_with_permission("matters.dispatch_case").filter(
        appointments__post__organization__tenant_id=ctx.case.tenant_id
    )
    ctx.notify(people.distinct(), kind="part", title=title, body=body)


def _tell_handlers(ctx: Context, title: str, body: str) -> None:
    if ctx.case.unit is None:
        _tell_dispatchers(ctx, title, body)
        return
    people = users_with_permission("matters.handle_case", organization=ctx.case.unit)
    ctx.notify(people, kind="part", title=title, body=body)
