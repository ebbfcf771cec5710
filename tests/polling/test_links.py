"""Links to gateways and edge nodes: counted, shown, one alarm for all behind. IO-08, IO-18."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.alarms.enums import Level
from apps.alarms.models import Alarm
from apps.alarms.services import follow_quiet, raise_alarm, recover_alarm
from apps.assets.models import Asset
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway.services import issue_client
from apps.polling.models import EdgeNode, Gateway, LinkChange, Poll
from apps.polling.selectors import assets_below, keys_above
from apps.polling.services import (
    EdgeSpec,
    claim_due,
    hear,
    save_edge,
    set_behind,
    settle,
    watch_edges,
)
from apps.polling.wire import Outcome, Problem
from apps.sensing.models import Latest
from tests.cast import Cast
from tests.polling import factories as make
from tests.sensing.factories import device, person

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def asked(at: datetime, *raw: dict[str, Any], error: str = "") -> None:
    """Has the due gateway asked, its devices answering this or not at all."""
    with clock.at(at):
        Poll.objects.update(due_at=at)
        Gateway.objects.update(retry_at=None)
        [claimed] = claim_due()
        told = [
            Outcome(one, at, dict(raw[n]) if raw else {}, error)
            for n, one in enumerate(claimed.session.asked)
        ]
        settle(claimed.gateway_id, claimed.claim, told)


def silent(asset: Asset, at: datetime) -> Alarm:
    with clock.at(at):
        return raise_alarm(
            source="device", kind="no_data", asset=asset, key="rule", level=Level.YELLOW, at=at,
            sentence="没有数据", facts={},
        )  # fmt: skip


def edge_of(cast: Cast, **given: Any) -> tuple[EdgeNode, str]:
    client, key = issue_client(
        SYSTEM, name="边缘", tenant=cast.tenant, service_user=cast.handler,
        scopes=["polling.edge"],
    )  # fmt: skip
    plain: dict[str, Any] = {
        "code": "edge-1",
        "name": "东区边缘",
        "unit": cast.east_works,
        "area": cast.east,
    }
    spec = EdgeSpec(**plain | {"client": client, "silent_after_s": 60} | given)
    with clock.at(NOON):
        return save_edge(SYSTEM, spec=spec), key


def beat(key: str, body: Any) -> Any:
    return Client().post(
        "/api/v1/sensing/edge/heartbeats/", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )  # fmt: skip


def test_a_link_down_takes_in_what_hangs_behind_and_gives_it_back(cast: Cast) -> None:
    gateway = make.gateway(cast)
    devices = [device(f"AQ-{n}") for n in (1, 2)]
    by = make.plan()
    for number, made in enumerate(devices, 1):
        make.poll(gateway, made, by, address=str(number))
    apart = device("AQ-9")
    asked(NOON, {"pm25": 3, "temperature": Problem("x")}, {"pm25": 4, "temperature": 5})
    early = silent(devices[0].asset, NOON + timedelta(minutes=1))
    for minute in (2, 3, 4):
        asked(NOON + timedelta(minutes=minute), error="超时无应答")
    late = silent(devices[1].asset, NOON + timedelta(minutes=5))
    other = silent(apart.asset, NOON + timedelta(minutes=5))
    link = Alarm.objects.get(key=f"gateway:{gateway.pk}")
    for alarm in (early, late, other):
        alarm.refresh_from_db()
    assert (early.inhibited_by, late.inhibited_by, other.inhibited_by) == (link, link, None)
    gateway.refresh_from_db()
    assert (gateway.calls, gateway.values, gateway.errors, gateway.breaks) == (2, 3, 6, 1)
    assert gateway.linked_since == NOON + timedelta(minutes=4)
    back = NOON + timedelta(minutes=9)
    asked(back, {"pm25": 3}, {"pm25": 4})
    changes = LinkChange.objects.filter(gateway=gateway).order_by("at")
    assert [(one.is_up, one.at, one.reason) for one in changes] == [
        (True, NOON, ""), (False, NOON + timedelta(minutes=4), "超时无应答"), (True, back, ""),
    ]  # fmt: skip
    with clock.at(back):
        recover_alarm(
            source="device", kind="no_data", asset=devices[0].asset, key="rule", at=back,
            sentence="",
        )  # fmt: skip
    with clock.at(back + timedelta(minutes=4)):
        follow_quiet()
    late.refresh_from_db()
    assert (late.inhibited_by, late.is_open, late.is_quiet) == (None, True, False)


def test_a_node_says_how_loaded_it_is(cast: Cast) -> None:
    card = device("EDGE-1", profile="edge_node")
    edge, key = edge_of(cast, device=card)
    body = {
        "backlog": 12, "version": "2.4.1",
        "resources": {"cpu_percent": 91.5, "memory_percent": 40, "temperature_c": 71},
    }  # fmt: skip
    assert beat(key, body).status_code == 200
    edge.refresh_from_db()
    assert (edge.cpu_percent, edge.memory_percent, edge.disk_percent) == (91.5, 40, None)
    assert (edge.temperature_c, edge.version, edge.calls) == (71, "2.4.1", 1)
    said = Latest.objects.filter(series__device=card).values_list("series__field__code", "value")
    assert dict(said) == {"cpu": 91.5, "memory": 40, "temperature": 71, "backlog": 12}
    for wrong, field in (
        ({"cpu_percent": 101}, "cpu_percent"), ({"temperature_c": "hot"}, "temperature_c"),
    ):  # fmt: skip
        answer = beat(key, {"resources": wrong})
        assert (answer.status_code, field in answer.content.decode()) == (400, True)
    edge.refresh_from_db()
    assert edge.cpu_percent == 91.5
    assert keys_above(card.asset_id) == [f"edge:{edge.pk}"]
    assert assets_below(f"edge:{edge.pk}") == [card.asset_id]
    assert assets_below("edge:x") == assets_below("bank:1") == []


def test_only_a_card_of_a_node_and_only_one_nodes(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as kind:
        edge_of(cast, device=device("AQ-1"))
    card = device("EDGE-1", profile="edge_node")
    edge_of(cast, device=card)
    with pytest.raises(InvalidInput) as taken:
        edge_of(cast, code="edge-2", device=card)
    assert (kind.value.field, taken.value.field) == ("device", "device")
    assert "另一个边缘节点" in str(taken.value)


def test_the_page_draws_the_links_of_ones_own_district(cast: Cast, client: Client) -> None:
    gateway = make.gateway(cast)
    by = make.plan()
    for number in range(10):
        make.poll(gateway, device(f"AQ-{number}"), by, address=str(number))
    edge, _key = edge_of(cast)
    set_behind(SYSTEM, edge_id=edge.pk, device=device("NB-1"), is_behind=True)
    device("AQ-direct")
    with clock.at(NOON):
        hear(edge.pk)
    with clock.at(NOON + timedelta(minutes=5)):
        assert watch_edges() == 1
    client.force_login(person("reader", "device_reader", cast.east_works))
    page = client.get("/devices/links/").content.decode()
    assert page.index("东区边缘") < page.index("东区泵站网关")  # what is down stands first
    for words in ("另有 2 台", "直接上报的设备", "1 台", "设备 NB-1", "中断 <strong>1</strong>"):
        assert words in page
    narrowed = client.get("/devices/links/", {"standing": "down", "kind": "gateway"})
    assert "没有符合条件的链路" in narrowed.content.decode()
    assert "超过 60 秒没有消息" in client.get(f"/devices/edge/{edge.pk}/").content.decode()
    card = client.get(f"/devices/{Poll.objects.all()[0].device_id}/").content.decode()
    assert "经网关 东区泵站网关" in card
    sheet = load_workbook(BytesIO(b"".join(
        client.get("/devices/links/export/").streaming_content  # type: ignore[attr-defined]
    ))).active  # fmt: skip
    assert sheet is not None
    assert [(row[1].value, row[5].value) for row in sheet.iter_rows(min_row=2)] == [
        ("东区边缘", 1), ("东区泵站网关", 10),
    ]  # fmt: skip
    assert AuditEntry.objects.get(action="links.exported").data == {"count": 2}
    client.force_login(person("neighbour", "device_reader", cast.west_works))
    assert "东区泵站网关" not in client.get("/devices/links/").content.decode()
    client.force_login(cast.outsider)
    assert client.get("/devices/links/").status_code == 403
