"""Special grids, the standard and the cells other departments read."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.places import selectors, services
from apps.places.geometry import point
from apps.places.models import Area, SpecialGrid
from apps.places.selectors.cells import list_standard
from apps.places.services import SpecialData
from tests.places.factories import make_keeper, make_user, square

PARK = SpecialData("海创园", "park", square(123.002, 35.002, 0.004), "值班室", "13800001111")


@pytest.fixture
def drawer(city: dict[str, Area]) -> User:
    return make_keeper(city["990101"], "drawer", "draw_cells")


def add(actor: User, city: dict[str, Area], **changed: Any) -> SpecialGrid:
    data = SpecialData(**(vars(PARK) | changed))
    return services.add_special_grid(
        actor, community_id=city["990101001"].pk, data=data, valid_from=clock.today()
    )


def test_a_special_grid_is_found_at_its_points(drawer: User, city: dict[str, Area]) -> None:
    park = add(drawer, city)
    inside = point(123.004, 35.004)
    assert park.code == "990101001Z001"
    assert selectors.special_grid_at(inside) == park
    assert selectors.special_grid_at(point(123.01, 35.015)) is None
    assert selectors.special_grid_at(inside, on=clock.today().replace(year=2000)) is None


def test_a_correction_says_before_and_after_without_the_number(
    drawer: User, city: dict[str, Area]
) -> None:
    park = add(drawer, city)
    data = SpecialData(**(vars(PARK) | {"name": "海创二园", "contact_phone": "13900002222"}))
    services.change_special_grid(drawer, grid_id=park.pk, data=data)
    told = AuditEntry.objects.get(action="special_grid.changed").data
    assert (told["before"]["name"], told["after"]["name"]) == ("海创园", "海创二园")
    assert "13900002222" not in str(told)


def test_codes_are_never_used_again(drawer: User, city: dict[str, Area]) -> None:
    park = add(drawer, city)
    SpecialGrid.objects.filter(pk=park.pk).update(valid_from=clock.today().replace(year=2020))
    services.close_special_grid(drawer, grid_id=park.pk, on=clock.today())
    assert add(drawer, city).code == "990101001Z002"
    with pytest.raises(Refused):
        services.change_special_grid(drawer, grid_id=park.pk, data=PARK)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "moon"}, "kind"),
        ({"boundary": square(123.018, 35.002, 0.006)}, "boundary"),
        ({"boundary": square(123.003, 35.003, 0.004)}, "boundary"),
    ],
    ids=["no name", "no kind", "out of the community", "over another"],
)
def test_what_cannot_be(
    drawer: User, city: dict[str, Area], changed: dict[str, Any], field: str
) -> None:
    add(drawer, city)
    with pytest.raises(InvalidInput) as refusal:
        add(drawer, city, **changed)
    assert refusal.value.field == field


def test_who_may_not(city: dict[str, Area]) -> None:
    for actor in (
        make_keeper(city["990102"], "stranger", "draw_cells"),
        make_user("nobody"),
    ):
        with pytest.raises(NotAllowed):
            add(actor, city)


def test_the_standard_counts_what_is_in_force(city: dict[str, Area]) -> None:
    services.close_area(
        make_keeper(city["9901"]), area_id=city["990101001001"].pk, on=clock.today()
    )
    cells = list_standard()[-1]
    assert (cells.digits, cells.pattern, cells.count) == (12, "4+2+3+3", 7)


def test_departments_read_cells_page_by_page(city: dict[str, Area], clerk: User) -> None:
    client = Client()
    given: dict[str, Any] = {"area": "990101", "limit": 3}
    assert client.get("/api/v1/areas/cells", given).status_code in {401, 403}
    client.force_login(clerk)
    first = client.get("/api/v1/areas/cells", given).json()
    rest = client.get("/api/v1/areas/cells", given | {"after": first["next"]}).json()
    codes = [f["properties"]["code"] for f in (*first["features"], *rest["features"])]
    assert codes == ["990101001001", "990101001002", "990101002001", "990101002002"]
    assert rest["next"] is None
    assert first["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert client.get("/api/v1/areas/cells", {"area": "000"}).status_code == 404


def test_contacts_of_special_grids_stay_inside(
    drawer: User, clerk: User, city: dict[str, Area]
) -> None:
    park = add(drawer, city)
    client = Client()
    client.force_login(clerk)
    told = client.get("/api/v1/areas/special-grids", {"area": "990101"}).json()
    assert told["features"][0]["properties"]["code"] == park.code
    page = client.get(f"/places/special/{park.pk}/").content.decode()
    assert "13800001111" not in str(told) + page
    client.force_login(drawer)
    assert "13800001111" in client.get(f"/places/special/{park.pk}/").content.decode()
