"""Verification (核实) and check (核查): the nearest worker on duty is asked, then the next.

Chosen by distance and by how much lies with each; the reason and everybody considered are
kept. Who does not take the task in time loses it to the next; after the last one the shift
desk and the leaders of the area are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of, users_with_permission
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.fieldwork import selectors as fieldwork
from apps.grid import permissions
from apps.grid.enums import LookPurpose, LookState, Phase
from apps.grid.errors import LookClosed
from apps.grid.models import GridEvent, Look
from apps.grid.selectors.events import event_of, get_event
from apps.grid.selectors.looks import get_look
from apps.grid.services.photos import Taken, add_photos
from apps.grid.services.proof import judge
from apps.matters.enums import OPEN_TASK_STATES, AttachmentPurpose, StateCategory, TaskKind, Verdict
from apps.matters.models import Case, CaseEvent, Task
from apps.matters.services import NewFile, perform
from apps.notices import services as notices

LAPSE = "grid.lapse_look"
#: How long a worker has to take a task before the next one is asked.
ANSWER_WITHIN = timedelta(minutes=30)
#: So many workers are asked before the shift desk has to find one.
MOST_TURNS = 3
#: A task a worker already has weighs as much as so many metres of way.
TASK_WEIGHT_M = 300.0
#: Somebody whose place nobody knows is taken to be so far away.
UNSEEN_M = 5000.0
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class _Choice:
    """The worker asked, why, and everybody considered."""

    worker: User
    reason: str
    distance_m: float | None
    load: int
    candidates: list[dict[str, Any]]


@transaction.atomic
def offer_look(event_id: int) -> Look | None:
    """Will ask the best worker on duty to verify or check an event; None where none is left.

    Does nothing while a task is open, or where the event waits for no look. Locks the case.
    Nobody on duty, or the last one asked in vain: the shift desk is told.
    """
    event = _lock(event_id)
    purpose = wanted(event)
    if purpose is None or open_task_of(event.case) is not None:
        return None
    turn = 1 + _asked(event, purpose).count()
    choice = _choose(event, purpose) if turn <= MOST_TURNS else None
    if choice is None:
        _tell_desk(event, purpose, turn)
        return None
    words = (
        _("请到现场核实情况是否属实，拍照后答复")
        if purpose == LookPurpose.VERIFY
        else _("请到现场核查处置结果，拍摄处置后照片后答复")
    )
    perform(
        SYSTEM,
        case_id=event.case_id,
        action="order_check",
        data={"person": choice.worker.pk, "instruction": words, "days": 1},
    )
    return _keep(event, purpose, turn, choice)


def wanted(event: GridEvent) -> LookPurpose | None:
    """Will tell what look an event waits for now, None for none."""
    if event.case.category == StateCategory.INTAKE:
        answered = event.looks.filter(purpose=LookPurpose.VERIFY, state=LookState.ANSWERED)
        return LookPurpose.VERIFY if event.needs_look and not answered.exists() else None
    return LookPurpose.CHECK if event.case.state == "answered" else None


@transaction.atomic
def take_look(actor: User, *, key: str, task_id: int) -> Look:
    """Will say that the worker goes there (接单); nobody else is asked then. Twice is harmless.

    Raises: NotFound (not this person's task); LookClosed (answered, or handed on).
    """
    task = get_look(actor, task_id)
    look = _look_of(task)
    look = Look.objects.select_for_update().get(pk=look.pk)
    if look.state == LookState.TAKEN:
        return look
    if look.state != LookState.OFFERED:
        raise LookClosed(_("该任务已答复或已转派他人"))
    before = {"state": look.state}
    look.state, look.taken_at = LookState.TAKEN, clock.now()
    look.save(update_fields=["state", "taken_at"])
    _record(actor, "grid_look.taken", look, key=key, before=before, after={"state": look.state})
    return look


@transaction.atomic
def answer_look(
    actor: User,
    *,
    key: str,
    task_id: int,
    verdict: str,
    result: str,
    at: datetime,
    lon: float | None,
    lat: float | None,
    accuracy_m: float | None,
    files: Sequence[StoredFile] = (),
    names: Sequence[str] = (),
    no_place_reason: str = "",
) -> Look:
    """Will answer a verification or check from the spot, with its pictures.

    verdict: "pass" or "fail". at: aware, when it was seen. lon, lat: degrees WGS 84, where the
    worker stood, or None; no_place_reason: why not, kept only then. The same key again gives
    the first answer. Locks the case. A check that passes adds pictures from after; everything
    else shows the trouble.

    Raises: NotFound (not this person's task); LookClosed (answered or handed on before);
        InvalidInput (verdict, result, at, files: the very picture from before); NotAllowed.
    Source: GR-03, hotline-grid 3.2.
    """
    task = get_look(actor, task_id)
    if CaseEvent.objects.filter(case_id=task.case_id, key=key).exists():
        return _look_of(task)
    if task.state not in OPEN_TASK_STATES:
        raise LookClosed(_("该任务已答复或已转派他人"))
    look = _look_of(task)
    verify = look.purpose == LookPurpose.VERIFY
    shows_after = not verify and verdict == Verdict.PASS
    seen_at = _seen(at)
    if shows_after:
        _refuse_same_picture(look.event, files)
    data = {"verdict": verdict, "result": result}
    if not verify:
        data["photos"] = AttachmentPurpose.AFTER if shows_after else AttachmentPurpose.BEFORE
    usual = [_("现场照片%s") % n for n in range(1, len(files) + 1)]
    perform(
        actor,
        case_id=task.case_id,
        action="verify" if verify else "check",
        data=data,
        key=key,
        files=[
            NewFile(file, name)
            for file, name in zip(files, [*names, *usual[len(names) :]], strict=False)
        ],
    )
    taken = Taken.of(lon, lat, accuracy_m, seen_at)
    why = "" if taken.point else no_place_reason.strip()[:200]
    return _keep_answer(actor, look, verdict, taken, files, no_place_reason=why)


@transaction.atomic
def lapse_look(look_id: int) -> None:
    """Will take a task nobody took in time back and ask the next worker. Locks the case."""
    known = Look.objects.select_related("event__case", "task").filter(pk=look_id).first()
    if known is None:
        return
    event = _lock(known.event_id)
    look = Look.objects.select_for_update(of=("self",)).select_related("task").get(pk=look_id)
    if look.state != LookState.OFFERED or look.task.state not in OPEN_TASK_STATES:
        return
    perform(
        SYSTEM,
        case_id=event.case_id,
        action="withdraw_task",
        data={"task": look.task_id, "reason": _("%s未在时限内接单，转派下一位") % look.worker},
    )
    look.state = LookState.LAPSED
    look.save(update_fields=["state"])
    offer_look(event.pk)


@transaction.atomic
def waive_look(actor: User, *, event_id: int, reason: str) -> GridEvent:
    """Will let an event be filed without a look on the spot, for a reason. Locks the case.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (it waits for none).
    """
    get_event(actor, event_id)
    event = _lock(event_id)
    if not permissions.can_waive(actor, event):
        raise NotAllowed(_("您没有执行该操作的权限"))
    reason = reason.strip()
    if not 2 <= len(reason) <= 300:
        raise InvalidInput(_("请填写免予核实的理由，2至300个字"), field="reason")
    if wanted(event) != LookPurpose.VERIFY:
        raise Refused(_("该事件目前不需要核实"))
    event.needs_look = False
    event.save(update_fields=["needs_look"])
    audit.record(
        actor,
        "grid_event.look_waived",
        object_type="grid_event",
        object_id=event.pk,
        object_label=f"{event.case.number} {event.case.title}",
        data={"reason": reason, "before": {"needs_look": True}, "after": {"needs_look": False}},
    )
    return event


def require_verified(event: GridEvent) -> None:
    """Will refuse to file what nobody verified, or what was found untrue. The case is locked."""
    if not event.needs_look:
        return
    last = (
        event.looks.filter(purpose=LookPurpose.VERIFY, state=LookState.ANSWERED)
        .order_by("-answered_at")
        .first()
    )
    if last is None:
        raise Refused(_("该上报须先现场核实，或由值班长说明理由免予核实"))
    if last.verdict != Verdict.PASS:
        raise Refused(_("现场核实不属实，不能立案"))


def _lock(event_id: int) -> GridEvent:
    found = GridEvent.objects.filter(pk=event_id).values_list("case_id", flat=True).first()
    if found is None:
        raise NotFound(_("没有这个网格事件，或您无权查看"))
    case = Case.objects.select_for_update(of=("self",)).select_related("area").get(pk=found)
    event = event_of(case)
    assert event is not None
    event.case = case
    return event


def open_task_of(case: Case) -> Task | None:
    """Will give the look somebody has been asked for and has not answered."""
    return Task.objects.filter(case=case, kind=TaskKind.CHECK, state__in=OPEN_TASK_STATES).first()


def _asked(event: GridEvent, purpose: LookPurpose) -> Any:
    """Who was asked in vain since the last answer, for the same purpose and round."""
    return event.looks.filter(purpose=purpose, state=LookState.LAPSED, task__round=event.case.round)


def _choose(event: GridEvent, purpose: LookPurpose) -> _Choice | None:
    if event.case.point is None:
        return None
    asked = set(_asked(event, purpose).values_list("worker_id", flat=True))
    found = [
        one
        for one in fieldwork.nearest_on_duty(
            point=event.case.point, tenant_id=event.case.tenant_id, limit=5
        )
        if one.user.pk not in asked
        and one.user.has_perm(permissions.LOOK)
        and _covers(one.user, event.case)
    ]
    if not found:
        return None
    best = min(found, key=_cost)
    told = {"name": best.user.display_name, "load": best.load}
    if best.distance_m is None:
        reason = _("%(name)s在岗，责任网格含案件地点，在办%(load)s件") % told
    else:
        told["far"] = round(best.distance_m)
        reason = _("%(name)s在岗，距现场约%(far)s米，在办%(load)s件") % told
    return _Choice(
        worker=best.user,
        reason=reason,
        distance_m=best.distance_m,
        load=best.load,
        candidates=[
            {
                "name": one.user.display_name,
                "distance_m": None if one.distance_m is None else round(one.distance_m),
                "load": one.load,
            }
            for one in found
        ],
    )


def _cost(one: fieldwork.OnDuty) -> float:
    """The way and what lies with the worker, in metres; a worker not seen lately is far."""
    way = UNSEEN_M if one.distance_m is None else one.distance_m
    return way + TASK_WEIGHT_M * one.load


def _covers(user: User, case: Case) -> bool:
    return scope_of(user).covers_area(case.area_path)


def _keep(event: GridEvent, purpose: LookPurpose, turn: int, choice: _Choice) -> Look:
    task = open_task_of(event.case)
    assert task is not None
    moment = clock.now()
    look = Look.objects.create(
        event=event,
        purpose=purpose,
        task=task,
        worker=choice.worker,
        turn=turn,
        reason=choice.reason[:300],
        distance_m=choice.distance_m,
        load=choice.load,
        candidates=choice.candidates,
        offered_at=moment,
        answer_by=moment + ANSWER_WITHIN,
    )
    outbox.enqueue(LAPSE, key=str(look.pk), payload={"look": look.pk}, available_at=look.answer_by)
    _record(SYSTEM, "grid_look.offered", look, reason=look.reason, turn=turn)
    return look


def _look_of(task: Task) -> Look:
    """The offer of a task; a task ordered by hand gets its row when it is first worked on."""
    event = event_of(task.case)
    assert event is not None
    assert task.person is not None
    intake = task.case.category == StateCategory.INTAKE
    look, _made = Look.objects.get_or_create(
        task=task,
        defaults={
            "event": event,
            "purpose": LookPurpose.VERIFY if intake else LookPurpose.CHECK,
            "worker": task.person,
            "reason": _("由值班人员指派"),
            "offered_at": task.created_at,
            "answer_by": task.created_at + ANSWER_WITHIN,
            "state": LookState.TAKEN,
        },
    )
    return look


def _seen(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput(_("现场时间缺少时区"), field="at")
    return min(at, clock.now()) if at - clock.now() > SKEW else at


def _refuse_same_picture(event: GridEvent, files: Sequence[StoredFile]) -> None:
    ids = {file.pk for file in files}
    if event.photos.filter(phase=Phase.BEFORE, file_id__in=ids).exists():
        raise InvalidInput(_("处置后照片与处置前照片是同一张，请重新拍摄"), field="files")


def _keep_answer(
    actor: User,
    look: Look,
    verdict: str,
    taken: Taken,
    files: Sequence[StoredFile],
    *,
    no_place_reason: str,
) -> Look:
    look = (
        Look.objects.select_for_update(of=("self",)).select_related("event__case").get(pk=look.pk)
    )
    before = {"state": look.state, "verdict": look.verdict}
    look.state, look.answered_at, look.verdict = LookState.ANSWERED, clock.now(), verdict
    look.point, look.accuracy_m, look.seen_at = taken.point, taken.accuracy_m, taken.at
    look.no_place_reason = no_place_reason
    look.taken_at = look.taken_at or look.answered_at
    look.save(
        update_fields=[
            *("state", "answered_at", "verdict", "point", "accuracy_m", "seen_at", "taken_at"),
            "no_place_reason",
        ]
    )
    is_after = look.purpose == LookPurpose.CHECK and verdict == Verdict.PASS
    add_photos(look.event, files, phase=Phase.AFTER if is_after else Phase.BEFORE, taken=taken)
    judge(look.event)
    _record(
        actor,
        "grid_look.answered",
        look,
        before=before,
        after={"state": look.state, "verdict": look.verdict, "without_place": no_place_reason},
    )
    return look


def _tell_desk(event: GridEvent, purpose: LookPurpose, turn: int) -> None:
    case = event.case
    why = (
        _("附近没有可派的在岗网格员")
        if turn <= MOST_TURNS
        else _("已有%s名网格员未在时限内接单") % (turn - 1)
    )
    here = Q(appointments__post__organization__tenant_id=case.tenant_id)
    asked = {
        user.pk: user
        for right in (permissions.DISPATCH, permissions.LEAD)
        for user in users_with_permission(right).filter(here).distinct()
        if _covers(user, case)
    }
    notices.notify_all(
        [
            notices.Note(
                recipients=tuple(asked.values()),
                kind="task",
                title=_("%(purpose)s无人接单：%(title)s")
                % {"purpose": purpose.label, "title": case.title},
                body=_("%s，请安排人员") % why,
                url=f"/cases/{case.pk}/",
                key=f"grid-look:{event.pk}:{purpose.value}:{case.round}:{turn}",
            )
        ]
    )


def _record(actor: Any, action: str, look: Look, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="grid_event",
        object_id=look.event_id,
        object_label=f"{look.event.case.number} {look.event.case.title}",
        data={"look": look.pk, "worker": look.worker_id, **data},
    )
