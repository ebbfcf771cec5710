"""Lines taken in over HTTP and from our own files: once, bounded, covered (OP-07)."""

import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.common.log_files import DayFileHandler
from apps.journals.enums import Origin
from apps.journals.models import FollowedFile, Host, HourCount, Line
from apps.journals.partitions import LINES
from apps.journals.services import MOST_LINES, follow_files, intake, keep_days, take_lines
from tests.cast import Cast
from tests.journals import factories as make


def push(key: str, body: Any) -> Any:
    headers = {"Authorization": key} if key else {}
    content = body if isinstance(body, str) else json.dumps(body)
    return Client().post(
        "/api/v1/journals/lines/", content, content_type="application/json", headers=headers
    )


def test_a_program_sends_a_batch_twice_and_it_is_kept_once(cast: Cast) -> None:
    at = (clock.now() - timedelta(minutes=3)).isoformat()
    told = {"at": at, "level": "error", "program": "nginx", "text": "上游超时 13812345678"}
    body = {"host": "web-01", "batch": "b1", "lines": [told, told, "plain", 7]}
    key = make.key(cast)
    assert push(key, body).json() == {"kept": 3, "repeated": 0, "refused": [3]}
    again = push(key, body | {"lines": [told, told]})
    assert again.json() == {"kept": 0, "repeated": 2, "refused": []}
    host = Host.objects.get()
    assert (host.name, host.area) == ("web-01", cast.city)
    count = HourCount.objects.get(program="nginx")
    assert (count.count, count.level, count.hour.minute) == (2, 3, 0)
    assert "138****5678" in Line.objects.filter(program="nginx")[0].text


def test_what_may_not_send_or_is_no_batch_is_refused(cast: Cast) -> None:
    body = {"host": "web-01", "lines": ["x"]}
    assert push("", body).status_code == 401
    assert push("Api-Key a.b", body).status_code == 401
    key = make.key(cast)
    assert push(key, {"lines": ["x"]}).json()["errors"][0]["field"] == "host"
    assert push(key, {"host": "h", "lines": ["x"] * (MOST_LINES + 1)}).status_code == 400
    assert push(key, '{"host": "h", "lines": [').status_code == 400
    assert push(key, {"host": "h", "lines": ["x" * 10 * 2**20]}).status_code == 413
    assert push(key, {"host": "h", "lines": [7]}).status_code == 422
    assert not Line.objects.exists()


def test_a_key_for_something_else_sends_no_lines(cast: Cast) -> None:
    answer = push(make.key(cast, "cases.report"), {"host": "h", "lines": ["x"]})
    assert answer.status_code == 403


def test_times_nobody_believes_are_those_of_arrival(cast: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        for days in (-400, 3, -1):
            make.lines("web", f"day {days}", at=now + timedelta(days=days))
    found = dict(Line.objects.values_list("text", "at"))
    assert found["day -400"] == found["day 3"] == now
    assert found["day -1"] == now - timedelta(days=1)


def test_made_up_hosts_do_not_fill_the_register(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_HOSTS", 3)
    for n in range(6):
        make.lines(f"h{n}", "x")
    assert set(Host.objects.values_list("name", flat=True)) == {"h0", "h1", "h2", "others"}
    assert Line.objects.count() == 6


def test_our_own_files_are_followed_without_loss_or_doubling(
    cast: Cast, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOG_FOLDER = str(tmp_path)
    handler = DayFileHandler(str(tmp_path))
    handler.handle(_record("第一行 %s", "甲"))
    try:
        raise ValueError("broken")
    except ValueError:
        handler.handle(_record("第二行", error=True))
    (path,) = tmp_path.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"text": "half a li')
    assert follow_files() == 2
    assert follow_files() == 0
    with path.open("ab") as file:
        file.write(b'ne", "level": "info"}\nrubbish\n')
    with monkeypatch.context() as killing:  # after the lines were kept, before the place was
        killing.setattr(FollowedFile, "save", _die)
        with pytest.raises(KeyboardInterrupt):
            follow_files()
    assert Line.objects.count() == 2
    assert follow_files() == 2
    assert FollowedFile.objects.get().offset == path.stat().st_size
    texts = set(Line.objects.filter(origin=Origin.OWN).values_list("text", flat=True))
    assert {"第一行 甲", "half a line", "rubbish"} <= texts
    assert any("ValueError: broken" in text for text in texts)


def _record(text: str, *args: str, error: bool = False) -> logging.LogRecord:
    """Will give what a logger hands over."""
    cause = sys.exc_info() if error else None
    return logging.LogRecord("apps.test", logging.ERROR, __file__, 1, text, args, cause)


def _die(*_args: Any, **_kwargs: Any) -> None:
    raise KeyboardInterrupt


def test_days_are_dropped_whole_after_six_months(cast: Cast, settings: Any) -> None:
    old = clock.today() - timedelta(days=settings.LOG_KEEP_DAYS + 1)
    LINES.ensure([old, old + timedelta(days=1)])
    assert settings.LOG_KEEP_DAYS >= 183
    assert keep_days() == 1
    assert LINES.ensure([old]) == [old]


def test_more_than_a_batch_is_the_callers_error(cast: Cast) -> None:
    with pytest.raises(ValueError, match="2,000"):
        take_lines(["x"] * (MOST_LINES + 1), origin=Origin.SYSLOG, host="h")
