"""A definition that could trap a case is never published."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from apps.matters.actions import known_actions
from apps.matters.definition import check, parse

PROFILES = Path(__file__).parents[2] / "fixtures" / "profiles"


def body(profile: str = "shandong") -> dict[str, Any]:
    return json.loads((PROFILES / f"{profile}.json").read_text(encoding="utf-8"))["matter"]


def problems(changed: dict[str, Any]) -> list[str]:
    return check(changed, known_actions=known_actions())


@pytest.mark.parametrize("profile", ["shandong", "beijing"])
def test_the_profiles_we_ship_may_be_published(profile: str) -> None:
    assert problems(body(profile)) == []


#: Verbs of joint business (test_splits, test_calls), of applications (apps/guides), of the grid.
ELSEWHERE = {
    "split",
    "call_matter",
    "auto_dispatch",
    "decide",
    "approve_instantly",
    "conclude",
    "hand_out",
    "verify",
    "withdraw",
    "reassign",
}


def test_every_action_of_the_library_is_used_by_the_hotline_or_elsewhere() -> None:
    assert {a["code"] for a in body()["actions"]} | ELSEWHERE == known_actions()


def test_a_state_nobody_can_reach_is_refused() -> None:
    changed = body()
    changed["states"].append({"code": "island", "label": "孤岛", "category": "running"})
    assert any("孤岛" in p and "无法到达" in p for p in problems(changed))


def test_a_state_without_a_way_to_the_end_is_refused() -> None:
    changed = body()
    changed["states"].append({"code": "pit", "label": "死胡同", "category": "running"})
    next(a for a in changed["actions"] if a["code"] == "remark")["outcomes"] = {"fell": "pit"}
    assert any("死胡同" in p and "无法到达结束" in p for p in problems(changed))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("actions", 0, "code"), "fly"),
        (("actions", 0, "to"), "nowhere"),
        (("actions", 0, "who"), ["nobody"]),
        (("clocks", 0, "starts"), ["nothing"]),
        (("states", 0, "category"), "dreaming"),
        (("clocks", 0, "limit"), {"amount": -1, "unit": "working_days"}),
    ],
)
def test_names_and_values_that_mean_nothing_are_refused(path: tuple, value: Any) -> None:
    changed = copy.deepcopy(body())
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert problems(changed)


def test_something_that_is_no_definition_at_all_is_refused() -> None:
    assert problems({"title": "x"})
    assert check([], known_actions=known_actions())


def test_parsing_finds_the_first_state_and_the_actions_from_it() -> None:
    definition = parse(body())
    assert definition.initial == "registered"
    offered = {a.code for a in definition.actions_from("registered")}
    assert {"accept", "answer", "ask_to_complete", "reject"} <= offered
    assert "sign" not in offered
