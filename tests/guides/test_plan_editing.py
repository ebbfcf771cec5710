"""Editing trees and joint plans: the pure changes, and the deeds with who may do them."""

import copy
import threading
from typing import Any

import pytest
from django.db import connection

from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, Stale
from apps.guides import joint_editing, services, tree_editing, trees
from apps.guides.models import JointBusiness, QuestionTree
from apps.guides.tree_editing import Answer
from tests.cast import Cast
from tests.guides.factories import read

TREE = read("plans")["questions"][0]["body"]
JOINT = read("plans")["joint"][0]["body"]


def ask(body: Any, question: str, *answers: str, **more: Any) -> tuple[Any, str]:
    return tree_editing.put_question(
        body,
        more.pop("code", ""),
        question=question,
        help_text="",
        answers=[Answer(label) for label in answers],
        is_start=False,
        **more,
    )


# --- The pure changes ----------------------------------------------------------------------


def test_a_tree_grows_from_its_answers() -> None:
    body, first = ask(trees.EMPTY, "有证吗？", "有", "没有")
    body, second = ask(body, "结婚了吗？", "是", behind=f"{first}.a2")
    body, leaf = tree_editing.put_conclusion(body, "", {"matter": "m"}, behind=f"{second}.a1")
    assert body["start"] == first
    assert trees.leaf_at(body, "a2.a1") == leaf
    assert trees.EMPTY == {"start": "", "nodes": {}, "leaves": {}, "expected": {}}


def test_answers_keep_their_codes_when_moved_and_renamed() -> None:
    body, code = ask(trees.EMPTY, "有证吗？", "有", "没有")
    kept = tree_editing.answers_of(body, code)
    body, _code = tree_editing.put_question(
        body,
        code,
        question="有证吗？",
        help_text="看证件",
        answers=[Answer("还没有", "", kept[1].code), kept[0], Answer("不清楚")],
        is_start=True,
    )
    found = [(c["code"], c["label"]) for c in body["nodes"][code]["choices"]]
    assert found == [("a2", "还没有"), ("a1", "有"), ("a3", "不清楚")]
    assert body["nodes"][code]["help"] == "看证件"


def test_what_led_to_a_part_taken_out_leads_nowhere() -> None:
    body = tree_editing.remove_question(TREE, "married")
    assert "to" not in body["nodes"]["certificate"]["choices"][0]
    body = tree_editing.remove_conclusion(body, "household")
    assert "leaf" not in body["nodes"]["household"]["choices"][0]
    assert tree_editing.remove_question(body, "certificate")["start"] == ""
    assert "married" in TREE["nodes"]


def test_examples_are_kept_and_dropped() -> None:
    body = tree_editing.drop_example(TREE, "no.no")
    assert "no.no" not in body["expected"]
    assert tree_editing.keep_example(body, "no.no", "together")["expected"] == TREE["expected"]


def test_items_are_added_moved_and_taken_out() -> None:
    body, code = joint_editing.put_item(JOINT, "", {"matter": "service.x", "form_map": {}})
    assert code == "p1"
    body = joint_editing.move_item(body, code, -1)
    assert [i["code"] for i in body["items"]] == ["certificate", "household", "p1", "insurance"]
    assert joint_editing.move_item(body, "certificate", -1) == body
    body = joint_editing.put_basics(
        body, matter=body["matter"], join={"policy": "main", "main": "certificate"}
    )
    body = joint_editing.remove_item(body, "certificate")
    assert all("certificate" not in item.get("after", []) for item in body["items"])
    assert body["join"] == {"policy": "main"}


# --- The deeds -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_plan_gets_a_code_of_its_own(served: Cast) -> None:
    given: dict[str, Any] = {"tenant": served.tenant, "title": "孩子上学", "body": trees.EMPTY}
    first = services.start_plan(served.editor, QuestionTree, **given)
    second = services.start_plan(served.editor, QuestionTree, **given)
    assert (first.code, second.code) == ("hai_zi_shang_xue", "hai_zi_shang_xue_2")
    named_new = services.start_plan(served.editor, QuestionTree, **{**given, "title": "new"})
    assert named_new.code == "new_2"
    with pytest.raises(NotAllowed):
        services.start_plan(served.issuer, QuestionTree, **given)


@pytest.mark.django_db
def test_two_who_write_at_once_are_told(served: Cast) -> None:
    def save(body: Any, revision: str) -> Any:
        return services.save_plan(
            served.editor,
            QuestionTree,
            tenant=served.tenant,
            code="newborn",
            title="家里添了孩子，要办什么？",
            body=body,
            revision=revision,
        )

    published = QuestionTree.objects.get(code="newborn")
    seen = published.revision
    draft = save(tree_editing.drop_example(TREE, "no.no"), seen)
    assert draft.number == 2
    with pytest.raises(Stale):
        save(tree_editing.drop_example(TREE, "no.yes"), seen)
    draft.refresh_from_db()
    assert "no.yes" in draft.body["expected"]
    assert save(TREE, draft.revision).number == 2
    published.refresh_from_db()
    assert "no.no" in published.body["expected"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_kept(served: Cast) -> None:
    plan = QuestionTree.objects.get(code="newborn")
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def write(path: str) -> None:
        start.wait()
        try:
            services.save_plan(
                SYSTEM,
                QuestionTree,
                tenant=served.tenant,
                code=plan.code,
                title=plan.title,
                body=tree_editing.drop_example(TREE, path),
                revision=plan.revision,
            )
            outcomes.append("kept")
        except Stale:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(path,)) for path in ("no.no", "no.yes")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "stale"]
    assert QuestionTree.objects.filter(code="newborn").count() == 2


@pytest.mark.django_db
def test_what_has_no_shape_is_refused(served: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        services.save_plan(
            served.editor, JointBusiness, tenant=served.tenant, code="x", title="x", body={}
        )
    assert caught.value.data["problems"]


@pytest.mark.django_db
def test_the_second_person_publishes_what_they_looked_at(served: Cast) -> None:
    draft = services.save_plan(
        served.editor, QuestionTree, tenant=served.tenant, code="two", title="二", body=TREE
    )
    seen = draft.revision
    changed = copy.deepcopy(TREE)
    changed["nodes"]["married"]["question"] = "父母结婚了吗？"
    services.save_plan(
        served.editor, QuestionTree, tenant=served.tenant, code="two", title="二", body=changed
    )
    with pytest.raises(Stale):
        services.publish_plan(served.issuer, QuestionTree, plan_id=draft.pk, revision=seen)
    draft.refresh_from_db()
    services.publish_plan(served.issuer, QuestionTree, plan_id=draft.pk, revision=draft.revision)
