"""Parts and events of things: disks, servers behind balancers, clusters. OP-05, OP-06, PF-08."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.alarms.models import Alarm
from apps.assets.models import Asset
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.demo.room_pages import PASSWORD, USER
from apps.demo.simulators import serve_snmp, stage
from apps.monitoring.enums import RunKind
from apps.monitoring.models import Check, RunFinding, TargetEvent
from apps.monitoring.services import CheckSpec, order_run, run_due, save_check
from tests.cast import Cast
from tests.flows.conftest import until
from tests.monitoring.conftest import OpenRoom
from tests.monitoring.factories import ask_now, check, measure, person, target
from tests.monitoring.test_machines import asked
from tests.ops.factories import camera
from tests.polling.factories import free_port

NAMED = {"user": USER, "password": PASSWORD}
STORAGE, DEVICES = (1, 3, 6, 1, 2, 1, 25, 2, 3, 1), (1, 3, 6, 1, 2, 1, 25, 3, 2, 1)
FIXED, DISK, RAM = ((1, 3, 6, 1, 2, 1, 25, *end) for end in ((2, 1, 4), (3, 1, 6), (2, 1, 2)))


@pytest.fixture
def recorder(cast: Cast, open_equipment: OpenRoom) -> Check:
    """A recorder whose storage page is read each minute."""
    at = target(camera(cast, "东区录像机"), kind="recorder")
    return check(at, "isapi", open_equipment.ports["isapi"], secret=NAMED)


def open_alarms() -> list[tuple[str, str]]:
    found = Alarm.objects.filter(ended_at=None).order_by("kind", "key")
    return [(alarm.kind, alarm.key.rpartition(":")[2]) for alarm in found]


def disks(status: int, used: int) -> dict[tuple[int, ...], Any]:
    """Tables of a server: memory, one volume of 1000 units and one disk."""
    rows = {
        (2, 1): RAM, (2, 2): FIXED, (3, 1): "Physical memory", (3, 2): "/data", (4, 1): 1024,
        (4, 2): 1024**3, (5, 1): 100, (5, 2): 1000, (6, 1): 99, (6, 2): used,
    }  # fmt: skip
    found: dict[tuple[int, ...], Any] = {(*STORAGE, *end): value for end, value in rows.items()}
    return found | {
        (*DEVICES, 2, 7): DISK, (*DEVICES, 3, 7): "sda", (*DEVICES, 5, 7): status,
    }  # fmt: skip


def test_disks_of_a_recorder_are_alarms_of_their_own(
    recorder: Check, open_equipment: OpenRoom, client: Client, cast: Cast
) -> None:
    now, room = clock.now(), open_equipment.room.platforms
    ask_now(now)
    recorder.refresh_from_db()
    assert [(part["name"], part["trouble"]) for part in recorder.parts] == [
        ("1 hdda", ""), ("2 hddb", "disk_full"),
    ]  # fmt: skip
    room.disks = [("hdda", "smartFailed", 3815447, 912384), ("hddb", "ok", 3815447, 915440)]
    for minutes in (1, 2):
        ask_now(now + timedelta(minutes=minutes))
    assert open_alarms() == [("disk_failed", "1 hdda")]
    client.force_login(person("disk-watcher", "watcher", cast.east_works))
    page = client.get(f"/monitoring/targets/{recorder.target_id}/").content.decode()
    assert "smartFailed" in page
    assert "磁盘故障" in page
    room.disks = [("hddb", "ok", 3815447, 915440)]
    ask_now(now + timedelta(minutes=3))
    assert open_alarms() == [("disk_failed", "1 hdda")]  # it is gone, which mends nothing
    recorder.target.refresh_from_db()
    assert recorder.target.state == "degraded"
    spec = CheckSpec("isapi", recorder.name, recorder.port, every_s=60, timeout_s=1)
    with clock.at(now + timedelta(minutes=4)):
        keeper = person("disk-keeper", "keeper", cast.east_works)
        save_check(keeper, target_id=recorder.target_id, check_id=recorder.pk, spec=spec)
    ask_now(now + timedelta(minutes=5))
    assert open_alarms() == []
    recorder.target.refresh_from_db()
    assert recorder.target.state == "up"


def test_a_disk_written_round_and_round_is_never_full(cast: Cast, open_equipment: OpenRoom) -> None:
    open_equipment.room.platforms.disks = [("hdda", "ok", 3815447, 0)]
    at = target(camera(cast, "东区录像机"), kind="recorder")
    given = {"secret": NAMED, "settings": {"rolling": True}}
    one = check(at, "isapi", open_equipment.ports["isapi"], **given)
    ask_now(clock.now())
    one.refresh_from_db()
    assert (one.problem, one.parts[0]["trouble"], open_alarms()) == ("", "", [])


def test_a_failed_disk_shows_in_the_one_key_check(
    recorder: Check, open_equipment: OpenRoom, cast: Cast
) -> None:
    open_equipment.room.platforms.disks = [("hdda", "error", 3815447, 912384)]
    order_run(person("disk-runner", "watcher", cast.center), area=cast.east, kinds=["recording"])
    run_due()
    found = RunFinding.objects.get(kind=RunKind.RECORDING, asset=recorder.target.asset)
    assert (found.state, found.text) == ("degraded", "1 hdda：磁盘故障")


def test_disks_by_snmp_are_volumes_and_devices() -> None:
    tables = disks(2, 500)
    given: dict[str, Any] = {"secret": {"community": "public"}, "timeout_s": 8}
    with stage() as running:
        port = running.run(serve_snmp({}, tables=tables))
        answer = asked("disks", port, **given).answer
        assert answer is not None
        assert [(part.name, part.trouble) for part in answer.parts or ()] == [
            ("/data", ""), ("sda", ""),
        ]  # fmt: skip
        assert (answer.values["total_gb"], answer.values["free_gb"]) == (1000, 500)
        tables.update(disks(5, 960))
        answer = asked("disks", port, **given).answer
        assert answer is not None
        assert [part.trouble for part in answer.parts or ()] == ["disk_full", "disk_failed"]
        silent = asked("disks", running.run(serve_snmp({1: 1})), **given)
    assert silent.problem == "设备没有报告磁盘"


def test_a_wrong_password_and_a_page_of_another_kind_are_told(open_equipment: OpenRoom) -> None:
    wrong = asked("isapi", open_equipment.ports["isapi"], secret={"user": "who", "password": "x"})
    assert "口令" in wrong.problem
    others = {kind: asked(kind, open_equipment.ports["web"]).problem
              for kind in ("haproxy", "nginx", "hadoop", "isapi")}  # fmt: skip
    assert others == {
        "haproxy": "应答不是 HAProxy 的统计数据", "nginx": "应答不是 nginx 的状态页",
        "hadoop": "应答不是有效的 JSON", "isapi": "设备没有报告磁盘",
    }  # fmt: skip


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[int]:
    """A real HAProxy before one server that answers and one that does not."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    assert program is not None, "haproxy is among the packages bin/test installs"
    stats, front = free_port(), free_port()
    (tmp_path / "haproxy.cfg").write_text(
        "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n"
        f"frontend stats\n bind 127.0.0.1:{stats}\n stats enable\n stats uri /stats\n"
        f"frontend portal\n bind 127.0.0.1:{front}\n default_backend web\n"
        f"backend web\n server one 127.0.0.1:{stats} check inter 50\n"
        f" server two 127.0.0.1:{free_port()} check inter 50 fall 1\n"
    )
    command = [program, "-db", "-q", "-f", str(tmp_path / "haproxy.cfg")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield stats
    finally:
        running.terminate()
        running.wait(10)


def test_a_real_haproxy_tells_which_server_is_lost(haproxy: int) -> None:
    def down() -> bool:
        answer = asked("haproxy", haproxy).answer
        return answer is not None and answer.values["servers_down"] == 1

    until(down)
    answer = asked("haproxy", haproxy).answer
    assert answer is not None
    assert (answer.values["servers"], answer.values["backends_down"]) == (2, 0)
    troubles = {part.name: part.trouble for part in answer.parts or ()}
    assert troubles == {"web/one": "", "web/two": "backend_down"}


def test_a_lost_server_is_an_alarm_and_shipped_limits_see_the_last_one(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    now, room = clock.now(), open_equipment.room.platforms
    one = check(target(camera(cast, "负载均衡")), "haproxy", open_equipment.ports["haproxy"])
    room.servers = [("web1", "DOWN"), ("web2", "UP"), ("web3", "MAINT")]
    ask_now(now)
    assert open_alarms() == [("backend_down", "portal/web1")]
    room.servers = [("web1", "DOWN 1/2"), ("web2", "DOWN")]
    ask_now(now + timedelta(minutes=1))
    assert {kind for kind, _key in open_alarms()} == {"backend_down", "limit_passed"}
    gone = one.measures.get(code="backends_down")
    assert (gone.value, gone.critical, gone.breach) == (1, 0, 2)
    room.servers = [("web1", "UP")]
    ask_now(now + timedelta(minutes=2))
    assert open_alarms() == []  # the other was taken out of the configuration


def test_nginx_and_hadoop_tell_figures(open_equipment: OpenRoom) -> None:
    first = asked("nginx", open_equipment.ports["nginx"]).answer
    assert first is not None
    assert (first.values["connections"], "requests_s" in first.values) == (3, False)
    second = asked("nginx", open_equipment.ports["nginx"], memo=first.memo).answer
    assert second is not None
    assert second.values["requests_s"] > 0
    assert second.values["dropped"] == 0
    open_equipment.room.platforms.nodes_lost = 1
    port = open_equipment.ports["hadoop"]
    yarn, hdfs = asked("hadoop", port).answer, asked("hadoop", port, settings={"path": "/jmx"})
    assert yarn is not None
    assert hdfs.answer is not None
    assert (yarn.values["nodes_lost"], yarn.values["used_percent"]) == (1, 25)
    assert (hdfs.answer.values["safe_mode"], hdfs.answer.values["used_percent"]) == (0, 25)


def test_events_are_kept_once_and_grave_ones_are_one_alarm(
    cast: Cast, open_equipment: OpenRoom, client: Client
) -> None:
    now = clock.now().replace(microsecond=0)
    room = open_equipment.room.platforms
    host = target(camera(cast, "虚拟机宿主"), kind="host")
    check(host, "xen", open_equipment.ports["xen"], secret=NAMED)
    room.events = [(str(n), now - timedelta(minutes=9 - n), f"宿主告警{n}", n > 1)
                   for n in range(4)]  # fmt: skip
    for minutes in (0, 1):
        ask_now(now + timedelta(minutes=minutes))
    assert TargetEvent.objects.count() == 4
    alarm = Alarm.objects.get(kind="machine_event")
    assert (alarm.count, alarm.sentence) == (2, "VM_CRASHED 宿主告警3")
    client.force_login(person("event-watcher", "watcher", cast.east_works))
    page = client.get(f"/monitoring/targets/{host.pk}/").content.decode()
    assert page.count("宿主告警") >= 4
    listed = client.get(f"/monitoring/targets/{host.pk}/events/?grave=yes").content.decode()
    assert ("宿主告警3" in listed, "宿主告警0" in listed) == (True, False)
    sheet = client.get(f"/monitoring/targets/{host.pk}/events/export/")
    assert sheet.status_code == 200
    assert AuditEntry.objects.get(action="target_events.exported").data["count"] == 4
    client.force_login(person("event-neighbour", "watcher", cast.west_works))
    for end in ("", "export/"):
        away = client.get(f"/monitoring/targets/{host.pk}/events/{end}")
        assert away.status_code == 404
    ask_now(now + timedelta(hours=25))
    alarm.refresh_from_db()
    assert alarm.state == "recovered"


def test_a_new_check_begins_with_shipped_figures_and_refuses_what_is_not_its_own(
    cast: Cast,
) -> None:
    thing: Asset = camera(cast, "集群")
    one = check(target(thing), "hadoop", 8088)
    limits = dict(one.measures.values_list("code", "critical"))
    assert limits["blocks_missing"] == 0
    with pytest.raises(InvalidInput) as refused:
        measure(one, "servers_down")
    assert refused.value.field == "code"
    with pytest.raises(InvalidInput) as refused:
        check(one.target, "xen", 3306)
    assert refused.value.field == "port"
