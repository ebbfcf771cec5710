"""Rounds over cameras: by plan, asked for by people, cancelled. Source: VD-06."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.diagnosis import permissions
from apps.diagnosis.enums import LookState, RunState, Stage, Trigger
from apps.diagnosis.models import DiagnosisPlan, Look, Run
from apps.diagnosis.services.sets import set_in_force
from apps.places.models import Area
from apps.video.models import Camera, CameraLabel, Recorder

#: Cameras somebody may have looked at by one deed.
MOST_ASKED = 500
MOST_TIMES = 24


@dataclass(frozen=True)
class PlanSpec:
    """A plan as it shall be; see ``DiagnosisPlan``."""

    name: str
    area: Area
    times: Sequence[str]
    network: str = ""
    label: CameraLabel | None = None
    recorder: Recorder | None = None
    recheck_after_m: int = 10
    ptz_from: time | None = None
    ptz_until: time | None = None


_TOLD = (
    "name", "area_id", "network", "label_id", "recorder_id", "times", "recheck_after_m",
    "ptz_from", "ptz_until", "is_active",
)  # fmt: skip


@transaction.atomic
def save_plan(actor: Actor, *, spec: PlanSpec, plan_id: int | None = None) -> DiagnosisPlan:
    """Will write a plan, new or over the one given; audited with both sides. Locks the plan.

    Raises: NotFound; NotAllowed (no right there, or where it was); InvalidInput (fields
        "times", "recheck_after_m", "ptz_until").
    """
    now = clock.now()
    plan = _locked(actor, plan_id) if plan_id is not None else DiagnosisPlan(made_at=now)
    permissions.require_run_in(actor, spec.area)
    before = _told(plan) if plan.pk else {}
    plan.name, plan.area, plan.network = spec.name, spec.area, spec.network
    plan.label, plan.recorder = spec.label, spec.recorder
    plan.times = _times(spec.times)
    plan.recheck_after_m = _minutes(spec.recheck_after_m)
    plan.ptz_from, plan.ptz_until = _window(spec)
    plan.due_at = next_due(plan.times, after=now)
    plan.save()
    audit.record(
        actor, "diagnosis_plan.changed" if before else "diagnosis_plan.created",
        object_type="diagnosis_plan", object_id=plan.pk, object_label=plan.name,
        data=audit.changes(before, _told(plan)),
    )  # fmt: skip
    return plan


@transaction.atomic
def set_plan_active(actor: Actor, *, plan_id: int, is_active: bool) -> DiagnosisPlan:
    """Will put a plan out of use or back; its next run is the next hour it names, none before.

    Raises: NotFound; NotAllowed.
    """
    plan = _locked(actor, plan_id)
    before = _told(plan)
    plan.is_active, plan.due_at = is_active, next_due(plan.times, after=clock.now())
    plan.save(update_fields=["is_active", "due_at"])
    audit.record(
        actor, "diagnosis_plan.changed", object_type="diagnosis_plan", object_id=plan.pk,
        object_label=plan.name, data=audit.changes(before, _told(plan)),
    )  # fmt: skip
    return plan


@transaction.atomic
def start_due(*, now: datetime | None = None) -> int:
    """Will begin the runs of plans that are due and give how many. Safe to run twice, or at once.

    Hours gone by unheeded make one run, not many.
    """
    now = now or clock.now()
    due = (
        DiagnosisPlan.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("area")
        .filter(is_active=True, due_at__lte=now)
        .order_by("pk")
    )
    count = 0
    for plan in due:
        _begin(Trigger.PLAN, plan.area, cameras_of(plan), plan=plan, now=now)
        plan.due_at = next_due(plan.times, after=now)
        plan.save(update_fields=["due_at"])
        count += 1
    return count


@transaction.atomic
def run_plan(actor: User, *, plan_id: int) -> Run:
    """Will begin a run of a plan now. Raises: NotFound; NotAllowed; Refused (no cameras)."""
    plan = _locked(actor, plan_id)
    return _asked(actor, plan.area, list(cameras_of(plan)), plan=plan)


@transaction.atomic
def ask_run(actor: User, *, camera_ids: Sequence[int], stage: Stage = Stage.FIRST) -> Run:
    """Will have these cameras looked at now (点播诊断); stage PROOF: after a repair.

    At most 500. A camera that waits in another run is looked at for both. Raises: NotFound (a
    camera is not there or not for the actor); NotAllowed; InvalidInput (field "cameras").
    """
    wanted = sorted(set(camera_ids))
    if not 0 < len(wanted) <= MOST_ASKED:
        told = {"n": MOST_ASKED}
        raise InvalidInput(_("请选择 1 到 %(n)d 台摄像机") % told, field="cameras")
    found = list(
        Camera.objects.filter(permissions.camera_q(actor), pk__in=wanted)
        .select_related("asset__area").order_by("pk")
    )  # fmt: skip
    if len(found) < len(wanted):
        raise NotFound(_("没有这台摄像机"))
    for camera in found:
        permissions.require_run_in(actor, camera.asset.area)
    area = found[0].asset.area
    assert area is not None  # the right was asked of it
    return _asked(actor, area, found, stage=stage)


@transaction.atomic
def take_proof(*, camera: Camera, asked_by: User | None = None) -> Run:
    """Will look at a repaired camera; its result ends the alarms of what is mended.

    For whoever keeps repairs (work orders); no right is asked here. A camera that waits for such
    a look already gets no second one; its run is given again. Locks the camera.
    Raises: Refused (the camera is in no area, or in use no more).
    """
    area = camera.asset.area
    if area is None:
        raise Refused(_("摄像机不在任何区域内"))
    if not Camera.objects.select_for_update().filter(pk=camera.pk, is_active=True).exists():
        raise Refused(_("摄像机已停用"))
    asked = Look.objects.filter(camera=camera, stage=Stage.PROOF, state=LookState.WAITING)
    if waiting := asked.select_related("run").first():
        return waiting.run
    return _begin(Trigger.DEMAND, area, [camera], stage=Stage.PROOF, asked_by=asked_by)


@transaction.atomic
def cancel_run(actor: User, *, run_id: int) -> Run:
    """Will end a run early; what waits is skipped, what was found stays. Locks the run.

    Raises: NotFound; NotAllowed; Refused (it is over).
    """
    run = Run.objects.select_for_update(of=("self",)).select_related("area").filter(pk=run_id)
    found = run.filter(permissions.area_q(actor)).first()
    if found is None:
        raise NotFound(_("没有这次诊断任务"))
    permissions.require_run_in(actor, found.area)
    if found.state != RunState.RUNNING:
        raise Refused(_("任务已经结束"))
    skipped = found.looks.filter(state=LookState.WAITING).update(
        state=LookState.SKIPPED, why=_("任务已取消"), claim=None, claimed_until=None
    )
    found.state, found.ended_at = RunState.CANCELLED, clock.now()
    found.save(update_fields=["state", "ended_at"])
    audit.record(
        actor, "diagnosis_run.cancelled", object_type="diagnosis_run", object_id=found.pk,
        data={"skipped": skipped},
    )  # fmt: skip
    return found


def follow_up(first: Look, *, due_at: datetime) -> Look:
    """Will have a suspect camera looked at again, in a run of its own plan; one at a time."""
    others = Look.objects.exclude(pk=first.pk).filter(camera_id=first.camera_id)
    waiting = others.filter(stage=Stage.RECHECK, state=LookState.WAITING).first()
    if waiting is not None:
        return waiting
    run = _begin(
        Trigger.FOLLOW_UP, first.run.area, [first.camera], plan=first.run.plan,
        stage=Stage.RECHECK, due_at=due_at,
    )  # fmt: skip
    return run.looks.get()


def cameras_of(plan: DiagnosisPlan) -> QuerySet[Camera]:
    """Will give the cameras of a plan that are in use, by code."""
    found = Camera.objects.filter(
        asset__area__path__startswith=plan.area.path, is_active=True, gone_at__isnull=True
    )
    if plan.network:
        found = found.filter(network=plan.network)
    if plan.label_id:
        found = found.filter(labels=plan.label_id)
    if plan.recorder_id:
        found = found.filter(recorder=plan.recorder_id)
    return found.order_by("gb_code")


def next_due(times: Sequence[str], *, after: datetime) -> datetime:
    """Will give the first of these hours of the city's day that comes after a moment."""
    local = timezone.localtime(after)
    for days in (0, 1):
        day = local.date() + timedelta(days=days)
        for text in times:
            hour, minute = (int(part) for part in text.split(":"))
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=local.tzinfo)
            if at > after:
                return at
    raise AssertionError("a plan has at least one hour")


def _begin(
    trigger: Trigger,
    area: Area,
    cameras: Sequence[Camera] | QuerySet[Camera],
    *,
    plan: DiagnosisPlan | None = None,
    stage: Stage = Stage.FIRST,
    asked_by: User | None = None,
    due_at: datetime | None = None,
    now: datetime | None = None,
) -> Run:
    now = now or clock.now()
    run = Run.objects.create(
        plan=plan, trigger=trigger, area=area, thresholds=set_in_force(), asked_by=asked_by,
        due_at=plan.due_at if plan is not None and trigger == Trigger.PLAN else None,
        began_at=now,
    )  # fmt: skip
    probes = plan is not None and stage == Stage.FIRST and _is_probe_hour(plan, now)
    made = Look.objects.bulk_create(
        (
            Look(run=run, camera=camera, stage=stage, due_at=due_at or now,
                 probes=probes and camera.has_ptz)
            for camera in cameras
        ),
        batch_size=1000,
    )  # fmt: skip
    run.total = len(made)
    if not made:
        run.state, run.ended_at = RunState.DONE, now
    run.save(update_fields=["total", "state", "ended_at"])
    return run


def _asked(
    actor: User,
    area: Area,
    cameras: Sequence[Camera],
    *,
    plan: DiagnosisPlan | None = None,
    stage: Stage = Stage.FIRST,
) -> Run:
    if not cameras:
        raise Refused(_("没有符合条件的摄像机"))
    run = _begin(Trigger.DEMAND, area, cameras, plan=plan, stage=stage, asked_by=actor)
    audit.record(
        actor, "diagnosis_run.asked", object_type="diagnosis_run", object_id=run.pk,
        data={"cameras": run.total, "stage": stage.value},
    )  # fmt: skip
    return run


def _is_probe_hour(plan: DiagnosisPlan, now: datetime) -> bool:
    """Within the maintenance window; one that ends before it begins goes over midnight."""
    if plan.ptz_from is None or plan.ptz_until is None:
        return False
    at = timezone.localtime(now).time()
    if plan.ptz_from <= plan.ptz_until:
        return plan.ptz_from <= at < plan.ptz_until
    return at >= plan.ptz_from or at < plan.ptz_until


def _locked(actor: Actor, plan_id: int) -> DiagnosisPlan:
    found = DiagnosisPlan.objects.select_for_update(of=("self",)).select_related("area")
    if actor is not SYSTEM and isinstance(actor, User):
        found = found.filter(permissions.area_q(actor))
    plan = found.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这个诊断预案"))
    permissions.require_run_in(actor, plan.area)
    return plan


def _times(times: Sequence[str]) -> list[str]:
    found = set()
    for text in times:
        try:
            found.add(datetime.strptime(text.strip(), "%H:%M").strftime("%H:%M"))  # noqa: DTZ007  an hour, no moment
        except ValueError as error:
            told = {"text": text.strip()[:20]}
            raise InvalidInput(
                _("“%(text)s”不是时刻，请写成 08:30") % told, field="times"
            ) from error
    if not 0 < len(found) <= MOST_TIMES:
        raise InvalidInput(_("请写 1 到 %(n)d 个时刻") % {"n": MOST_TIMES}, field="times")
    return sorted(found)


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= 1440:
        raise InvalidInput(_("复检间隔须为 1 到 1440 分钟"), field="recheck_after_m")
    return minutes


def _window(spec: PlanSpec) -> tuple[time | None, time | None]:
    if (spec.ptz_from is None) != (spec.ptz_until is None):
        raise InvalidInput(_("云台探测的开始和结束须同时填写"), field="ptz_until")
    return spec.ptz_from, spec.ptz_until


def _told(plan: DiagnosisPlan) -> dict[str, object]:
    return audit.snapshot(plan, *_TOLD)
