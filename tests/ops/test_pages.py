"""The pages of work orders: what they show, to whom, and what their buttons do."""

import html
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.alarms.services import open_case_for
from apps.common import outbox
from apps.monitoring.services import order_run, run_due
from apps.ops import services
from apps.ops.enums import OrderState
from apps.ops.models import FaultLevel, HandUpRule, MaintenanceContract, MaintenancePlan, WorkOrder
from apps.ops.permissions import REPORT, VIEW
from tests.alarms.factories import raised
from tests.cast import Cast
from tests.monitoring import factories as watched
from tests.ops import factories as make
from tests.people import appointed

FORM = {"fault_kind": "camera-offline", "text": "黑屏", "key": "page-1", "source": "home"}


def signed_in(cast: Cast, name: str) -> Client:
    """Will give a browser of somebody of the town."""
    client = Client()
    client.force_login(cast.people[name])
    return client


def test_a_fault_goes_through_the_pages(town: Cast) -> None:
    camera = make.the_camera()
    page = signed_in(town, "reporter").get(reverse("ops:report"), {"asset": camera.code})
    assert camera.name in page.content.decode()
    given = FORM | {"asset_id": camera.pk, "photos": make.picture("red")}
    sent = signed_in(town, "reporter").post(reverse("ops:report"), given)
    order = WorkOrder.objects.get()
    assert sent.url == reverse("ops:order-detail", args=[order.pk])

    manager = signed_in(town, "manager")
    shown = manager.get(sent.url).content.decode()
    assert "确认并派出" in shown
    assert "规则建议" in shown
    confirm = {"level": 1, "contract_id": order.contract_id, "cause": "network"}
    manager.post(reverse("ops:order-confirm", args=[order.pk]), confirm)

    repairer = signed_in(town, "repairer")
    repairer.post(reverse("ops:order-deed", args=[order.pk, "sign"]))
    page = repairer.get(reverse("ops:order-repair", args=[order.pk]))
    first = page.context["form"].initial
    now = first["to_at"].strftime("%Y-%m-%dT%H:%M")
    order.refresh_from_db()
    WorkOrder.objects.update(reported_at=first["from_at"])
    given = {
        "text": "换电源", "cause": "power", "from_at": now, "to_at": now, "cost": "10",
        "parts": "12V电源，2，85\n螺丝", "after": [make.picture("green"), make.picture("blue")],
        "before": make.picture("black"),
    }  # fmt: skip
    answer = repairer.post(reverse("ops:order-repair", args=[order.pk]), given)
    assert answer.status_code == 302
    manager.post(reverse("ops:order-deed", args=[order.pk, "close"]), {"note": "好"})
    order.refresh_from_db()
    assert order.case.state == OrderState.CLOSED
    shown = manager.get(sent.url).content.decode()
    assert "180.00 元" in shown
    photo = order.repairs.get().photos.first()
    assert photo is not None
    picture = manager.get(reverse("ops:repair-photo", args=[order.pk, photo.pk]))
    assert picture.status_code == 200


def test_the_list_is_grouped_filtered_and_exported(town: Cast) -> None:
    make.reported(town)
    make.confirmed(town, key="k2", fault_kind="power")
    manager = signed_in(town, "manager")
    page = manager.get(reverse("ops:order-list"))
    counts = {tab["label"]: tab["count"] for tab in page.context["states"]}
    assert (counts["全部"], counts["待确认"], counts["待接单"]) == (2, 1, 1)
    asked = {"state": "sent", "name": "一号", "source": "home", "whose": "mine"}
    rows = manager.get(reverse("ops:order-list"), asked).context["rows"]
    assert [order.fault_kind.code for order, _dials in rows] == ["power"]
    assert set(rows[0][1]) == {"confirm", "respond", "restore"}
    others = manager.get(reverse("ops:order-list"), {"whose": "others"}).context["rows"]
    assert [order.fault_kind.code for order, _dials in others] == ["camera-offline"]
    nothing = manager.get(reverse("ops:order-list"), {"to_on": "2001-01-01"})
    assert "没有符合条件的工单" in nothing.content.decode()
    sheet = manager.get(reverse("ops:order-export"), {"state": "sent"})
    book = load_workbook(io.BytesIO(b"".join(sheet.streaming_content)))
    assert [row[4].value for row in book.active.iter_rows(min_row=2)] == ["3级 一般"]


def test_a_list_asks_the_same_number_of_questions_however_long(
    town: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(6):
        make.confirmed(town, key=f"k{number}")
    manager = signed_in(town, "manager")
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        page = manager.get(reverse("ops:order-list"))
    assert len(page.context["rows"]) == 6


def test_many_are_confirmed_at_once_and_each_trouble_is_told(town: Cast) -> None:
    first = make.reported(town)
    second = make.confirmed(town, key="k2")
    manager = signed_in(town, "manager")
    answer = manager.post(reverse("ops:order-bulk"), {"orders": [first.pk, second.pk]}, follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert "已确认1张" in told
    assert any(second.case.number in one and "已确认过" in one for one in told)
    first.refresh_from_db()
    assert first.case.state == OrderState.SENT


def test_who_has_nothing_to_do_with_it_is_kept_out(town: Cast) -> None:
    order = make.confirmed(town)
    pages = [
        ("handler", reverse("ops:order-list"), 403),
        ("manager_west", reverse("ops:order-detail", args=[order.pk]), 404),
        ("vendor_man", reverse("ops:order-detail", args=[order.pk]), 404),
        ("reporter", reverse("ops:order-repair", args=[order.pk]), 403),
        ("reporter", reverse("ops:contract-list"), 403),
        ("repairer", reverse("ops:calendar"), 403),
        ("handler", reverse("ops:report"), 403),
        ("reporter", reverse("ops:order-detail", args=[order.pk]), 200),
    ]
    assert [signed_in(town, n).get(url).status_code for n, url, _s in pages] == [
        status for _n, _u, status in pages
    ]
    assert list(signed_in(town, "vendor_man").get(reverse("ops:order-list")).context["rows"]) == []


def test_a_wrong_page_keeps_what_was_typed_and_names_the_field(town: Cast) -> None:
    answer = signed_in(town, "reporter").post(reverse("ops:report"), FORM | {"text": ""})
    assert answer.status_code == 422
    assert "故障情况" in answer.content.decode()
    bad = FORM | {"asset_id": make.the_camera().pk, "photos": io.BytesIO(b"<script>alert(1)")}
    answer = signed_in(town, "reporter").post(reverse("ops:report"), bad)
    assert answer.status_code == 422
    assert "photos" in answer.context["form"].errors
    assert not WorkOrder.objects.exists()


def test_hostile_words_are_shown_as_words(town: Cast) -> None:
    order = make.reported(town, text="<script>alert('x')</script>", asset_id=None, about="<b>x</b>")
    shown = signed_in(town, "manager_west")
    page = signed_in(town, "keeper").get(reverse("ops:order-detail", args=[order.pk]))
    assert "<script>alert(" not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()
    assert shown.get(reverse("ops:order-detail", args=[order.pk])).status_code == 404


@pytest.mark.parametrize(
    ("lines", "why"),
    [("电源，x，1", "第1行"), ("电源\n灯，1，2，3", "第2行"), ("a，NaN", "第1行")],
)
def test_a_line_of_parts_that_is_not_understood_is_named(town: Cast, lines: str, why: str) -> None:
    order = make.confirmed(town)
    given = {"text": "x", "cause": "power", "parts": lines}
    answer = signed_in(town, "repairer").post(reverse("ops:order-repair", args=[order.pk]), given)
    assert answer.status_code == 422
    assert why in str(answer.context["form"].errors["parts"])


def test_a_label_leads_everybody_to_the_page_of_their_work(town: Cast) -> None:
    camera = make.the_camera()
    label = reverse("assets:asset-detail", args=[camera.pk])
    assert signed_in(town, "reporter").get(label).url == f"/ops/report/?asset={camera.code}"
    assert signed_in(town, "vendor_man").get(label).url == f"/ops/orders/?name={camera.code}"
    assert "上报故障" in signed_in(town, "manager").get(label).content.decode()
    assert signed_in(town, "handler").get(label).status_code == 403
    scanned = signed_in(town, "reporter").get(
        reverse("ops:report"), {"asset": f"https://city.example{label}"}
    )
    assert scanned.context["chosen"] == camera


def test_an_alarm_becomes_an_order_linked_both_ways(town: Cast) -> None:
    alarm = raised(make.the_camera())
    case = open_case_for(town.keeper, alarm_id=alarm.pk, matter="ops.fault")
    outbox.drain()
    order = WorkOrder.objects.get(case=case)
    assert (order.asset, order.source) == (make.the_camera(), "alarm")
    keeper = signed_in(town, "keeper")
    shown = keeper.get(reverse("ops:order-detail", args=[order.pk])).content.decode()
    assert reverse("alarms:alarm-detail", args=[alarm.pk]) in shown
    alarm_page = keeper.get(reverse("alarms:alarm-detail", args=[alarm.pk])).content.decode()
    assert reverse("ops:order-detail", args=[order.pk]) in alarm_page


def test_a_keeper_writes_contracts_levels_kinds_rules_and_plans(town: Cast) -> None:
    keeper = signed_in(town, "keeper")
    firm = MaintenanceContract.objects.get(number="HT-01").vendor
    contract = {
        "number": "HT-09", "name": "机房维保", "vendor": firm.pk, "tier": "own",
        "from_on": "2026-01-01", "to_on": "2026-12-31", "respond_amount": 20,
        "respond_unit": "calendar_minutes", "is_active": "on",
    }  # fmt: skip
    assert keeper.post(reverse("ops:contract-new"), contract).status_code == 302
    late = contract | {"number": "HT-10", "to_on": "2025-01-01", "restore_amount": 3}
    wrong = keeper.post(reverse("ops:contract-new"), late)
    assert set(wrong.context["form"].errors) == {"restore_amount"}
    assert keeper.post(reverse("ops:contract-new"), contract).context["form"].errors["number"]
    level = {
        "number": 5, "name": "咨询", "respond_amount": 1, "respond_unit": "working_days",
        "restore_amount": 5, "restore_unit": "working_days",
    }  # fmt: skip
    assert keeper.post(reverse("ops:level-new"), level).status_code == 302
    kind = {"code": "ups", "name": "UPS故障", "level": FaultLevel.objects.get(number=5).pk}
    assert keeper.post(reverse("ops:kind-new"), kind).status_code == 302
    rule = {"from_tier": "own", "waiting": "respond", "after_minutes": 15, "to_tier": "vendor"}
    assert keeper.post(reverse("ops:rule-new"), rule | {"is_active": "on"}).status_code == 302
    assert HandUpRule.objects.get().after_minutes == 15
    plan = {
        "name": "季度清洁", "text": "清洁镜头", "kind": make.the_camera().kind_id,
        "area": town.east.pk, "beat": "months", "every": 3, "first_on": "2026-01-31",
        "ahead_days": 3, "fault_kind": services.FaultReport.__name__, "is_active": "on",
    }  # fmt: skip
    wrong = keeper.post(reverse("ops:plan-new"), plan)
    assert set(wrong.context["form"].errors) == {"fault_kind"}
    kinds = wrong.context["form"].fields["fault_kind"].queryset
    plan["fault_kind"] = kinds.get(code="upkeep").pk
    assert keeper.post(reverse("ops:plan-new"), plan).status_code == 302
    saved = MaintenancePlan.objects.get()
    urls = ["contract-list", "level-list", "plan-list", "calendar"]
    pages = [keeper.get(reverse(f"ops:{name}")).content.decode() for name in urls]
    assert "HT-09" in pages[0]
    assert "派出 15 分钟未接单" in pages[0]
    assert "UPS故障" in pages[1]
    assert "每 3 月" in pages[2]
    assert "季度清洁" in keeper.get(reverse("ops:plan-edit", args=[saved.pk])).content.decode()


def test_what_monitoring_finds_is_reported_from_there_and_seen_there(town: Cast) -> None:
    """Reported from the page of a watched thing or from the one-key check, once (OP-03, OP-09)."""
    target = watched.target(make.the_camera())
    watched.check(target, "tcp", port=9)
    rights = ["monitoring.view_monitoring", "monitoring.run_checks"]
    watcher = appointed("watcher", town.east_works, role="w", rights=[*rights, REPORT, VIEW])
    browser = Client()
    browser.force_login(watcher)
    run = order_run(watcher, area=town.east, kinds=["servers", "map"])
    run_due()
    page = browser.get(f"/monitoring/runs/{run.pk}/").content.decode()
    (address,) = re.findall(r'href="(/ops/report/[^"]+)" aria-label', page)
    form = browser.get(html.unescape(address)).context["form"].initial
    assert (form["source"], form["asset_id"]) == ("check", make.the_camera().pk)
    assert form["text"] == run.findings.get(asset=make.the_camera()).text != ""
    given = FORM | {name: form[name] for name in ("source", "asset_id", "text", "key")}
    browser.post("/ops/report/", given)
    browser.post("/ops/report/", given)
    order = WorkOrder.objects.get()
    assert (order.source, order.asset) == ("check", make.the_camera())
    life = browser.get(f"/monitoring/targets/{target.pk}/").content.decode()
    assert f"{order.case.number} 摄像机离线（待确认）" in life
    assert "source=monitoring" in life

    looker = appointed("looker", town.east_works, role="l", rights=rights)
    browser.force_login(looker)
    life = browser.get(f"/monitoring/targets/{target.pk}/").content.decode()
    assert order.case.number not in life
    assert "/ops/report/" not in life
