"""The area tree: where a point lies, what lies below, what came before."""

from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock, rows
from apps.common.errors import NotFound
from apps.common.journeys import Statement
from apps.common.memory import Memory
from apps.common.questions import Question
from apps.places.geometry import Point4326
from apps.places.models import Area, AreaLevel, AreaSuccession

_CELL_AT = """
    SELECT id, level_id, parent_id, name, code_part, code, path, valid_from, valid_to, source
    FROM places_area
    WHERE ST_Covers(boundary, ST_SetSRID(ST_MakePoint(%s::float8, %s::float8), 4326))
      AND valid_from <= %s::date AND (valid_to IS NULL OR valid_to > %s::date)
      AND level_id IN (SELECT id FROM places_arealevel WHERE is_cell)
    ORDER BY code, id LIMIT 1
"""
_READ_OF_CELL = (
    "id", "level_id", "parent_id", "name", "code_part", "code", "path",
    "valid_from", "valid_to", "source",
)  # fmt: skip
_SUCCESSIONS = Question(
    lambda: AreaSuccession.objects.values_list("predecessor__path", "successor__path")
)
_levels: Memory[dict[int, AreaLevel]] = Memory(of=("places.AreaLevel",))


def locate(point: Point4326, *, on: date | None = None) -> Area | None:
    """Will give the finest area in force that holds the point, normally a grid cell.

    A point on a border belongs to the area with the smallest code, always the same one.
    None outside the city. One indexed query, two where there is no cell.
    on: the city's today if not given.
    """
    day = on or clock.today()
    # Nearly every point lies in a cell, and a cell is tested far quicker than a whole district.
    cell = _cell_at(point, day)
    if cell is not None:
        return cell
    holding = Area.objects.valid_on(day).filter(boundary__covers=point)
    holding = holding.select_related("level").defer("boundary")
    return holding.order_by("-level__depth", "code", "pk").first()


def _cell_at(point: Point4326, day: date) -> Area | None:
    """The cell, without boundary and centre, which are read when somebody asks for them."""
    [found_rows] = rows.ask(cell_question(point.x, point.y, on=day))
    if not found_rows:
        return None
    found = Area.from_db(connection.alias, _READ_OF_CELL, found_rows[0])
    found.level = _levels.get("", lambda: AreaLevel.objects.in_bulk())[found.level_id]
    return found


def cell_question(lon: float, lat: float, *, on: date | None = None) -> Statement:
    """Will give what ``locate`` asks first, for a caller who foresees that it will.

    lon, lat: degrees WGS 84. on: the city's today if not given.
    """
    day = str(on or clock.today())
    return _CELL_AT, [repr(lon), repr(lat), day, day]


def get_area(*, pk: int) -> Area:
    """Raises: NotFound."""
    area = Area.objects.select_related("level", "parent").filter(pk=pk).first()
    if area is None:
        raise NotFound(_("区域不存在"))
    return area


def find_area(*, code: str, on: date | None = None) -> Area | None:
    """Will give the area that bears the code on a day (today if not given)."""
    found = Area.objects.valid_on(on or clock.today()).filter(code=code)
    return found.select_related("level").first()


def ancestors(area: Area) -> list[Area]:
    """Will give the areas above, top first, without the area itself. One query."""
    ids = [int(pk) for pk in area.path.strip("/").split("/")][:-1]
    above = Area.objects.select_related("level").in_bulk(ids)
    return [above[pk] for pk in ids]


def full_name(area: Area) -> str:
    """Will give the name with those above it, without the city: 港东区 海泊街道 …"""
    names = [a.name for a in ancestors(area) if a.level.depth > 1]
    return " ".join([*names, area.name])


def area_prefixes(area: Area) -> list[str]:
    """Will give the path prefixes that mean "this area and below", history included.

    Besides the area's own path: of every area that was merged, split or moved into it or
    into anything below it, however often. A record that keeps its old area is thus found
    from what the area has become. After a split each part finds the whole area's old
    records, since nobody knows on which side an old record lay. One query.
    Source: CO-01.
    """
    prefixes = {area.path}
    waiting = _SUCCESSIONS.values()
    grown = True
    while grown:
        grown, rest = False, []
        for before, after in waiting:
            if _is_under(after, prefixes):
                grown |= not _is_under(before, prefixes)
                prefixes.add(before)
            else:
                rest.append((before, after))
        waiting = rest
    return sorted(p for p in prefixes if not _is_under(p, prefixes - {p}))


def list_areas(
    *, parent_id: int | None = None, level: str = "", text: str = "", on: date | None = None
) -> QuerySet[Area]:
    """Will list areas in force by parent, level code and part of the name or code."""
    found = Area.objects.valid_on(on or clock.today()).select_related("level").defer("boundary")
    if parent_id is not None:
        found = found.filter(parent_id=parent_id)
    if level:
        found = found.filter(level__code=level)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__startswith=text))
    return found.order_by("code")


def list_cells(area: Area) -> QuerySet[Area]:
    """Will list the grid cells in force of an area, by code."""
    found = Area.objects.valid_on(clock.today()).filter(
        path__startswith=area.path, level__is_cell=True
    )
    return found.defer("boundary").order_by("code")


def list_history(area: Area) -> QuerySet[AreaSuccession]:
    """Will list what the area came from and what followed it, newest first."""
    return (
        AreaSuccession.objects.filter(Q(predecessor=area) | Q(successor=area))
        .select_related("predecessor", "successor")
        .order_by("-on", "pk")
    )


def _is_under(path: str, prefixes: set[str]) -> bool:
    """Whether the path or any leading part of it is among the prefixes."""
    steps = path.strip("/").split("/")
    return any("/" + "/".join(steps[:n]) + "/" in prefixes for n in range(1, len(steps) + 1))
