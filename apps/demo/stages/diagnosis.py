"""Cameras of the demo city looked at: good ones, suspects, faults with an alarm, one mended.

Streets are drawn and really measured; only the way over the network is left out, so that the
stage takes seconds and needs nothing that runs besides.
"""

from datetime import datetime, timedelta
from functools import cache
from io import BytesIO

from django.conf import settings
from PIL import Image

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.decoding.enums import Ending
from apps.decoding.services import Facts
from apps.diagnosis.models import Look, Run
from apps.diagnosis.services import (
    PlanSpec,
    Seen,
    save_plan,
    set_plan_active,
    start_due,
    take_proof,
    write_down,
)
from apps.places.models import Area
from apps.video.faults import inject
from apps.video.models import Camera
from apps.video.scenes import Scene

TIMES = ("06:30", "14:00", "22:00")
#: By number of the camera: what it shows. "no_stream" shows nothing; the others are good.
SHOWN = {1: "blur", 3: "dark", 4: "stripes", 6: "no_stream", 8: "colour_cast", 9: "noise"}
#: Mended, with a proof picture, before the demo begins.
MENDED = 9
#: So many streets are drawn; further cameras show one of the good ones.
STREETS = 12
FACTS = Facts("h264", 640, 360, 25.0, "rtsp")


def load_diagnosis(area: Area, *, until: datetime) -> int:
    """Will enter a plan over an area, a round of it and the second looks; gives how many cameras.

    The plan goes on only where the simulated street runs, so that nobody is troubled by cameras
    that are not there.
    """
    spec = PlanSpec("全市画面巡检", area, TIMES)
    with clock.at(until - timedelta(days=1)):
        plan = save_plan(SYSTEM, spec=spec)
    began, again = plan.due_at, plan.due_at + timedelta(minutes=plan.recheck_after_m)
    with clock.at(began):
        start_due()
    run = plan.runs.get(due_at=began)
    cameras = [look.camera for look in run.looks.select_related("camera").order_by("pk")]
    numbers = {camera.pk: number for number, camera in enumerate(cameras)}
    _look_at(run, numbers, began)
    for follow in Run.objects.filter(plan=plan, ended_at=None).order_by("pk"):
        _look_at(follow, numbers, again)
    if len(cameras) > MENDED:
        _mend(cameras[MENDED], until - timedelta(minutes=40))
    set_plan_active(SYSTEM, plan_id=plan.pk, is_active=settings.DEMO_STATIONS)
    return len(cameras)


def _mend(camera: Camera, at: datetime) -> None:
    with clock.at(at):
        proof = take_proof(camera=camera)
    _look_at(proof, {camera.pk: 0}, at)


def _look_at(run: Run, numbers: dict[int, int], at: datetime) -> None:
    for look in Look.objects.filter(run=run).order_by("pk"):
        number = numbers[look.camera_id]
        with clock.at(at + timedelta(seconds=4 * number)):
            write_down(look.pk, None, _seen(number))


def _seen(number: int) -> Seen:
    if SHOWN.get(number) == "no_stream":
        return Seen(clock.now(), Ending.NO_STREAM, took_s=10.0)
    fault = SHOWN.get(number, "")
    numbers, picture = _measured(3000 + number % STREETS, fault)
    return Seen(clock.now(), Ending.DONE, "", numbers, picture, FACTS, 3.4)


@cache
def _measured(street: int, fault: str) -> tuple[dict[str, float], bytes]:
    from apps.diagnosis.metrics import measure  # OpenCV: only where the stage runs

    scene = Scene(street)
    frames = [scene.frame(10 + step / 4) for step in range(3)]
    if fault:
        laid = enumerate(frames)
        frames = [inject(one, fault, "medium", step / 4, seed=street) for step, one in laid]
    held = BytesIO()
    Image.fromarray(frames[1]).save(held, "JPEG", quality=85)
    return measure(frames, [0.0, 0.25, 0.5], by_day=True), held.getvalue()
