"""The editors of plans as an officer uses them, without script."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.guides import services
from apps.guides.models import JointBusiness, QuestionTree
from tests.cast import ROLES, Cast, _organization, _person
from tests.guides.factories import read

pytestmark = pytest.mark.django_db
TREES, JOINTS = "/guides/office/plans/questions/", "/guides/office/plans/joint/"
NEWBORN, BIRTH = f"{TREES}newborn/", f"{JOINTS}birth/"


@pytest.fixture
def editor(served: Cast, client: Client) -> Client:
    client.force_login(served.editor)
    return client


def newest(model: Any = QuestionTree, code: str = "newborn") -> Any:
    return model.objects.filter(code=code).order_by("-number").first()


def rows(*answers: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """A question as the browser posts it; answers are (code, label, target)."""
    data: dict[str, Any] = {"question": "有证吗？", "rows": len(answers), **more}
    for number, (code, label, target) in enumerate(answers):
        data |= {
            f"a{number}-{k}": v
            for k, v in zip(("code", "label", "target"), (code, label, target), strict=True)
        }
    return data


def test_a_tree_begins_with_its_name(editor: Client) -> None:
    answer = editor.post(f"{TREES}new/", {"title": "孩子上学"})
    assert answer["Location"] == f"{TREES}hai_zi_shang_xue/edit/"
    assert "还没有问题" in editor.get(answer["Location"]).content.decode()
    assert editor.post(f"{TREES}new/", {"title": ""}).status_code == 422


def test_a_question_is_written_with_its_answers(editor: Client) -> None:
    url = f"{NEWBORN}question/new/?behind=married.yes"
    data = rows(("", "有", "leaf:household"), ("", "没有", ""), ("", "", ""))
    answer = editor.post(url, data | {"revision": newest().revision})
    assert answer["Location"] == f"{NEWBORN}edit/#node-q1"
    body = newest().body
    assert body["nodes"]["q1"]["choices"] == [
        {"code": "a1", "label": "有", "leaf": "household"},
        {"code": "a2", "label": "没有"},
    ]
    assert body["nodes"]["married"]["choices"][0]["to"] == "q1"
    page = editor.get(f"{NEWBORN}edit/").content.decode()
    assert "答案“没有”还没有去向" in page


def test_rows_come_go_and_move_without_saving(editor: Client) -> None:
    url = f"{NEWBORN}question/married/"
    data = rows(("yes", "已登记", ""), ("no", "没", ""))
    page = editor.post(url, data | {"deed": "add"}).content.decode()
    assert 'name="rows" value="3"' in page
    page = editor.post(url, data | {"deed": "down:0"}).content.decode()
    assert page.index('value="没"') < page.index('value="已登记"')
    page = editor.post(url, data | {"deed": "drop:1"}).content.decode()
    assert 'value="没"' not in page
    assert newest().number == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (rows(("", "有", ""), question=""), "field-bad"),
        (rows(("", "有", ""), ("", "有", "")), "与上面的重复"),
        (rows(("", "", "leaf:household")), "请填写答案"),
        (rows(("", "有", "leaf:none")), "none"),
    ],
)
def test_a_faulty_question_is_told_and_nothing_is_lost(
    editor: Client, data: dict[str, Any], words: str
) -> None:
    url = f"{NEWBORN}question/new/"
    answer = editor.post(url, data | {"revision": newest().revision, "help_text": "看证件"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "看证件" in page
    assert newest().number == 1


def test_a_conclusion_offers_what_its_matter_has(editor: Client) -> None:
    url = f"{NEWBORN}conclusion/new/"
    page = editor.post(
        url, {"matter": "onething.birth", "deed": "refresh", "note": "一起办"}
    ).content.decode()
    assert "结婚证" in page
    assert "一起办" in page
    assert 'name="preset-wants_insurance"' in page
    assert 'name="preset-mother_id"' not in page
    data = {
        "matter": "onething.birth",
        "shown": "onething.birth",
        "label": "三证联办",
        "scope": "some",
        "materials": ["household_book"],
        "preset-wants_insurance": "yes",
        "preset-household_with": "mother",
        "revision": newest().revision,
    }
    answer = editor.post(url, data)
    assert answer["Location"] == f"{NEWBORN}edit/#leaf-r1"
    assert newest().body["leaves"]["r1"] == {
        "matter": "onething.birth",
        "label": "三证联办",
        "materials": ["household_book"],
        "preset": {"wants_insurance": True, "household_with": "mother"},
    }
    edit = editor.get(f"{NEWBORN}conclusion/r1/").content.decode()
    assert 'value="yes" selected' in edit


def test_a_conclusion_takes_only_what_is_offered(editor: Client) -> None:
    url = f"{NEWBORN}conclusion/new/"
    data = {"matter": "hotline.demand", "scope": "all", "revision": newest().revision}
    assert editor.post(url, data | {"shown": "hotline.demand"}).status_code == 422
    data |= {"matter": "onething.birth"}
    assert "preset-household_with" in editor.post(url, data).content.decode()
    data |= {"shown": "onething.birth", "preset-household_with": "nobody"}
    assert editor.post(url, data).status_code == 422
    assert newest().number == 1


def test_walking_and_keeping_an_example(editor: Client) -> None:
    page = editor.get(f"{NEWBORN}edit/?walk=no").content.decode()
    assert "父母已经登记结婚吗？" in page
    deed = f"{NEWBORN}deed/"
    editor.post(deed, {"deed": "drop", "part": "no.no", "revision": newest().revision})
    assert "no.no" not in newest().body["expected"]
    page = editor.get(f"{NEWBORN}edit/?walk=no.no").content.decode()
    assert "记为样例" in page
    editor.post(deed, {"deed": "keep", "part": "no.no", "revision": newest().revision})
    assert newest().body["expected"]["no.no"] == "together"
    assert "已记为样例" in editor.get(f"{NEWBORN}edit/?walk=no.no").content.decode()


def test_parts_are_taken_out_and_the_start_changed(editor: Client) -> None:
    for deed, part in (
        ("start", "household"),
        ("remove-question", "married"),
        ("remove-conclusion", "together"),
    ):
        editor.post(f"{NEWBORN}deed/", {"deed": deed, "part": part, "revision": newest().revision})
    body = newest().body
    assert body["start"] == "household"
    assert "married" not in body["nodes"]
    assert "together" not in body["leaves"]
    page = editor.post(
        f"{NEWBORN}deed/", {"deed": "start", "part": "gone", "revision": newest().revision}
    )
    assert "已不在" in editor.get(page["Location"]).content.decode()


def test_a_stale_page_saves_nothing_and_keeps_what_was_typed(editor: Client) -> None:
    old = newest().revision
    editor.post(f"{NEWBORN}deed/", {"deed": "drop", "part": "no.no", "revision": old})
    data = rows(("", "有", ""), question="新的问题？", revision=old)
    answer = editor.post(f"{NEWBORN}question/new/", data)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "草稿已在别处改动" in page
    assert "新的问题？" in page
    again = re.search(r'name="revision" value="([^"]+)"', page)
    assert again
    assert editor.post(f"{NEWBORN}question/new/", data | {"revision": again[1]}).status_code == 302
    assert "no.no" not in newest().body["expected"]


# --- Joint businesses ----------------------------------------------------------------------


def test_a_joint_plan_begins_with_its_matter(editor: Client) -> None:
    page = editor.get(f"{JOINTS}new/").content.decode()
    assert "onething.birth" in page
    assert "service.elder_allowance" not in page
    answer = editor.post(f"{JOINTS}new/", {"title": "添丁", "matter": "onething.birth"})
    assert newest(JointBusiness, "tian_ding").body["items"] == []
    assert "还没有分项" in editor.get(answer["Location"]).content.decode()


def test_an_item_is_proposed_its_sources_by_name(editor: Client) -> None:
    url = f"{BIRTH}item/new/"
    matter = {"matter": "service.household_birth"}
    page = editor.post(url, matter | {"deed": "refresh"}).content.decode()
    chosen = re.findall(r'<option value="([^"]+)" selected', page)
    assert "shared:baby_name" in chosen
    assert "household_book" in chosen
    data = matter | {
        "shown": matter["matter"],
        "after": ["certificate"],
        "only_if": ["wants_insurance|true"],
        "from-field_baby_name": "shared:mother_name",
        "from-field_household_with": "fixed",
        "fixed-household_with": "mother",
        "from-paper_household_book": "household_book",
        "revision": newest(JointBusiness, "birth").revision,
    }
    assert editor.post(url, data)["Location"] == f"{BIRTH}edit/#item-p1"
    item = newest(JointBusiness, "birth").body["items"][-1]
    assert item == {
        "code": "p1",
        "matter": "service.household_birth",
        "form_map": {"baby_name": "mother_name"},
        "fixed": {"household_with": "mother"},
        "materials_map": {"household_book": "household_book"},
        "after": ["certificate"],
        "only_if": {"field": "wants_insurance", "in": [True]},
    }
    page = editor.get(f"{BIRTH}edit/").content.decode()
    assert "还缺字段" in page
    assert "必需材料“母亲身份证”没有来源" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from-field_household_with": "fixed"}, "请填写固定内容"),
        ({"from-field_baby_name": "shared:born_on"}, "born_on"),
        ({"only_if": ["wants_insurance|true", 'baby_sex|"f"']}, "只能选同一个字段的回答"),
        ({"matter": "hotline.demand"}, "hotline.demand"),
    ],
)
def test_a_faulty_item_is_refused(editor: Client, change: dict[str, Any], words: str) -> None:
    data = {
        "matter": "service.household_birth",
        "revision": newest(JointBusiness, "birth").revision,
    }
    data |= change
    answer = editor.post(f"{BIRTH}item/new/", data | {"shown": data["matter"]})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert newest(JointBusiness, "birth").number == 1


def test_an_unchanged_item_is_kept_as_it_was(editor: Client) -> None:
    """What the page shows is what it saves."""
    before = newest(JointBusiness, "birth").body
    for item in before["items"]:
        url = f"{BIRTH}item/{item['code']}/"
        page = editor.get(url)
        data = dict(posted(page.context["page"]))
        data |= {"revision": newest(JointBusiness, "birth").revision, "shown": item["matter"]}
        assert editor.post(url, data).status_code == 302
    assert newest(JointBusiness, "birth").body == before


def posted(page: Any) -> Any:
    for form in (page.form, page.sources, page.fixed.form):
        for field in form:
            value = field.value()
            if value not in (None, "", []):
                yield field.html_name, value


def test_items_move_and_go(editor: Client) -> None:
    def deed(name: str, item: str) -> None:
        revision = newest(JointBusiness, "birth").revision
        editor.post(f"{BIRTH}item/{item}/deed/", {"deed": name, "revision": revision})

    deed("up", "insurance")
    deed("remove", "household")
    items = newest(JointBusiness, "birth").body["items"]
    assert [item["code"] for item in items] == ["certificate", "insurance"]


def test_how_results_are_joined(editor: Client) -> None:
    url = f"{BIRTH}basics/"
    data = {"title": "出生一件事", "matter": "onething.birth", "policy": "main"}
    data |= {"revision": newest(JointBusiness, "birth").revision}
    assert editor.post(url, data).status_code == 422
    assert editor.post(url, data | {"main": "household"}).status_code == 302
    plan = newest(JointBusiness, "birth")
    assert plan.body["join"] == {"policy": "main", "main": "household"}
    too_many = data | {"policy": "quorum", "quorum": 9, "revision": plan.revision}
    assert editor.post(url, too_many).status_code == 422


def test_the_plan_page_shows_what_is_asked_once(editor: Client) -> None:
    page = editor.get(BIRTH).content.decode()
    assert "一次填交，谁来用" in page
    assert "<svg" in page
    assert "只在联办事项中使用" in page


# --- Files, rights, other bodies -------------------------------------------------------------


def test_a_file_goes_out_and_comes_in(editor: Client) -> None:
    file = editor.get(f"{NEWBORN}export/").content
    found = json.loads(file)
    assert found["body"] == read("plans")["questions"][0]["body"]
    answer = editor.post(
        f"{TREES}import/",
        {"file": SimpleUploadedFile("t.json", json.dumps(found | {"code": "copy"}).encode())},
    )
    assert answer["Location"] == f"{TREES}copy/"
    assert newest(code="copy").body == found["body"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "无法读取"),
        (b"[" * 100_000, "无法读取"),
        (b"{}", "缺少种类"),
        (json.dumps({"kind": "joint", "code": "x", "title": "x", "body": {}}).encode(), "另一种"),
        (
            json.dumps({"kind": "questions", "code": "x", "title": "x", "body": {}}).encode(),
            "start",
        ),
        (
            json.dumps({"kind": "questions", "code": "../", "title": "x", "body": {}}).encode(),
            "代码应为",
        ),
    ],
)
def test_a_faulty_file_is_told_by_its_place(editor: Client, content: bytes, words: str) -> None:
    answer = editor.post(f"{TREES}import/", {"file": SimpleUploadedFile("t.json", content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_only_editors_edit(served: Cast, client: Client) -> None:
    paths = ["edit/", "basics/", "question/new/", "conclusion/new/", "deed/"]
    for person, status in ((served.issuer, 403), (served.handler, 403)):
        client.force_login(person)
        for path in paths:
            assert client.get(f"{NEWBORN}{path}").status_code == status
        assert client.post(f"{BIRTH}item/certificate/deed/").status_code == status
        assert client.get(f"{TREES}import/").status_code == status
    assert client.get(NEWBORN).status_code == 404
    client.force_login(served.issuer)
    assert client.get(NEWBORN).status_code == 200


def test_a_plan_of_another_body_is_not_there(served: Cast, client: Client) -> None:
    from apps.accounts.models import Tenant

    other = Tenant.objects.create(code="elsewhere", name="别市", area=served.west)
    unit = _organization(other, None, "elsewhere", "别市政务局", "department", served.west)
    assert "guide_editor" in ROLES
    client.force_login(_person("stranger", "外市编辑", "guide_editor", unit))
    for path in ("", "edit/", "question/married/", "conclusion/together/", "export/"):
        assert client.get(f"{NEWBORN}{path}").status_code == 404
    assert client.get(f"{BIRTH}item/household/").status_code == 404
    assert client.post(f"{NEWBORN}deed/", {"deed": "start", "part": "married"}).status_code == 404


def test_a_draft_kept_before_its_shape_was_checked_is_told(editor: Client, served: Cast) -> None:
    plan = services.save_plan(
        served.editor,
        QuestionTree,
        tenant=served.tenant,
        code="old",
        title="旧",
        body=read("plans")["questions"][0]["body"],
    )
    QuestionTree.objects.filter(pk=plan.pk).update(body={"start": 1})
    assert "无法读取" in editor.get(f"{TREES}old/edit/").content.decode()
    assert editor.get(f"{TREES}old/").status_code == 200
    assert editor.get(f"{TREES}old/question/new/").status_code == 404


def test_a_published_plan_tells_that_its_matters_changed(editor: Client, served: Cast) -> None:
    plan = newest()
    body = plan.body | {"leaves": plan.body["leaves"] | {"household": {"matter": "service.gone"}}}
    QuestionTree.objects.filter(pk=plan.pk).update(body=body)
    assert "不再相符" in editor.get(NEWBORN).content.decode()
    assert "与现行事项不符" in editor.get(TREES).content.decode()
