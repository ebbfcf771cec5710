"""What comes next in a joint business, and which plans are refused."""

import copy
from typing import Any

import pytest

from apps.guides import joining
from apps.guides.enums import PartState
from tests.guides.factories import read

BODY = read("plans")["joint"][0]["body"]
MATTERS = {m["code"]: m["body"] for m in read("matters")["matters"]}
W, OP, A, R, S = (
    PartState.WAITING,
    PartState.OPEN,
    PartState.APPROVED,
    PartState.REFUSED,
    PartState.SKIPPED,
)


def three(*states: PartState) -> dict[str, PartState]:
    return dict(zip(("certificate", "household", "insurance"), states, strict=True))


@pytest.mark.parametrize(
    ("states", "opened", "skipped", "verdict"),
    [
        ((W, W, W), ("certificate",), (), ""),
        ((OP, W, W), (), (), ""),
        ((A, W, W), ("household", "insurance"), (), ""),
        ((A, A, OP), (), (), ""),
        ((A, A, A), (), (), "done"),
        ((A, R, A), (), (), "partly"),
        ((R, W, W), (), ("household", "insurance"), "refused"),
        ((R, S, S), (), (), "refused"),
    ],
)
def test_plan(states: Any, opened: tuple[str, ...], skipped: tuple[str, ...], verdict: str) -> None:
    found = joining.plan(BODY, three(*states))
    assert (found.to_open, found.to_skip, found.verdict) == (opened, skipped, verdict)


@pytest.mark.parametrize(
    ("join", "states", "verdict"),
    [
        ({"policy": "any"}, (A, R, R), "done"),
        ({"policy": "main", "main": "household"}, (A, R, A), "partly"),
        ({"policy": "main", "main": "household"}, (A, A, R), "done"),
        ({"policy": "quorum", "quorum": 2}, (A, A, R), "done"),
        ({"policy": "quorum", "quorum": 3}, (A, A, R), "partly"),
    ],
)
def test_verdict_by_policy(join: dict[str, Any], states: Any, verdict: str) -> None:
    assert joining.plan(BODY | {"join": join}, three(*states)).verdict == verdict


def test_shipped_plan_is_sound() -> None:
    assert joining.check(BODY, matters=MATTERS) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b["items"][0].update(after=["insurance"]), "成环"),
        (lambda b: b["items"][0].update(after=["nothing"]), "不存在"),
        (lambda b: b["items"][0]["form_map"].pop("mother_id"), "没有来源"),
        (lambda b: b["items"][0]["form_map"].update(baby_name="lost"), "不成立"),
        (lambda b: b["items"][0]["form_map"].update(baby_name="born_on"), "类型不同"),
        (lambda b: b["items"][1]["materials_map"].pop("household_book"), "必需材料"),
        (lambda b: b["items"][1]["materials_map"].update(household_book="x"), "不成立"),
        (lambda b: b["items"][1].update(matter="service.none"), "未发布"),
        (lambda b: b.update(matter="onething.none"), "未发布"),
        (lambda b: b.update(join={"policy": "main", "main": "x"}), "主办分项"),
        (lambda b: b.update(join={"policy": "main"}), "还没有选定主办分项"),
        (lambda b: b.update(items=[]), "还没有分项"),
        (lambda b: b["items"][0].update(fixed={"x": 1}), "已不在事项的表单中"),
        (lambda b: b["items"][2]["only_if"].update(field="x"), "已不在共用表单中"),
        (lambda b: b.update(join={"policy": "quorum", "quorum": 9}), "法定数"),
        (lambda b: b["items"][1].update(code="certificate"), "重复"),
        (lambda b: b.update(extra=1), "extra"),
    ],
)
def test_faulty_plans_are_told(change: Any, words: str) -> None:
    body = copy.deepcopy(BODY)
    change(body)
    assert any(words in problem for problem in joining.check(body, matters=MATTERS))
