"""A layer asked for, opened, counted and taken back; cards, freshness, outside services."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import HTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.models import LayerCard, LayerGrant, LayerRequest, LayerUse, OutsideService
from apps.onemap.registry import Layer, LayerField, temporarily
from apps.onemap.selectors import open_layer
from apps.onemap.sharing import selectors, services
from apps.onemap.sharing.addresses import address_of, bbox_of
from apps.onemap.sharing.services import CardData, ServiceData
from apps.places.models import Area
from tests.cast import Cast, allowed
from tests.quiet import QuietHandler

pytestmark = pytest.mark.django_db

SHARED = Layer(
    code="pipes",
    label="管网",
    group=LayerGroup.DATA,
    geometry=Geometry.POLYGON,
    rows=lambda viewer: Area.objects.none(),
    shared_rows=Area.objects.all,
    seen_by=lambda viewer: False,
    geometry_field="boundary",
    area_field="path",
    fields=(LayerField("name", "名称", "name"),),
    update_days=30,
)


@pytest.fixture(autouse=True)
def pipes(cast: Cast) -> Iterator[None]:
    LayerCard.objects.create(code="pipes", owner_unit=cast.east_works)
    with temporarily(SHARED):
        yield


def asked(cast: Cast, **changes: Any) -> LayerRequest:
    values: dict[str, Any] = {
        "code": "pipes",
        "unit": cast.west_works,
        "purpose": "汛期排查积水点",
        "since": clock.today(),
        "until": clock.today() + timedelta(days=30),
    }
    return services.ask_for_layer(cast.handler_west, **(values | changes))


def test_a_layer_is_asked_for_opened_counted_and_taken_back(cast: Cast) -> None:
    head = allowed(cast, "head", "onemap.approve_sharing")
    request = asked(cast, area=cast.east)
    assert Notice.objects.filter(recipient=head, kind="onemap").exists()
    with pytest.raises(NotFound):
        open_layer(cast.handler_west, "pipes")
    assert selectors.count_to_decide(head) == 1

    services.decide_request(head, request_id=request.pk, is_agreed=True)
    opened = open_layer(cast.handler_west, "pipes")
    assert set(opened.rows) == set(Area.objects.filter(path__startswith=cast.east.path))
    open_layer(cast.handler_west, "pipes")
    assert services.write_uses() == services.write_uses()
    assert LayerUse.objects.get().count == 2
    request.refresh_from_db()
    assert selectors.uses_of(request) == 2

    services.end_grant(head, request_id=request.pk, note="汛期已过，收回")
    with pytest.raises(NotFound):
        open_layer(cast.handler_west, "pipes")
    with pytest.raises(Refused):
        services.end_grant(head, request_id=request.pk, note="再收一次")
    actions = AuditEntry.objects.filter(object_type="onemap.layer_request")
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        "layer_request.filed",
        "layer_request.approved",
        "layer_grant.ended",
    ]


def test_only_the_owner_decides_and_nobody_on_their_own_request(cast: Cast) -> None:
    request = asked(cast)
    west = allowed(cast, "dispatcher_west", "onemap.approve_sharing")
    for stranger in (west, cast.handler_west, cast.handler):
        with pytest.raises(NotAllowed):
            services.decide_request(stranger, request_id=request.pk, is_agreed=True)
    assert LayerGrant.objects.count() == 0

    own = allowed(cast, "handler_west", "onemap.approve_sharing")
    LayerRequest.objects.update(owner_unit=cast.west_works)
    with pytest.raises(NotAllowed):
        services.decide_request(own, request_id=request.pk, is_agreed=True)


def test_a_refusal_needs_a_reason_and_is_final(cast: Cast) -> None:
    head = allowed(cast, "head", "onemap.approve_sharing")
    request = asked(cast)
    with pytest.raises(InvalidInput) as refused:
        services.decide_request(head, request_id=request.pk, is_agreed=False)
    assert refused.value.field == "note"
    services.decide_request(head, request_id=request.pk, is_agreed=False, note="用途不明确")
    with pytest.raises(Refused):
        services.decide_request(head, request_id=request.pk, is_agreed=True)


def test_what_cannot_be_asked_for(cast: Cast) -> None:
    asked(cast)
    today = clock.today()
    with pytest.raises(Refused):
        asked(cast)
    with pytest.raises(NotFound):
        asked(cast, code="base-map")
    with pytest.raises(NotAllowed):
        asked(cast, unit=cast.east_works)
    for changes, field in (
        ({"purpose": "看"}, "purpose"),
        ({"since": today - timedelta(days=1)}, "since"),
        ({"until": today - timedelta(days=1)}, "until"),
        ({"until": today + timedelta(days=5000)}, "until"),
    ):
        with pytest.raises(InvalidInput) as refused:
            asked(cast, **changes)
        assert refused.value.field == field


def test_a_request_is_seen_by_its_unit_and_its_owner_alone(cast: Cast) -> None:
    head = allowed(cast, "head", "onemap.approve_sharing")
    request = asked(cast)
    assert selectors.get_request(head, request.pk) == request
    assert selectors.get_request(cast.handler_west, request.pk) == request
    with pytest.raises(NotFound):
        selectors.get_request(cast.grid_worker, request.pk)


def test_a_late_layer_is_marked_and_its_keeper_reminded_once_a_week(
    cast: Cast, client: Client
) -> None:
    keeper = allowed(cast, "head", "onemap.manage_layers")
    LayerCard.objects.update(updated_on=clock.today() - timedelta(days=31))
    assert (services.remind_stale(), services.remind_stale()) == (1, 1)
    assert Notice.objects.filter(recipient=keeper, kind="onemap").count() == 1
    row = next(row for row in selectors.list_cards() if row.layer.code == "pipes")
    assert row.fresh.is_late
    client.force_login(cast.handler_west)
    assert "pipes" not in client.get("/map/freshness.json").json()["layers"]


def test_a_card_is_written_by_who_keeps_the_whole_body(cast: Cast) -> None:
    data = CardData(cast.east_works, "雨污水管", 90, None, "", "#AABBCC", False)
    local = allowed(cast, "head", "onemap.manage_layers")
    with pytest.raises(NotAllowed):
        services.edit_card(local, code="pipes", data=data)
    central = allowed(cast, "supervisor", "onemap.manage_layers")
    card = services.edit_card(central, code="pipes", data=data)
    card.refresh_from_db()
    assert (card.color, card.update_days, card.version) == ("#aabbcc", 90, 1)
    told = AuditEntry.objects.get(action="layer_card.edited").data
    assert (told["before"]["color"], told["after"]["color"]) == ("", "#aabbcc")


# --- Services of others ---------------------------------------------------------------


class _Tiles(QuietHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        is_ill = "ill" in self.path
        self.send_response(500 if is_ill else 200)
        self.send_header("Content-Type", "text/html" if "page" in self.path else "image/png")
        self.end_headers()
        self.wfile.write(b"\x89PNG tile")


@pytest.fixture
def outside(settings: Any) -> Iterator[str]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    _Tiles.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Tiles)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def registered(cast: Cast, url: str, **changes: Any) -> OutsideService:
    keeper = allowed(cast, "supervisor", "onemap.manage_layers")
    code = changes.pop("code", "tdt")
    values: dict[str, Any] = {"name": "天地图节点", "kind": "wmts", "url": url}
    return services.register_service(
        keeper, code=code, tenant=cast.tenant, data=ServiceData(**(values | changes))
    )


def test_tiles_come_through_us_once_with_the_key_kept_inside(
    cast: Cast, outside: str, client: Client
) -> None:
    service = registered(cast, f"{outside}/t/{{z}}/{{y}}/{{x}}?tk={{key}}", key="secret-key")
    assert "secret-key" not in service.sealed_key
    client.force_login(cast.handler)
    listed = client.get("/map/services.json").json()["services"]
    assert [entry["code"] for entry in listed] == ["tdt"]
    assert "secret-key" not in str(listed)
    first = client.get("/map/services/tdt/3/6/3")
    assert (first.status_code, first.content) == (200, b"\x89PNG tile")
    again = client.get("/map/services/tdt/3/6/3", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert _Tiles.asked == ["/t/3/3/6?tk=secret-key"]


def test_a_stranger_gets_no_tile_and_a_wrong_tile_is_refused(
    cast: Cast, outside: str, client: Client
) -> None:
    registered(cast, f"{outside}/t/{{z}}/{{y}}/{{x}}", max_zoom=5)
    assert client.get("/map/services/tdt/3/6/3").status_code == 404
    assert not selectors.list_services(AnonymousUser()).exists()
    client.force_login(cast.outsider)
    assert client.get("/map/services/tdt/3/6/3").status_code == 404
    client.force_login(cast.handler)
    assert client.get("/map/services/tdt/3/8/3").status_code == 400
    assert client.get("/map/services/tdt/99/0/0").status_code == 400
    assert _Tiles.asked == []


def test_an_answer_that_is_no_tile_is_not_given_on(
    cast: Cast, outside: str, client: Client
) -> None:
    registered(cast, f"{outside}/page/{{z}}/{{y}}/{{x}}")
    client.force_login(cast.handler)
    assert client.get("/map/services/tdt/3/6/3").status_code == 502


def test_a_changed_service_says_what_it_was_but_never_its_key(cast: Cast, outside: str) -> None:
    service = registered(cast, f"{outside}/t/{{z}}/{{y}}/{{x}}", key="first-key")
    data = ServiceData("影像节点", "wmts", service.url, key="second-key")
    keeper = allowed(cast, "supervisor", "onemap.manage_layers")
    services.edit_service(keeper, service_id=service.pk, data=data)
    told = AuditEntry.objects.get(action="outside_service.edited").data
    assert (told["before"], told["after"]) == ({"name": "天地图节点"}, {"name": "影像节点"})
    assert told["has_new_key"]
    assert "-key" not in str(told)


def test_services_are_looked_at(cast: Cast, outside: str) -> None:
    well = registered(cast, f"{outside}/t/{{z}}/{{y}}/{{x}}")
    ill = registered(cast, f"{outside}/ill/{{L}}/{{R}}/{{C}}.png", code="arc", kind="arcgis")
    assert services.check_services() == 2
    well.refresh_from_db()
    ill.refresh_from_db()
    assert (well.state, ill.state) == ("well", "ill")
    assert "500" in ill.checks.get().note


def test_addresses_that_may_not_be_called_are_refused(cast: Cast, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["tiles.example.gov.cn"]
    for url in (
        "http://127.0.0.1/{z}/{x}/{y}",
        "http://{key}.example.gov.cn/{z}/{x}/{y}",
        "file:///etc/{z}/{x}/{y}",
        "http://127.0.0.1/{z}/{x}/{y}/{evil}",
        "http://127.0.0.1/only",
    ):
        with pytest.raises(InvalidInput) as refused:
            registered(cast, url)
        assert refused.value.field == "url"


def test_tiles_are_named_as_each_kind_names_them() -> None:
    service = OutsideService(url="a/{L}/{R}/{C}?{bbox}&{-y}")
    assert address_of(service, 10, 859, 401).startswith("a/L10/R00000191/C0000035b?")
    west, south, east, north = (float(v) for v in bbox_of(1, 1, 0).split(","))
    assert (west, south) == (0, 0)
    assert east == north == pytest.approx(20037508.343)


@pytest.fixture(autouse=True)
def no_tiles_kept() -> None:
    cache.clear()
