"""The pages as people use them, and who may not. Source: OP-01 to OP-04."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.alarms.services import add_dependency, raise_alarm
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.monitoring.models import Check, CheckRun, HourFigure, Measure, Outage, RunPlan, Target
from apps.monitoring.registry import temporarily_reporting
from apps.monitoring.services import begin_outage, run_due
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.monitoring.conftest import OpenRoom
from tests.monitoring.factories import ask_now, check, measure, person, target

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CHECK = {
    "kind": "http", "name": "门户首页", "port": "80", "every_s": "60", "timeout_s": "2",
    "is_vital": "on", "path": "/", "scheme": "http",
}  # fmt: skip


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper(cast: Cast) -> Client:
    return signed_in(person("keeper", "keeper", cast.east_works))


def test_a_keeper_registers_a_server_asks_it_and_reads_its_life(
    cast: Cast, keeper: Client, open_equipment: OpenRoom
) -> None:
    thing = asset(cast, "政务云服务器")
    told = {"asset": thing.code, "kind": "server", "host": "127.0.0.1"}
    answer = keeper.post("/monitoring/targets/new/", told)
    row = Target.objects.get()
    assert answer["Location"] == f"/monitoring/targets/{row.pk}/"
    port = str(open_equipment.ports["web"])
    keeper.post(f"/monitoring/targets/{row.pk}/checks/new/", CHECK | {"port": port})
    made = Check.objects.get()
    figure = {"code": "time_ms", "name": "响应时间", "unit": "ms", "scale": "1", "lasting_s": "0"}
    path = f"/monitoring/targets/{row.pk}/checks/{made.pk}/"
    assert keeper.post(f"{path}measures/new/", figure | {"warn": "5000"}).status_code == 302
    tried = keeper.post(f"{path}try/").content.decode()
    assert "检查成功" in tried
    assert Measure.objects.get().value is None  # a try keeps nothing
    ask_now(NOON)
    HourFigure.objects.create(
        measure=Measure.objects.get(), hour=datetime.now(UTC), count=1, low=1, high=3, mean=2
    )
    page = keeper.get(f"/monitoring/targets/{row.pk}/").content.decode()
    assert "响应时间" in page
    assert "data-chart" in page
    assert AuditEntry.objects.filter(action__startswith="watch_").count() == 4
    stopped = keeper.post(f"/monitoring/targets/{row.pk}/active/", {"active": "0"}, follow=True)
    assert "已停用监控" in stopped.content.decode()
    keeper.post(f"{path}drop/")
    keeper.post(f"{path}drop/")
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"port": "22"}, "不是网页服务端口"),
        ({"path": "http://10.0.0.1/"}, "HTTP 路径"),
        ({"timeout_s": "60"}, "超时"),
        ({"kind": "sql", "query": "drop table a"}, "只能是一条"),
        ({"kind": "snmp", "secret_priv_key": "short"}, "至少 8 位"),
        ({"kind": "rtsp"}, "rtsp"),
        ({"name": ""}, "名称"),
        ({"secret_Authorization": "a\nb"}, "Authorization"),
    ],
)
def test_a_wrong_check_is_refused_at_its_field(
    cast: Cast, keeper: Client, changed: dict[str, str], said: str
) -> None:
    row = target(asset(cast))
    answer = keeper.post(f"/monitoring/targets/{row.pk}/checks/new/", CHECK | changed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Check.objects.exists()


def test_a_secret_is_kept_sealed_and_never_shown(cast: Cast, keeper: Client) -> None:
    row = target(asset(cast))
    path = f"/monitoring/targets/{row.pk}/checks/"
    told = CHECK | {"kind": "sql", "port": "5432", "secret_password": "s3cret-word"}
    keeper.post(f"{path}new/", told)
    made = Check.objects.get()
    assert "s3cret" not in made.secret
    keeper.post(f"{path}{made.pk}/", told | {"secret_password": "", "name": "改名"})
    again = Check.objects.get()
    assert (again.name, again.secret) == ("改名", made.secret)
    pages = [keeper.get(f"{path}{made.pk}/"), keeper.get(f"/monitoring/targets/{row.pk}/")]
    assert all("s3cret" not in page.content.decode() for page in pages)
    assert not AuditEntry.objects.filter(data__icontains="s3cret").exists()


@pytest.mark.parametrize("host", ["8.8.8.8", "localhost", "127.0.0.1.evil.cn", "", "0177.0.0.1"])
def test_only_addresses_of_the_device_networks(cast: Cast, keeper: Client, host: str) -> None:
    told = {"asset": asset(cast).code, "kind": "server", "host": host}
    answer = keeper.post("/monitoring/targets/new/", told)
    assert answer.status_code == 422
    assert not Target.objects.exists()


def test_limits_the_wrong_way_round_are_refused(cast: Cast, keeper: Client) -> None:
    made = check(target(asset(cast)), "tcp", 80)
    path = f"/monitoring/targets/{made.target_id}/checks/{made.pk}/measures/new/"
    plain = {"code": "time_ms", "name": "x", "scale": "1", "lasting_s": "0"}
    for wrong, said in (
        ({"warn": "9", "critical": "5"}, "严重值"),
        ({"code": "cpu"}, "可用的指标代码"),
        ({"scale": "0"}, "倍率"),
    ):
        answer = keeper.post(path, plain | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not Measure.objects.exists()


def test_who_may_not_and_the_neighbour(cast: Cast) -> None:
    row = target(asset(cast))
    made = check(row, "tcp", 80)
    out = begin_outage(row.asset, kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
    watcher = signed_in(person("watcher", "watcher", cast.east_works))
    neighbour = signed_in(person("neighbour", "keeper", cast.west_works))
    outsider = signed_in(cast.acceptor)
    detail, judge = f"/monitoring/targets/{row.pk}/", f"/monitoring/outages/{out.pk}/judge/"
    reads = [detail, "/monitoring/", "/monitoring/outages/", "/monitoring/topology/"]
    deeds = [
        f"{detail}active/",
        f"{detail}checks/{made.pk}/try/",
        f"{detail}checks/{made.pk}/drop/",
    ]
    assert [watcher.get(path).status_code for path in reads] == [200] * 4
    assert [outsider.get(path).status_code for path in reads] == [403] * 4
    assert [watcher.post(path).status_code for path in deeds] == [403] * 3
    assert [neighbour.post(path).status_code for path in deeds] == [404] * 3
    assert watcher.get(judge).status_code == 403
    assert neighbour.get(judge).status_code == 404
    assert row.asset.name not in neighbour.get("/monitoring/targets/").content.decode()
    assert Client().get("/monitoring/").status_code == 302


def test_the_overview_counts_by_kind_and_names_what_is_out(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    fine, out = target(asset(cast, "好的服务器")), target(asset(cast, "坏的交换机"), kind="switch")
    check(fine, "http", open_equipment.ports["web"])
    dead = check(out, "metrics", open_equipment.ports["metrics"])
    open_equipment.room.dead.add("metrics")
    for turn in range(3):
        ask_now(NOON.replace(minute=turn))
    page = signed_in(person("w", "watcher", cast.east_works)).get("/monitoring/").content.decode()
    assert "坏的交换机" in page
    assert "1 / 1 正常" in page
    assert "中断 1" in page
    assert dead.target_id == out.pk


def test_a_cause_is_judged_on_its_page_and_the_sheet_has_it(cast: Cast, keeper: Client) -> None:
    row = begin_outage(asset(cast), kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
    path = f"/monitoring/outages/{row.pk}/judge/"
    assert keeper.post(path, {"cause": "weather"}).status_code == 422
    told = {"cause": "works", "is_planned": "on", "text": "=道路开挖"}
    assert keeper.post(path, told).status_code == 302
    assert Outage.objects.get().cause == "works"
    answer = keeper.get("/monitoring/outages/export/?open=yes")
    [head, line] = load_workbook(BytesIO(answer.getvalue())).active.iter_rows(values_only=True)
    assert dict(zip(head, line, strict=True))["原因"] == "施工"
    assert str(dict(zip(head, line, strict=True))["说明"]).startswith("'=")


def test_one_key_from_the_button_to_the_report(cast: Cast, open_equipment: OpenRoom) -> None:
    dead = target(asset(cast, "坏的服务器"))
    check(dead, "metrics", open_equipment.ports["metrics"])
    open_equipment.room.dead.add("metrics")
    watcher = signed_in(person("w", "watcher", cast.east_works))
    told = {"area": cast.east.code, "kinds": ["servers", "picture"]}
    answer = watcher.post("/monitoring/runs/", told)
    run = CheckRun.objects.get()
    assert answer["Location"] == f"/monitoring/runs/{run.pk}/"
    assert "正在检查" in watcher.post("/monitoring/runs/", told).content.decode()
    waiting = watcher.get(f"/monitoring/runs/{run.pk}/panel/")
    assert "正在等待" in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    run_due()
    assert watcher.get(f"/monitoring/runs/{run.pk}/panel/")["HX-Refresh"] == "true"
    with temporarily_reporting(lambda _viewer, trouble: f"/report/?text={trouble.text}"):
        page = watcher.get(f"/monitoring/runs/{run.pk}/").content.decode()
    assert f'href="/report/?text={run.findings.get(asset=dead.asset).text}"' in page
    sheet = load_workbook(
        BytesIO(watcher.get(f"/monitoring/runs/{run.pk}/export/").getvalue())
    ).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][1:4] == ("坏的服务器", dead.asset.code, "中断")
    assert "服务器：共 1，异常 1" in str(rows[-1][0])
    neighbour = signed_in(person("n", "watcher", cast.west_works))
    for path in ("", "panel/", "export/"):
        assert neighbour.get(f"/monitoring/runs/{run.pk}/{path}").status_code == 404
    assert neighbour.post(f"/monitoring/runs/{run.pk}/cancel/").status_code == 404
    assert neighbour.post("/monitoring/runs/", told).status_code == 422


def test_plans_are_made_and_dropped(cast: Cast) -> None:
    watcher = signed_in(person("w", "watcher", cast.east_works))
    told = {"area": cast.east.code, "cycle": "weekly", "at": "06:15"}
    assert watcher.post("/monitoring/plans/new/", told).status_code == 302
    assert watcher.post("/monitoring/plans/new/", told | {"at": "26:00"}).status_code == 422
    plan = RunPlan.objects.get()
    assert "06:15" in watcher.get("/monitoring/runs/").content.decode()
    neighbour = signed_in(person("n", "watcher", cast.west_works))
    assert neighbour.post(f"/monitoring/plans/{plan.pk}/drop/").status_code == 403
    assert watcher.post(f"/monitoring/plans/{plan.pk}/drop/").status_code == 302
    assert not RunPlan.objects.exists()


def test_the_topology_shows_who_hangs_on_whom_and_what_is_listed_under_it(cast: Cast) -> None:
    cabinet, camera = asset(cast, "街角配电箱"), asset(cast, "路口摄像机")
    add_dependency(SYSTEM, child=camera, parent=cabinet, kind="power")
    for thing in (cabinet, camera):
        begin_outage(thing, kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
        raise_alarm(
            source="device",
            kind="offline",
            asset=thing,
            level=3,
            at=NOON,
            sentence="x",
            facts={},  # type: ignore[arg-type]
        )
    watcher = signed_in(person("w", "watcher", cast.east_works))
    page = watcher.get("/monitoring/topology/").content.decode()
    assert "街角配电箱" in page
    assert "归并告警 1 条" in page
    assert 'class="drawing-link drawing-alarm"' in page
    neighbour = signed_in(person("n", "watcher", cast.west_works))
    assert "街角配电箱" not in neighbour.get("/monitoring/topology/").content.decode()


def test_a_long_list_asks_the_database_as_often_as_a_short_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        row = target(asset(cast, f"服务器{number}"))
        measure(check(row, "tcp", 80), "time_ms")
        begin_outage(row.asset, kind="offline", at=NOON, source="m")  # type: ignore[arg-type]
    watcher = signed_in(person("w", "watcher", cast.east_works))
    for path in ("targets/", "outages/", ""):
        watcher.get(f"/monitoring/{path}")
        with django_assert_max_num_queries(40):
            answer = watcher.get(f"/monitoring/{path}")
        assert answer.status_code == 200
