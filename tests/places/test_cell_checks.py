"""The check over the grid: every kind of fault is found, told with its measure, and kept."""

from datetime import date

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.places import services
from apps.places.models import Area, CellCheck
from apps.places.selectors.cells import describe_fault, get_check, list_checks
from tests.places.factories import make_keeper, make_user, square


def reshape(area: Area, shape: MultiPolygon | None) -> None:
    area.boundary = shape
    area.save(update_fields=["boundary"])


def ring(*corners: tuple[float, float]) -> MultiPolygon:
    return MultiPolygon(Polygon((*corners, corners[0])), srid=4326)


@pytest.fixture
def drawer(city: dict[str, Area]) -> User:
    """Draws the cells of the first district."""
    return make_keeper(city["990101"], "drawer", "draw_cells")


def kinds(run: CellCheck) -> dict[str, int]:
    return {kind: n for kind, n in run.counts.items() if kind != "order"}


def test_a_sound_grid_has_no_fault_but_its_numbers(drawer: User, city: dict[str, Area]) -> None:
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    # The cells of the test town are numbered from the south, against the rule.
    assert (run.counts, run.blocking_count, run.area_count) == ({"order": 2}, 0, 7)
    assert "编号" in describe_fault(run.faults.all()[0])
    assert AuditEntry.objects.get(action="cells.checked").data["faults"] == 2


def test_a_gap_is_told_in_square_metres(drawer: User, city: dict[str, Area]) -> None:
    reshape(city["990101001001"], square(123.0, 35.0, 0.01, 0.018))
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    gap = run.faults.get(kind="gap")
    assert kinds(run) == {"gap": 1}
    assert gap.area == city["990101001"]
    # 0.002 degrees of longitude are 182.5 m here, 0.01 of latitude 1109.4 m.
    assert gap.size_m2 == pytest.approx(182.5 * 1109.4, rel=0.01)
    assert "平方米没有划入" in describe_fault(gap)


def test_an_overlap_names_both_and_spills_over_the_parent(
    drawer: User, city: dict[str, Area]
) -> None:
    reshape(city["990101001001"], square(123.0, 35.0, 0.01, 0.021))
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    assert kinds(run) == {"overlap": 1, "outside": 1}
    overlap = run.faults.get(kind="overlap")
    assert {overlap.area, overlap.other} == {city["990101001001"], city["990101002001"]}


def test_two_drawings_of_one_line_are_a_sliver(drawer: User, city: dict[str, Area]) -> None:
    reshape(city["990101001001"], square(123.0, 35.0, 0.009999, 0.02))
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    sliver = run.faults.get(kind="sliver")
    assert kinds(run) == {"sliver": 1}
    assert sliver.width_m is not None
    assert sliver.width_m < 1


def test_a_broken_outline_is_found_and_the_rest_still_checked(
    drawer: User, city: dict[str, Area]
) -> None:
    bow = ring((123.0, 35.0), (123.02, 35.01), (123.02, 35.0), (123.0, 35.01))
    reshape(city["990101001001"], bow)
    reshape(city["990101002002"], None)
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    assert kinds(run) == {"gap": 3, "invalid": 1, "missing": 1}
    assert "自相" in describe_fault(run.faults.get(kind="invalid"))


def test_a_cell_of_the_neighbour_district_may_not_reach_in(
    drawer: User, city: dict[str, Area]
) -> None:
    reshape(city["990102001001"], square(123.039, 35.0, 0.01, 0.021))
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    assert kinds(run) == {"overlap": 1}
    assert run.faults.get(kind="overlap").other == city["990102001001"]


def test_who_may_not_check(drawer: User, city: dict[str, Area]) -> None:
    with pytest.raises(NotAllowed):
        services.check_cells(make_user("nobody"), area_id=city["990101"].pk)
    with pytest.raises(NotAllowed):
        services.check_cells(drawer, area_id=city["990102"].pk)
    with pytest.raises(InvalidInput):
        services.check_cells(drawer, area_id=city["990101001001"].pk)
    with pytest.raises(NotFound):
        services.check_cells(drawer, area_id=0)


def test_a_run_is_seen_by_the_keepers_of_its_area(drawer: User, city: dict[str, Area]) -> None:
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    stranger = make_keeper(city["990102"], "stranger", "draw_cells")
    assert list(list_checks(drawer)) == [run]
    assert not list_checks(stranger).exists()
    with pytest.raises(NotFound):
        get_check(stranger, pk=run.pk)


def test_a_closed_cell_is_not_checked(drawer: User, city: dict[str, Area]) -> None:
    closed = city["990101001001"]
    Area.objects.filter(pk=closed.pk).update(valid_to=date(2021, 1, 1))
    run = services.check_cells(drawer, area_id=city["990101"].pk)
    assert (kinds(run), run.area_count) == ({"gap": 1}, 6)
