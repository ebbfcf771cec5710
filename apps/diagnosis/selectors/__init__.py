"""Reads of diagnosis, each within the viewer's areas and units. Source: VD-06."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.diagnosis.enums import LookState, Verdict
from apps.diagnosis.models import (
    Condition,
    DiagnosisPlan,
    Look,
    Mark,
    Result,
    Run,
    ThresholdSet,
)
from apps.diagnosis.permissions import area_q, camera_q
from apps.places.models import Area
from apps.video.models import Camera


@dataclass(frozen=True)
class Overview:
    """How the viewer's cameras stand. faults: by fault how many cameras have it now; unlooked:
    cameras in use nobody looked at yet."""

    cameras: int
    good: int
    suspect: int
    faulty: int
    unlooked: int
    faults: dict[str, int]


def overview(viewer: User) -> Overview:
    """Will count the viewer's cameras in use by how they stand, and by fault."""
    cameras = Camera.objects.filter(camera_q(viewer), is_active=True, gone_at__isnull=True)
    total = cameras.count()
    standing = Condition.objects.filter(camera__in=cameras)
    by_verdict = dict(standing.values_list("verdict").annotate(n=Count("pk")).order_by())
    faults: Counter[str] = Counter()
    broken = standing.exclude(verdict=Verdict.GOOD).values_list("faults", flat=True)
    for found in broken.iterator(2000):
        faults.update(found)
    good, suspect, faulty = (by_verdict.get(one, 0) for one in Verdict.values)
    unlooked = total - good - suspect - faulty
    return Overview(total, good, suspect, faulty, unlooked, dict(faults))


def list_conditions(
    viewer: User, *, text: str = "", fault: str = "", verdict: str = "", area: Area | None = None
) -> QuerySet[Condition]:
    """Will list cameras by how they stand, the faulty first, those longest so before others.

    text: part of the name, or the beginning of the code. verdict "": all but good ones.
    """
    found = (
        Condition.objects.filter(camera_q(viewer, "camera__"))
        .filter(camera__is_active=True, camera__gone_at__isnull=True)
        .select_related("camera__asset__area", "camera__recorder", "result__picture")
        .defer("camera__asset__area__boundary")
    )
    found = found.filter(verdict=verdict) if verdict else found.exclude(verdict=Verdict.GOOD)
    if text:
        found = found.filter(
            Q(camera__asset__name__icontains=text) | Q(camera__gb_code__startswith=text)
        )
    if fault:
        found = found.filter(faults__contains=[fault])
    if area is not None:
        found = found.filter(camera__asset__area__path__startswith=area.path)
    return found.order_by("verdict", "since", "pk")  # "faulty" stands before "suspect"


def get_camera(viewer: User, *, pk: int) -> Camera:
    """Raises: NotFound (no such camera, or not for this viewer)."""
    found = Camera.objects.filter(camera_q(viewer), pk=pk)
    camera = found.select_related("asset__area", "recorder").first()
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    return camera


def find_condition(camera: Camera) -> Condition | None:
    """Will give how a camera stands, None before its first look."""
    return Condition.objects.filter(camera=camera).select_related("result").first()


def results_of(camera: Camera, *, on: date | None = None) -> QuerySet[Result]:
    """Will list the results of a camera, the newest first; of one day of the city's if given."""
    found = camera.diagnoses.select_related("run__plan", "thresholds", "picture")
    if on is not None:
        found = found.filter(taken_at__date=on)
    return found.prefetch_related("marks__by").order_by("-taken_at", "-pk")


def newest_result(asset_id: int, *, since: datetime) -> Result | None:
    """Will give the newest result of a camera, by its asset, taken at or after a moment."""
    found = Result.objects.filter(camera__asset=asset_id, taken_at__gte=since)
    return found.order_by("-taken_at", "-pk").first()


def list_results(
    viewer: User,
    *,
    camera: str = "",
    run: int | None = None,
    verdict: str = "",
    fault: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Result]:
    """Will list results of the viewer's cameras. camera: its code; until: excluded."""
    found = Result.objects.filter(camera_q(viewer, "camera__"))
    found = found.select_related("camera__asset", "thresholds")
    wanted: dict[str, object] = {
        "camera__gb_code": camera, "run": run, "verdict": verdict, "taken_at__gte": since,
        "taken_at__lt": until, "faults__contains": [fault] if fault else None,
    }  # fmt: skip
    return found.filter(**{name: value for name, value in wanted.items() if value}).order_by("-pk")


def get_result(viewer: User, *, pk: int) -> Result:
    """Raises: NotFound."""
    found = Result.objects.filter(camera_q(viewer, "camera__"), pk=pk)
    result = found.select_related("camera__asset__area", "run__plan", "thresholds", "picture")
    one = result.first()
    if one is None:
        raise NotFound(_("没有这条诊断结果"))
    return one


def trend(camera: Camera, number: str, *, days: int = 30) -> list[tuple[datetime, float, bool]]:
    """Will give a number over time with whether it was found faulty, oldest first; 2000 at most."""
    since = clock.now() - timedelta(days=days)
    rows = camera.diagnoses.filter(taken_at__gte=since, numbers__has_key=number)
    found = rows.order_by("-taken_at").values_list("taken_at", "numbers", "findings")[:2000]
    points = [
        (at, float(numbers[number]), any(one["number"] == number for one in findings))
        for at, numbers, findings in found
    ]
    return points[::-1]


def list_plans(viewer: User) -> QuerySet[DiagnosisPlan]:
    """Will list the plans of the viewer's areas with how many runs they had."""
    found = DiagnosisPlan.objects.filter(area_q(viewer)).select_related("area", "label", "recorder")
    return found.annotate(rounds=Count("runs")).order_by("name", "pk")


def get_plan(viewer: User, *, pk: int) -> DiagnosisPlan:
    """Raises: NotFound."""
    plan = list_plans(viewer).filter(pk=pk).first()
    if plan is None:
        raise NotFound(_("没有这个诊断预案"))
    return plan


def list_runs(viewer: User) -> QuerySet[Run]:
    """Will list the runs of the viewer's areas with how far they are, the newest first."""
    found = Run.objects.filter(area_q(viewer)).select_related("plan", "area", "asked_by")
    return found.annotate(
        looked=Count("looks", filter=~Q(looks__state=LookState.WAITING)),
        broken=Count("looks", filter=Q(looks__result__verdict__in=["suspect", "faulty"])),
    ).order_by("-began_at", "-pk")


def get_run(viewer: User, *, pk: int) -> Run:
    """Raises: NotFound."""
    run = list_runs(viewer).select_related("thresholds").filter(pk=pk).first()
    if run is None:
        raise NotFound(_("没有这次诊断任务"))
    return run


def looks_of(run: Run, viewer: User) -> QuerySet[Look]:
    """Will list the cameras of a run, broken ones first, those that wait last."""
    found = run.looks.filter(camera_q(viewer, "camera__"))
    found = found.select_related("camera__asset__area", "result")
    return found.defer("camera__asset__area__boundary").order_by("state", "result__verdict", "pk")


def list_sets() -> QuerySet[ThresholdSet]:
    """Will list the versions of thresholds, the newest first."""
    return ThresholdSet.objects.order_by("-version")


def get_set(version: int) -> ThresholdSet:
    """Raises: NotFound."""
    found = ThresholdSet.objects.filter(version=version).first()
    if found is None:
        raise NotFound(_("没有这个阈值版本"))
    return found


def marks_of(result: Result) -> dict[str, Mark]:
    """Will give what people said of a result, by fault."""
    return {mark.fault: mark for mark in result.marks.select_related("by")}
