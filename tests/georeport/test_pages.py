"""The pages of those who keep the interface. Source: GW-08."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.gateway.models import Connector
from apps.georeport.models import Forwarding, OpenService, Peer, Report
from apps.georeport.services import ServiceSpec, save_service
from tests.cast import Cast, _person
from tests.georeport.factories import (
    accept,
    keeper,
    lamp,
    manhole,
    neighbouring,
    open_client,
    post,
)
from tests.hotline.factories import demand, neighbour


@pytest.fixture
def manager(cast: Cast, live: str) -> User:
    return keeper(cast)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(cast: Cast, **changes: Any) -> dict[str, Any]:
    values = {
        "tenant": cast.tenant.pk,
        "class_code": "road.manhole",
        "code": "MANHOLE",
        "name": "井盖问题",
        "keywords": "井盖，道路",
        "answer": "realtime",
        "is_public": "on",
        "questions-TOTAL_FORMS": "2",
        "questions-INITIAL_FORMS": "0",
        "questions-0-name": "surface",
        "questions-0-label": "路面类型",
        "questions-0-type": "choice",
        "questions-0-required": "on",
        "questions-0-choices": "asphalt=沥青；brick=砖",
        "questions-1-type": "text",
    }
    return values | changes


def test_a_class_is_offered_and_taken_back(cast: Cast, manager: User) -> None:
    page = signed_in(manager)
    assert page.post("/georeport/new/", form(cast)).status_code == 302
    service = OpenService.objects.get()
    assert service.questions["fields"][0]["choices"] == [["asphalt", "沥青"], ["brick", "砖"]]
    assert (service.keywords, service.takes_anonymous) == (["井盖", "道路"], False)
    assert "井盖问题" in page.get("/georeport/?q=井盖").content.decode()
    assert page.get(f"/georeport/{service.pk}/").status_code == 200
    again = form(cast, name="井盖")
    assert page.post(f"/georeport/{service.pk}/", again).status_code == 302
    assert page.post(f"/georeport/{service.pk}/", again).status_code == 302
    told = AuditEntry.objects.get(action="georeport.service_changed").data
    assert (told["before"], told["after"]) == ({"name": "井盖问题"}, {"name": "井盖"})
    page.post(f"/georeport/{service.pk}/open/", {"active": "0"})
    assert not OpenService.objects.get().is_active
    sheet = page.get("/georeport/export/")
    assert sheet["Content-Type"].endswith("sheet")
    wrong = page.post("/georeport/new/", form(cast, code="a b", class_code="no.class"))
    assert wrong.status_code == 422


def test_what_cannot_be_offered_names_the_field(cast: Cast) -> None:
    lamp(cast)
    service = manhole(cast)
    spec: dict[str, Any] = {"code": "X", "class_code": "city.ads", "name": "广告"}
    files = {"name": "photo", "label": "照片", "type": "files"}
    for field, changes in (
        ("code", {"code": "<b>"}),
        ("code", {"code": "LAMP"}),
        ("class_code", {"class_code": "road.lamp"}),
        ("class_code", {"class_code": "none"}),
        ("name", {"name": " "}),
        ("keywords", {"keywords": ["a,b"]}),
        ("questions", {"questions": [files]}),
        ("questions", {"presets": {"nothing": "1"}}),
    ):
        with pytest.raises(InvalidInput) as refused:
            save_service(
                keeper_once(cast), tenant=cast.tenant, spec=ServiceSpec(**(spec | changes))
            )
        assert refused.value.field == field
    open_client(cast)
    assert post(service_code="MANHOLE", **{"attribute[surface]": "brick"}).status_code == 200
    new = ServiceSpec(code="NEW", class_code="road.manhole", name="井盖")
    with pytest.raises(Refused):
        save_service(keeper_once(cast), tenant=cast.tenant, spec=new, service_id=service.pk)


def keeper_once(cast: Cast) -> User:
    return User.objects.filter(username="keeper").first() or keeper(cast)


def test_only_who_keeps_it_and_only_at_home(cast: Cast, manager: User) -> None:
    service = lamp(cast)
    addresses = ["", "new/", "export/", "usage/", "help/", "peers/", f"{service.pk}/"]
    page = signed_in(cast.acceptor)
    assert {page.get(f"/georeport/{each}").status_code for each in addresses} == {403}
    assert Client().get("/georeport/").status_code == 302
    stranger = neighbour(cast)
    unit = stranger.appointments.get().post.organization
    abroad = _person("keeper-abroad", "邻管", "open_keeper", unit)
    there = signed_in(abroad)
    assert there.get(f"/georeport/{service.pk}/").status_code == 404
    assert there.post(f"/georeport/{service.pk}/open/", {"active": "0"}).status_code == 404
    assert "路灯不亮" not in there.get("/georeport/").content.decode()
    with pytest.raises(NotAllowed):
        save_service(
            abroad,
            tenant=Tenant.objects.get(pk=cast.tenant.pk),
            spec=ServiceSpec(code="A", class_code="city.ads", name="广告"),
        )


def test_what_came_with_a_report_is_seen_with_its_case(cast: Cast, manager: User) -> None:
    lamp(cast)
    open_client(cast)
    post(email="somebody@example.org", media_url="http://example.org/<script>.jpg")
    report = Report.objects.get()
    text = signed_in(cast.acceptor).get(f"/georeport/reports/{report.pk}/").content.decode()
    assert "s***@example.org" in text
    assert "somebody" not in text
    assert "&lt;script&gt;" in text
    assert 'href="http://example.org' not in text
    page = signed_in(cast.acceptor).get(f"/cases/{report.case_id}/").content.decode()
    assert f"/georeport/reports/{report.pk}/" in page
    outsider = signed_in(cast.handler_west)
    assert outsider.get(f"/georeport/reports/{report.pk}/").status_code == 404
    usage = signed_in(manager).get("/georeport/usage/").content.decode()
    assert "随手拍平台" in usage


def test_a_peer_is_registered_and_told_by_hand(cast: Cast, manager: User, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    theirs = open_client(cast, name="邻市平台", service_user=cast.dispatcher)
    page = signed_in(manager)
    with neighbouring() as other:
        values = {
            "tenant": cast.tenant.pk,
            "code": "next",
            "name": "邻市开放平台",
            "url": other.url,
            "client": theirs.pk,
            "area": cast.east.code,
            "classes": "road.lamp=051\nroad.manhole=052",
            "timeout_s": 5,
        }
        answer = page.post("/georeport/peers/new/", values)
        assert answer.status_code == 302, answer.content.decode()
        wrong = page.post("/georeport/peers/new/", values | {"code": "b", "classes": "road.lamp"})
        assert wrong.status_code == 422
        inner = values | {"code": "c", "url": "http://10.0.0.1/open311"}
        assert page.post("/georeport/peers/new/", inner).status_code == 422
    peer = Peer.objects.get()
    assert Connector.objects.get().dialect == "georeport"
    case = accept(cast, demand(cast, class_code="road.lamp"))
    page.post(f"/georeport/peers/{peer.pk}/pass-on/", {"number": case.number})
    assert Forwarding.objects.get().case == case
    shown = page.get(f"/georeport/peers/{peer.pk}/").content.decode()
    assert case.number in shown
    assert page.get(f"/georeport/peers/{peer.pk}/edit/").status_code == 200
    assert "邻市开放平台" in page.get("/georeport/peers/").content.decode()
    assert "requests.xml" in page.get("/georeport/help/").content.decode()
