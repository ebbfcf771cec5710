"""An officer splits a matter and calls another one, without writing JSON (MT-10, MT-22, RU-02)."""

from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from django.urls import reverse

from apps.matters.actions import known_actions
from apps.matters.definition import check
from apps.matters.enums import MatterKind
from apps.matters.models import MatterVersion
from apps.matters.selectors.readiness import problems_of
from apps.matters.studio import bpmn, picture
from apps.matters.studio.rows import put_row, remove_row, rows_of
from tests.cast import Cast
from tests.matters import joint
from tests.matters.studio import factories as make
from tests.matters.test_calls import OFFICE_BODY

FULL_SPLIT = {
    "code": "parts",
    "label": "分头处置",
    "table": joint.TABLE,
    "from": ["doing"],
    "after": ["sign"],
    "join": {
        "policy": "quorum",
        "quorum": 2,
        "rest": "cancel",
        "to": "done",
        "returned_to": "sent",
    },
    "close": "cancel",
    "later_than_parent": True,
    "mapping": [{"to": "title", "from": "class_label"}, {"to": "text", "value": "请速办"}],
    "back": [{"to": "form.depth", "from": "result"}],
}
FULL_CALL = {
    "code": "approval",
    "label": "用章审批",
    "matter": joint.OFFICE,
    "title": "申请用章",
    "from": ["doing"],
    "join": {"to": "done", "returned_to": "doing"},
    "mapping": [{"to": "form.subject", "from": "title"}],
    "back": [{"to": "form.depth", "from": "form.serial"}],
}
FORM = {"fields": [{"name": "depth", "label": "水深", "type": "text"}]}


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def row_address(version: MatterVersion, section: str, index: object) -> str:
    matter = version.matter_type.code
    return reverse("studio:row-edit", args=[matter, version.number, section, index])


def typed(form: Any) -> dict[str, Any]:
    """What a browser would send of a form as it is shown."""
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if field.name in ("mapping", "back"):
            for number, row in enumerate(value or []):
                data |= {f"{field.name}-{number}-{key}": text for key, text in row.items()}
        elif value not in (None, False):
            data[field.html_name] = value
    return data


def save(client: Client, version: MatterVersion, section: str, index: object, data: Any) -> Any:
    revision = MatterVersion.objects.get(pk=version.pk).revision
    return client.post(row_address(version, section, index), {"revision": revision, **data})


def body_of(version: MatterVersion) -> dict[str, Any]:
    return MatterVersion.objects.get(pk=version.pk).body


@pytest.fixture
def offered(cast: Cast) -> None:
    """What the city has: a matter for the parts, one of the office, and the table."""
    joint.publish(joint.PART, joint.PART_BODY)
    joint.publish(joint.OFFICE, OFFICE_BODY, MatterKind.OFFICE)
    joint.publish_table(cast, [joint.row(cast, 1, role="main"), joint.row(cast, 2)])


@pytest.mark.usefixtures("offered")
def test_a_split_is_added_by_filling_a_form(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    page = client.get(row_address(version, "splits", "new")).content.decode()
    assert "内涝分解规则" in page
    assert "派单规则" not in page  # tables of dispatch split nothing
    answer = save(
        client,
        version,
        "splits",
        "new",
        {
            "label": "分头处置",
            "table": joint.TABLE,
            "sources": ["doing"],
            "after": ["sign"],
            "policy": "all",
            "to": "done",
            "close": "refuse",
        },
    )
    assert answer["Location"].endswith("#part-splits")
    assert body_of(version)["splits"] == [
        {
            "code": "fen_tou_chu_zhi",
            "label": "分头处置",
            "table": joint.TABLE,
            "from": ["doing"],
            "after": ["sign"],
            "join": {"policy": "all", "to": "done"},
        }
    ]
    assert problems_of(MatterVersion.objects.get(pk=version.pk)) == []
    shown = client.get(answer["Location"].partition("#")[0]).content.decode()
    assert "做完签收、到整改中时自动分解" in shown


@pytest.mark.usefixtures("offered")
def test_saving_what_is_shown_changes_nothing(cast: Cast) -> None:
    version = make.draft(cast.author, splits=[FULL_SPLIT], calls=[FULL_CALL], form=FORM)
    before = body_of(version)
    client = enter(cast.author)
    for section in ("splits", "calls"):
        form = client.get(row_address(version, section, 0)).context["form"]
        answer = save(client, version, section, 0, typed(form))
        assert answer.status_code == 302, answer.context["form"].errors
    assert body_of(version) == before


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"policy": "quorum", "quorum": ""}, "quorum", "需要办成几件"),
        ({"policy": "quorum", "quorum": "99"}, "quorum", "50"),
        ({"sources": []}, "sources", "必填"),
        ({"table": "nowhere"}, "table", "nowhere"),
        ({"to": "nowhere"}, "to", "nowhere"),
        ({"code": "approval"}, "code", "已用过"),
        ({"mapping-0-to": "form.nothing"}, "mapping", "第1行：所选的字段"),
        ({"mapping-0-value": "也写了"}, "mapping", "只填一个"),
        ({"mapping-1-to": "title"}, "mapping", "第2行：这一项在前面"),
        ({"mapping-2-from": "title"}, "mapping", "第3行：请选择填到哪里"),
        ({"back-0-to": "title"}, "back", "所选的字段"),
    ],
)
def test_an_error_is_named_at_its_field(
    cast: Cast, change: dict[str, Any], field: str, words: str
) -> None:
    version = make.draft(cast.author, splits=[FULL_SPLIT], calls=[FULL_CALL], form=FORM)
    before = body_of(version)
    client = enter(cast.author)
    form = client.get(row_address(version, "splits", 0)).context["form"]
    answer = save(client, version, "splits", 0, typed(form) | change)
    assert answer.status_code == 400
    assert words in str(answer.context["form"].errors[field])
    assert body_of(version) == before


@pytest.mark.usefixtures("offered")
def test_a_number_typed_for_another_policy_is_not_kept(cast: Cast) -> None:
    version = make.draft(cast.author, splits=[FULL_SPLIT], form=FORM)
    client = enter(cast.author)
    form = client.get(row_address(version, "splits", 0)).context["form"]
    save(client, version, "splits", 0, typed(form) | {"policy": "any"})
    assert "quorum" not in body_of(version)["splits"][0]["join"]


def test_splits_and_calls_follow_a_renamed_state(cast: Cast) -> None:
    body = make.body(splits=[FULL_SPLIT], calls=[FULL_CALL], unsuccessful=["void"])
    index = [s["code"] for s in body["states"]].index("doing")
    renamed = put_row(body, "states", index, {**body["states"][index], "code": "fixing"})
    assert renamed["splits"][0]["from"] == ["fixing"]
    assert renamed["calls"][0]["join"]["returned_to"] == "fixing"
    assert renamed["unsuccessful"] == ["void"]
    assert "splits" not in remove_row(body, "splits", 0)


def test_an_end_that_does_not_count_is_marked_at_the_state(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    save(
        client,
        version,
        "states",
        5,
        {"label": "作废", "category": "ended", "code": "void", "is_undone": "on"},
    )
    assert body_of(version)["unsuccessful"] == ["void"]
    assert rows_of(body_of(version), "states")[5]["is_undone"]
    refused = save(
        client,
        version,
        "states",
        3,
        {"label": "整改中", "category": "running", "code": "doing", "is_undone": "on"},
    )
    assert "is_undone" in refused.context["form"].errors


def ready(**parts: Any) -> str:
    version = MatterVersion(matter_type=make.matter_type(), body=make.body(**parts))
    return "\n".join(f"{p.part}|{p}" for p in problems_of(version))


def split(**changes: Any) -> dict[str, Any]:
    base = {"code": "parts", "label": "分头处置", "table": joint.TABLE, "from": ["doing"]}
    return {"splits": [{**base, "after": ["sign"], "join": {"policy": "all"}} | changes]}


def call(**changes: Any) -> dict[str, Any]:
    body = make.body()
    action = {"code": "call_matter", "from": ["doing"], "who": ["unit"]}
    return {"calls": [FULL_CALL | changes], "actions": [*body["actions"], action]}


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (split(table="nowhere"), "splits|“分头处置”的规则表“nowhere”没有生效的版本"),
        (split(table="hotline-dispatch"), "不是分解表"),
        (split(join={"policy": "quorum", "quorum": 9}), "最多给出2件"),
        (call(matter="office.nothing"), "calls|“用章审批”要开的事项“office.nothing”没有已发布"),
        (call(matter="city.digging"), "调用的是本事项自己"),
        (call(mapping=[]), "没有带给“用章审批”必填的“事由”"),
    ],
    ids=str.split("table vocabulary quorum matter itself field"),
)
def test_what_cannot_work_in_the_city_is_told_before_publishing(
    cast: Cast, parts: dict[str, Any], words: str
) -> None:
    assert words in ready(**parts)


@pytest.mark.usefixtures("offered")
def test_a_whole_split_and_call_are_ready(cast: Cast) -> None:
    assert ready(**(split() | call())) == ""


def test_a_split_nobody_can_do_is_told(cast: Cast) -> None:
    body = make.body(**split(after=[]))
    body["actions"].append({"code": "split", "from": ["found"], "who": ["desk"]})
    found = [f"{p.part}|{p}" for p in check(body, known_actions=known_actions())]
    assert found == ["splits|“分头处置”的起始状态中，没有一个能做动作“分解”，请改选其一"]


PARTS = joint.parent_body(join={"policy": "any", "to": "joined", "returned_to": "routing"})


def test_the_picture_shows_a_split_where_the_case_waits_for_its_parts() -> None:
    shown = picture.draw(PARTS)
    [node] = [n for n in shown.nodes if n.category == "split"]
    ways = {(e.source, e.target): e.label for e in shown.edges if node.code in (e.source, e.target)}
    assert ways == {
        ("split_up", node.code): "分头办理",
        (node.code, "joined"): "汇合",
        (node.code, "routing"): "无法汇合",
    }
    assert "分解（任一完成，其余撤销）：“汇合”到待核查；“无法汇合”到待分解" in shown.sentences


def test_the_picture_names_the_matter_that_is_called() -> None:
    body = make.body(calls=[FULL_CALL | {"join": {}}])
    shown = picture.draw(body, {joint.OFFICE: "用章审批"})
    [node] = [n for n in shown.nodes if n.category == "call"]
    assert node.category_label == "调用：用章审批"
    assert ("doing", node.code) in {(e.source, e.target) for e in shown.edges}
    assert (node.code, "doing") in {(e.source, e.target) for e in shown.edges}


def test_a_draft_with_gaps_in_its_parts_is_drawn() -> None:
    body = {"states": [{"code": "one"}], "splits": [{"code": "a"}, {}], "calls": [{"code": "b"}]}
    assert len(picture.draw(body).nodes) == 3
    assert bpmn.write_bpmn("a.b", body)


def test_the_bpmn_has_many_instances_for_a_split_and_names_what_is_called() -> None:
    body = PARTS | {"calls": [FULL_CALL | {"from": ["routing"], "join": {"to": "joined"}}]}
    space = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
    root = fromstring(bpmn.write_bpmn("a.b", body))
    found = {e.get("name"): e for e in root.iter(f"{space}callActivity")}
    condition = f"{space}multiInstanceLoopCharacteristics/{space}completionCondition"
    assert found["分解"].findtext(condition) == "任一完成，其余撤销"
    assert found["用章审批"].get("calledElement") == "process_office_approval"


def test_two_versions_with_other_ways_of_joining_are_told_apart(cast: Cast) -> None:
    first = make.draft(cast.author, splits=[FULL_SPLIT], calls=[FULL_CALL])
    changed = [FULL_SPLIT | {"join": {"policy": "all", "to": "done"}}]
    second = make.draft(cast.author, first.matter_type, splits=changed)
    names = [first.matter_type.code, second.number, first.number]
    page = enter(cast.author).get(reverse("studio:version-diff", args=names))
    changes = {(c.part, c.kind, c.name): (c.before, c.after) for c in page.context["changes"]}
    before, after = changes["分解", "changed", "分头处置"]
    assert "怎样汇合：办成2件，其余撤销" in before
    assert "怎样汇合：全部完成" in after
    assert ("事项调用", "removed", "用章审批") in changes


def try_it(cast: Cast, version: MatterVersion, **query: str) -> Any:
    names = [version.matter_type.code, version.number]
    return enter(cast.author).get(reverse("studio:version-try", args=names), query)


@pytest.mark.usefixtures("offered")
def test_trying_tells_into_which_parts_a_case_would_fall_and_why(cast: Cast) -> None:
    version = make.draft(cast.author, **split(**{"from": ["doing", "found"]}))
    plain = try_it(cast, version)
    [untried] = plain.context["splits"]
    assert untried.is_here
    assert untried.plan is None
    tried = try_it(cast, version, split="parts", **{"parts-class": "road.manhole"})
    [trial] = tried.context["splits"]
    assert [(p.title, p.unit, p.limit_text) for p in trial.plan.parts] == [
        ("第1项", cast.east_works, "1个工作日"),
        ("第2项", cast.east_works, "1个工作日"),
    ]
    page = tried.content.decode()
    assert "《内涝分解规则》第1版" in page
    assert "第1行：" in page
    assert not version.matter_type.cases.exists()


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("query", [{"split": "nothing"}, {"split": "parts", "parts-class": "?"}])
def test_trying_a_split_answers_rubbish_with_the_form(cast: Cast, query: dict[str, str]) -> None:
    version = make.draft(cast.author, **split())
    [trial] = try_it(cast, version, **query).context["splits"]
    assert trial.plan is None


def test_trying_a_split_without_a_table_in_force_says_so(cast: Cast) -> None:
    version = make.draft(cast.author, **split())
    [trial] = try_it(cast, version).context["splits"]
    assert "没有生效的版本" in trial.trouble


def test_trying_names_the_calls_of_the_state(cast: Cast) -> None:
    joint.publish(joint.OFFICE, OFFICE_BODY, MatterKind.OFFICE)
    version = make.draft(cast.author, **call())
    shown = try_it(cast, version, state="doing")
    assert shown.context["calls"] == [("用章审批", "用章审批")]
    assert try_it(cast, version).context["calls"] == []
