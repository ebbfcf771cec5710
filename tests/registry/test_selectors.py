"""What a phone may carry, near matches, and who finds whom."""

from datetime import timedelta

from apps.common import clock
from apps.registry import services
from apps.registry.selectors import files_in, near_matches
from apps.registry.selectors.links import floating_trend, households
from tests.cast import Cast
from tests.registry.factories import house, id_number, person


def test_a_pack_is_masked_and_of_the_cells_asked_for(staffed: Cast) -> None:
    home, somebody = house(staffed), person(staffed)
    cells = staffed.cells["east"]
    found = files_in(staffed.collector, cells=cells)
    assert [row["id"] for row in found] == [home.pk, somebody.pk]
    assert found[0]["point"] == [120.012, 36.012]
    assert found[1]["point"] is None
    for secret in (id_number(1), "13800000001", "张试001", somebody.person.id_digest):
        assert secret not in str(found)
    assert files_in(staffed.collector, cells=cells[:1]) == []
    assert files_in(staffed.outsider, cells=cells) == []


def test_near_matches_are_of_the_own_area(staffed: Cast) -> None:
    file = person(staffed)
    for values in (
        {"phone": file.phone},
        {"name": file.title, "born_on": "1980-03-01"},
        {"id_number": id_number(1)},
    ):
        found = near_matches(staffed.collector, kind="person", values=values)
        assert [row.pk for row in found] == [file.pk]
        assert near_matches(staffed.collector_west, kind="person", values=values) == []
    assert near_matches(staffed.collector, kind="person", values={"name": file.title}) == []


def test_a_house_is_near_by_its_address(staffed: Cast) -> None:
    home = house(staffed)
    found = near_matches(staffed.collector, kind="premises", values={"address": "一号路 1 号"})
    assert [row.pk for row in found] == [home.pk]


def test_the_trend_counts_who_rented_on_the_first_of_each_month(staffed: Cast) -> None:
    home, renter = house(staffed), person(staffed, household="floating")
    start = clock.today() - timedelta(days=70)
    services.link_files(
        staffed.collector,
        kind_code="tenant",
        from_id=renter.pk,
        to_id=home.pk,
        from_on=start,
        to_on=start + timedelta(days=35),
    )
    trend = floating_trend(households(home))
    assert len(trend) == 12
    assert trend[-1]["people"] == 0
    assert sum(row["people"] for row in trend) in (1, 2)
