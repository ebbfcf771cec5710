"""The protocols against stations that answer, and against those that do not. Source: IO-09."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.demo import simulators
from apps.demo.simulators import Stage, registers_of
from apps.polling.adapters.http import value_at
from apps.polling.adapters.modbus import decode, spans_of, words_of
from apps.polling.asking import Session, ask_all
from apps.polling.values import value_of
from apps.polling.wire import Asked, Endpoint, Line, Outcome, Problem
from tests.polling import stations

#: A busy machine draws slowly; that says nothing of the property.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulators.stage() as made:
        yield made


def ask(
    protocol: str, port: int, *lines: Line, address: str = "", seconds: float = 8, **more: Any
) -> Outcome:
    endpoint = Endpoint(protocol, "127.0.0.1", port, 1, **more)
    session = Session(endpoint, (Asked(1, "N-1", address, lines),))
    [[outcome]] = ask_all([session], seconds=seconds)
    return outcome


def modbus(field: str, address: int, data_type: str = "uint16", **more: Any) -> Line:
    return Line(field, str(address), "number", data_type=data_type, **more)


def test_registers_are_read_with_their_type_and_order(stage: Stage) -> None:
    low_first = list(reversed(registers_of("f", 21.5)))
    registers = [65535, *registers_of("f", 21.5), *low_first, *registers_of("d", -1.25), 0, 1]
    port = stage.run(simulators.serve_modbus({3: registers}))
    lines = (
        modbus("signed", 0, "int16"),
        modbus("plain", 0),
        modbus("high", 1, "float32"),
        modbus("low", 3, "float32", byte_order="CDAB"),
        modbus("wide", 5, "float64", table="input"),
        Line("on", "10", "boolean", table="coil"),
        Line("off", "9", "boolean", table="discrete"),
    )
    outcome = ask("modbus", port, *lines, address="3")
    assert outcome.error == ""
    assert outcome.raw == {
        "signed": -1, "plain": 65535, "high": 21.5, "low": 21.5, "wide": -1.25, "on": True,
        "off": False,
    }  # fmt: skip


def test_a_register_that_is_not_there_spoils_only_its_line(stage: Stage) -> None:
    port = stage.run(simulators.serve_modbus({1: [7, 8]}))
    outcome = ask("modbus", port, modbus("a", 0), modbus("b", 40), address="1")
    assert (outcome.error, outcome.raw["a"]) == ("", 7)
    assert isinstance(outcome.raw["b"], Problem)
    alone = ask("modbus", port, modbus("b", 40), address="1")
    assert (alone.has_answered, alone.error) == (True, "没有该寄存器")


def test_a_unit_that_is_silent_is_an_unanswered_poll(stage: Stage) -> None:
    port = stage.run(simulators.serve_modbus({1: [7]}))
    outcome = ask("modbus", port, modbus("a", 0), address="9")
    assert (outcome.has_answered, outcome.raw) == (False, {})
    assert outcome.error


@patient
@given(
    number=st.floats(width=32, allow_nan=False),
    order=st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
)
def test_every_order_is_read_back(number: float, order: str) -> None:
    a, b = (register.to_bytes(2, "big") for register in registers_of("f", number))
    written = a + b
    shuffled = bytes(written["ABCD".index(letter)] for letter in order)
    registers = [int.from_bytes(shuffled[:2], "big"), int.from_bytes(shuffled[2:], "big")]
    assert decode(modbus("x", 0, "float32", byte_order=order), registers) == number


@patient
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(["uint16", "float32", "float64"])),
        min_size=1,
        max_size=40,
    )
)
def test_requests_cover_every_line_and_stay_within_125_registers(
    places: list[tuple[int, str]],
) -> None:
    lines = [modbus(str(n), address, kind) for n, (address, kind) in enumerate(places)]
    groups = list(spans_of(lines))
    assert sorted(line.field for group in groups for line in group) == sorted(
        line.field for line in lines
    )
    for group in groups:
        first = int(group[0].address)
        assert max(int(line.address) + words_of(line) for line in group) - first <= 125


@pytest.mark.parametrize(
    ("version", "secret"),
    [
        ("2c", {"community": "public"}),
        ("3", {"user": "city", "auth": "SHA", "auth_key": "authkey12", "priv_key": "privkey12"}),
    ],
)
def test_objects_are_read_by_both_versions(
    stage: Stage, version: str, secret: dict[str, str]
) -> None:
    user = ("city", "authkey12", "privkey12")
    port = stage.run(simulators.serve_snmp({1: 234, 2: "23.5"}, user=user))
    base = "1.3.6.1.4.1.59999"
    lines = (
        Line("t", f"{base}.1.0", "number", scale=0.1),
        Line("text", f"{base}.2.0", "number"),
        Line("none", f"{base}.9.0", "number"),
    )
    outcome = ask("snmp", port, *lines, snmp_version=version, secret=secret)
    assert (outcome.error, outcome.raw["t"], outcome.raw["text"]) == ("", 234, "23.5")
    assert value_of(lines[0], outcome.raw["t"]) == 23.4
    assert value_of(lines[1], outcome.raw["text"]) == 23.5
    assert isinstance(outcome.raw["none"], Problem)


def test_a_wrong_community_is_silence(stage: Stage) -> None:
    port = stage.run(simulators.serve_snmp({1: 1}))
    outcome = ask(
        "snmp", port, Line("t", "1.3.6.1.4.1.59999.1.0", "number"), secret={"community": "x"}
    )
    assert not outcome.has_answered
    assert "没有有效应答" in outcome.error


def test_a_document_is_read_by_path(stage: Stage) -> None:
    answers = {"/now?id=3": {"data": [{"t": 21.5, "on": True}], "none": None}}
    port = stage.run(simulators.serve_http(answers))
    lines = (
        Line("t", "data.0.t", "number"),
        Line("on", "data.0.on", "boolean"),
        Line("none", "none", "number"),
        Line("list", "data", "number"),
    )
    outcome = ask("http", port, *lines, address="/now?id=3")
    assert outcome.raw | {"list": ""} == {"t": 21.5, "on": True, "none": None, "list": ""}
    assert isinstance(outcome.raw["list"], Problem)
    assert ask("http", port, *lines, address="/gone").error == "HTTP 404"


@pytest.mark.parametrize("protocol", ["modbus", "http"])
@pytest.mark.parametrize("how", ["hang", "close", "babble", "trickle"])
def test_a_station_that_misbehaves_costs_bounded_time(
    stage: Stage, protocol: str, how: str
) -> None:
    port = stage.run(stations.serve(getattr(stations, how)))
    line = Line("t", "0", "number")
    began = time.monotonic()
    outcome = ask(protocol, port, line, address="1" if protocol == "modbus" else "/")
    assert time.monotonic() - began < 5
    assert (outcome.has_answered, bool(outcome.error)) == (False, True)


def test_a_redirect_is_not_followed(stage: Stage) -> None:
    port = stage.run(stations.serve(stations.redirect))
    assert ask("http", port, Line("t", "t", "number"), address="/").error == "HTTP 302"


@pytest.mark.parametrize("protocol", ["modbus", "http", "snmp"])
def test_nobody_there_is_told_quickly(protocol: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    line = Line("t", "1.3" if protocol == "snmp" else "0", "number")
    outcome = ask(protocol, port, line, address="1" if protocol == "modbus" else "/")
    assert time.monotonic() - began < 4
    assert outcome.error


def test_one_that_hangs_holds_up_no_other(stage: Stage) -> None:
    bad = stage.run(stations.serve(stations.hang))
    good = stage.run(simulators.serve_modbus({1: [7]}))
    asked = (Asked(1, "N-1", "1", (modbus("a", 0),)),)
    sessions = [Session(Endpoint("modbus", "127.0.0.1", p, 1), asked) for p in [bad] * 20 + [good]]
    began = time.monotonic()
    found = ask_all(sessions, seconds=8)
    assert time.monotonic() - began < 6
    assert [outcomes[0].has_answered for outcomes in found] == [False] * 20 + [True]


def test_the_session_ends_at_its_deadline_and_keeps_what_it_has(stage: Stage) -> None:
    slow = lambda unit: time.sleep(unit == 9)  # noqa: E731
    port = stage.run(simulators.serve_modbus({1: [7], 9: [8]}, on_read=slow))
    line = modbus("a", 0)
    devices = [Asked(1, "N-1", "1", (line,))] + [Asked(n, "N", "9", (line,)) for n in range(2, 9)]
    began = time.monotonic()
    [outcomes] = ask_all(
        [Session(Endpoint("modbus", "127.0.0.1", port, 1), tuple(devices))], seconds=2.5
    )
    assert time.monotonic() - began < 4
    assert outcomes[0].raw == {"a": 7}
    assert len(outcomes) < len(devices)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("number", 234, 23.4),
        ("number", "abc", None),
        ("number", 10**400, None),
        ("boolean", 2, True),
        ("boolean", "off", False),
        ("boolean", "maybe", None),
        ("category", 3, "3"),
        ("category", 3.0, "3"),
    ],
)
def test_raw_values_become_what_the_field_is(kind: str, raw: Any, value: Any) -> None:
    found = value_of(Line("x", "0", kind, scale=0.1), raw)
    assert (None if isinstance(found, Problem) else found) == value


@patient
@given(
    st.recursive(st.none() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)),
    st.text(),
)
def test_no_path_breaks_the_reader(document: Any, path: str) -> None:
    found = value_at(document, path)
    assert not isinstance(found, dict | list)
