"""The pages of both sides, and who may open them. Source: IO-11."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.districts.enums import BackKind, Kind
from apps.districts.models import Link, Peer, ReceivedFigure, Stream
from apps.districts.services import (
    PeerSpec,
    approve_clear,
    ask_clear,
    resend_stream,
    save_peer,
    set_stream,
    take_batch,
)
from apps.gateway.models import ApiClient, Connector
from tests.cast import Cast
from tests.districts.factories import alarm_row, client, keeper, link, peer, switched_on


@pytest.fixture
def manager(cast: Cast, live: str, settings: Any) -> User:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    return keeper(cast)


@pytest.fixture
def east(cast: Cast, manager: User) -> Peer:
    return peer(cast, manager)


@pytest.fixture
def city(cast: Cast, manager: User, east: Peer) -> Link:
    return link(cast, manager, "http://127.0.0.1:38009", east)


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_link_is_named_on_its_page_with_everything_off(
    cast: Cast, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(manager)
    form = {
        "tenant": cast.tenant.pk,
        "code": "city",
        "name": "市级平台",
        "url": "http://127.0.0.1:38009/api/v1/districts/",
        "keyid": "sig-abc",
        "secret": "QUFB" * 11,
        "area": cast.east.code,
        "timeout_s": 5,
    }
    monkeypatch.setattr("apps.districts.views.links.require", lambda request, act: None)
    made = browser.post("/districts/links/new/", form)
    found = Link.objects.get()
    assert made["Location"] == f"/districts/links/{found.pk}/"
    assert found.connector.url == "http://127.0.0.1:38009/api/v1/districts"
    assert "QUFB" not in found.secret
    assert not Stream.objects.filter(is_on=True).exists()
    page = browser.get(f"/districts/links/{found.pk}/").content.decode()
    assert "小时读数" in page
    assert "QUFB" not in page
    entry = AuditEntry.objects.get(action="districts.link_created")
    assert "QUFB" not in str(entry.data)
    changed = form | {"secret": "", "area": cast.city.code}
    browser.post(f"/districts/links/{found.pk}/edit/", changed)
    found.refresh_from_db()
    assert found.area == cast.city
    assert AuditEntry.objects.get(action="districts.link_changed").data["before"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://elsewhere.example/api/v1/districts"),
        ("url", "http://127.0.0.1:22/api/v1/districts"),
        ("keyid", "sig abc"),
        ("secret", "short"),
        ("secret", "ä" * 50),
        ("code", "Groß"),
        ("area", "000"),
        ("timeout_s", "99"),
    ],
)
def test_a_wrong_link_is_told_at_its_field(
    cast: Cast, manager: User, field: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.districts.views.links.require", lambda request, act: None)
    form = {
        "tenant": cast.tenant.pk,
        "code": "city",
        "name": "市级平台",
        "url": "http://127.0.0.1:38009/api/v1/districts",
        "keyid": "sig-abc",
        "secret": "QUFB" * 11,
        "area": cast.east.code,
        "timeout_s": 5,
    }
    answer = signed_in(manager).post("/districts/links/new/", form | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Link.objects.exists()
    assert not Connector.objects.exists()


def test_classes_are_switched_on_one_by_one(cast: Cast, manager: User, city: Link) -> None:
    browser = signed_in(manager)
    stream = city.streams.get(kind=Kind.ALARMS)
    given = {"is_on": "on", "filters": "device\nvideo", "area": ""}
    browser.post(f"/districts/streams/{stream.pk}/", given)
    stream.refresh_from_db()
    assert (stream.is_on, stream.filters) == (True, ["device", "video"])
    assert city.streams.filter(is_on=True).count() == 1
    entry = AuditEntry.objects.get(action="districts.stream_set")
    assert (entry.data["before"]["is_on"], entry.data["after"]["is_on"]) == (False, True)
    too_many = {"is_on": "on", "filters": "\n".join(f"c{n}" for n in range(51))}
    answer = browser.post(f"/districts/streams/{stream.pk}/", too_many)
    assert answer.status_code == 422
    assert "filters" in answer.context["form"].errors
    with pytest.raises(InvalidInput) as refused:
        set_stream(manager, stream_id=stream.pk, is_on=True, area=cast.west)
    assert refused.value.field == "area"
    browser.post(f"/districts/streams/{stream.pk}/", {})
    stream.refresh_from_db()
    assert not stream.is_on
    with pytest.raises(Refused):
        resend_stream(manager, stream_id=stream.pk)


def test_a_link_is_paused_and_goes_on(manager: User, city: Link) -> None:
    browser = signed_in(manager)
    browser.post(f"/districts/links/{city.pk}/pause/")
    assert Connector.objects.get().state == "paused"
    browser.post(f"/districts/links/{city.pk}/resume/")
    assert Connector.objects.get().state == "active"
    assert browser.post(f"/districts/links/{city.pk}/replay/").status_code == 302
    assert browser.post(f"/districts/links/{city.pk}/burn/").status_code == 404
    assert browser.get(f"/districts/links/{city.pk}/pause/").status_code == 405


def test_uncovered_texts_need_a_second_person(cast: Cast, manager: User, city: Link) -> None:
    stream = switched_on(manager, city, Kind.CASES)
    browser = signed_in(manager)
    url = f"/districts/streams/{stream.pk}"
    browser.post(f"{url}/ask-clear/", {"purpose": "市级联合督办核对", "days": "7"})
    stream.refresh_from_db()
    assert stream.clear_asked_by == manager
    browser.post(f"{url}/approve-clear/")
    stream.refresh_from_db()
    assert stream.clear_approved_by is None
    second = signed_in(keeper(cast, "second_keeper"))
    assert "市级联合督办核对" in second.get(f"{url}/").content.decode()
    second.post(f"{url}/approve-clear/")
    stream.refresh_from_db()
    assert stream.clear_approved_by is not None
    browser.post(f"{url}/end-clear/")
    stream.refresh_from_db()
    assert (stream.clear_asked_by, stream.clear_approved_by) == (None, None)
    wanted = ["districts.clear_asked", "districts.clear_approved", "districts.clear_ended"]
    written = AuditEntry.objects.filter(action__startswith="districts.clear_").order_by("pk")
    assert list(written.values_list("action", flat=True)) == wanted


def test_uncovered_texts_are_asked_for_with_reason_and_end(manager: User, city: Link) -> None:
    stream = city.streams.get(kind=Kind.CASES)
    with pytest.raises(InvalidInput) as purpose:
        ask_clear(manager, stream_id=stream.pk, purpose=" ", days=7)
    with pytest.raises(InvalidInput) as days:
        ask_clear(manager, stream_id=stream.pk, purpose="市级联合督办", days=366)
    assert (purpose.value.field, days.value.field) == ("purpose", "days")
    with pytest.raises(Refused):
        approve_clear(manager, stream_id=stream.pk)
    devices = city.streams.get(kind=Kind.DEVICES)
    with pytest.raises(Refused):
        ask_clear(manager, stream_id=devices.pk, purpose="市级联合督办", days=7)


def test_a_district_is_let_in_on_its_page(cast: Cast, manager: User) -> None:
    theirs = client(cast)
    browser = signed_in(manager)
    form = {
        "tenant": cast.tenant.pk,
        "name": "东区平台",
        "client": theirs.pk,
        "area": cast.east.code,
        "promise_minutes": "30",
        "is_active": "on",
    }
    browser.post("/districts/peers/new/", form)
    found = Peer.objects.get()
    assert (found.client, found.area, found.promise_minutes) == (theirs, cast.east, 30)
    twice = browser.post("/districts/peers/new/", form)
    assert twice.status_code == 422
    assert "client" in twice.context["form"].errors
    short = browser.post("/districts/peers/new/", form | {"promise_minutes": "1"})
    assert "promise_minutes" in short.context["form"].errors
    browser.post(f"/districts/peers/{found.pk}/edit/", form | {"name": "东区分中心"})
    entry = AuditEntry.objects.get(action="districts.peer_changed")
    assert entry.data["after"]["name"] == "东区分中心"


def test_a_district_shows_what_came_and_what_was_refused(
    cast: Cast, manager: User, east: Peer
) -> None:
    browser = signed_in(manager)
    empty = browser.get(f"/districts/peers/{east.pk}/").content.decode()
    assert "还没有收到数据" in empty
    wrong = alarm_row(cast, "<b>A-2</b>", level=9)
    take_batch(east, kind="alarms", rows=[alarm_row(cast), wrong])
    page = browser.get(f"/districts/peers/{east.pk}/").content.decode()
    assert "&lt;b&gt;A-2&lt;/b&gt;" in page
    assert "<code>level</code>" in page
    narrowed = browser.get(f"/districts/peers/{east.pk}/?kind=cases").content.decode()
    assert "A-2" not in narrowed
    assert browser.get(f"/districts/peers/{east.pk}/?kind=nonsense").status_code == 200
    sheet = browser.get(f"/districts/peers/{east.pk}/export/")
    assert sheet["Content-Type"].endswith("sheet")
    assert AuditEntry.objects.filter(action="districts.days_exported").count() == 1
    Peer.objects.update(created_at=clock.now().replace(year=2020), heard_at=None)
    assert "超过约定时间没有联系" in browser.get("/districts/peers/").content.decode()


def test_what_came_back_is_shown(manager: User, city: Link) -> None:
    browser = signed_in(manager)
    assert "市级还没有回传数据" in browser.get("/districts/received/").content.decode()
    own = {"total": 7, "online": 5}
    ReceivedFigure.objects.create(
        link=city, kind=BackKind.DEVICES, day=clock.today(), number=1, received_at=clock.now(),
        body={"own": own, "city": {"total": 70, "online": 60}, "rank": 2, "of": 4},
    )  # fmt: skip
    ReceivedFigure.objects.create(
        link=city, kind=BackKind.ALARMS, day=clock.today(), number=2, received_at=clock.now(),
        body={"unexpected": "<script>"},
    )  # fmt: skip
    page = browser.get("/districts/received/").content.decode()
    assert "2/4" in page
    assert "在线60" in page
    assert "<script>unexpected" not in page
    only = browser.get("/districts/received/?kind=alarms").content.decode()
    assert "2/4" not in only


def test_who_lacks_the_right_sees_nothing(cast: Cast, city: Link, east: Peer) -> None:
    browser = signed_in(cast.supervisor)
    stream = city.streams.get(kind=Kind.ALARMS)
    for path in ("", "links/", "links/new/", f"links/{city.pk}/", f"streams/{stream.pk}/",
                 "received/", "peers/", f"peers/{east.pk}/",
                 f"peers/{east.pk}/export/"):  # fmt: skip
        assert browser.get(f"/districts/{path}").status_code == 403, path
    assert Client().get("/districts/links/").status_code == 302
    with pytest.raises(NotAllowed):
        set_stream(cast.supervisor, stream_id=stream.pk, is_on=True)


def test_another_body_finds_nothing(cast: Cast, city: Link, east: Peer) -> None:
    other = Tenant.objects.create(code="other", name="邻市")
    stranger = keeper(cast, "stranger")
    stream = city.streams.get(kind=Kind.ALARMS)
    unit = stranger.appointments.get().post.organization
    unit.pk, unit.tenant, unit.code = None, other, "other-unit"
    unit.path = "/x/"
    unit.save()
    post = stranger.appointments.get().post
    roles = list(post.roles.all())
    post.pk, post.organization = None, unit
    post.save()
    post.roles.set(roles)
    stranger.appointments.update(post=post)
    stranger = User.objects.get(pk=stranger.pk)
    browser = signed_in(stranger)
    for path in (f"links/{city.pk}/", f"links/{city.pk}/edit/", f"streams/{stream.pk}/",
                 f"peers/{east.pk}/", f"peers/{east.pk}/edit/"):  # fmt: skip
        assert browser.get(f"/districts/{path}").status_code == 404, path
    assert browser.post(f"/districts/links/{city.pk}/pause/").status_code == 404
    assert city.connector.url not in browser.get("/districts/links/").content.decode()
    with pytest.raises(NotAllowed):
        set_stream(stranger, stream_id=stream.pk, is_on=True)
    with pytest.raises(NotFound):
        save_peer(
            stranger,
            tenant=other,
            spec=PeerSpec("邻市", ApiClient.objects.get(), cast.west),
            peer_id=east.pk,
        )


def test_pages_stay_cheap(
    manager: User, city: Link, east: Peer, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(manager)
    for path in ("links/", f"links/{city.pk}/", "received/", "peers/", f"peers/{east.pk}/"):
        browser.get(f"/districts/{path}")
        with django_assert_max_num_queries(40):
            assert browser.get(f"/districts/{path}").status_code == 200
