"""REST: what a department receives, group by group; and the map."""

from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.onemap.registry import find_layer
from apps.registry import services
from apps.registry.models import Share, ShareRead
from tests.cast import Cast
from tests.registry.factories import house, id_number, person, special_type

FILES = "/api/v1/registry/files/"


def share(cast: Cast, group: str, **changes: Any) -> None:
    values: dict[str, Any] = {"kind": "person", "area": cast.east, "purpose": "防汛排查"}
    services.share_fields(cast.registrar, unit=cast.east_works, group=group, **values | changes)


def test_a_department_reads_the_groups_it_was_given(staffed: Cast, client: Client) -> None:
    person(staffed)
    assert client.get(FILES, {"kind": "person"}).status_code in (401, 403)
    client.force_login(staffed.handler)
    assert client.get(FILES, {"kind": "person"}).status_code == 403
    share(staffed, "identity")
    [row] = client.get(FILES, {"kind": "person"}).json()["results"]
    assert id_number(1) not in str(row)
    assert "phone" not in row
    assert "name" not in row
    share(staffed, "contact")
    [row] = client.get(FILES, {"kind": "person"}).json()["results"]
    assert {"phone", "id_number"} <= row.keys()
    assert ShareRead.objects.count() == 3


def test_a_share_ends_and_others_get_nothing(staffed: Cast, client: Client) -> None:
    person(staffed)
    share(staffed, "basic")
    client.force_login(staffed.handler_west)
    assert client.get(FILES, {"kind": "person"}).status_code == 403
    client.force_login(staffed.handler)
    assert client.get(FILES, {"kind": "martian"}).status_code == 400
    assert client.post(FILES, {"kind": "person", "tenant": 1}).status_code == 405
    services.end_share(staffed.registrar, share_id=Share.objects.get().pk)
    assert client.get(FILES, {"kind": "person"}).status_code == 403


def test_figures_are_read_by_area_and_period(staffed: Cast, client: Client) -> None:
    person(staffed)
    today = clock.today().isoformat()
    asked = {"first": today, "last": today, "area": staffed.east.code}
    client.force_login(staffed.reader)
    rows = client.get("/api/v1/registry/figures/", asked).json()
    assert {row["kind"]: row["total"] for row in rows}["person"] == 1
    assert client.get("/api/v1/registry/figures/", asked | {"area": "0"}).status_code == 404
    client.force_login(staffed.handler)
    assert client.get("/api/v1/registry/figures/", asked).status_code == 403


@pytest.mark.parametrize("code", ["registry-premises", "registry-sites", "registry-goods"])
def test_layers_show_things_never_people(staffed: Cast, code: str) -> None:
    house(staffed)
    person(staffed)
    layer = find_layer(code)
    assert layer is not None
    shown = [file.kind for file in layer.rows(staffed.registrar)]
    assert shown == (["premises"] if code == "registry-premises" else [])
    assert not layer.rows(staffed.registrar_west).exists()


def test_special_groups_are_counted_per_cell_for_those_allowed(staffed: Cast) -> None:
    file, kind = person(staffed), special_type(staffed)
    services.enrol(staffed.registrar, file_id=file.pk, type_id=kind.pk, grade="low")
    layer = find_layer("registry-care")
    assert layer is not None
    assert [(c.pk, c.people) for c in layer.rows(staffed.registrar)] == [(file.area_id, 1)]
    assert not layer.rows(staffed.reader).exists()
