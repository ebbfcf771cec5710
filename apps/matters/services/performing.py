"""One action on one case: lock, refuse, work, write, announce."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.deputies.reading import settle_capacity
from apps.accounts.models import User
from apps.accounts.selectors import unit_name_of
from apps.audit import services as audit
from apps.clocks import services as clocks
from apps.common import clock, rows
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.models import StoredFile
from apps.common.questions import Question
from apps.matters import permissions
from apps.matters.actions import Action, Context, get_action
from apps.matters.actions.base import NewFact
from apps.matters.actors import CaseActor
from apps.matters.clockwork import SUBJECT, clock_keys, move_clocks
from apps.matters.definition import ActionDef, MatterDefinition, definition_of
from apps.matters.ending import wind_up
from apps.matters.enums import AttachmentPurpose, FactKind, StateCategory
from apps.matters.errors import ActionNotPossible, CaseMoved
from apps.matters.models import Case, CaseAttachment, CaseEvent, CaseFact, MatterVersion
from apps.matters.publishing import publish_event
from apps.matters.registry import extension_of, followers_of, foreseen_of
from apps.matters.services.following import follow, require_may_end
from apps.matters.services.trust import require_to_act
from apps.matters.signals import CaseAdvanced, case_advanced
from apps.notices import services as notices

_CASE = Question(
    lambda case: (
        Case.objects.select_for_update(of=("self",))
        .select_related("version", "matter_type", "tenant__area", "unit", "area", "proposal")
        .defer("search", "version__body", "area__boundary", "tenant__area__boundary")
        .filter(pk=case)
    )
)


@dataclass(frozen=True)
class NewFile:
    """A stored file to be added with an action or a report."""

    file: StoredFile
    name: str


@dataclass(frozen=True)
class Outcome:
    """What ``perform`` did. repeated: the key was seen before and nothing was done again."""

    case: Case
    event: CaseEvent
    repeated: bool = False


@rows.in_order()
def perform(
    actor: CaseActor,
    *,
    case_id: int,
    action: str,
    data: Mapping[str, Any],
    expected_version: int | None = None,
    key: str | None = None,
    files: Sequence[NewFile] = (),
) -> Outcome:
    """Will do one action on a case, with all it entails, or nothing.

    data: the fields of the action's form, as strings or JSON values. expected_version: the
    ``lock_version`` the actor saw; another one means somebody was faster. key: the same key on
    the same case gives the first answer again, whatever else is passed.
    Locks the case row, then its tasks, requests and clocks, until commit. Writes the event,
    its facts and files, moves the clocks, orders the notices; sends ``case_advanced`` after
    commit.

    Raises: NotFound (no such case); NotAllowed (the actor is not one of the action's actors);
        ActionNotPossible (not from this state, or a guard); CaseMoved (stale page);
        InvalidInput (a field of ``data``); StepUpRequired (the matter wants to be surer of who
        acts).
    Source: MT-26, MT-09, architecture 3.2.
    """
    rows.foresee(*clocks.open_questions(SUBJECT, case_id), *foreseen_of(case_id))
    case = lock_case(case_id)
    if key:
        earlier = CaseEvent.objects.filter(case=case, key=key).first()
        if earlier is not None:
            return Outcome(case, earlier, repeated=True)
    definition = definition_of(case.version_id, case.version.body)
    action_def = definition.actions.get(action)
    if action_def is None or not permissions.can_perform(actor, action_def, case, definition):
        raise NotAllowed(_("您不能对此案件执行该操作"))
    if isinstance(actor, User):
        settle_capacity(
            actor, lambda one: permissions.can_perform(one, action_def, case, definition)
        )
    _require_current(case, definition, action_def, expected_version)
    require_to_act(actor, action_def.trust)

    verb = get_action(action)
    rows.foresee(
        rows.numbers_question(*_numbers_for(definition, action_def)),
        *verb.foreseen(case),
        *extension_of(case.matter_type.code).foreseen(case),
    )
    ctx = Context(
        actor=actor,
        case=case,
        definition=definition,
        action=action_def,
        data=_clean(verb, actor, case, definition, data),
        now=clock.now(),
    )
    if files and verb.files_as is None:
        raise InvalidInput(_("此操作不接收附件"), field="file")
    for guard in extension_of(case.matter_type.code).guards:
        guard(case, action, ctx.data)
    if verb.check is not None:
        verb.check(ctx)
    verb.apply(ctx)
    event = write_event(ctx, verb_label(action_def, verb), key=key)
    purpose = ctx.files_as or verb.files_as
    if purpose is not None:
        attach(ctx, event, files, purpose=purpose, is_public=verb.files_public)
    return Outcome(case, event)


def lock_case(case_id: int) -> Case:
    """Will lock a case until commit, with what every action reads beside it."""
    case = _CASE.first(case_id)
    if case is None:
        raise NotFound(_("没有这个案件，或您无权查看"))
    case.version.body = _body_of(case.version_id)
    return case


@lru_cache(maxsize=200)
def _body_of(version: int) -> dict[str, Any]:
    """What a version says, read once: nine kilobytes that never change and every deed needs."""
    return MatterVersion.objects.only("body").get(pk=version).body


def verb_label(action_def: ActionDef, verb: Action) -> str:
    """Will give the name of an action as this matter calls it."""
    return action_def.label or str(verb.label)


def _require_current(
    case: Case, definition: MatterDefinition, action: ActionDef, expected: int | None
) -> None:
    if expected is not None and expected != case.lock_version:
        last = CaseEvent.objects.filter(case=case).order_by("-seq").first()
        raise CaseMoved(
            data={
                "version": case.lock_version,
                "state": case.state,
                "state_label": definition.state(case.state).label,
                "actor": last.actor_name if last else "",
                "action": last.label if last else "",
                "at": last.at.isoformat() if last else "",
            }
        )
    if case.state not in action.sources:
        raise ActionNotPossible(
            _("案件当前为“%(state)s”，不能执行该操作")
            % {"state": definition.state(case.state).label},
            data={"state": case.state, "version": case.lock_version},
        )


def _clean(
    verb: Action,
    actor: CaseActor,
    case: Case,
    definition: MatterDefinition,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    for value in data.values():
        if isinstance(value, UploadedFile):
            raise InvalidInput(_("附件须先上传"), field="file")
    form = verb.form_class(data, case=case, actor=actor, definition=definition)
    if form.is_valid():
        return form.cleaned_data
    field, messages = next(iter(form.errors.items()))
    label = form.fields[field].label if field in form.fields else ""
    raise InvalidInput(
        f"{label}：{messages[0]}" if label else str(messages[0]),
        field=field if field in form.fields else None,
        data={"errors": {name: [str(m) for m in found] for name, found in form.errors.items()}},
    )


def write_event(
    ctx: Context, label: str, *, key: str | None, beside: list[notices.Note] | None = None
) -> CaseEvent:
    """Will write what an action did: state, clocks, facts, event, log, notices, in that order.

    Called by ``perform``, ``open_case`` and the timers, with the case locked. A new case is
    written here, once, with its first state and deadline in it: its row carries a large index.
    beside: of a timer, which moves no clock; its notices are put there and sent with others'.
    """
    case, before = ctx.case, ctx.case.state
    after = ctx.action.outcomes.get(ctx.outcome) or ctx.action.to or before
    is_new = case.lock_version == 0
    require_may_end(ctx, after)
    if after != before or is_new:
        state = ctx.definition.state(after)
        ctx.set(state=after, category=state.category)
        fact = NewFact(FactKind.STATE, after, state.label)
    else:
        fact = None
    if fact is not None and case.category == StateCategory.ENDED and not is_new:
        wind_up(ctx)
    with rows.gathered(savepoint=False):
        if beside is None and not is_new:  # a new case and the timers have drawn theirs
            rows.reserve(*_numbers_for(ctx.definition, ctx.action))
        if beside is None:
            move_clocks(ctx, changed=after != before or is_new)
        event = _write(ctx, label, key=key, before=before, after=after, fact=fact)
        for follower in followers_of(case.matter_type.code):
            follower(case, event)
        follow(ctx, event)
        publish_event(case, event, ctx.definition)
        notes = _notes(ctx, event)
        if beside is None:
            notices.notify_all(notes)
        else:
            beside.extend(notes)
    _announce(ctx, event, is_new=is_new)
    return event


def _numbers_for(definition: MatterDefinition, action: ActionDef) -> list[str]:
    """The sequences an event of this action draws from."""
    return [rows.keys_of(CaseEvent), *clock_keys(definition, action)]


def _write(
    ctx: Context, label: str, *, key: str | None, before: str, after: str, fact: NewFact | None
) -> CaseEvent:
    """The rows of the case itself; they wait for what follows from them."""
    case, is_new = ctx.case, ctx.case.lock_version == 0
    ctx.set(lock_version=case.lock_version + 1, updated_at=ctx.now)
    if is_new:
        rows.insert(case)
    else:
        rows.update(case, *sorted(ctx.changed))
    event = CaseEvent(
        pk=rows.next_key(CaseEvent),
        case=case,
        seq=case.lock_version,
        action=ctx.action.code,
        label=label,
        at=ctx.now,
        actor_id=ctx.actor.pk,
        actor_name=(ctx.shown_as or str(getattr(ctx.actor, "log_name", ctx.actor.display_name)))[
            :100
        ],
        actor_unit=_unit_of(ctx.actor),
        from_state="" if is_new else before,
        to_state=after,
        round=case.round,
        note=ctx.note,
        public_text=ctx.public_text,
        data=ctx.event_data,
        decision=ctx.decision,
        key=key,
    )
    rows.insert(event)
    _write_facts(ctx, event, fact)
    audit.record(
        ctx.actor,
        f"case.{ctx.action.code}",
        object_type="case",
        object_id=case.pk,
        object_label=case.number,  # the log outlives the words a citizen wrote
        data={"event": event.pk, "from": event.from_state, "to": after},
    )
    return event


def _write_facts(ctx: Context, event: CaseEvent, state: NewFact | None) -> None:
    common = {"case_id": ctx.case.pk, "event_id": event.pk, "since": ctx.now}
    for fact in [*([state] if state is not None else []), *ctx.facts]:
        what = {"kind": fact.kind, "value": fact.value, "label": fact.label, "data": fact.data}
        rows.add(CaseFact, common | what)


def _notes(ctx: Context, event: CaseEvent) -> list[notices.Note]:
    return [
        notices.Note(
            recipients=notice.recipients,
            kind=notice.kind,
            title=notice.title,
            body=notice.body,
            url=f"/cases/{ctx.case.pk}/",
            key=f"case-event:{event.pk}:{number}",
        )
        for number, notice in enumerate(ctx.notices)
    ]


def _announce(ctx: Context, event: CaseEvent, *, is_new: bool) -> None:
    advanced = CaseAdvanced(
        case_id=ctx.case.pk,
        event_id=event.pk,
        seq=event.seq,
        matter_type=ctx.case.matter_type.code,
        action=event.action,
        from_state=event.from_state,
        to_state=event.to_state,
        category=ctx.case.category,
        at=event.at,
        is_new=is_new,
        public_text=event.public_text,
    )
    transaction.on_commit(
        lambda: case_advanced.send_robust(sender=Case, advanced=advanced), robust=True
    )


def _unit_of(actor: CaseActor) -> str:
    return unit_name_of(actor) if isinstance(actor, User) else ""


def attach(
    ctx: Context,
    event: CaseEvent,
    files: Sequence[NewFile],
    *,
    purpose: AttachmentPurpose,
    is_public: bool,
) -> None:
    """Will add stored files to the case; the same file for the same purpose counts once."""
    if not files:
        return
    case = ctx.case
    rows.flush()
    CaseAttachment.objects.bulk_create(
        [
            CaseAttachment(
                case=case,
                file=new.file,
                name=new.name[:160],
                purpose=purpose,
                is_public=is_public,
                added_at=ctx.now,
                added_by_id=ctx.actor.pk,
                added_by_name=ctx.actor.display_name,
                round=case.round,
            )
            for new in files
        ],
        ignore_conflicts=True,
    )
    case.attachment_count = CaseAttachment.objects.filter(case=case).count()
    case.save(update_fields=["attachment_count"])
    event.data["files"] = [new.name for new in files]
    event.save(update_fields=["data"])
