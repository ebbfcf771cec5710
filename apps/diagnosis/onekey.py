"""Cameras as points of the one-key check: how each camera's picture stood when last looked at.

The check looks at what diagnosis knows; it has no camera decoded anew. Source: OP-03, VD-06.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from apps.common import clock
from apps.diagnosis.enums import Verdict
from apps.diagnosis.judging import is_blind
from apps.diagnosis.models import Condition
from apps.monitoring.enums import RunKind, State
from apps.monitoring.probes.wire import Outcome
from apps.monitoring.registry import Finding, Point, register_check_kind
from apps.places.models import Area
from apps.video.models import Camera

#: What was seen longer ago says nothing of now.
STALE = timedelta(hours=26)


def register() -> None:
    """Will have cameras judged in every one-key check."""
    register_check_kind(RunKind.PICTURE, "cameras", points=points, judge=judge)


def points(area: Area) -> Iterable[Point]:
    """Will give the cameras in use in an area, each with how it stands."""
    cameras = Camera.objects.filter(
        asset__area__path__startswith=area.path, is_active=True, gone_at__isnull=True
    )
    rows = cameras.select_related("asset", "condition__result").order_by("pk")
    for camera in rows.iterator(2000):
        condition = getattr(camera, "condition", None)
        yield Point(camera.gb_code, camera.asset.name, camera.asset_id, extra=condition)


def judge(point: Point, _outcomes: Sequence[Outcome]) -> Finding:
    """Will say how the picture of a camera stood; unknown where it was long ago or never."""
    condition: Condition | None = point.extra
    if condition is None:
        return Finding(State.UNKNOWN, _("尚未检测"))
    result = condition.result
    facts = {"result": result.pk, "faults": condition.faults}
    if result.taken_at < clock.now() - STALE:
        return Finding(State.UNKNOWN, _("一天多没有检测"), facts)
    if condition.verdict == Verdict.GOOD:
        return Finding(State.UP, "", facts)
    text = "；".join(one["sentence"] for one in result.findings)
    is_down = condition.verdict == Verdict.FAULTY and is_blind(condition.faults)
    return Finding(State.DOWN if is_down else State.DEGRADED, text, facts)
