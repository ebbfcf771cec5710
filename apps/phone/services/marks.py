"""What is odd about a deed. Nothing here refuses: a leader sees the mark and asks."""

from django.utils import timezone

from apps.accounts.models import User
from apps.common import rows
from apps.fieldwork.selectors import cells_of
from apps.phone.deeds import DeedKind, Spot, Work
from apps.phone.enums import DeedMark
from apps.places.geometry import distance_m, point

ROUGH_M = 100.0
FASTEST_M_PER_S = 55.0  # 200 km/h: nobody walks a cell by express train
SLACK_M = 500.0  # two fixes between houses differ by so much without anybody moving
CLOCK_LIMIT_S = 120
# Its own row is there already, hence the key; a place picked by hand is no measurement.
_BEFORE = f"""
    select ST_X(point), ST_Y(point), at from phone_deed
    where user_id = %s and key <> %s and at <= %s and point is not null
      and not marks @> '["{DeedMark.PICKED_PLACE}"]'
    order by at desc limit 1
"""  # noqa: S608  a constant of ours


def marks_of(
    user: User, kind: DeedKind, work: Work, *, skew_s: int, form_version: int | None
) -> list[str]:
    """Will give the marks of a deed, in a fixed order.

    form_version: the one in force, None where the kind has no form.
    """
    found: list[DeedMark] = []
    if abs(skew_s) > CLOCK_LIMIT_S:
        found.append(DeedMark.CLOCK)
    if form_version is not None and work.form_version not in (None, form_version):
        found.append(DeedMark.OLD_FORM)
    found += _of_place(user, kind, work)
    if work.spot is not None and kind.needs_place and not in_own_cells(user, work):
        found.append(DeedMark.FAR)
    return [str(mark) for mark in found]


def _of_place(user: User, kind: DeedKind, work: Work) -> list[DeedMark]:
    spot = work.spot
    if spot is None:
        return [DeedMark.NO_PLACE] if kind.needs_place else []
    if spot.picked:
        return [DeedMark.PICKED_PLACE]
    rough = spot.accuracy_m is not None and spot.accuracy_m > ROUGH_M
    found = [DeedMark.ROUGH_PLACE] if rough else []
    if too_fast(user, work, spot):
        found.append(DeedMark.SPEED)
    return found


def in_own_cells(user: User, work: Work) -> bool:
    """Will tell whether the place lies in a cell the worker answered for on the deed's day."""
    assert work.spot is not None
    spot = point(work.spot.lon, work.spot.lat)
    return cells_of(user, timezone.localdate(work.at)).filter(boundary__covers=spot).exists()


def too_fast(user: User, work: Work, spot: Spot) -> bool:
    """Will tell whether nobody could have come here from where this worker was just before."""
    # Asked for every deed of every phone; by hand it costs a tenth of the ORM's question.
    [found] = rows.ask((_BEFORE, [str(user.pk), work.key, work.at.isoformat()]))
    if not found:
        return False
    lon, lat, at = found[0]
    away = distance_m(point(lon, lat), point(spot.lon, spot.lat)) - SLACK_M
    return away > FASTEST_M_PER_S * max((work.at - at).total_seconds(), 1.0)
