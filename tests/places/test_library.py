"""The address library by hand: every deed, and every way it is refused."""

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places import services
from apps.places.geometry import Point4326, distance_m, point
from apps.places.models import Area, GazetteerEntry, GazetteerKey, GazetteerSlip
from apps.places.selectors import geocode, search_gazetteer
from apps.places.services import NewEntry
from tests.places.factories import make_keeper, make_streets

City = dict[str, Area]
HERE = point(123.012, 35.006)


@pytest.fixture
def streets(city: City) -> dict[str, GazetteerEntry]:
    return make_streets(city)


@pytest.fixture
def keeper(city: City) -> User:
    return make_keeper(city["9901"])


def shop(name: str = "福来超市", at: Point4326 = HERE) -> NewEntry:
    return NewEntry("poi", name, at, ("福来便利店",), source="街道核实")


def test_a_new_name_is_found_at_once(streets: object, keeper: User, city: City) -> None:
    entry = services.add_entry(keeper, new=shop())
    assert entry.area == city["990101001001"]
    assert geocode("福来便利店门口")[0].entry_id == entry.pk
    assert geocode("福莱超市")[0].entry_id == entry.pk  # with a slip
    logged = AuditEntry.objects.get(action="gazetteer.added")
    assert (logged.object_id, logged.actor_name) == (str(entry.pk), keeper.display_name)


def test_a_door_a_building_a_unit_and_a_pole_need_their_parents(
    streets: dict[str, GazetteerEntry], keeper: User
) -> None:
    door = NewEntry("number", "海泊路21号", HERE, (), streets["海泊路"].pk, 21)
    services.add_entry(keeper, new=door)
    assert geocode("海泊路二十一号")[0].label == "海泊路21号"
    for kind, parent, number in (
        ("number", None, 3),
        ("number", streets["海泊路"].pk, None),
        ("unit", streets["海泊路"].pk, 1),
        ("poi", streets["海泊路"].pk, None),
        ("pole", 10**9, 1),
        ("area", None, None),
        ("ship", None, None),
    ):
        with pytest.raises(InvalidInput):
            services.add_entry(keeper, new=NewEntry(kind, "某处", HERE, (), parent, number))


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (shop(name="超"), "name"),
        (shop(name="超" * 61), "name"),
        (shop(at=point(1, 1)), "point"),
        (NewEntry("poi", "福来超市", HERE, ("x",)), "aliases"),
        (NewEntry("poi", "福来超市", HERE, tuple(f"别名{n}" for n in range(21))), "aliases"),
    ],
)
def test_bad_input_names_its_field(
    streets: object, keeper: User, new: NewEntry, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.add_entry(keeper, new=new)
    assert refused.value.field == field


def test_the_same_name_at_the_same_place_is_refused(streets: object, keeper: User) -> None:
    services.add_entry(keeper, new=shop())
    with pytest.raises(Refused):
        services.add_entry(keeper, new=shop(at=point(123.0121, 35.006)))
    services.add_entry(keeper, new=shop(at=point(123.015, 35.006)))


def test_only_keepers_and_only_in_their_areas(
    streets: dict[str, GazetteerEntry], city: City, clerk: User
) -> None:
    neighbour = make_keeper(city["990102"], "neighbour")
    entry = streets["云台医院"]
    for person in (clerk, neighbour):
        with pytest.raises(NotAllowed):
            services.add_entry(person, new=shop())
        with pytest.raises(NotAllowed):
            services.close_entry(person, entry_id=entry.pk, note="拆除")
        with pytest.raises(NotAllowed):
            services.correct_entry(person, entry_id=entry.pk, name="甲", aliases=(), point=HERE)
    # Nor may a keeper push an entry over the border.
    with pytest.raises(NotAllowed):
        services.correct_entry(
            make_keeper(city["990101"], "own"),
            entry_id=entry.pk,
            name=entry.name,
            aliases=(),
            point=point(123.05, 35.002),
        )


def test_a_corrected_name_keeps_the_old_one(
    streets: dict[str, GazetteerEntry], keeper: User
) -> None:
    entry = streets["云台医院"]
    services.correct_entry(
        keeper, entry_id=entry.pk, name="云台人民医院", aliases=("人民医院",), point=HERE
    )
    for text in ("云台人民医院", "人民医院", "云台医院"):
        best = geocode(text)[0]
        assert best.entry_id == entry.pk
        assert distance_m(best.point, HERE) < 1
    assert "before" in AuditEntry.objects.get(action="gazetteer.corrected").data


def test_a_road_keeps_its_line(streets: dict[str, GazetteerEntry], keeper: User) -> None:
    road = streets["海泊路"]
    services.correct_entry(keeper, entry_id=road.pk, name="海泊大道", aliases=(), point=HERE)
    road.refresh_from_db()
    assert road.geometry.geom_type == "LineString"
    assert geocode("海泊大道11号")[0].label == "海泊路11号"


def test_a_closed_name_is_understood_no_longer(
    streets: dict[str, GazetteerEntry], keeper: User
) -> None:
    entry = streets["云台医院"]
    with pytest.raises(InvalidInput):
        services.close_entry(keeper, entry_id=entry.pk, note=" ")
    services.close_entry(keeper, entry_id=entry.pk, note="已拆除")
    assert not [c for c in geocode("云台医院") if c.entry_id == entry.pk]
    assert not search_gazetteer("云台医院").exists()
    assert search_gazetteer("云台医院", closed=True).get() == entry
    assert not GazetteerKey.objects.filter(entry=entry).exists()
    assert not GazetteerSlip.objects.filter(entry=entry).exists()
    for again in (
        lambda: services.close_entry(keeper, entry_id=entry.pk, note="再"),
        lambda: services.add_alias(keeper, entry_id=entry.pk, alias="旧医院"),
    ):
        with pytest.raises(Refused):
            again()


def test_what_holds_others_is_not_closed(streets: dict[str, GazetteerEntry], keeper: User) -> None:
    with pytest.raises(Refused):
        services.close_entry(keeper, entry_id=streets["海泊路"].pk, note="改名")
    with pytest.raises(NotFound):
        services.close_entry(keeper, entry_id=10**9, note="拆除")
