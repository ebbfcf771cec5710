"""Two clients of the wild, call by call, and every answer letter by letter. Source: GW-08.

A transcript holds what a client sends and what it must be told, with ``{token}``, ``{number}``,
``{key}``, ``{id}`` and ``{changed}`` where every run has others. ``three`` cannot be imported on
Python 3 any more and FixMyStreet is a whole town of Perl: their calls stand in for them.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.matters.models import Case, CaseEvent
from tests.cast import Cast
from tests.georeport.factories import KEY, SECRET, lamp, manhole, open_client

TRANSCRIPTS = Path(__file__).parent / "transcripts"
MOMENT = datetime(2027, 1, 12, 2, 5, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\b\d{8}-\d{7}\b")
_CHANGED = re.compile(r'(?<="changeset": ")[^"]+')
_ID = re.compile(r"(?<=<update_id>)\d+(?=</update_id>)")


def told(step: dict[str, Any], known: dict[str, str]) -> str:
    """Will make the call of a step and give its answer, what changes from run to run named."""
    path, body = (_filled(step.get(name, ""), known) for name in ("path", "body"))
    answer = Client().generic(step["method"], path, body, content_type=FORM)
    text = answer.content.decode()
    for name, found in (("token", _TOKEN.search(text)), ("number", _NUMBER.search(text))):
        if found is not None:
            known[name] = found[0]
    for name in ("token", "number"):
        text = text.replace(known.get(name, "\0"), f"{{{name}}}")
    text = _CHANGED.sub("{changed}", _ID.sub("{id}", text))
    return f"{answer.status_code} {answer['Content-Type']}\n{text}"


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("name", ["three", "fixmystreet"])
def test_a_client_of_the_wild_is_told_what_it_understands(cast: Cast, live: str, name: str) -> None:
    transcript = json.loads((TRANSCRIPTS / f"{name}.json").read_text("utf-8"))
    known = {"key": f"{KEY}.{SECRET}"}
    with clock.at(MOMENT):
        lamp(cast)
        manhole(cast)
        open_client(cast)
        for step in transcript["steps"]:
            assert told(step, known) == step["answer"], step["call"]
    case = Case.objects.get(number=known["number"])
    assert (case.channel, case.class_code) == ("api", "road.manhole")
    noted = CaseEvent.objects.filter(case=case, action="outside_result").count()
    assert noted == (name == "fixmystreet")
