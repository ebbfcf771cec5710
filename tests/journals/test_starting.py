"""``bin/run`` hears syslog where it is asked to. OP-07."""

import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def test_bin_run_starts_the_listener_only_when_wanted(serve: Any) -> None:
    assert "syslog" not in [c.name for c in serve.children_of({}, "127.0.0.1", 1, 2)]
    wanted = {
        "CITYBRAIN_SYSLOG": "1", "CITYBRAIN_SYSLOG_BIND": "127.0.0.1",
        "CITYBRAIN_SYSLOG_PORT": "5599",
    }  # fmt: skip
    child = serve.children_of(wanted, "127.0.0.1", 1, 2)[-1]
    assert child.name == "syslog"
    told = ["log_listener", "--udp", "5599", "--tcp", "5599", "--bind", "127.0.0.1"]
    assert child.command[-7:] == told


def test_a_port_for_syslog_that_cannot_be_had_is_said(serve: Any) -> None:
    here = {"CITYBRAIN_SYSLOG_BIND": "127.0.0.1"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit, match="set CITYBRAIN_SYSLOG_PORT"):
            serve.choose_syslog_port(here | {"CITYBRAIN_SYSLOG_PORT": port})
    with pytest.raises(SystemExit, match="is no port: 99999"):
        serve.choose_syslog_port(here | {"CITYBRAIN_SYSLOG_PORT": "99999"})
    assert int(serve.choose_syslog_port(here)["CITYBRAIN_SYSLOG_PORT"]) >= 5514
