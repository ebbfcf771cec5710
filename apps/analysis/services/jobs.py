"""Jobs are entered and changed; what a finding was found with stays on the finding.

Source: VD-09, VD-10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level
from apps.algorithms.models import Algorithm
from apps.algorithms.registry import builtin
from apps.algorithms.selectors import resolve
from apps.analysis import permissions
from apps.analysis.drawings import NEEDS, check_drawing
from apps.analysis.enums import Retention
from apps.analysis.hours import check_hours
from apps.analysis.models import AnalysisJob
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.video.models import Camera
from apps.video.selectors import get_camera

MOST_JOBS = 8  # on one camera
_SHOWN = (
    "name", "algorithm_id", "unit_id", "drawing", "parameters", "per_second", "window_s",
    "every_s", "hours", "priority", "label", "alarm_level", "limit", "retention",
)  # fmt: skip


@dataclass(frozen=True)
class JobSpec:
    """A job as it shall be; see ``AnalysisJob``."""

    name: str
    camera_id: int
    algorithm: Algorithm
    unit: Organization
    drawing: Mapping[str, Any]
    parameters: Mapping[str, float] = field(default_factory=dict)
    per_second: float = 5
    window_s: int = 60
    every_s: int = 60
    hours: Sequence[Mapping[str, Any]] = ()
    priority: int = 5
    label: str = ""
    alarm_level: int | None = None
    limit: int | None = None
    retention: str = Retention.ORDER


@transaction.atomic
def save_job(actor: Actor, *, spec: JobSpec, job_id: int | None = None) -> AnalysisJob:
    """Will write a job, new or over the one given; its version counts up. Locks it.

    Raises: NotAllowed; NotFound (the job, or the camera is not the actor's to see);
        InvalidInput (fields "drawing", "parameters", "algorithm", "hours", "window_s",
        "every_s", "per_second", "camera", "alarm_level", "priority").
    """
    permissions.require_keep_for(actor, spec.unit)
    job = lock_job(actor, job_id) if job_id is not None else None
    camera = _camera(actor, spec, job)
    drawing, parameters = _check(spec)
    before = audit.snapshot(job, *_SHOWN) if job else {}
    now = clock.now()
    if job is None:
        job = AnalysisJob(
            camera=camera, created_at=now, made_by=actor if isinstance(actor, User) else None
        )
    else:
        job.version += 1
    for name in (
        "name", "algorithm", "unit", "per_second", "window_s", "every_s", "priority", "label",
        "alarm_level", "limit", "retention",
    ):  # fmt: skip
        setattr(job, name, getattr(spec, name))
    job.area, job.drawing, job.parameters = camera.asset.area, drawing, parameters
    job.hours, job.due_at = check_hours(list(spec.hours)), now
    job.save()
    data = audit.document_changes(before, audit.snapshot(job, *_SHOWN))
    note(actor, "analysis_job.changed" if before else "analysis_job.created", job, **data)
    return job


@transaction.atomic
def set_job_active(actor: Actor, *, job_id: int, is_active: bool) -> AnalysisJob:
    """Will have a job run no more, or again; twice is harmless. Locks it.

    What it found stays; what lasts is told no further. Raises: NotFound; NotAllowed.
    """
    job = lock_job(actor, job_id)
    if job.is_active != is_active:
        job.is_active, job.due_at = is_active, clock.now()
        job.save(update_fields=["is_active", "due_at"])
        note(actor, "analysis_job.started" if is_active else "analysis_job.stopped", job)
    return job


def lock_job(actor: Actor, job_id: int) -> AnalysisJob:
    """Will lock a job for a deed of its keeper. Raises: NotFound; NotAllowed."""
    found = AnalysisJob.objects.select_for_update(of=("self",))
    job = found.select_related("unit", "area", "algorithm", "camera").filter(pk=job_id).first()
    if job is None:
        raise NotFound(_("没有这个分析作业"))
    permissions.require(actor, job, permissions.KEEP)
    return job


def note(actor: Actor, action: str, job: AnalysisJob, **data: Any) -> None:
    """Will write what was done with a job into the audit log."""
    audit.record(
        actor, action, object_type="analysis.job", object_id=job.pk, object_label=job.name,
        data=data,
    )  # fmt: skip


def _camera(actor: Actor, spec: JobSpec, job: AnalysisJob | None) -> Camera:
    if isinstance(actor, User):
        camera = get_camera(actor, pk=spec.camera_id)
    else:
        camera = Camera.objects.select_related("asset__area").get(pk=spec.camera_id)
    if job is not None and job.camera_id != camera.pk:
        raise InvalidInput(_("作业建立后不能更换摄像机"), field="camera")
    if job is None and camera.analysis_jobs.filter(is_active=True).count() >= MOST_JOBS:
        raise InvalidInput(
            _("一台摄像机最多同时运行 %(most)s 个分析作业") % {"most": MOST_JOBS}, field="camera"
        )
    return camera


def _check(spec: JobSpec) -> tuple[dict[str, Any], dict[str, float]]:
    if spec.algorithm.task not in NEEDS:
        raise InvalidInput(_("该算法不能用于视频分析作业"), field="algorithm")
    if not 5 <= spec.window_s <= 600:
        raise InvalidInput(_("每次分析时长为 5 到 600 秒"), field="window_s")
    if not spec.window_s <= spec.every_s <= 86400:
        raise InvalidInput(_("间隔不能短于分析时长，最长一天"), field="every_s")
    if not 0 < spec.per_second <= 25:
        raise InvalidInput(_("每秒帧数为 0 到 25"), field="per_second")
    if not 1 <= spec.priority <= 9:
        raise InvalidInput(_("优先级为 1 到 9"), field="priority")
    if spec.alarm_level is not None and spec.alarm_level not in Level.values:
        raise InvalidInput(_("请选择告警级别"), field="alarm_level")
    drawing = check_drawing(spec.drawing, spec.algorithm.task)
    return drawing, _parameters(spec)


def _parameters(spec: JobSpec) -> dict[str, float]:
    version = resolve(spec.algorithm.code)
    one = builtin(spec.algorithm.code, version.version)
    known = {part.code: part for part in one.parameters} if one else {}
    for code, value in spec.parameters.items():
        part = known.get(code)
        if part is None:
            raise InvalidInput(_("该算法没有阈值“%(code)s”") % {"code": code}, field="parameters")
        if isinstance(value, bool) or not part.least <= value <= part.most:
            raise InvalidInput(
                _("“%(name)s”须在 %(least)s 到 %(most)s 之间")
                % {"name": part.label, "least": part.least, "most": part.most},
                field="parameters",
            )
    return {code: float(value) for code, value in spec.parameters.items()}
