"""The contract of every platform of machines, against simulators. Source: OP-05, OP-06."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.demo.room_pages import PASSWORD, USER
from apps.demo.simulators import stage
from apps.monitoring.asking import ask_all
from apps.monitoring.probes import Outcome, Question
from tests.monitoring.conftest import OpenRoom
from tests.polling.factories import free_port
from tests.polling.stations import babble, serve, trickle

NAMED = {"user": USER, "password": PASSWORD}
SECRETS: dict[str, dict[str, str]] = {
    "vcenter": NAMED, "hyperv": NAMED, "xen": NAMED, "docker": {},
}  # fmt: skip
KINDS = sorted(SECRETS)
SIGNED = sorted(kind for kind in KINDS if SECRETS[kind])
BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><methodResponse><params>'
    "<param><value>&c;</value></param></params></methodResponse>"
)


def asked(kind: str, port: int, **given: Any) -> Outcome:
    plain: dict[str, Any] = {"timeout_s": 1, "secret": SECRETS.get(kind, {})}
    [outcome] = ask_all([Question(1, kind, "127.0.0.1", port, **plain | given)])
    return outcome


def says(body: bytes) -> Any:
    """A far end that answers this to whatever it is asked, then again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    return talk


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_counts_what_runs(open_equipment: OpenRoom, kind: str) -> None:
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    counted = {code: answer.values[code] for code in ("total", "running", "stopped", "failed")}
    assert counted == {"total": 3, "running": 2, "stopped": 1, "failed": 0}
    open_equipment.room.platforms.machines = [("a", False)]
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    assert answer.values["running"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_that_is_gone_or_hostile_is_silent_in_time(kind: str) -> None:
    with stage() as running:
        ports = [free_port()]
        ports += [
            running.run(serve(talk))
            for talk in (babble, trickle, says(BOMB.encode()), says(b"[" * 10_000_000),
                         says(b"<a>" * 5000), says(b"<methodResponse/>"), says(b"{}"))
        ]  # fmt: skip
        began = clock.now()
        answers = [asked(kind, port, timeout_s=0.5) for port in ports]
        assert [one.answer for one in answers] == [None] * len(ports)
        assert all(one.problem for one in answers)
        assert clock.now() - began < timedelta(seconds=12)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("vcenter", {"cpus": 8, "memory_gb": 16, "used_gb": 12, "cpu_percent": 30}),
        ("hyperv", {"cpus": 8, "memory_gb": 16, "cpu_percent": 30}),
        ("xen", {"cpus": 8, "memory_gb": 16, "used_gb": 12, "cpu_percent": 30}),
    ],
)
def test_allotment_and_use_are_those_of_running_machines(
    open_equipment: OpenRoom, kind: str, told: dict[str, float]
) -> None:
    # The third comes with the second page where a platform gives pages.
    open_equipment.room.platforms.machines = [("a", True), ("b", False), ("c", True)]
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    found = {code: round(answer.values[code], 3) for code in told}
    assert found == told


@pytest.mark.parametrize("kind", SIGNED)
def test_events_come_once_with_what_is_grave(open_equipment: OpenRoom, kind: str) -> None:
    now = clock.now().replace(microsecond=0)
    events = [("11", now - timedelta(minutes=5), "主机 <a> 断开 & 重连", True)]
    events += [("12", now - timedelta(minutes=2), "虚拟机已启动", False)]
    open_equipment.room.platforms.events = events
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    assert answer.events is not None
    seen = [(event.uid.split("/")[-1], event.at, event.is_grave) for event in answer.events]
    assert seen == [(uid, at, grave) for uid, at, _text, grave in events]
    assert "主机 <a> 断开 & 重连" in answer.events[0].text
    events.append(("13", now - timedelta(minutes=1), "虚拟机已停止", False))
    again = asked(kind, open_equipment.ports[kind], memo=answer.memo).answer
    assert again is not None
    later = [event.uid.split("/")[-1] for event in again.events or ()]
    assert later[-1] == "13"
    assert "11" not in later


@pytest.mark.parametrize("kind", SIGNED)
def test_a_session_is_never_left_open_and_a_wrong_password_is_told(
    open_equipment: OpenRoom, kind: str
) -> None:
    port = open_equipment.ports[kind]
    assert asked(kind, port).answer is not None
    assert open_equipment.room.platforms.sessions == 0
    wrong = asked(kind, port, secret={"user": "monitor", "password": "<nope>"})
    assert "口令" in wrong.problem


def test_without_the_second_interface_machines_are_told_all_the_same(
    open_equipment: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.demo import room_pages

    monkeypatch.setattr(room_pages, "_vim25", lambda _room, _asked: ("gone", 404, ""))
    answer = asked("vcenter", open_equipment.ports["vcenter"]).answer
    assert answer is not None
    assert (answer.values["total"], answer.events, list(answer.missing)) == (
        3, None, ["events", "use"],
    )  # fmt: skip
