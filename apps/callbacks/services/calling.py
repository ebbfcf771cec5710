"""An agent's work: take the next call-back, dial, write down what came of it.

The call itself leaves the machine and is the view's part, outside any transaction; the agent
never learns the number by it (HL-04).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.audit import services as audit
from apps.callbacks import permissions, selectors
from apps.callbacks.enums import OPEN_STATES, Outcome, RedoRule, TaskState, Way
from apps.callbacks.errors import NotInHand
from apps.callbacks.hours import next_moment, part_of
from apps.callbacks.models import Attempt, CallbackTask
from apps.callbacks.services.reopening import act_on_closed
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Demand, Line
from apps.matters.actors import CaseActor
from apps.matters.definition import definition_of
from apps.matters.enums import TaskKind
from apps.matters.enums import TaskState as WorkState
from apps.matters.models import Case, Task
from apps.matters.services import perform

IN_HAND = timedelta(minutes=30)
_SEEN = ("state", "outcome", "tries", "is_redo", "follow_up_id")
LOW_SCORE = 2  # 不满意 and 非常不满意
_REACHED = {
    Outcome.REACHED: "yes",
    Outcome.NOT_REACHED: "no",
    Outcome.REFUSED: "refused",
    Outcome.WRONG_NUMBER: "wrong",
}


@dataclass(frozen=True)
class Answer:
    """What came of one attempt. Scores 1-5; answers: to the script's own questions."""

    outcome: str
    solved: bool | None = None
    result_score: int | None = None
    acceptance_score: int | None = None
    comment: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DialOrder:
    """What the exchange is told; never shown to the agent."""

    task_id: int
    line: str
    phone: str


@transaction.atomic
def claim_next(actor: User) -> CallbackTask | None:
    """Will give the actor the next call-back, or the one in hand; None where nothing waits.

    In hand for 30 minutes, then anybody's. Two agents at once get two different ones: rows that
    somebody is just taking are passed over. Locks the actor, then the row.
    Raises: NotAllowed.
    """
    permissions.require_any(actor, permissions.CALL)
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    moment = clock.now()
    held = CallbackTask.objects.select_for_update(of=("self",)).filter(
        agent=actor, state=TaskState.CLAIMED
    )
    task = held.first()
    if task is None:
        waiting = selectors.open_to(actor, moment).select_for_update(of=("self",), skip_locked=True)
        task = waiting.first()
        if task is None:
            return None
        _note(actor, "callback.claimed", task)
    task.state, task.agent, task.claimed_until = TaskState.CLAIMED, actor, moment + IN_HAND
    task.save(update_fields=["state", "agent", "claimed_until"])
    return task


@transaction.atomic
def give_back(actor: User, *, task_id: int) -> CallbackTask:
    """Will put the actor's call-back back in line; again changes nothing. Raises: NotInHand."""
    task = _lock(task_id)
    if task.state == TaskState.WAITING:
        return task
    _require_in_hand(actor, task)
    task.state, task.agent, task.claimed_until = TaskState.WAITING, None, None
    task.save(update_fields=["state", "agent", "claimed_until"])
    _note(actor, "callback.given_back", task)
    return task


@transaction.atomic
def reassign(actor: User, *, task_ids: Sequence[int], agent_id: int | None) -> int:
    """Will give open call-backs to one agent, or back in line; gives how many changed.

    An agent has one in hand; the others given stay first in line for them no longer than any:
    so only one may be given to a person at a time. Locks the rows by key. Each is audited.
    Raises: NotAllowed; InvalidInput (field "agent"); Refused (the agent has one in hand, or may
        not do it).
    """
    permissions.require_any(actor, permissions.MANAGE)
    scope = scope_for(actor, permissions.MANAGE)
    found = CallbackTask.objects.select_for_update(of=("self",)).filter(
        permissions.reach_q(scope), pk__in=list(task_ids), state__in=OPEN_STATES
    )
    tasks = [task for task in found.order_by("pk") if permissions.is_independent(actor, task)]
    agent = _agent(agent_id, tasks) if agent_id is not None else None
    changed = 0
    for task in tasks:
        if task.agent_id == (agent.pk if agent else None):
            continue
        before = audit.snapshot(task, "agent", "state")
        task.agent = agent
        task.state = TaskState.CLAIMED if agent else TaskState.WAITING
        task.claimed_until = clock.now() + IN_HAND if agent else None
        task.save(update_fields=["agent", "state", "claimed_until"])
        after = audit.snapshot(task, "agent", "state")
        _note(actor, "callback.reassigned", task, **audit.changes(before, after))
        changed += 1
    return changed


def _agent(agent_id: int, tasks: Sequence[CallbackTask]) -> User:
    agent = User.objects.select_for_update(no_key=True).filter(pk=agent_id, is_active=True).first()
    if agent is None or not agent.has_perm(permissions.CALL):
        raise InvalidInput(_("请选择一名回访员"), field="agent")
    if len(tasks) > 1:
        raise InvalidInput(_("一次只能把一件交给同一名回访员"), field="agent")
    scope = scope_for(agent, permissions.CALL)
    for task in tasks:
        in_reach = scope.covers_tenant(task.tenant_id) and scope.covers_area(task.area_path)
        if (
            not in_reach
            or not permissions.is_independent(agent, task)
            or called_before(agent, task)
        ):
            raise Refused(_("该回访员不能回访此件：不在辖区、属于承办单位或已回访过上一轮"))
        if (
            CallbackTask.objects.filter(agent=agent, state=TaskState.CLAIMED)
            .exclude(pk=task.pk)
            .exists()
        ):
            raise Refused(_("该回访员手中还有未完成的回访"))
    return agent


def called_before(agent: User, task: CallbackTask) -> bool:
    """Will tell whether the agent did the call-back of an earlier round."""
    calls = Attempt.objects.filter(agent=agent, task__case=task.case_id)
    return calls.filter(task__round__lt=task.round).exists()


def handled_by(agent: User, task: CallbackTask) -> bool:
    """Will tell whether a unit of the agent handled the case, in this round or an earlier one."""
    own = permissions.unit_paths_above(agent)
    work = Task.objects.filter(case=task.case_id, kind=TaskKind.MAIN, state=WorkState.DONE)
    return task.unit_path in own or work.filter(unit_path__in=own).exists()


@transaction.atomic
def order_dial(actor: User, *, task_id: int) -> DialOrder:
    """Will give what the exchange needs to call the citizen; audited without the number.

    Raises: NotInHand; NotFound (no line, or no phone).
    """
    task = _lock(task_id)
    _require_in_hand(actor, task)
    demand = Demand.objects.select_related("call__line").get(case_id=task.case_id)
    line = demand.call.line if demand.call else None
    line = line or Line.objects.filter(tenant_id=task.tenant_id, is_active=True).first()
    if line is None or not demand.reporter_phone:
        raise NotFound(_("没有可用的外呼线路或电话号码"))
    _note(actor, "callback.dialled", task, line=line.number)
    return DialOrder(task.pk, line.number, demand.reporter_phone)


@transaction.atomic
def note_call(actor: User, *, task_id: int, exchange_id: str) -> None:
    """Will keep the exchange's number of the call just begun. Raises: NotInHand."""
    task = _lock(task_id)
    _require_in_hand(actor, task)
    task.exchange_id = exchange_id[:80]
    task.save(update_fields=["exchange_id"])


@transaction.atomic
def record_attempt(actor: User, *, task_id: int, number: int, answer: Answer) -> CallbackTask:
    """Will write down an attempt and let it act on the case: close, again later, or redo.

    number: which attempt it is, as the page showed it; one already written is not written
    again. Who belongs to the handling unit is refused, here and by the database (HL-17).
    Locks the call-back, then the case.
    Raises: NotInHand; NotAllowed; InvalidInput (the field); what ``matters.perform`` raises.
    """
    task = _lock(task_id)
    if task.tries >= number and task.attempts.filter(number=number, agent=actor).exists():
        return task
    _require_in_hand(actor, task)
    if not permissions.is_independent(actor, task):
        raise NotAllowed(_("承办单位的人员不能回访本单位办理的案件"))
    unit_ids = scope_for(actor, permissions.CALL).organization_ids
    attempt = Attempt(
        way=Way.VOICE,
        agent=actor,
        agent_name=actor.display_name,
        agent_unit_id=min(unit_ids, default=None),
        exchange_id=task.exchange_id,
    )
    return settle(actor, task, answer, attempt)


def settle(actor: CaseActor, task: CallbackTask, answer: Answer, attempt: Attempt) -> CallbackTask:
    """Will do the case's action and keep attempt and result; the call-back is locked.

    Shared by agents and links. Raises: InvalidInput; what ``matters.perform`` raises.
    """
    answer = _checked(task, answer)
    number, moment = task.tries + 1, clock.now()
    step = _step_on_closed(actor, task, answer) if task.is_closed else _step(actor, task, answer)
    attempt.task, attempt.number, attempt.at = task, number, moment
    attempt.handling_unit_id = task.unit_id
    attempt.part_of_day, attempt.outcome = part_of(moment), answer.outcome
    attempt.note = answer.comment
    attempt.save(force_insert=True)
    before = audit.snapshot(task, *_SEEN)
    _write(task, answer, step, moment)
    after = audit.snapshot(task, *_SEEN)
    _note(actor, "callback.attempted", task, **audit.changes(before, after))
    return task


def _step(actor: CaseActor, task: CallbackTask, answer: Answer) -> str:
    """Does the case's own action and says what came of it: "retry", "close" or "redo"."""
    case = Case.objects.select_related("version").get(pk=task.case_id)
    step = _next_step(task, case, answer)
    perform(
        actor,
        case_id=case.pk,
        action="call_back",
        data={
            "reached": _REACHED[Outcome(answer.outcome)],
            "solved": {True: "yes", False: "no", None: ""}[answer.solved],
            "result_score": answer.result_score or "",
            "acceptance_score": answer.acceptance_score or "",
            "next_step": step,
            "comment": answer.comment or str(Outcome(answer.outcome).label),
        },
        key=f"callback:{task.pk}:{task.tries + 1}",
    )
    return step


def _step_on_closed(actor: CaseActor, task: CallbackTask, answer: Answer) -> str:
    if answer.outcome == Outcome.NOT_REACHED:
        return "retry" if task.tries + 1 < task.pool.tries else "close"
    return act_on_closed(actor, task, answer, is_bad=wants_redo(task.pool.redo_rule, answer))


def _write(task: CallbackTask, answer: Answer, step: str, moment: datetime) -> None:
    pool = task.pool
    task.tries += 1
    task.outcome, task.exchange_id, task.claimed_until = answer.outcome, "", None
    if step == "retry":
        tried = [*filter(None, task.parts_tried.split(",")), part_of(moment)]
        task.parts_tried = ",".join(dict.fromkeys(tried))
        task.state, task.agent = TaskState.WAITING, None
        task.next_try_at = next_moment(
            moment, opens=pool.from_time, closes=pool.to_time, tried=tried
        )
    else:
        task.state, task.done_at, task.is_redo = TaskState.DONE, moment, step == "redo"
        task.solved, task.comment = answer.solved, answer.comment
        task.result_score = answer.result_score
        task.acceptance_score = answer.acceptance_score
        task.answers = dict(answer.answers)
    task.save()


def _checked(task: CallbackTask, answer: Answer) -> Answer:
    if answer.outcome not in Outcome.values:
        raise InvalidInput(_("请选择回访结果"), field="outcome")
    if answer.outcome != Outcome.REACHED:
        return Answer(outcome=answer.outcome, comment=answer.comment)
    if answer.solved is None:
        raise InvalidInput(_("请填写问题是否解决"), field="solved")
    if answer.result_score is None:
        raise InvalidInput(_("请填写对办理结果是否满意"), field="result_score")
    is_bad = answer.solved is False or answer.result_score <= LOW_SCORE
    if is_bad and not answer.comment.strip():
        raise InvalidInput(_("未解决或不满意时请写明原因"), field="comment")
    is_asked = task.way == Way.VOICE and task.script.body.get("fields")
    cleaned = forms_data.clean(task.script.body, answer.answers) if is_asked else {}
    return Answer(
        answer.outcome,
        answer.solved,
        answer.result_score,
        answer.acceptance_score,
        answer.comment.strip(),
        cleaned,
    )


def _next_step(task: CallbackTask, case: Case, answer: Answer) -> str:
    definition = definition_of(case.version_id, case.version.body)
    if answer.outcome == Outcome.NOT_REACHED:
        needed = max(task.pool.tries, definition.policy("callback_attempts"))
        return "retry" if task.tries + 1 < needed else "close"
    is_over = case.round >= 1 + definition.policy("redo_rounds") or case.unit_id is None
    return "redo" if not is_over and wants_redo(task.pool.redo_rule, answer) else "close"


def wants_redo(rule: str, answer: Answer) -> bool:
    """Will tell whether the pool's rule sends the case round again after this answer."""
    if answer.outcome != Outcome.REACHED:
        return False
    is_unsolved = answer.solved is False
    is_low = answer.result_score is not None and answer.result_score <= LOW_SCORE
    return {
        RedoRule.NEVER: False,
        RedoRule.UNSOLVED: is_unsolved,
        RedoRule.DISSATISFIED: is_low,
        RedoRule.EITHER: is_unsolved or is_low,
    }[RedoRule(rule)]


def _lock(task_id: int) -> CallbackTask:
    found = (
        CallbackTask.objects.select_for_update(of=("self",))
        .select_related("pool", "script", "case")
        .filter(pk=task_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个回访任务"))
    return found


def _require_in_hand(actor: User, task: CallbackTask) -> None:
    if task.state != TaskState.CLAIMED or task.agent_id != actor.pk:
        raise NotInHand()


def _note(actor: CaseActor, action: str, task: CallbackTask, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="callback",
        object_id=task.pk,
        object_label=task.case.number,
        data=data,
    )
