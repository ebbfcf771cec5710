"""The contract of every platform of machines, against simulators. Source: OP-05, OP-06."""

from typing import Any

import pytest

from apps.demo.equipment import VCENTER_PASSWORD, VCENTER_USER
from apps.demo.simulators import stage
from apps.monitoring.asking import ask_all
from apps.monitoring.probes import Outcome, Question
from tests.monitoring.conftest import OpenRoom
from tests.polling.factories import free_port
from tests.polling.stations import babble, serve

SECRETS = {"vcenter": {"user": VCENTER_USER, "password": VCENTER_PASSWORD}, "docker": {}}
KINDS = sorted(SECRETS)


def asked(kind: str, port: int, **given: Any) -> Outcome:
    plain: dict[str, Any] = {"timeout_s": 1, "secret": SECRETS[kind]}
    [outcome] = ask_all([Question(1, kind, "127.0.0.1", port, **plain | given)])
    return outcome


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_counts_what_runs(open_equipment: OpenRoom, kind: str) -> None:
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    counted = {code: answer.values[code] for code in ("total", "running", "stopped")}
    assert counted == {"total": 3, "running": 2, "stopped": 1}
    open_equipment.room.machines = [("a", False)]
    answer = asked(kind, open_equipment.ports[kind]).answer
    assert answer is not None
    assert answer.values["running"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_that_is_gone_or_babbles_is_silent(kind: str) -> None:
    with stage() as running:
        for port in (free_port(), running.run(serve(babble))):
            outcome = asked(kind, port)
            assert outcome.answer is None
            assert outcome.problem


def test_allotted_processors_and_memory_are_those_of_running_machines(
    open_equipment: OpenRoom,
) -> None:
    answer = asked("vcenter", open_equipment.ports["vcenter"]).answer
    assert answer is not None
    assert (answer.values["cpus"], answer.values["memory_gb"]) == (8, 16)


def test_a_session_is_never_left_open_and_a_wrong_password_is_told(
    open_equipment: OpenRoom,
) -> None:
    port = open_equipment.ports["vcenter"]
    asked("vcenter", port)
    assert open_equipment.room.sessions == 0
    wrong = asked("vcenter", port, secret={"user": "monitor", "password": "nope"})
    assert "口令" in wrong.problem
