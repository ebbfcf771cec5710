"""Walking a patrol: checking in at its points and finishing it. Source: GR-03."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record_row
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.fieldwork.enums import PatrolState, StopState
from apps.fieldwork.errors import OffDuty
from apps.fieldwork.models import CheckIn, DutySession, Patrol, PatrolStop, Worker
from apps.fieldwork.services._shared import key_of, moment_of, place_of, working
from apps.places.geometry import distance_m

MOST_FILES = 40


@transaction.atomic
def check_in(
    actor: User,
    *,
    key: UUID | str,
    patrol_id: int,
    point_id: int,
    at: datetime,
    lon: float,
    lat: float,
    accuracy_m: float,
    note: str = "",
    files: Sequence[StoredFile] = (),
    answers: Mapping[str, Any] | None = None,
) -> CheckIn:
    """Will keep that the actor says to be at a point (a ``PatrolStop``) of their patrol.

    In place within the radius of the point plus the accuracy of the fix (counted up to the
    radius again); else it is kept as out of place with the metres. A later check-in in place
    makes the point done. Needs the actor to have been on duty then. The same key again gives
    the first answer. Locks the worker and the patrol.

    answers: to the plan's items, checked by their definition.
    Raises: NotAWorker; NotFound; OffDuty; InvalidInput (key, at, lon, lat, accuracy_m, files,
        answers); Refused (the patrol is of another time).
    """
    worker, now = working(actor), clock.now()
    known = CheckIn.objects.filter(worker=worker, key=key_of(key)).first()
    if known is not None:
        return known
    patrol, when = _own_patrol(worker, patrol_id), moment_of(at, now)
    where = place_of(lon, lat, accuracy_m)
    stop = patrol.stops.filter(pk=point_id).first()
    if stop is None:
        raise NotFound(_("该巡查任务没有这个巡查点"))
    _require_on_duty(worker, when)
    if not patrol.starts_at <= when <= patrol.ends_at:
        raise Refused(_("不在该巡查任务的时段内，不能签到"), code="outside_window")
    if len(files) > MOST_FILES:
        raise InvalidInput(_("一次签到最多 40 张照片"), field="files")
    away = distance_m(where, stop.point)
    allowed = stop.radius_m + min(accuracy_m, stop.radius_m)
    made = CheckIn.objects.create(
        stop=stop,
        worker=worker,
        key=key_of(key),
        at=when,
        received_at=now,
        point=where,
        accuracy_m=accuracy_m,
        distance_m=away,
        out_by_m=max(0.0, away - allowed),
        is_late=patrol.closed_at is not None,
        note=note.strip()[:500],
        answers=_checked(patrol.items, answers),
    )
    made.files.set(files)
    _mark(stop, made)
    _advance(patrol, when)
    record_row(
        actor, "patrol.checked_in", patrol,
        stop=stop.pk, in_place=made.is_in_place, out_by_m=round(made.out_by_m),
        late=made.is_late,
    )  # fmt: skip
    return made


@transaction.atomic
def finish_patrol(
    actor: User, *, key: UUID | str, patrol_id: int, at: datetime, note: str = ""
) -> Patrol:
    """Will end the actor's patrol; points without a check-in in place stay open till its window
    ends. It is measured soon after. The same key again gives the first answer.

    Locks the worker and the patrol. Raises: NotAWorker; NotFound; InvalidInput (key, at);
        Refused (not begun, or ended already).
    """
    worker, now = working(actor), clock.now()
    patrol = _own_patrol(worker, patrol_id)
    if patrol.finish_key == key_of(key):
        return patrol
    when = moment_of(at, now)
    if patrol.started_at is None:
        raise Refused(_("该巡查任务还没有签到，不能结束"), code="not_begun")
    if patrol.finished_at is not None:
        raise Refused(_("该巡查任务已结束"), code="finished")
    if when < patrol.started_at:
        raise InvalidInput(_("结束时间早于开始时间"), field="at")
    patrol.finished_at, patrol.finish_key = when, key_of(key)
    patrol.note, patrol.measured_at = note.strip()[:500], None
    if not _open_stops(patrol):
        patrol.state = PatrolState.DONE
    patrol.save(update_fields=["finished_at", "finish_key", "note", "measured_at", "state"])
    record_row(
        actor, "patrol.finished", patrol,
        before={"state": PatrolState.RUNNING}, after={"state": patrol.state},
    )  # fmt: skip
    return patrol


def _own_patrol(worker: Worker, patrol_id: int) -> Patrol:
    mine = Patrol.objects.select_for_update(of=("self",)).filter(pk=patrol_id, worker=worker)
    patrol = mine.select_related("plan").first()
    if patrol is None:
        raise NotFound(_("没有这个巡查任务，或不是您的任务"))
    return patrol


def _require_on_duty(worker: Worker, when: datetime) -> None:
    running = Q(ended_at__isnull=True) | Q(ended_at__gte=when)
    if not DutySession.objects.filter(running, worker=worker, started_at__lte=when).exists():
        raise OffDuty(_("您当时不在岗，不能签到"))


def _checked(items: Mapping[str, Any], answers: Mapping[str, Any] | None) -> dict[str, Any]:
    if not items or answers is None:
        return {}
    return forms_data.clean(items, answers)


def _mark(stop: PatrolStop, made: CheckIn) -> None:
    if stop.state == StopState.DONE:
        return
    stop.state = StopState.DONE if made.is_in_place else StopState.OUT_OF_PLACE
    stop.checked_at = made.at
    stop.save(update_fields=["state", "checked_at"])


def _advance(patrol: Patrol, when: datetime) -> None:
    """The first check-in begins a patrol; one that came late may still complete it."""
    patrol.started_at = min(patrol.started_at or when, when)
    patrol.measured_at = None
    if patrol.state == PatrolState.PLANNED:
        patrol.state = PatrolState.RUNNING
    elif patrol.state in (PatrolState.PARTIAL, PatrolState.MISSED):
        patrol.state = PatrolState.PARTIAL if _open_stops(patrol) else PatrolState.DONE
    patrol.save(update_fields=["started_at", "measured_at", "state"])


def _open_stops(patrol: Patrol) -> bool:
    return patrol.stops.exclude(state=StopState.DONE).exists()
