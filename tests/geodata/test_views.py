"""Views of base libraries: on the map without copying, for whom they are, gone without harm."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from apps.accounts.approvals.services import approve_change, file_change
from apps.accounts.models import HeldChange
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.geodata import catalogue, selectors, services
from apps.geodata.acts import view_publication
from apps.geodata.models import SpatialView
from apps.geodata.schema import FieldRule
from apps.geodata.services import Reading, ViewData
from apps.geodata.view_rows import offered_rules
from apps.onemap.selectors import list_layers, open_layer
from tests.cast import Cast
from tests.geodata.factories import grant, keeper
from tests.geodata.libraries import city_keeper, library, registered, run, signed_in
from tests.onemap.tile_kit import ask, features, over

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wells(cast: Cast) -> None:
    library()


def rows_of(viewer: Any, view: SpatialView) -> list[dict[str, Any]]:
    opened = open_layer(viewer, view.layer_code)
    return list(opened.with_fields().order_by("pk").values())


def test_a_view_is_a_layer_in_list_features_and_tiles(cast: Cast) -> None:
    view = registered(cast)
    assert view.row_count == 2
    assert view.layer_code in [opened.code for opened in list_layers(cast.handler)]
    first, second = rows_of(cast.handler, view)
    assert (first["key"], first["f_ming_cheng"], first["f_depth"]) == (1, "东一井", 12.5)
    # Half past nothing: eight in the city is midnight in UTC.
    assert first["f_checked"].isoformat() == "2026-05-01T00:00:00+00:00"
    assert second["f_checked"] is None
    items = signed_in(cast.handler).get(f"/ogc/collections/{view.layer_code}/items?f=json").json()
    assert [f["id"] for f in items["features"]] == [1, 2]
    [drawn] = features(
        ask(cast.handler, view.layer_code, over(120.012, 36.012, 15)), view.layer_code
    )
    assert (drawn["id"], drawn["properties"]["ming_cheng"]) == (1, "东一井")
    query = {"layers": view.layer_code, "lon": 120.012, "lat": 36.012, "zoom": 16}
    [told] = signed_in(cast.handler).get("/map/identify/", query).json()["features"]
    assert ["depth", "12.5"] in told["values"]
    assert AuditEntry.objects.get(action="spatial_view.registered").data["after"]["name"] == "水井"


def test_what_the_database_changes_shows_at_once(cast: Cast) -> None:
    view = registered(cast)
    run("update layers.wells set place = 'SRID=4326;POINT(120.02 36.01)' where id = 3")
    assert [row["key"] for row in rows_of(cast.handler, view)] == [1, 2, 3]


def test_the_neighbour_sees_nothing_in_any_channel(cast: Cast) -> None:
    view = registered(cast)
    west = signed_in(cast.handler_west)
    assert view.layer_code not in [opened.code for opened in list_layers(cast.handler_west)]
    for viewer in (cast.handler_west, AnonymousUser()):
        with pytest.raises(NotFound):
            open_layer(viewer, view.layer_code)
    at = over(120.012, 36.012, 15)
    assert ask(cast.handler_west, view.layer_code, at).status_code == 404
    assert west.get(f"/ogc/collections/{view.layer_code}/items").status_code == 404
    for path in ("", "features.geojson"):
        assert west.get(f"/geodata/views/{view.pk}/{path}").status_code == 404
    assert view.name not in west.get("/geodata/views/").content.decode()
    services.edit_view(
        city_keeper(cast), view_id=view.pk, data=ViewData("水井", visibility="tenant")
    )
    assert len(rows_of(cast.handler_west, view)) == 2


def test_a_view_that_vanished_shows_nothing_and_says_so(cast: Cast) -> None:
    view = registered(cast)
    run("drop view layers.open_wells")
    assert rows_of(cast.handler, view) == []
    assert view.layer_code in [opened.code for opened in list_layers(cast.handler)]
    client = signed_in(cast.handler)
    at = over(120.012, 36.012, 15)
    assert features(ask(cast.handler, view.layer_code, at), view.layer_code) == []
    items = client.get(f"/ogc/collections/{view.layer_code}/items?f=json")
    assert items.json()["features"] == []
    page = client.get(f"/geodata/views/{view.pk}/")
    assert "这个图层已失效" in page.content.decode()
    assert "已失效" in client.get("/geodata/views/").content.decode()
    assert client.get(f"/geodata/views/{view.pk}/features.geojson").json()["features"] == []


@pytest.mark.parametrize(
    "change",
    [
        "alter table layers.wells alter depth type text",
        "alter table layers.wells rename depth to deep",
        "alter table layers.wells alter place type geometry(Point, 3857)"
        " using ST_Transform(place, 3857)",
    ],
)
def test_a_column_that_became_something_else_breaks_it_until_it_is_read_anew(
    cast: Cast, change: str
) -> None:
    view = registered(cast, relation="wells")
    run("drop view layers.open_wells")
    run(change)
    assert rows_of(cast.handler, view) == []
    assert selectors.what_is_wrong(view)
    found = catalogue.find_relation(cast.tenant.code, "layers", "wells")
    assert found is not None
    reading = Reading("id", "place", tuple(offered_rules(found)))
    if "3857" in change:
        with pytest.raises(InvalidInput, match="4326"):
            services.reread_view(city_keeper(cast), view_id=view.pk, reading=reading)
        return
    services.reread_view(city_keeper(cast), view_id=view.pk, reading=reading)
    assert len(rows_of(cast.handler, view)) == 2


@pytest.mark.parametrize(
    ("schema", "relation"),
    [
        ("public", "accounts_user"),
        ("pg_catalog", "pg_authid"),
        ("information_schema", "tables"),
        ("layers", "no_such"),
        ("layers", 'open_wells"; drop table layers.wells; --'),
        ('layers"."wells', "open_wells"),
        ("layers", "open_wells' or '1'='1"),
        ("hidden", "wells"),
    ],
)
def test_names_that_are_not_offered_are_refused(
    cast: Cast, settings: Any, schema: str, relation: str
) -> None:
    settings.GEODATA_VIEW_SCHEMAS = ["layers", "public", "pg_catalog", "information_schema"]
    run("create schema hidden; create table hidden.wells as table layers.wells")
    with pytest.raises(InvalidInput) as refused:
        registered(cast, schema=schema, relation=relation)
    assert refused.value.field == "relation"
    assert [r.name for r in catalogue.relations(catalogue.schemas_of())] == ["open_wells", "wells"]


def test_columns_with_hostile_names_are_not_offered(cast: Cast) -> None:
    run(
        'create view layers.odd as select id, place, depth as "a""; drop table x", '
        'depth as "100%s", depth as "a b" from layers.wells'
    )
    found = catalogue.find_relation(cast.tenant.code, "layers", "odd")
    assert found is not None
    assert [c.name for c in found.columns] == ["id", "place"]
    with pytest.raises(InvalidInput) as refused:
        registered(cast, relation="odd", rules=(FieldRule("a", 'a"; drop table x', "甲"),))
    assert refused.value.field == "fields"
    with pytest.raises(InvalidInput):
        registered(cast, relation="odd", rules=(FieldRule('a"b', "id", "甲"),))


@pytest.mark.parametrize(
    ("statement", "field", "said"),
    [
        ("create view layers.v as select id, ST_Transform(place, 4490) as place"
         " from layers.wells", "geometry", "未写明"),
        ("create view layers.v as select id, ST_Transform(place, 4490)::geometry(Point, 4490)"
         " as place from layers.wells", "geometry", "4490"),
        ("create view layers.v as select 1 as id, place from layers.wells", "key", "重复"),
        ("create view layers.v as select depth as id, place from layers.wells", "key", "主键列"),
        ("create view layers.v as select id from layers.wells", "geometry", "图形列"),
        ("create view layers.v as select id, 1 / (id - 1) as n, place from layers.wells",
         "relation", "出错"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(
    cast: Cast, statement: str, field: str, said: str
) -> None:
    run(statement)
    with pytest.raises(InvalidInput, match=said) as refused:
        registered(cast, relation="v")
    assert refused.value.field == field
    assert not SpatialView.objects.exists()


def test_materialized_views_and_keys_of_text_are_served(cast: Cast) -> None:
    run(
        "create materialized view layers.kept as select 'W' || id as code, depth::float4 as depth,"
        " place from layers.wells"
    )
    view = registered(cast, relation="kept", key="code")
    assert [row["key"] for row in rows_of(cast.handler, view)] == ["W1", "W2"]
    at = over(120.012, 36.012, 15)
    [drawn] = features(ask(cast.handler, view.layer_code, at), view.layer_code)
    assert drawn["properties"]["code"] == "W1"


def test_only_who_keeps_the_whole_bodys_data_registers(cast: Cast, settings: Any) -> None:
    reading, data = Reading("id", "place", ()), ViewData("水井")
    place = {"schema": "layers", "relation": "wells", "reading": reading, "data": data}
    for name in ("handler", "acceptor"):
        actor = keeper(cast, "handler") if name == "handler" else cast.people[name]
        with pytest.raises(NotAllowed):
            services.register_view(actor, unit=cast.east_works, **place)
    assert signed_in(keeper(cast)).get("/geodata/views/new/").status_code == 403
    settings.GEODATA_VIEW_SCHEMAS = ["layers:elsewhere"]
    with pytest.raises(InvalidInput):
        services.register_view(city_keeper(cast), unit=cast.east_works, **place)


def test_opening_to_everybody_takes_a_second_person(cast: Cast) -> None:
    view = registered(cast)
    actor = city_keeper(cast)
    with pytest.raises(Refused):
        services.publish_view(actor, view_id=view.pk, is_public=True)
    services.edit_view(actor, view_id=view.pk, data=ViewData("水井", approval_number="审1号"))
    view.refresh_from_db()
    checker = grant(cast, "supervisor", "geodata.publish_datasets")
    file_change(actor, proposal=view_publication(view), reason="便民服务需要")
    change = HeldChange.objects.get()
    approve_change(checker, change_id=change.pk, digest=change.digest)
    assert len(rows_of(AnonymousUser(), view)) == 2
    services.retire_view(actor, view_id=view.pk)
    services.retire_view(actor, view_id=view.pk)
    with pytest.raises(NotFound):
        open_layer(cast.handler, view.layer_code)
    assert AuditEntry.objects.filter(action="spatial_view.retired").count() == 1


def test_a_view_is_registered_through_the_pages(cast: Cast) -> None:
    client = signed_in(city_keeper(cast))
    address = f"/geodata/views/new/?unit={cast.east_works.pk}&relation=layers.open_wells"
    assert "layers.open_wells" in client.get("/geodata/views/new/").content.decode()
    page = client.get(address).content.decode()
    assert "名称" in page
    names = ["id", "名称", "depth", "checked"]
    sent: dict[str, Any] = {
        "columns-TOTAL_FORMS": 4,
        "columns-INITIAL_FORMS": 4,
        "key": "id",
        "geometry": "place",
        "name": "水井",
        "color": "#0f766e",
        "visibility": "unit",
    }
    for number, name in enumerate(names):
        sent |= {
            f"columns-{number}-source": name,
            f"columns-{number}-name": f"n{number}",
            f"columns-{number}-label": name,
        }
    sent["columns-1-is_taken"] = "on"
    assert client.post(address, sent | {"columns-1-name": "Bad"}).status_code == 422
    answer = client.post(address, sent)
    view = SpatialView.objects.get()
    assert answer.url == f"/geodata/views/{view.pk}/"
    assert [rule["label"] for rule in view.fields] == ["名称"]
    assert "open_wells" in client.get(answer.url).content.decode()
    assert client.get(f"/geodata/views/{view.pk}/reread/").status_code == 200
    edited = {"name": "深井", "color": "red", "visibility": "tenant", "label_field": "n1"}
    assert client.post(f"/geodata/views/{view.pk}/edit/", edited).status_code == 422
    edited["color"] = "#123456"
    assert client.post(f"/geodata/views/{view.pk}/edit/", edited).status_code == 302
    shown = client.get(f"/geodata/views/{view.pk}/features.geojson").json()
    assert len(shown["features"]) == 2


def test_strangers_change_nothing(cast: Cast) -> None:
    view = registered(cast)
    west = keeper(cast, "handler_west")
    client: Client = signed_in(west)
    with pytest.raises(NotAllowed):
        services.edit_view(west, view_id=view.pk, data=ViewData("我的"))
    assert client.post(f"/geodata/views/{view.pk}/retire/").status_code == 403
    assert client.get(f"/geodata/views/{view.pk}/edit/").status_code == 404
    assert SpatialView.objects.get().retired_at is None


@pytest.fixture
def failing(cast: Cast) -> SpatialView:
    """A view whose expression meets a value it cannot take, after it was registered."""
    run("create view layers.halves as select id, 1 / (id - 5) as half, place from layers.wells")
    view = registered(cast, relation="halves")
    run(
        "insert into layers.wells values (5, '五', 1, null, true, 'SRID=4326;POINT(120.012 36.01)')"
    )
    return view


@pytest.mark.parametrize(
    "address",
    [
        "/map/features/{0}.json?bbox=120,36,120.1,36.1",
        "/map/identify/?layers={0}&lon=120.012&lat=36.01&zoom=16",
        "/ogc/collections/{0}/items?f=json",
        "/ogc/collections/{0}/items/5?f=json",
    ],
)
def test_a_view_that_fails_later_gives_an_answer_in_words(
    cast: Cast, failing: SpatialView, address: str
) -> None:
    client = signed_in(cast.handler)
    answer = client.get(address.format(failing.layer_code, failing.pk))
    assert answer.status_code == 503
    is_page = answer["Content-Type"].startswith("text/html")
    said = answer.content.decode() if is_page else answer.json()["detail"]
    assert "图层“水井”的数据现在读不出来" in said
    assert is_page or answer.json()["code"] == "layer_unreadable"
    assert client.get(f"/geodata/views/{failing.pk}/").status_code == 200


def test_tables_and_drawn_shapes_of_a_failing_view_answer_in_words_too(
    cast: Cast, failing: SpatialView
) -> None:
    client = signed_in(cast.handler)
    drawn = ask(cast.handler, failing.layer_code, over(120.012, 36.012, 13))
    assert (drawn.status_code, drawn.json()["code"]) == (503, "layer_unreadable")
    table = client.get(f"/map/table/?layer={failing.layer_code}")
    assert table.status_code == 503
    assert "读不出来" in table.content.decode()
    shape = {"type": "Point", "coordinates": [120.012, 36.01]}
    for question in ("around", "nearest"):
        body = {"shape": shape, "distance": 500, "wanted": 5, "layers": failing.layer_code}
        told = client.post(f"/map/{question}/", body, content_type="application/json")
        assert (told.status_code, told.json()["code"]) == (503, "layer_unreadable"), question
    # The list of all layers goes on; what fails only has no reach.
    listed = client.get("/ogc/collections?f=json").json()["collections"]
    assert failing.layer_code in [one["id"] for one in listed]
