"""Jobs on cameras of the eastern district, fed by drawn clips. Deeds go through services."""

import io
from functools import cache
from typing import Any

import av
from django.core.files.base import ContentFile

from apps.accounts.models import Organization, User
from apps.algorithms.models import Algorithm, WorkItem
from apps.algorithms.services import work_once
from apps.analysis.models import AnalysisJob
from apps.analysis.services import JobSpec, run_now, save_job
from apps.audit.services import SYSTEM
from apps.video.models import Camera
from apps.video.scenes import Scene
from apps.video.services import add_clip
from tests.people import appointed
from tests.video.factories import camera

RIGHTS = {
    "keeper": [
        "analysis.view_analysis", "analysis.keep_analysis", "analysis.judge_findings",
        "analysis.reveal_pictures", "video.view_cameras",
    ],
    "judge": ["analysis.view_analysis", "analysis.judge_findings"],
    "reader": ["analysis.view_analysis", "video.view_cameras"],
}  # fmt: skip
LINE = {"lines": [{"name": "门口", "a": [0.5, 0], "b": [0.5, 1]}]}
LANE = {
    "zones": [{"name": "消防通道", "points": [[0.3, 0.5], [0.7, 0.5], [0.7, 0.72], [0.3, 0.72]]}]
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = RIGHTS[role]
    return appointed(f"ana-{name}", unit, role=f"ana-{role}", rights=rights)


def job_spec(of: Camera, unit: Organization, **given: Any) -> JobSpec:
    """Will say what a counting job shall be."""
    code = given.pop("code", "line-count")
    plain: dict[str, Any] = {
        "name": "门口客流", "camera_id": of.pk, "algorithm": Algorithm.objects.get(code=code),
        "unit": unit, "drawing": LINE, "per_second": 10, "window_s": 20, "every_s": 20,
    }  # fmt: skip
    return JobSpec(**plain | given)


def job(of: Camera, unit: Organization, **given: Any) -> AnalysisJob:
    """Will give such a job."""
    return save_job(SYSTEM, spec=job_spec(of, unit, **given))


@cache
def filmed(scene: Scene, seconds: float, rate: float, since: float = 0) -> bytes:
    """Will give a clip of a drawn street, made once for all tests."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as out:
        stream = out.add_stream("mpeg4", rate=int(rate), options={"qscale": "2"})
        stream.width, stream.height = scene.size
        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
        for picture in scene.frames(since, since + seconds, rate):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return file.getvalue()


def camera_with(scene: Scene, seconds: float, rate: float, serial: int = 1) -> Camera:
    """Will give a camera whose picture is a clip of a drawn street."""
    made = camera(serial)
    content = filmed(scene, seconds, rate)
    add_clip(SYSTEM, camera_id=made.pk, upload=ContentFile(content, name="street.mp4"))
    return made


def ran(keeper: User, one: AnalysisJob) -> WorkItem:
    """Will run a job once, as a worker does."""
    run_now(keeper, job_id=one.pk)
    item = work_once("tests")
    assert item is not None
    return item
