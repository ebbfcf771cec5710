"""Cells drawn anew keep who answers for them."""

from datetime import timedelta

from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.fieldwork.enums import DutyPart
from apps.fieldwork.models import CellDuty, PatrolPlan
from apps.fieldwork.services import follow_cells
from apps.places.models import Area
from tests.cast import Cast
from tests.fieldwork.factories import patrol, worker


def drawn(cell: Area, number: int, box: tuple[float, float, float, float]) -> Area:
    """Will give a new cell beside an old one."""
    new = Area.objects.create(
        level=cell.level,
        parent=cell.parent,
        name=f"新格{number}",
        code_part=f"60{number}",
        code=f"{cell.code}60{number}",
        path="",
        boundary=MultiPolygon(Polygon.from_bbox(box), srid=4326),
        valid_from=clock.today(),
    )
    new.path = f"{cell.parent.path}{new.pk}/"
    new.save(update_fields=["path"])
    return new


def halves(cell: Area) -> list[Area]:
    west, south, east, north = cell.boundary.extent
    middle = (west + east) / 2
    return [
        drawn(cell, 1, (west, south, middle, north)),
        drawn(cell, 2, (middle, south, east, north)),
    ]


def current(cell: Area) -> dict[str, str]:
    held = CellDuty.objects.filter(cell=cell, to_on=None, is_cancelled=False)
    return {duty.worker.user.username: duty.part for duty in held}


def follow(old: list[Area], new: list[Area]) -> int:
    today = clock.today()
    return follow_cells(SYSTEM, old_ids=[a.pk for a in old], new_ids=[a.pk for a in new], on=today)


def test_both_halves_keep_the_worker_and_the_plan(cast: Cast) -> None:
    made, cell = worker(cast), cast.cells["east"][0]
    patrol(made, [cell])
    west, east = halves(cell)
    assert follow([cell], [west, east]) == 2
    assert current(west) == current(east) == {"walker1": DutyPart.MAIN}
    assert CellDuty.objects.get(cell=cell).to_on == clock.today() - timedelta(days=1)
    assert set(PatrolPlan.objects.get().cells.all()) == {west, east}


def test_who_had_most_of_a_merged_cell_is_its_main_worker(cast: Cast) -> None:
    worker(cast, "walker1", cells=(0,))
    worker(cast, "walker2", cells=(1,))
    first, second = cast.cells["east"][:2]
    west, south, east, north = first.boundary.union(second.boundary).extent
    whole = drawn(first, 1, (west, south, east, north))
    follow([first, second], [whole])
    assert sorted(current(whole).values()) == [DutyPart.DEPUTY, DutyPart.MAIN]


def test_twice_is_harmless(cast: Cast) -> None:
    worker(cast)
    cell = cast.cells["east"][0]
    new = halves(cell)
    follow([cell], new)
    assert follow([cell], new) == 0
    assert current(new[0]) == {"walker1": DutyPart.MAIN}


def test_a_neighbours_cell_is_left_alone(cast: Cast) -> None:
    worker(cast, "walker1", cells=(0,))
    worker(cast, "walker2", cells=(1,))
    first, second = cast.cells["east"][:2]
    follow([first], halves(first))
    assert current(second) == {"walker2": DutyPart.MAIN}
