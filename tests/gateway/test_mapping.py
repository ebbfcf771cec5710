"""Field mappings: what rows may be, what they make, their versions, and sending by them."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.gateway import services
from apps.gateway.mapping import MOST_ROWS, Row, apply, check_rows, rows_of
from apps.gateway.models import Connector, Delivery, FieldMapping
from apps.gateway.profiles import PROFILES, ExchangeProfile
from apps.gateway.selectors.mappings import SAMPLE_EVENT
from apps.gateway.services.connectors import ConnectorData
from tests.gateway.factories import TenantFactory, UserFactory

EVENT = {
    "id": "e1",
    "data": {
        "number": "17",
        "state": "closed",
        "at": "2026-11-21T02:05:00Z",
        "urgent": True,
        "text": "",
        "photos": [{"url": "a"}, {"url": "b"}],
    },
}


def out(*rows: Row) -> Any:
    check_rows(rows, "out")
    return apply(rows, EVENT, direction="out")


def test_values_go_where_the_rows_say() -> None:
    mapped = out(
        Row("caseNo", source="data.number", required=True),
        Row("info.photo", source="data.photos.1.url"),
        Row("info.urgent", source="data.urgent"),
        Row("source", fixed="12345"),
        Row("status", source="data.state", codes={"closed": "9", "*": "0"}),
        Row("flag", source="data.urgent", codes={"true": "Y", "false": "N"}),
        Row("other", source="data.number", codes={"*": "0"}),
    )
    assert mapped.values == {
        "caseNo": "17",
        "info": {"photo": "b", "urgent": True},
        "source": "12345",
        "status": "9",
        "flag": "Y",
        "other": "0",
    }
    assert (mapped.lacks, mapped.refusal) == ((), "")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("iso", "2026-11-21T10:05:00+08:00"),
        ("stamp", "2026-11-21 10:05:00"),
        ("day", "2026-11-21"),
        ("compact", "20261121100500"),
        ("seconds", 1795226700),
        ("ms", 1795226700000),
    ],
)
def test_moments_are_written_as_wanted_and_read_back(form: str, expected: Any) -> None:
    assert out(Row("at", source="data.at", format=form)).values == {"at": expected}
    rows = [Row("occurred_at", source="t", format=form)]
    back = apply(rows, {"t": expected}, direction="in").values["occurred_at"]
    assert back.startswith("2026-11-21T" + ("00:00:00" if form == "day" else "10:05:00"))


def test_each_missing_field_has_its_reason() -> None:
    mapped = out(
        Row("a", source="data.nothing"),
        Row("b", source="data.text", required=True),
        Row("c", source="data.state", codes={"open": "1"}),
        Row("d", source="data.number", format="stamp"),
        Row("e", source="data.photos", codes={"*": "1"}),
        Row("f", source="data.photos.9"),
    )
    assert mapped.values == {}
    assert [(lack.number, lack.reason) for lack in mapped.lacks] == [
        (1, "来源中没有 data.nothing"),
        (2, "来源 data.text 为空"),
        (3, "代码表中没有“closed”"),
        (4, "“17”不是所选格式的时间"),
        (5, "来源不是单个值，不能查代码表"),
        (6, "来源中没有 data.photos.9"),
    ]
    assert mapped.refusal == "缺少必填字段：b（来源 data.text 为空）"


@pytest.mark.parametrize("value", [1e400, -1, "９", True, [], "x" * 99, 10**30])
def test_no_moment_breaks_the_reading(value: Any) -> None:
    for form in ("iso", "stamp", "compact", "seconds", "ms"):
        row = Row("occurred_at", source="t", format=form)
        mapped = apply([row], {"t": value}, direction="in")
        assert ("occurred_at" in mapped.values) != bool(mapped.lacks)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (Row("", source="a"), "target"),
        (Row("a..b", source="a"), "target"),
        (Row("a b", source="a"), "target"),
        (Row("a.0", source="a"), "target"),
        (Row(".".join("abcdefg"), source="a"), "target"),
        (Row("x" * 41, source="a"), "target"),
        (Row("ok"), "source"),
        (Row("ok", source="a", fixed="b"), "source"),
        (Row("ok", source="a[0]"), "source"),
        (Row("ok", source="a", format="%Y"), "format"),
        (Row("ok", fixed="b", codes={"a": "b"}), "fixed"),
        (Row("ok", fixed="b" * 201), "fixed"),
        (Row("ok", source="a", codes={"a": ""}), "codes"),
        (Row("ok", source="a", codes={"a": "b"}, format="day"), "codes"),
        (Row("ok", source="a", codes={str(n): "b" for n in range(201)}), "codes"),
        (Row("first", source="a"), "target"),
        (Row("first.below", source="a"), "target"),
    ],
)
def test_a_bad_row_is_refused_by_its_number(row: Row, column: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_rows([Row("first", source="a"), row], "out")
    assert refusal.value.data == {"row": 2, "column": column}
    assert str(refusal.value).startswith("第 2 行：")


def test_what_is_received_goes_into_fields_of_a_result_only() -> None:
    status = Row("status", source="a")
    check_rows([status, Row("data.contacted", source="b")], "in")
    for wrong in ("secret", "text.below", "id"):
        with pytest.raises(InvalidInput):
            check_rows([status, Row(wrong, source="b")], "in")
    with pytest.raises(InvalidInput):
        check_rows([Row("text", source="b")], "in")
    with pytest.raises(InvalidInput):
        check_rows([Row(f"t{n}", source="a") for n in range(MOST_ROWS + 1)], "out")


# --- Kept and used ---------------------------------------------------------------------

ROWS = [Row("caseNo", source="data.number", required=True), Row("from", fixed="12345")]


@pytest.fixture
def admin(db: None) -> Any:
    return UserFactory(is_superuser=True)


@pytest.fixture
def connector(admin: Any, receiver: Any) -> Connector:
    data = ConnectorData(name="水务平台", url=receiver.url)
    made, _secret = services.create_connector(
        admin, code="water", tenant=TenantFactory(), data=data
    )
    return made


def keep(actor: Any, connector: Connector, rows: Any, seen: int, direction: str = "out") -> Any:
    return services.set_mapping(
        actor, connector_id=connector.pk, direction=direction, rows=rows, seen_version=seen
    )


def test_a_change_is_a_new_version(admin: Any, connector: Connector) -> None:
    first = keep(admin, connector, ROWS, 0)
    second = keep(admin, connector, ROWS[:1], 1)
    assert (first.version, second.version) == (1, 2)
    assert rows_of(FieldMapping.objects.get(version=1).rows) == ROWS
    entry = AuditEntry.objects.filter(action="connector.mapping_changed").latest("pk")
    assert (entry.data["version"], entry.data["direction"]) == (2, "out")
    with pytest.raises(Stale):
        keep(admin, connector, ROWS, 1)
    with pytest.raises(Refused):
        keep(admin, connector, ROWS[:1], 2)
    with pytest.raises(InvalidInput):
        keep(admin, connector, [Row("")], 2)
    with pytest.raises(InvalidInput):
        keep(admin, connector, ROWS, 0, direction="up")
    assert FieldMapping.objects.count() == 2


def test_strangers_change_no_mapping(connector: Connector) -> None:
    with pytest.raises(NotAllowed):
        keep(UserFactory(), connector, ROWS, 0)
    with pytest.raises(NotFound):
        services.set_mapping(
            UserFactory(is_superuser=True), connector_id=0, direction="out", rows=ROWS,
            seen_version=0,
        )  # fmt: skip


def test_a_message_is_sent_in_their_shape_and_keeps_the_version(
    admin: Any, connector: Connector, receiver: Any
) -> None:
    made = keep(admin, connector, ROWS, 0)
    delivery = services.send("water", topic="case.state", payload={"number": "17"}, key="k")
    services.ping(admin, connector_id=connector.pk)
    assert services.deliver_due() == 1
    ping, message = receiver.messages
    assert message["json"] == {"caseNo": "17", "from": "12345"}
    assert ping["json"]["topic"] == "connector.ping"  # the line itself has nothing to map
    delivery.refresh_from_db()
    assert (delivery.mapping, json.loads(delivery.sent_body)) == (made, message["json"])
    assert json.loads(delivery.body)["data"] == {"number": "17"}
    assert message["headers"]["webhook-id"] == str(delivery.public_id)


def test_what_lacks_a_required_field_waits_for_a_correction(
    admin: Any, connector: Connector, receiver: Any
) -> None:
    keep(admin, connector, [Row("phone", source="data.phone", required=True)], 0)
    delivery = services.send("water", topic="case.state", payload={"number": "17"}, key="k")
    assert services.deliver_due() == 0
    delivery.refresh_from_db()
    assert (delivery.state, receiver.messages) == ("dead", [])
    assert delivery.last_error == ("字段映射第 1 版：缺少必填字段：phone（来源中没有 data.phone）")
    connector.refresh_from_db()
    assert connector.failures == 0
    corrected = keep(admin, connector, ROWS, 1)
    assert services.replay(admin, delivery_ids=[delivery.pk]) == 1
    assert services.deliver_due() == 1
    assert receiver.messages[0]["json"]["caseNo"] == "17"
    assert Delivery.objects.get(pk=delivery.pk).mapping == corrected


def test_a_mapping_cannot_blow_a_message_up(
    admin: Any, connector: Connector, receiver: Any
) -> None:
    keep(admin, connector, [Row(f"t{n}", source="data") for n in range(40)], 0)
    delivery = services.send("water", topic="case.state", payload={"text": "字" * 9000}, key="k")
    services.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, receiver.messages) == ("dead", [])
    assert "256 KB" in delivery.last_error


def test_personal_data_is_covered_before_it_is_mapped(
    admin: Any, connector: Connector, receiver: Any
) -> None:
    keep(admin, connector, [Row("x", source="data.reporter_phone")], 0)
    services.send("water", topic="a", payload={"reporter_phone": "13812345678"}, key="k")
    services.deliver_due()
    assert receiver.messages[0]["json"] == {"x": "138****5678"}


def test_a_result_is_taken_in_their_shape(admin: Any, connector: Connector) -> None:
    theirs = {"no": "17", "result": "2"}
    assert services.map_result("water", theirs) == theirs
    rows = [
        Row("status", source="result", codes={"2": "done"}, required=True),
        Row("number", source="no"),
    ]
    keep(admin, connector, rows, 0, direction="in")
    assert services.map_result("water", theirs) == {"status": "done", "number": "17"}
    with pytest.raises(InvalidInput) as refusal:
        services.map_result("water", theirs | {"result": "13812345678"})
    assert refusal.value.field == "status"
    entry = AuditEntry.objects.get(action="connector.result_unmapped")
    assert "138****5678" in entry.data["reason"]
    with pytest.raises(InvalidInput):
        services.map_result("water", ["no object"])


# --- The page --------------------------------------------------------------------------


def rows_form(*rows: dict[str, str], **more: str) -> dict[str, str]:
    data = {"rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": "0", "seen_version": "0"}
    for number, row in enumerate(rows):
        data |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return data | more


@pytest.fixture
def page(admin: Any, connector: Connector, client: Client) -> Any:
    client.force_login(admin)

    def post(*rows: dict[str, str], way: str = "out", **more: str) -> str:
        address = f"/connectors/{connector.pk}/mapping/{way}/"
        answer = client.post(address, rows_form(*rows, **more), follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    return post


def test_the_page_tries_without_keeping(page: Any) -> None:
    shown = page(
        {"target": "caseNo", "source": "data.number", "required": "on"},
        {},
        {"target": "x", "source": "data.nothing"},
        do="try",
        sample=json.dumps(EVENT),
    )
    assert "&quot;caseNo&quot;: &quot;17&quot;" in shown
    assert "第 2 行 x：来源中没有 data.nothing" in shown
    assert "样例不是 JSON" in page({"target": "a", "source": "b"}, do="try", sample="{")
    assert not FieldMapping.objects.exists()


def test_the_page_keeps_and_names_the_bad_row(page: Any) -> None:
    shown = page({"target": "a", "source": "b"}, {}, {"target": "a", "fixed": "c"}, do="save")
    assert "第 2 行：与第 1 行的目标重复" in shown
    assert "每行一对" in page({"target": "a", "source": "b", "codes": "closed"}, do="save")
    assert not FieldMapping.objects.exists()
    page({"target": "a", "source": "b", "codes": "closed=9\n*=0"}, do="save", note="首版")
    assert FieldMapping.objects.get().rows[0]["codes"] == {"closed": "9", "*": "0"}
    assert 'name="rows-6-target"' in page({}, {}, do="more", seen_version="1")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.code)
def test_a_ready_profile_maps_both_ways(profile: ExchangeProfile) -> None:
    """MT-12: its rows are allowed, our event fills what theirs need, their answer becomes ours."""
    for direction in ("out", "in"):
        check_rows(profile.rows(direction), direction)
    sent = apply(profile.rows("out"), SAMPLE_EVENT, direction="out")
    assert sent.refusal == ""
    assert "2026112100017" in json.dumps(sent.values)
    taken = apply(profile.rows("in"), profile.sample("in"), direction="in")
    assert taken.lacks == ()
    assert (taken.values["status"], taken.values["number"]) == ("done", "20261121-0000017")
    assert taken.values["occurred_at"].startswith("2026-11-2")


def test_a_profile_is_filled_in_and_kept_only_when_saved(
    page: Any, connector: Connector, client: Client
) -> None:
    address = f"/connectors/{connector.pk}/mapping/in/?profile=department"
    shown = client.get(address).content.decode()
    assert 'value="receipt.result"' in shown
    assert "finished=done" in shown
    assert not FieldMapping.objects.exists()
    assert 'value="receipt.result"' not in client.get(address[:-10]).content.decode()
    page({"target": "status", "source": "receipt.result"}, way="in", do="save")
    assert FieldMapping.objects.get().rows[0]["source"] == "receipt.result"
