"""What may not be published is told in a sentence, and what is hostile is never kept."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.matters.actions import known_actions
from apps.matters.definition import accept, check
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType, MatterVersion
from apps.matters.selectors import services_of
from apps.matters.selectors.readiness import problems_of
from tests.cast import Cast
from tests.matters.studio import factories as make

INSTANTLY = {
    "code": "approve_instantly", "label": "自动办结", "from": ["found"], "to": "done",
    "who": ["desk"],
}  # fmt: skip


def texts(body: Any) -> str:
    return "\n".join(f"{p.part}|{p}" for p in check(body, known_actions=known_actions()))


def ready(body: dict[str, Any], kind: str = "operation") -> str:
    version = MatterVersion(matter_type=make.matter_type(kind=kind), body=body)
    return "\n".join(f"{p.part}|{p}" for p in problems_of(version))


def test_the_small_matter_may_be_published(cast: Cast) -> None:
    assert ready(make.body()) == ""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("service", ["服务对象", "办理条件", "收费", "承诺时限"]),
        ("supervision", ["监管对象", "执法依据"]),
        ("office", ["输入", "返回的结果"]),
    ],
)
def test_each_kind_has_parts_it_cannot_do_without(
    cast: Cast, kind: str, expected: list[str]
) -> None:
    found = ready(make.body(), kind)
    assert all(word in found for word in expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"actions": [*make.BODY["actions"], INSTANTLY]},
            "actions|动作“自动办结”属于“秒批”，只有政务服务事项可用，请删除它",
        ),
        (
            {"kind_parts": {**make.BODY["kind_parts"], "object_kind": "firm"}},
            "kind_parts|“监管对象”是监管事项的内容，请清空它",
        ),
    ],
)
def test_what_the_kind_does_not_switch_on_is_refused(
    cast: Cast, changes: dict[str, Any], expected: str
) -> None:
    """MT-02: one table says which services, actions and parts a kind has."""
    assert ready(make.body(**changes)) == expected


def test_only_office_matters_are_called(cast: Cast) -> None:
    """MT-22 is a service of one kind."""
    make.published(cast)
    call = {
        "code": "ask", "label": "请示", "matter": "hotline.demand", "from": ["sent"],
        "join": {"to": "waiting"},
    }  # fmt: skip
    action = {"code": "call_matter", "from": ["sent"], "who": ["sender"]}
    body = make.body(calls=[call], actions=[*make.BODY["actions"], action])
    assert "“民生诉求”是城市运行事项，只有协同办公事项可以被调用" in ready_again(body)


def test_each_kind_has_its_own_services(cast: Cast, client: Client) -> None:
    told = {
        kind: [str(one.label) for one in services_of(MatterType(kind=kind))] for kind in MatterKind
    }
    assert told == {
        "service": ["办事指南", "情形引导", "一件事", "秒批"],
        "supervision": ["监管对象", "双随机"],
        "operation": ["智能发现"],
        "office": ["事项调用"],
    }
    client.force_login(cast.author)
    assert "智能发现" in client.get("/matters/types/hotline.demand/").content.decode()
    version = make.draft(cast.author)
    page = client.get(
        f"/matters/types/city.digging/{version.number}/rows/actions/new/"
    ).content.decode()
    assert "action=merge" in page
    assert "action=approve_instantly" not in page


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"basic": {"promise": "很快"}}, "basic|承诺时限"),
        (
            {"materials_in": [{"code": "id", "label": "身份证", "source": "shared"}]},
            "materials_in|材料“身份证”由数据共享获取",
        ),
        (
            {
                "materials_in": [
                    {"code": "a", "label": "照片", "source": "citizen", "form_field": "photo"}
                ]
            },
            "materials_in|材料“照片”引用的表单字段“photo”不存在",
        ),
        ({"form": {"fields": [{"name": "x", "type": "colour"}]}}, "form|"),
        ({"actors": {}}, "actions|动作“accept”的执行人“desk”未定义"),
        ({"title": ""}, "basic|对外名称：不能为空"),
        ({"states": [{"code": "one", "label": "一"}]}, "states|"),
        ({"kind_parts": {"sources": ["moon"]}}, "kind_parts|问题来源“moon”"),
    ],
)
def test_each_problem_names_its_part(changes: dict[str, Any], expected: str) -> None:
    assert expected in texts(make.body(**changes))


def test_an_actor_nobody_can_be_is_told(cast: Cast) -> None:
    body = make.body()
    body["actors"]["desk"]["permission"] = "matters.fly"
    body["actors"]["unit"]["permission"] = "gateway.manage_clients"
    found = ready(body)
    assert "权限“matters.fly”不存在" in found
    assert "执行人“unit”的权限还没有授给任何角色" in found


def test_a_table_must_be_published_and_speak_the_right_outputs(cast: Cast) -> None:
    assert "没有生效的版本" in ready(make.body(tables={"dispatch": "nowhere"}))
    assert "tables" not in ready_again(make.body(tables={"dispatch": "hotline-dispatch"}))


def ready_again(body: dict[str, Any]) -> str:
    version = MatterVersion(matter_type=make.matter_type(code="city.other"), body=body)
    return "\n".join(f"{p.part}|{p}" for p in problems_of(version))


def test_subscriptions_name_key_states_of_published_matters(cast: Cast) -> None:
    make.published(cast)
    wishes = [
        {"matter": "city.digging", "states": ["done"]},
        {"matter": "city.digging", "states": ["void"]},
        {"matter": "city.nothing", "states": ["done"]},
    ]
    found = ready_again(make.body(subscriptions=wishes))
    assert "没有公布状态“void”" in found
    assert "“city.nothing”没有发布" in found
    assert "“done”" not in found


def deep(levels: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _level in range(levels):
        body = {"form": body}
    return body


STATES = [{"code": f"s{n}", "label": "状态", "category": "running"} for n in range(10_000)]


@pytest.mark.parametrize(
    "body",
    [
        make.body(title="长" * 10_000_000),
        make.body(
            states=[
                {"code": f"s{n}", "label": "状态", "category": "running"} for n in range(10_000)
            ]
        ),
        make.body(form=deep(100_000)),
        make.body(unknown=1),
        make.body(states={"a": 1}),
        make.body(title="断\x00裂"),
        make.body(title="\ud800"),
        make.body(policies={"x": float("nan")}),
        [],
        None,
        "text",
    ],
    ids=str.split("huge states deep unknown shape nul surrogate nan list none text"),
)
def test_hostile_bodies_are_refused_with_a_short_sentence(body: Any) -> None:
    problems = accept(body)
    assert problems
    assert all(len(str(p)) < 200 for p in problems)
    assert check(body, known_actions=known_actions())


def test_an_unfinished_body_is_accepted() -> None:
    assert accept({"title": "", "states": [], "actions": [{"code": "accept"}]}) == []
    assert accept(json.loads("{}")) == []
