"""Points reckoned over any days, as far as the viewer may see them; nothing is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.selectors import scope_for
from apps.appraisal import permissions
from apps.appraisal.counting import Counted, counted, figures
from apps.appraisal.reckoning import PointSlice
from apps.appraisal.reports.kinds import Asked
from apps.appraisal.schemes import Terms, read_terms
from apps.appraisal.selectors.points import areas_of, gather, point_ids
from apps.appraisal.selectors.schemes import find_scheme
from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import TooMany
from apps.places.models import Area

BATCH = 300
#: More points than this are not reckoned while somebody waits for a page.
MOST_POINTS = 5000
#: What counts where no scheme is in force yet: power and works are nobody's fault.
_DEFAULT = {
    "weights": {"online": 40, "recording": 20, "repair": 20, "picture": 20},
    "excused": ["power", "works"],
}


@dataclass(frozen=True)
class Live:
    """A point while it lay in one area under one vendor, and the rows that touch that time."""

    asset: Asset
    area: Area | None
    part: PointSlice
    rows: list[Counted]

    @property
    def area_name(self) -> str:
        """Of the area it lay in."""
        return self.area.name if self.area is not None else ""


def terms_of(asked: Asked) -> Terms:
    """Will give the terms in force on the first day asked for."""
    scheme = find_scheme(asked.tenant, asked.period.first)
    return read_terms(scheme.body if scheme is not None else _DEFAULT)


def live_points(asked: Asked, terms: Terms) -> Iterator[Live]:
    """Will give every part of the span of every point, in order of code, a few hundred at a time.

    A thing that moved counts where it lay, and for whom it was kept, on each day.
    Raises: TooMany (more points than a page can wait for).
    """
    begin = int(asked.period.start.timestamp())
    end = int(min(asked.period.end, clock.now()).timestamp())
    ids = _ids(asked)
    if len(ids) > MOST_POINTS:
        raise TooMany(
            _("共有 %(n)d 个点位，超过 %(most)d 个，请选择区域或维保单位")
            % {"n": len(ids), "most": MOST_POINTS}
        )
    may_see = _sight(asked)
    for nth in range(0, len(ids), BATCH):
        points = gather(ids[nth : nth + BATCH], begin, end)
        areas = areas_of(points)
        for point in points:
            rows = counted(point.told, {})
            parts = figures(point.slices, rows, rules=terms.rules, watched_from=point.watched_from)
            for part in parts:
                area = areas.get(part.slice.area)
                if may_see(area, part.slice.vendor):
                    yield Live(point.asset, area, part, _during(rows, part))


def asset_q(asked: Asked) -> Q:
    """Will give the condition "in the viewer's reach and as asked for", by today's card."""
    wanted = permissions.reach_q(asked.viewer, area="area__path")
    if asked.ground is not None:
        wanted &= Q(area__path__startswith=asked.ground.path)
    return wanted & Q(vendor=asked.vendor) if asked.vendor else wanted


def group_of(area: Area | None, asked: Asked) -> str:
    """Will give the number of the area a row is summed under, "" for what lies nowhere.

    It is the level right below the ground asked for.
    """
    if area is None:
        return ""
    parts = [part for part in area.path.split("/") if part]
    depth = asked.ground.path.count("/") - 1 if asked.ground is not None else 1
    return parts[min(depth, len(parts) - 1)]


def names_of(groups: set[str]) -> dict[str, str]:
    """Will give the names of such areas."""
    found = Area.objects.filter(pk__in=[int(one) for one in groups if one])
    names = {str(pk): name for pk, name in found.values_list("pk", "name")}
    return names | {"": _("未定区域")}


def _ids(asked: Asked) -> list[int]:
    moved = Q(past__until__gt=asked.period.start)
    return point_ids(asked.tenant, within=Q(pk__in=Asset.objects.filter(asset_q(asked) | moved)))


def _sight(asked: Asked) -> Callable[[Area | None, str], bool]:
    viewer = asked.viewer
    scope = scope_for(viewer, *permissions.WATCHERS) if permissions.is_watcher(viewer) else None
    own = permissions.vendors_of(viewer)

    def may_see(area: Area | None, vendor: str) -> bool:
        path = area.path if area is not None else ""
        if asked.vendor and vendor != asked.vendor:
            return False
        if asked.ground is not None and not path.startswith(asked.ground.path):
            return False
        return vendor in own or (scope is not None and scope.covers_area(path))

    return may_see


def _during(rows: list[Counted], part: PointSlice) -> list[Counted]:
    span = part.slice
    return [
        row
        for row in rows
        if row.told.began < span.ended and (row.told.ended is None or row.told.ended > span.began)
    ]
