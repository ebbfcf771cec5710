"""Gateways, plans and polls entered by people: what is refused, who may, what is shown."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, Refused
from apps.demo import simulators
from apps.demo.simulators import Stage
from apps.polling import selectors
from apps.polling.models import Gateway, Poll, PollPlan
from apps.polling.services import (
    LineSpec,
    PollSpec,
    save_gateway,
    save_plan,
    save_poll,
    try_poll,
)
from apps.polling.services.sessions import secret_of
from apps.sensing.models import Reading
from tests.cast import Cast
from tests.polling import factories as make
from tests.sensing.factories import RIGHTS, device, person


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulators.stage() as made:
        yield made


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "device_keeper", cast.east_works)


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def gateway_form(cast: Cast, **given: Any) -> dict[str, Any]:
    plain = {
        "name": "泵站", "protocol": "modbus", "host": "10.1.2.3", "port": 502, "timeout_s": 3,
        "unit": cast.east_works.code, "area": cast.east.code, "concurrency": 1,
        "snmp_version": "2c",
    }  # fmt: skip
    return plain | given


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8",
        "169.254.169.254",
        "::ffff:8.8.8.8",
        "::1",
        "0.0.0.1",
        "224.0.0.1",
        "gateway.local",
    ],
)
def test_only_addresses_of_the_device_networks_are_taken(cast: Cast, host: str) -> None:
    with pytest.raises(DomainError) as refused:
        make.gateway(cast, host=host)
    assert refused.value.field == "host"
    assert not Gateway.objects.exists()


def test_this_machine_is_no_device_network_by_default(cast: Cast, settings: Any) -> None:
    settings.DEVICE_NETWORKS = ["10.0.0.0/8"]
    assert make.gateway(cast, host="10.1.2.3").host == "10.1.2.3"
    with pytest.raises(DomainError):
        make.gateway(cast, host="127.0.0.1")


def test_a_database_is_not_asked_over_http(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        make.gateway(cast, protocol="http", port=6379)
    assert refused.value.field == "port"


def test_secrets_are_kept_closed_and_never_shown(cast: Cast, keeper: User) -> None:
    form = gateway_form(cast, protocol="snmp", port=161, secret_community="tram-17")
    assert web(keeper).post("/devices/gateways/new/", form).status_code == 302
    made = Gateway.objects.get()
    assert "tram-17" not in made.secret
    assert secret_of(made) == {"community": "tram-17"}
    again = gateway_form(cast, protocol="snmp", port=161, name="新名")
    assert web(keeper).post(f"/devices/gateways/{made.pk}/edit/", again).status_code == 302
    made.refresh_from_db()
    assert (made.name, secret_of(made)) == ("新名", {"community": "tram-17"})
    shown = [web(keeper).get(f"/devices/gateways/{made.pk}/{more}") for more in ("", "edit/")]
    assert all("tram-17" not in page.content.decode() for page in shown)
    entries = AuditEntry.objects.filter(object_type="poll_gateway")
    assert [entry.action for entry in entries.order_by("pk")] == [
        "gateway.created", "gateway.changed",
    ]  # fmt: skip
    assert "tram-17" not in str(list(entries.values_list("data", flat=True)))


def test_short_keys_are_refused_at_their_field(cast: Cast, keeper: User) -> None:
    form = gateway_form(
        cast, protocol="snmp", snmp_version="3", secret_user="city", secret_auth="SHA",
        secret_auth_key="short",
    )  # fmt: skip
    page = web(keeper).post("/devices/gateways/new/", form)
    assert page.status_code == 422
    assert "至少 8 位" in page.content.decode()


def test_a_header_cannot_carry_another_one(cast: Cast, keeper: User) -> None:
    form = gateway_form(cast, protocol="http", port=80, secret_Authorization="a\r\nHost: b")
    assert web(keeper).post("/devices/gateways/new/", form).status_code == 422
    assert not Gateway.objects.exists()


def test_the_neighbour_district_neither_sees_nor_keeps(cast: Cast) -> None:
    made = make.gateway(cast)
    stranger = person("west", "device_keeper", cast.west_works)
    assert list(selectors.list_gateways(stranger)) == []
    for more in ("", "edit/", "polls/new/"):
        assert web(stranger).get(f"/devices/gateways/{made.pk}/{more}").status_code == 404
    assert web(stranger).post(f"/devices/gateways/{made.pk}/active/").status_code == 404
    with pytest.raises(NotAllowed):
        save_gateway(stranger, spec=make.gateway_spec(cast))
    assert web(stranger).post("/devices/gateways/new/", gateway_form(cast)).status_code == 422


def test_a_reader_looks_and_changes_nothing(cast: Cast) -> None:
    made = make.gateway(cast)
    reader = person("reader", "device_reader", cast.east_works)
    page = web(reader).get(f"/devices/gateways/{made.pk}/")
    assert page.status_code == 200
    assert "登记网关" not in page.content.decode()
    assert "polls/new/" not in page.content.decode()
    assert web(reader).get(f"/devices/gateways/{made.pk}/edit/").status_code == 403
    assert web(reader).post(f"/devices/gateways/{made.pk}/active/").status_code == 403
    assert web(cast.outsider).get("/devices/gateways/").status_code == 403


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lines": []}, "采集项须有"),
        ({"lines": [LineSpec("nothing", "0")]}, "nothing"),
        ({"lines": [LineSpec("pm25", "0"), LineSpec("pm25", "1")]}, "只能采集一次"),
        ({"lines": [LineSpec("pm25", "70000")]}, "寄存器"),
        ({"lines": [LineSpec("pm25", "0", scale=0)]}, "倍率"),
        ({"lines": [LineSpec("pm25", "0", offset=float("nan"))]}, "倍率"),
        ({"protocol": "snmp", "lines": [LineSpec("pm25", "1.3.a")]}, "对象标识"),
        ({"protocol": "http", "lines": [LineSpec("pm25", "a..b")]}, "JSON 路径"),
    ],
)
def test_a_plan_names_what_is_wrong_with_it(cast: Cast, change: Any, word: str) -> None:
    with pytest.raises(DomainError) as refused:
        make.plan(**change)
    assert (refused.value.field, word in str(refused.value)) == ("lines", True)


@pytest.mark.parametrize(
    ("protocol", "address", "every", "field"),
    [
        ("modbus", "x", 10, "address"),
        ("modbus", "248", 10, "address"),
        ("modbus", "1", 4, "every_s"),
        ("http", "status", 10, "address"),
        ("http", "/a b", 10, "address"),
    ],
)
def test_a_poll_names_what_is_wrong_with_it(
    cast: Cast, protocol: str, address: str, every: int, field: str
) -> None:
    lines = [LineSpec("pm25", "0")]
    at = make.gateway(cast, protocol=protocol)
    by = make.plan(protocol=protocol, lines=lines)
    with pytest.raises(DomainError) as refused:
        make.poll(at, device("AQ-1"), by, address=address, every_s=every)
    assert refused.value.field == field


def test_a_device_is_asked_through_one_gateway_by_a_plan_of_its_kind(cast: Cast) -> None:
    by, made = make.plan(), device("AQ-1")
    make.poll(make.gateway(cast), made, by)
    with pytest.raises(DomainError) as twice:
        make.poll(make.gateway(cast), made, by)
    assert twice.value.field == "device"
    with pytest.raises(DomainError) as other:
        make.poll(make.gateway(cast), device("WL-1", profile="water_level"), by)
    assert other.value.field == "plan"


def test_what_devices_are_asked_by_keeps_its_protocol(cast: Cast) -> None:
    at, by = make.gateway(cast), make.plan()
    make.poll(at, device("AQ-1"), by)
    with pytest.raises(Refused):
        save_plan(SYSTEM, spec=make.plan_spec(protocol="http"), plan_id=by.pk)
    spec = make.gateway_spec(cast, protocol="snmp", port=at.port)
    with pytest.raises(Refused):
        save_gateway(SYSTEM, spec=spec, gateway_id=at.pk)


def test_a_changed_plan_is_followed_and_audited(cast: Cast) -> None:
    by = make.plan()
    save_plan(SYSTEM, spec=make.plan_spec(lines=[LineSpec("pm25", "7", scale=10)]), plan_id=by.pk)
    assert list(by.lines.values_list("address", "scale")) == [("7", 10)]
    entry = AuditEntry.objects.filter(action="poll_plan.changed").get()
    assert "pm25" in str(entry.data)


def test_a_try_shows_raw_and_judged_values_and_keeps_nothing(
    cast: Cast, keeper: User, stage: Stage
) -> None:
    port = stage.run(simulators.serve_modbus({1: [35, 32768]}))
    at = make.gateway(cast, port=port)
    made = make.poll(at, device("AQ-1"), make.plan())
    page = web(keeper).post(f"/devices/gateways/{at.pk}/polls/{made.pk}/try/")
    told = page.content.decode()
    assert page.status_code == 200
    assert "35 μg/m³" in told
    assert "-32768" in told
    assert "可疑：超出合理范围" in told
    assert not Reading.objects.exists()
    at.refresh_from_db()
    assert (at.claim, at.failures) == (None, 0)
    assert AuditEntry.objects.filter(action="poll.tried").count() == 1


def test_a_try_of_a_dead_gateway_says_so(cast: Cast, keeper: User) -> None:
    at = make.gateway(cast)
    made = make.poll(at, device("AQ-1"), make.plan())
    tried = try_poll(keeper, gateway_id=at.pk, poll_id=made.pk)
    assert (tried.fields, tried.error) == ([], "连接不上")


def test_nobody_tries_what_is_being_asked(cast: Cast, keeper: User) -> None:
    at = make.gateway(cast)
    made = make.poll(at, device("AQ-1"), make.plan())
    Gateway.objects.update(claimed_until=clock.now() + timedelta(seconds=30))
    with pytest.raises(Refused):
        try_poll(keeper, gateway_id=at.pk, poll_id=made.pk)


def test_everything_is_entered_on_pages(cast: Cast, keeper: User) -> None:
    RIGHTS.setdefault("all_keeper", ["view_devices", "keep_devices", "keep_profiles"])
    both = person("both", "all_keeper", cast.east_works)
    device("AQ-1")
    lines = {
        "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-field": "pm25",
        "lines-0-address": "3", "lines-0-table": "input", "lines-0-data_type": "float32",
        "lines-0-byte_order": "CDAB", "lines-0-scale": "0.5", "lines-0-offset": "1",
    }  # fmt: skip
    card = {"code": "p-1", "name": "方案一", "protocol": "modbus", "profile": "air"}
    assert web(both).post("/devices/gateways/plans/new/", card | lines).status_code == 302
    assert PollPlan.objects.get().lines.get().byte_order == "CDAB"
    assert web(both).get("/devices/gateways/plans/p-1/").status_code == 200
    assert web(both).post("/devices/gateways/new/", gateway_form(cast)).status_code == 302
    at = Gateway.objects.get()
    form = {"device": "AQ-1", "plan": "p-1", "address": "4", "every_s": 30}
    address = f"/devices/gateways/{at.pk}/"
    assert web(keeper).post(f"{address}polls/new/", form).status_code == 302
    made = Poll.objects.get()
    changed = web(keeper).post(f"{address}polls/{made.pk}/", form | {"address": "5"})
    assert (changed.status_code, Poll.objects.get().address) == (302, "5")
    assert "AQ-1" in web(keeper).get(address).content.decode()
    assert web(keeper).post(f"{address}polls/{made.pk}/drop/").status_code == 302
    assert not Poll.objects.exists()
    sheet = web(keeper).get("/devices/gateways/export/?q=泵站")
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert [row[0] for row in rows[1:]] == ["泵站"]


def test_a_device_out_of_reach_is_not_there(cast: Cast, keeper: User) -> None:
    device("AQ-9", at=Cast.inside_west())
    make.plan()
    at = make.gateway(cast)
    form = {"device": "AQ-9", "plan": "air-modbus", "address": "1", "every_s": 30}
    page = web(keeper).post(f"/devices/gateways/{at.pk}/polls/new/", form)
    assert (page.status_code, Poll.objects.count()) == (422, 0)
    spec = PollSpec(device("AQ-8", at=Cast.inside_west()), PollPlan.objects.get(), 30, "1")
    with pytest.raises(NotAllowed):
        save_poll(keeper, gateway_id=at.pk, spec=spec)
