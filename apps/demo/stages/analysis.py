"""Analysis jobs on the demo city's cameras, with what they found these ten days."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization
from apps.algorithms.enums import DataPurpose, OutputKind, Privacy, Task
from apps.algorithms.models import Algorithm, SampleSet
from apps.algorithms.services import (
    CapabilitySpec,
    DataSetSpec,
    approve_data_set,
    save_capability,
    save_data_set,
    save_sample_set,
)
from apps.analysis import snapshots
from apps.analysis.clips import CODE
from apps.analysis.models import AnalysisJob
from apps.analysis.services import JobSpec, save_job
from apps.analysis.services.settling import Seen, settle
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.demo.world import TENANT
from apps.video.models import Camera
from apps.video.scenes import Scene

DOOR = {"lines": [{"name": "主入口", "a": [0.5, 0.1], "b": [0.5, 0.95]}]}
LANE = {
    "zones": [
        {
            "id": "zone-1",
            "name": "消防通道",
            "points": [[0.3, 0.5], [0.7, 0.5], [0.7, 0.8], [0.3, 0.8]],
        }
    ]
}
POST = {
    "zones": [
        {
            "id": "zone-1",
            "name": "值守岗位",
            "points": [[0.4, 0.4], [0.6, 0.4], [0.6, 0.7], [0.4, 0.7]],
        }
    ]
}
#: Name, algorithm, what is drawn, level of alarms, findings of ten days.
JOBS: tuple[tuple[str, str, dict[str, Any], int | None, int], ...] = (
    ("主入口客流", "line-count", DOOR, None, 0),
    ("消防通道占用", "occupation", LANE, 3, 5),
    ("岗亭离岗", "absence", POST, 2, 2),
)


def load_analysis(*, until: datetime) -> int:
    """Will enter a job of each kind on the city's first cameras and give how many jobs.

    They stand there out of use: a newcomer starts them, so that nothing is decoded unasked.
    """
    cameras = list(Camera.objects.filter(is_active=True).order_by("pk")[: len(JOBS)])
    unit = Organization.objects.filter(tenant__code=TENANT).order_by("path")[0]
    with clock.at(until - timedelta(days=10)):
        jobs = [_job(camera, unit, told) for camera, told in zip(cameras, JOBS, strict=False)]
        samples = save_sample_set(
            SYSTEM, code="demo-streets", name="合成街景过线计数", task=Task.LINE_COUNT,
            output=OutputKind.COUNTS, clips=CODE,
        )  # fmt: skip
        _data_sets(unit, samples)
    for job, told in zip(jobs, JOBS, strict=False):
        _found(job, told[4], until)
    with clock.at(until):
        _slots(unit)
    return len(jobs)


def _job(camera: Camera, unit: Organization, told: Sequence[Any]) -> AnalysisJob:
    name, code, drawing, level, _many = told
    spec = JobSpec(
        name, camera.pk, Algorithm.objects.get(code=code), unit, drawing, alarm_level=None,
        limit=None,
    )  # fmt: skip
    job = save_job(SYSTEM, spec=spec)
    AnalysisJob.objects.filter(pk=job.pk).update(is_active=False, alarm_level=level)
    return job


def _found(job: AnalysisJob, many: int, until: datetime) -> None:
    """The alarm level is set aside meanwhile: what is over troubles nobody."""
    level = AnalysisJob.objects.values_list("alarm_level", flat=True).get(pk=job.pk)
    AnalysisJob.objects.filter(pk=job.pk).update(alarm_level=None)
    picture = Scene(7 + job.pk % 5).frame(12.0)
    for day in range(max(many, 1)):
        since = until - timedelta(days=day, hours=5 + 3 * day)
        ended = since + timedelta(minutes=35 + 20 * day)
        seen = [Seen("ended", "zone-1", since, ended, value=0.2, since_s=float(day))]
        if not many:
            seen = [
                Seen("crossed", "line-1", since - timedelta(minutes=7 * n),
                     since - timedelta(minutes=7 * n), label="person",
                     way="out" if n % 3 == 2 else "in")
                for n in range(60)
            ]  # fmt: skip
        shown = snapshots.blurred(picture, LANE, "zone-1", None), snapshots.as_taken(picture)
        settle(
            job_id=job.pk, job_version=job.version, algorithm=f"{job.algorithm.code}@1.0",
            is_hint=False, parameters={}, started_at=since, ended_at=ended, seen=seen,
            pictures={("zone-1", float(day)): shown}, frames=300, ms=600, ending="done",
            text="", scalar=None, looked_until=ended,
        )  # fmt: skip
    AnalysisJob.objects.filter(pk=job.pk).update(alarm_level=level)


def _data_sets(unit: Organization, samples: SampleSet) -> None:
    """Drawn streets are nobody's: the first set may be used, the second waits for approval."""
    told: dict[str, Any] = {
        "task": Task.LINE_COUNT, "labels": ["行人", "车辆"], "unit": unit,
        "legal_basis": "合成画面，不涉及个人信息", "licence": "随系统提供，MIT",
        "privacy": Privacy.NONE, "keep_until": clock.today() + timedelta(days=730),
    }  # fmt: skip
    for code, name, purpose, source, items, of in (
        ("demo-streets", "合成街景评测片段", DataPurpose.TEST, "系统自带的绘制街景", 12, samples),
        (
            "demo-training",
            "合成街景训练片段",
            DataPurpose.TRAINING,
            "由绘制街景批量生成",
            4000,
            None,
        ),
    ):
        digest = hashlib.sha256(f"{code} 1.0".encode()).hexdigest()
        made = save_data_set(
            SYSTEM,
            spec=DataSetSpec(
                code=code, version="1.0", name=name, purpose=purpose, source=source, items=items,
                sha256=digest, sample_set=of, **told,
            ),
        )  # fmt: skip
        if of is not None:
            approve_data_set(SYSTEM, data_set_id=made.pk)


def _slots(unit: Organization) -> None:
    """Capabilities of others stand there switched off; the addresses lead nowhere."""
    for code, name, kind in (
        ("city-ocr", "证照文字识别（示例）", "text"),
        ("police-face", "人脸比对（公安，停用）", "face"),
        ("police-vehicle", "车辆识别（公安，停用）", "vehicle"),
    ):
        spec = CapabilitySpec(
            code, name, kind, unit, "http://127.0.0.1:8791/call", {"picture": "picture"},
            {"text": "text"},
        )  # fmt: skip
        with suppress(InvalidInput):  # this machine may not be called here
            save_capability(SYSTEM, spec=spec)
