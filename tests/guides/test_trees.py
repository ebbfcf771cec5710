"""Question trees: every path listed, tested, walked; the faulty ones refused (MT-15)."""

import copy
from typing import Any

import pytest
from django.test import Client

from apps.common.errors import InvalidInput, NotAllowed
from apps.guides import services, trees
from apps.guides.models import QuestionTree
from tests.cast import Cast
from tests.guides.factories import read

TREE = read("plans")["questions"][0]
BODY = TREE["body"]
MATTERS = {m["code"]: m["body"] for m in read("matters")["matters"]}


def test_every_path_is_listed_with_its_answers() -> None:
    found = trees.paths(BODY)
    assert [path.codes for path in found] == ["no.yes", "no.no", "yes.no", "yes.yes"]
    assert found[0].steps[0] == ("拿到出生医学证明了吗？", "还没有")


def test_walking_ends_at_a_leaf() -> None:
    start = trees.walk(BODY, "")
    assert start is not None
    assert start.node is not None
    end = trees.walk(BODY, "yes.no")
    assert end is not None
    assert end.leaf == BODY["leaves"]["household"]
    assert trees.walk(BODY, "yes.maybe") is None
    assert trees.walk(BODY, "yes.no.more") is None


def test_shipped_tree_is_sound() -> None:
    assert trees.check(BODY, matters=MATTERS) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b.update(start="nowhere"), "不存在"),
        (lambda b: b["nodes"]["married"]["choices"][0].update(leaf="x"), "不存在的结论"),
        (
            lambda b: b["nodes"]["married"]["choices"].append(
                {"code": "back", "label": "回", "to": "certificate"}
            ),
            "绕回",
        ),
        (
            lambda b: b["nodes"].update(
                island={
                    "question": "?",
                    "choices": [{"code": "a", "label": "a", "leaf": "together"}],
                }
            ),
            "没有任何选项",
        ),
        (lambda b: b["leaves"].update(lost={"matter": "onething.birth"}), "没有任何选项"),
        (lambda b: b["leaves"]["household"].update(matter="none"), "未发布"),
        (lambda b: b["leaves"]["household"].update(materials=["gold"]), "没有的材料"),
        (lambda b: b["leaves"]["household"].update(preset={"x": 1}), "没有的材料或字段"),
        (lambda b: b["expected"].update({"no.yes": "together"}), "应得到"),
        (lambda b: b["expected"].update({"no": "together"}), "走不到结论"),
        (lambda b: b["nodes"]["married"]["choices"][1].update(code="yes"), "代码重复"),
    ],
)
def test_faulty_trees_are_told(change: Any, words: str) -> None:
    body = copy.deepcopy(BODY)
    change(body)
    assert any(words in problem for problem in trees.check(body, matters=MATTERS))


def test_a_tree_with_too_many_paths_is_refused_quickly() -> None:
    nodes = {
        f"n{i}": {
            "question": f"{i}?",
            "choices": [
                {"code": c, "label": c, **({"to": f"n{i + 1}"} if i < 40 else {"leaf": "end"})}
                for c in ("a", "b", "c")
            ],
        }
        for i in range(41)
    }
    body = {"start": "n0", "nodes": nodes, "leaves": {"end": {"matter": "onething.birth"}}}
    assert "路径超过" in trees.check(body, matters=MATTERS)[-1]


@pytest.mark.django_db
def test_a_second_person_publishes(served: Cast) -> None:
    plan = services.save_plan(
        served.editor, QuestionTree, tenant=served.tenant, code="two", title="二", body=BODY
    )
    with pytest.raises(NotAllowed):
        services.publish_plan(served.editor, QuestionTree, plan_id=plan.pk)
    services.publish_plan(served.issuer, QuestionTree, plan_id=plan.pk)
    broken = copy.deepcopy(BODY)
    broken["start"] = "nowhere"
    draft = services.save_plan(
        served.editor, QuestionTree, tenant=served.tenant, code="two", title="二", body=broken
    )
    assert draft.number == 2
    with pytest.raises(InvalidInput):
        services.publish_plan(served.issuer, QuestionTree, plan_id=draft.pk)
    with pytest.raises(NotAllowed):
        services.save_plan(
            served.issuer, QuestionTree, tenant=served.tenant, code="x", title="x", body=BODY
        )


@pytest.mark.django_db
def test_pages_walk_and_lead_to_the_prefilled_form(served: Cast, client: Client) -> None:
    assert "拿到出生医学证明了吗" in client.get("/guides/ask/newborn/").content.decode()
    end = client.get("/guides/ask/newborn/?path=no.no").content.decode()
    assert "出生一件事" in end
    assert "结婚证" not in end
    assert client.get("/guides/ask/newborn/?path=no.maybe").status_code == 404
    form = client.get("/guides/onething.birth/apply/?guided=newborn:no.no").content.decode()
    assert "结婚证" not in form
    assert 'value="mother" selected' in form


@pytest.mark.django_db
def test_rest_walks_too(served: Cast, client: Client) -> None:
    first = client.get("/api/v1/questions/newborn/").json()
    assert first["choices"][0]["path"] == "no"
    end = client.get("/api/v1/questions/newborn/?path=yes.yes").json()
    assert (end["matter"], end["question"]) == ("service.infant_insurance", None)


@pytest.mark.parametrize(
    ("change", "words", "place"),
    [
        (lambda b: b.update(start=""), "还没有选定第一个问题", ""),
        (
            lambda b: b["nodes"]["married"]["choices"][0].pop("leaf"),
            "答案“已登记”还没有去向",
            "node:married",
        ),
        (lambda b: b["nodes"]["married"].update(choices=[]), "还没有答案", "node:married"),
        (lambda b: b["leaves"].update(lost={"matter": "x"}), "没有任何选项", "leaf:lost"),
        (lambda b: b["expected"].update({"no": "together"}), "走不到结论", "path:no"),
    ],
)
def test_a_fault_stands_beside_its_part(change: Any, words: str, place: str) -> None:
    body = copy.deepcopy(BODY)
    change(body)
    found = trees.faults(body, matters=MATTERS)
    assert any(words in fault.words and fault.place == place for fault in found)


def test_an_empty_draft_is_told_to_begin() -> None:
    assert trees.check(trees.EMPTY, matters=MATTERS) == ["还没有问题"]


def test_a_draft_is_walked_as_far_as_it_goes() -> None:
    body = copy.deepcopy(BODY)
    del body["nodes"]["married"]["choices"][0]["leaf"]
    standing = trees.walk(body, "no.yes")
    assert standing is not None
    assert (standing.node, standing.leaf) == (None, None)
    assert trees.walk(trees.EMPTY, "") is None
    assert trees.leaf_at(body, "no.yes") == ""
    assert trees.leaf_at(body, "no.no") == "together"


def test_a_question_reached_two_ways_stands_behind_both() -> None:
    body = copy.deepcopy(BODY)
    body["nodes"]["certificate"]["choices"].append({"code": "x", "label": "x", "to": "household"})
    body["nodes"]["married"]["choices"][0] = {"code": "yes", "label": "是", "to": "household"}
    assert trees.depths(body) == {"certificate": 0, "married": 1, "household": 2}


def test_leaves_of_one_matter_are_told_apart() -> None:
    assert trees.leaves_in_order(BODY)[:2] == ["together_married", "together"]
    assert trees.leaf_name(BODY, "together", MATTERS) == "出生一件事（2）"
    body = copy.deepcopy(BODY)
    body["leaves"]["together"]["label"] = "随母落户"
    assert trees.leaf_name(body, "together", MATTERS) == "随母落户"
    assert trees.leaf_name(body, "together_married", MATTERS) == "出生一件事"
