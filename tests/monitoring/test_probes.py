"""Every way to ask, against servers that really answer, hang or babble. Source: OP-04."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.demo.equipment import COMMUNITY
from apps.demo.simulators import ENTERPRISE, stage
from apps.monitoring.asking import ask_all
from apps.monitoring.enums import CheckKind
from apps.monitoring.probes import Outcome, Question, Silent, icmp, metrics, onvif, sql
from apps.monitoring.probes.wire import Answer
from tests.monitoring.conftest import OpenRoom
from tests.polling.factories import free_port
from tests.polling.stations import babble, close, hang, redirect, serve, trickle

BASE = ".".join(str(part) for part in ENTERPRISE)


def asked(kind: str, port: int, **given: Any) -> Outcome:
    plain: dict[str, Any] = {"timeout_s": 1}
    [outcome] = ask_all([Question(1, kind, "127.0.0.1", port, **plain | given)])
    return outcome


def test_a_room_in_order_answers_every_question(open_equipment: OpenRoom) -> None:
    ports = open_equipment.ports
    told = {
        "tcp": asked("tcp", ports["tcp"]),
        "web": asked("http", ports["web"], settings={"text": "办事大厅"}),
        "tls": asked("tls", ports["tls"]),
        "ntp": asked("ntp", ports["ntp"]),
        "onvif": asked("onvif", ports["onvif"]),
        "snmp": asked(
            "snmp",
            ports["snmp"],
            secret={"community": COMMUNITY},
            wants={"cpu": f"{BASE}.1.0", "none": f"{BASE}.9.0"},
        ),
        "metrics": asked(
            "metrics", ports["metrics"], wants={"load": "node_load1", "mem": "@memory"}
        ),
    }
    assert {name: one.problem for name, one in told.items()} == dict.fromkeys(told, "")
    found = {name: one.answer.values for name, one in told.items() if one.answer}
    assert found["web"]["status"] == 200
    assert found["tls"]["days_left"] == pytest.approx(20, abs=0.1)
    assert abs(found["ntp"]["offset_ms"]) < 500
    assert found["snmp"] == {"cpu": 35}
    assert told["snmp"].answer is not None
    assert set(told["snmp"].answer.missing) == {"none"}
    assert found["metrics"] == {"load": 0.42, "mem": pytest.approx(40)}


def test_a_wrong_clock_is_told_as_a_figure(open_equipment: OpenRoom) -> None:
    open_equipment.room.skew_s = 300
    for kind in ("ntp", "onvif"):
        answer = asked(kind, open_equipment.ports[kind]).answer
        assert answer is not None
        assert answer.skew_s == pytest.approx(300, abs=1.5)


def test_a_page_with_the_wrong_status_or_text_is_a_failure(open_equipment: OpenRoom) -> None:
    port = open_equipment.ports["web"]
    assert "文字" in asked("http", port, settings={"text": "停机"}).problem
    open_equipment.room.status = 503
    assert asked("http", port).problem == "HTTP 503"
    assert asked("http", port, settings={"status": 503}).answer is not None


@pytest.mark.parametrize("kind", [k.value for k in CheckKind if k != CheckKind.ICMP])
def test_nobody_there_is_a_failure_in_words(kind: str) -> None:
    outcome = asked(kind, free_port())
    assert outcome.answer is None
    assert outcome.problem
    assert not outcome.hindrance


@pytest.mark.parametrize("talk", [hang, close, babble, trickle, redirect])
def test_whatever_a_server_does_every_question_ends(talk: Any) -> None:
    kinds = ["http", "metrics", "onvif", "sql", "tls"]
    with stage() as running:
        port = running.run(serve(talk))
        began = datetime.now(UTC)
        outcomes = ask_all([Question(1, kind, "127.0.0.1", port, 1) for kind in kinds])
    assert datetime.now(UTC) - began < timedelta(seconds=4)
    # A redirect is an answer a web check may take; nothing else of this is an answer.
    answered = {one.question.kind for one in outcomes if one.answer is not None}
    assert answered == ({"http"} if talk is redirect else set())


def test_many_dead_ones_cost_one_time_out_not_many() -> None:
    with stage() as running:
        port = running.run(serve(hang))
        questions = [Question(n, "metrics", "127.0.0.1", port, 1) for n in range(40)]
        began = datetime.now(UTC)
        outcomes = ask_all(questions, at_once=40)
    assert [one.question.key for one in outcomes] == list(range(40))
    assert datetime.now(UTC) - began < timedelta(seconds=5)


def test_an_address_outside_the_networks_is_our_hindrance(settings: Any) -> None:
    settings.DEVICE_NETWORKS = ["10.0.0.0/8"]
    outcome = asked("tcp", 80)
    assert "网段" in outcome.hindrance
    assert outcome.problem == ""


def test_ping_answers_or_says_that_it_may_not(monkeypatch: Any) -> None:
    outcome = asked("icmp", 0)
    assert (outcome.answer is not None) != bool(outcome.hindrance)

    def refuse(*_given: Any) -> Any:
        raise PermissionError

    monkeypatch.setattr(icmp, "ping_socket", refuse)
    assert "ping" in asked("icmp", 0).hindrance


@pytest.fixture
def database() -> dict[str, Any]:
    """Where the tests' own database answers: an address, or the folder of its socket."""
    given = connection.get_connection_params()
    return {
        "host": given.get("host", "127.0.0.1"),
        "port": int(given.get("port") or 5432),
        "database": given["dbname"],
        "user": given["user"],
    }


@pytest.mark.django_db
def test_a_database_answers_its_own_query_and_is_not_written_to(database: dict[str, Any]) -> None:
    def told(query: str) -> Answer | str:
        question = Question(
            1, "sql", database["host"], database["port"], timeout_s=1,
            settings={"database": database["database"], "query": query},
            secret={"user": database["user"]},
        )  # fmt: skip
        try:
            return asyncio.run(sql.ask(question))
        except Silent as silent:
            return str(silent)

    fine, words = told("select 41 + 1"), told("select 'viel'")
    assert isinstance(fine, Answer)
    assert fine.values["value"] == 42
    assert fine.values["time_ms"] > 0
    assert isinstance(words, Answer)
    assert set(words.missing) == {"value"}
    assert "read-only" in str(
        told("with a as (delete from common_outboxmessage returning 1) select 1")
    )
    assert isinstance(told("select 1; drop table monitoring_target"), str)
    assert "timeout" in str(told("select pg_sleep(5)"))


def test_an_exporter_must_name_one_line_or_say_how_to_join() -> None:
    found = list(metrics.parse('up{job="a"} 1\nup{job="b",note="x\\"}y"} 3\n# HELP up\nrubbish\n'))
    assert metrics.value_at(found, 'up{job="a"}') == 1
    assert metrics.value_at(found, "sum:up") == 4
    assert metrics.value_at(found, "max:up") == 3
    for address in ("up", "down"):
        with pytest.raises(Silent):
            metrics.value_at(found, address)


def test_busy_time_needs_two_readings_and_survives_a_restart() -> None:
    def reading(idle: float, user: float) -> list[metrics.Metric]:
        return [
            metrics.Metric("node_cpu_seconds_total", {"mode": "idle"}, idle),
            metrics.Metric("node_cpu_seconds_total", {"mode": "user"}, user),
        ]

    first = metrics.read(reading(100, 20), {"cpu": "@cpu"}, {})
    assert "cpu" in first.missing
    second = metrics.read(reading(110, 110), {"cpu": "@cpu"}, first.memo)
    assert second.values["cpu"] == pytest.approx(90)
    assert "cpu" in metrics.read(reading(1, 1), {"cpu": "@cpu"}, second.memo).missing


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader_of_metrics(text: str) -> None:
    assert all(isinstance(one.value, float) for one in metrics.parse(text))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<t:UTCDateTime xmlns:t="http://www.onvif.org/ver10/schema"/>',
    ],
)
def test_a_camera_that_tells_no_time_is_a_failure(body: bytes) -> None:
    with pytest.raises(Silent):
        onvif.told_time(body)
