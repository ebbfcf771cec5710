"""Syslog as it comes over the wire: datagrams, frames, rubbish (OP-07)."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command

from apps.journals import listening
from apps.journals.enums import Origin
from apps.journals.listening import Listener
from apps.journals.models import Line
from apps.journals.services import take_lines
from tests.cast import Cast

WIRE = "<131>1 2026-11-22T04:00:00Z fw-01 sshd 8 - - "


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def heard(send: object, monkeypatch: pytest.MonkeyPatch, *, until: int) -> list[bytes]:
    """Will give what a listener handed on of what was sent to it."""
    monkeypatch.setattr(listening, "PAUSE_S", 0.05)
    got: list[bytes] = []
    port = free_port()

    def take(_address: str, lines: Sequence[bytes]) -> None:
        got.extend(lines)

    async def play() -> None:
        work = asyncio.ensure_future(Listener(take).serve("127.0.0.1", port, port))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(send, port)  # type: ignore[arg-type]
        for _turn in range(60):
            if len(got) >= until:
                break
            await asyncio.sleep(0.05)
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    asyncio.run(play())
    return got


def test_datagrams_and_both_framings_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"<13>1 - - - - - - udp", ("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(b"21 <13>1 - - - - - - two22 <13>1 - - - - - - a\nb ")
            one.sendall(b"<13>1 - - - - - - line\r\n")

    got = heard(send, monkeypatch, until=4)
    assert sorted(line.rsplit(b" - ", 1)[1] for line in got) == [b"a\nb ", b"line", b"two", b"udp"]


def test_rubbish_and_the_endless_are_cut_off_and_the_next_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def send(port: int) -> None:
        for bad in (b"9999999 ", b"12x", b"<" + b"y" * 40_000, b"70000 " + b"z" * 9):
            with socket.create_connection(("127.0.0.1", port)) as one, suppress(OSError):
                one.sendall(bad)
                one.settimeout(2)
                assert one.recv(1) == b""  # they hang up, not we
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(b"<13>good\n")

    assert heard(send, monkeypatch, until=1) == [b"<13>good"]


def test_strangers_are_not_heard(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.DEVICE_NETWORKS = ["10.0.0.0/8"]

    def send(port: int) -> None:
        call_command("simulate_logs", port=port, count=5, verbosity=0)
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.settimeout(2)
            assert one.recv(1) == b""

    assert heard(send, monkeypatch, until=1) == []


def test_what_the_simulator_sends_is_kept_under_its_hosts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = heard(
        lambda port: call_command("simulate_logs", port=port, count=40, tcp=True),
        monkeypatch, until=40,
    )  # fmt: skip
    taken = take_lines(got, origin=Origin.SYSLOG, host="127.0.0.1")
    assert (taken.kept, taken.refused) == (40, ())
    found = set(Line.objects.values_list("program", "level").distinct())
    assert {("sshd", 4), ("ifmgr", 3)} <= found
