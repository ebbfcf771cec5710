import random
from datetime import date, timedelta

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places import selectors, services
from apps.places.geometry import point
from apps.places.models import Area, AreaSuccession
from tests.places.factories import square

City = dict[str, Area]
LATER = date(2021, 1, 1)


def is_below(area: Area, prefixes: list[str]) -> bool:
    return any(area.path.startswith(p) for p in prefixes)


def test_merge_closes_the_old_and_moves_what_lies_below(keeper: User, city: City) -> None:
    old = [city["990101001"], city["990101002"]]
    new = services.merge_areas(keeper, area_ids=[a.pk for a in old], name="新街道", on=LATER)

    assert new.code == "990101601"
    assert {a.valid_to for a in Area.objects.filter(pk__in=[a.pk for a in old])} == {LATER}
    cells = Area.objects.filter(parent=new)
    assert sorted(c.code for c in cells) == [
        "990101601001", "990101601002", "990101601601", "990101601602",
    ]  # fmt: skip
    assert selectors.locate(point(123.01, 35.005)).parent_id == new.pk
    assert selectors.locate(point(123.01, 35.005), on=date(2020, 6, 1)) == city["990101001001"]
    entry = AuditEntry.objects.get(action="areas.merged", actor_id=keeper.pk)
    assert entry.data["before"] == {"areas": {a.code: a.name for a in old}}
    assert entry.data["after"] == {"areas": {"990101601": "新街道"}}


def test_old_records_are_found_from_the_merged_area(keeper: User, city: City) -> None:
    new = services.merge_areas(
        keeper, area_ids=[city["990101001"].pk, city["990101002"].pk], name="新", on=LATER
    )
    prefixes = selectors.area_prefixes(new)
    assert is_below(city["990101001001"], prefixes)
    assert is_below(city["990101002002"], prefixes)
    assert not is_below(city["990102001001"], prefixes)


def test_split_gives_each_child_to_its_part(keeper: User, city: City) -> None:
    parts = [
        services.PartSpec("南街道", square(123.0, 35.0, 0.01, 0.02)),
        services.PartSpec("北街道", square(123.0, 35.01, 0.01, 0.02)),
    ]
    south, north = services.split_area(keeper, area_id=city["990101001"].pk, parts=parts, on=LATER)
    assert selectors.locate(point(123.01, 35.005)).parent_id == south.pk
    assert selectors.locate(point(123.01, 35.015)).parent_id == north.pk
    assert is_below(city["990101001001"], selectors.area_prefixes(north))


@pytest.mark.parametrize(
    "parts",
    [
        [square(123.0, 35.0, 0.01, 0.02)],  # one part only
        [square(123.0, 35.0, 0.01, 0.02), square(123.0, 35.005, 0.015, 0.02)],  # overlap
        [square(123.0, 35.0, 0.01, 0.02), square(123.0, 35.015, 0.005, 0.02)],  # gap
        [square(123.0, 35.0, 0.02, 0.01), square(123.01, 35.0, 0.02, 0.01)],  # cuts the cells
    ],
)
def test_a_split_that_does_not_fit_is_refused(keeper: User, city: City, parts: list) -> None:
    specs = [services.PartSpec(f"部分{i}", shape) for i, shape in enumerate(parts)]
    with pytest.raises(InvalidInput) as refusal:
        services.split_area(keeper, area_id=city["990101001"].pk, parts=specs, on=LATER)
    assert refusal.value.field == "parts"
    assert not AreaSuccession.objects.exists()


def test_only_the_keeper_may(clerk: User, city: City) -> None:
    with pytest.raises(NotAllowed):
        services.close_area(clerk, area_id=city["990101001001"].pk, on=LATER)


def test_closing(keeper: User, city: City) -> None:
    with pytest.raises(Refused):
        services.close_area(keeper, area_id=city["990101001"].pk, on=LATER)
    cell, heir = city["990101001001"], city["990101001002"]
    services.close_area(keeper, area_id=cell.pk, on=LATER, successor_ids=[heir.pk])
    assert is_below(cell, selectors.area_prefixes(heir))
    with pytest.raises(Refused) as refusal:
        services.close_area(keeper, area_id=cell.pk, on=LATER)
    assert refusal.value.code == "area_closed"


def test_merging_what_does_not_belong_together(keeper: User, city: City) -> None:
    for codes in (["990101001", "990102001"], ["990101001", "990101"], ["990101001"]):
        with pytest.raises(InvalidInput):
            services.merge_areas(keeper, area_ids=[city[c].pk for c in codes], name="新", on=LATER)
    with pytest.raises(NotFound):
        services.merge_areas(keeper, area_ids=[city["9901"].pk, 10**9], name="新", on=LATER)
    with pytest.raises(InvalidInput):
        services.close_area(keeper, area_id=city["990101001001"].pk, on=date(2020, 1, 1))


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_every_old_cell_is_found_from_its_place(seed: int, city: City) -> None:
    """Whatever is merged and split, the unit now in charge of a spot finds its old records."""
    rng = random.Random(seed)
    spots = {code: a.boundary.point_on_surface for code, a in city.items() if len(code) == 12}
    day = LATER
    for _step in range(6):
        day += timedelta(days=30)
        streets = list(Area.objects.valid_on(day).filter(level__code="street").order_by("pk"))
        street = rng.choice(streets)
        peers = [s for s in streets if s.parent_id == street.parent_id]
        if len(peers) > 1 and rng.random() < 0.6:
            services.merge_areas(SYSTEM, area_ids=[s.pk for s in peers], name="合", on=day)
        else:
            west, south, east, north = street.boundary.extent
            parts = [
                services.PartSpec("南", square(west, south, 0.01, east - west)),
                services.PartSpec(
                    "北", square(west, south + 0.01, north - south - 0.01, east - west)
                ),
            ]
            if north - south > 0.015:
                services.split_area(SYSTEM, area_id=street.pk, parts=parts, on=day)
    for code, spot in spots.items():
        cell = selectors.locate(spot, on=day)
        for area in (cell, cell.parent, cell.parent.parent):
            assert is_below(city[code], selectors.area_prefixes(area))
        other = city["990102" if code.startswith("990101") else "990101"]
        assert not is_below(city[code], selectors.area_prefixes(other))
