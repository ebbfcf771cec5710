"""Series beside each other over one span, and beside what they were before. Source: IO-05."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.sensing.enums import FieldKind
from apps.sensing.models import Datastream
from apps.sensing.selectors import Curve, Point, curve_of

MOST = 6
#: How far back the second line of each series lies.
SHIFTS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "year": timedelta(days=365),
}


@dataclass(frozen=True)
class Line:
    """One line of a comparison. is_before: of the span before, moved onto this one."""

    series: Datastream
    points: list[Point]
    grain: str
    is_before: bool = False


def list_series(viewer: User) -> QuerySet[Datastream]:
    """Will list the series of numbers of devices the viewer may see."""
    found = Datastream.objects.filter(
        reach_q(viewer, "device__asset__"), field__kind=FieldKind.NUMBER
    )
    return found.select_related("device__asset", "device__profile", "field").order_by("pk")


def chosen_series(viewer: User, keys: Sequence[int]) -> list[Datastream]:
    """Will give the series with these keys the viewer may see, in the order asked, at most six."""
    found = {series.pk: series for series in list_series(viewer).filter(pk__in=keys[:50])}
    return [found[key] for key in dict.fromkeys(keys) if key in found][:MOST]


def lines_of(
    series: Sequence[Datastream], *, since: datetime, until: datetime, shift: str = ""
) -> list[Line]:
    """Will give the lines of a comparison, each series followed by what it was before."""
    back = SHIFTS.get(shift)
    lines = []
    for one in series:
        now = curve_of(one, since=since, until=until)
        lines.append(Line(one, now.points, now.grain))
        if back is not None:
            then = curve_of(one, since=since - back, until=until - back)
            lines.append(Line(one, _moved(then, back), then.grain, is_before=True))
    return lines


def _moved(curve: Curve, by: timedelta) -> list[Point]:
    return [Point(p.at + by, p.value, p.suspect, p.flaw) for p in curve.points]
