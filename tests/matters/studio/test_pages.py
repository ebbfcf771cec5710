"""An officer who does not program defines, edits, checks, tries and publishes a matter."""

import json
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.matters.models import MatterType, MatterVersion
from apps.matters.selectors.readiness import problems_of
from apps.matters.studio import bpmn, starters
from tests.cast import Cast
from tests.matters import joint
from tests.matters.studio import factories as make
from tests.matters.test_calls import caller_body


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(version: MatterVersion, name: str = "version-detail", *more: Any) -> str:
    return reverse(f"studio:{name}", args=[version.matter_type.code, version.number, *more])


def post_row(client: Client, version: MatterVersion, section: str, index: Any, **data: Any) -> Any:
    data.setdefault("revision", MatterVersion.objects.get(pk=version.pk).revision)
    return client.post(address(version, "row-edit", section, index), data)


def fresh(version: MatterVersion) -> dict[str, Any]:
    return MatterVersion.objects.get(pk=version.pk).body


@pytest.mark.parametrize("kind", ["service", "supervision", "operation", "office"])
def test_a_new_matter_begins_with_what_may_be_published(cast: Cast, kind: str) -> None:
    client = enter(cast.author)
    domain = MatterType.objects.first().domain_id  # type: ignore[union-attr]
    answer = client.post(
        reverse("studio:matter-create"),
        {"name": "新事项", "code": "a.b", "kind": kind, "domain": domain, "begin": "starter"},
    )
    version = MatterVersion.objects.get(matter_type__code="a.b")
    assert answer["Location"] == address(version)
    assert problems_of(version) == []
    page = client.get(address(version)).content.decode()
    assert "检查通过" in page
    assert "<svg" in page


def test_a_refused_new_matter_keeps_what_was_typed(cast: Cast) -> None:
    answer = enter(cast.author).post(
        reverse("studio:matter-create"),
        {
            "name": "新事项",
            "code": "hotline.demand",
            "kind": "office",
            "domain": MatterType.objects.first().domain_id,  # type: ignore[union-attr]
            "begin": "empty",
        },
    )
    page = answer.content.decode()
    assert "已存在" in page
    assert 'value="新事项"' in page


def test_rows_are_added_changed_moved_and_removed(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    answer = post_row(
        client, version, "states", "new", label="待审批", category="checking", public_label=""
    )
    assert answer["Location"].endswith("#part-states")
    assert fresh(version)["states"][-1] == {
        "code": "dai_shen_pi",
        "label": "待审批",
        "category": "checking",
    }
    page = client.get(address(version)).content.decode()
    assert "状态“待审批”从起点无法到达" in page
    revision = MatterVersion.objects.get(pk=version.pk).revision
    client.post(address(version, "row-deed", "states", 6), {"revision": revision, "deed": "up"})
    assert fresh(version)["states"][5]["code"] == "dai_shen_pi"
    client.post(
        address(version, "row-deed", "states", 5), {"revision": revision + 1, "deed": "remove"}
    )
    assert fresh(version) == make.body()


def test_renaming_a_state_code_is_followed_by_the_actions(cast: Cast) -> None:
    version = make.draft(cast.author)
    post_row(
        enter(cast.author),
        version,
        "states",
        3,
        label="整改中",
        category="running",
        is_key="on",
        code="fixing",
    )
    body = fresh(version)
    assert body["states"][3]["code"] == "fixing"
    assert [a["code"] for a in body["actions"] if a.get("to") == "fixing"] == ["sign"]
    assert "fixing" in body["actions"][3]["from"]


def test_an_action_is_chosen_from_the_library_with_its_results(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    library = client.get(address(version, "row-edit", "actions", "new")).content.decode()
    assert "action=call_back" in library
    assert 'action=sign"' not in library
    form = client.get(address(version, "row-edit", "actions", "new") + "?action=rule_return")
    assert "“同意退单”时到" in form.content.decode()
    post_row(
        client,
        version,
        "actions",
        "new",
        code="rule_return",
        sources=["waiting"],
        who=["sender"],
        outcome_approved="sent",
    )
    assert fresh(version)["actions"][-1] == {
        "code": "rule_return",
        "from": ["waiting"],
        "who": ["sender"],
        "outcomes": {"approved": "sent"},
    }


def test_each_row_form_gives_back_the_row_it_shows(cast: Cast) -> None:
    body = starters.starter("service", title="办证")
    body["form"] = {
        "fields": [
            {
                "name": "kind",
                "label": "类别",
                "type": "choice",
                "choices": [["a", "甲"], ["b", "乙"]],
            },
            {
                "name": "depth",
                "label": "深度",
                "type": "integer",
                "min": 0,
                "max": 9,
                "required": True,
                "show_if": {"field": "kind", "in": ["a"]},
            },
        ]
    }
    body["materials_in"].append(
        {
            "code": "map",
            "label": "平面图",
            "source": "shared",
            "shared_code": "gis-1",
            "required": False,
            "show_if": {"field": "kind", "in": ["b"]},
        }
    )
    body["tables"] = {"dispatch": "hotline-dispatch"}
    version = make.draft(cast.author, make.matter_type(kind="service"))
    version.body = body
    MatterVersion.objects.filter(pk=version.pk).update(body=body)
    client = enter(cast.author)
    sections = ["states", "actors", "actions", "clocks", "materials_in", "materials_out"]
    for section in [*sections, "form", "tables"]:
        for index in range(len(rows(body, section))):
            form = client.get(address(version, "row-edit", section, index)).context["form"]
            data = {n: v for n, v in ((f.html_name, f.value()) for f in form) if v is not None}
            answer = post_row(client, version, section, index, **unticked(data))
            assert answer.status_code == 302, (section, index, answer.context["form"].errors)
    assert fresh(version) == body


def rows(body: dict[str, Any], section: str) -> Any:
    return body["form"]["fields"] if section == "form" else body[section]


def unticked(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not False}


def test_parts_that_are_one_form_are_saved(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    client.post(
        address(version, "part-edit", "basic"),
        {"revision": 1, "title": "占道挖掘", "promise": "3个工作日"},
    )
    client.post(
        address(version, "part-edit", "kind_parts"),
        {"revision": 2, "sources": ["grid", "phone"], "on_the_spot_check": "False"},
    )
    client.post(address(version, "part-edit", "policies"), {"revision": 3, "redo_days": "7"})
    body = fresh(version)
    assert (body["title"], body["basic"]) == ("占道挖掘", {"promise": "3个工作日"})
    assert body["kind_parts"] == {"sources": ["grid", "phone"], "on_the_spot_check": False}
    assert body["policies"] == {"redo_days": 7}


def test_a_stale_page_saves_nothing_and_keeps_the_text(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    save = address(version, "part-edit", "basic")
    client.post(save, {"revision": 1, "title": "先保存的"})
    answer = client.post(save, {"revision": 1, "title": "后保存的"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="后保存的"' in page
    assert 'name="revision" value="2"' in page
    assert fresh(version)["title"] == "先保存的"


def test_only_the_author_may_write_and_only_who_may_see_reads(cast: Cast) -> None:
    version = make.draft(cast.author)
    edit = address(version, "part-edit", "basic")
    assert enter(cast.publisher).get(address(version)).status_code == 200
    assert enter(cast.publisher).get(edit).status_code == 404
    assert enter(cast.publisher).post(edit, {"revision": 1, "title": "x"}).status_code == 404
    for user in (cast.handler, cast.outsider):
        client = enter(user)
        assert client.get(address(version)).status_code == 403
        assert client.get(reverse("studio:matter-list")).status_code == 403
        assert client.get(reverse("studio:matter-create")).status_code == 403
    assert Client().get(address(version)).status_code == 302
    assert fresh(version) == make.body()


def test_two_people_publish_through_the_pages(cast: Cast) -> None:
    version = make.draft(cast.author)
    author, publisher = enter(cast.author), enter(cast.publisher)
    author.post(address(version, "version-deed", "submit"))
    assert "复核通过并发布" not in author.get(address(version)).content.decode()
    assert "复核通过并发布" in publisher.get(address(version)).content.decode()
    publisher.post(address(version, "version-deed", "send-back"), {"note": "请写清说明"})
    assert "请写清说明" in author.get(address(version)).content.decode()
    author.post(address(version, "version-deed", "submit"))
    publisher.post(address(version, "version-deed", "publish"), {"effective_from": "rubbish"})
    assert MatterVersion.objects.get(pk=version.pk).state == "submitted"
    publisher.post(address(version, "version-deed", "publish"), {"note": "同意"})
    assert MatterVersion.objects.get(pk=version.pk).state == "published"
    listed = publisher.get(reverse("studio:matter-list")).content.decode()
    assert "占道施工" in listed


def test_the_list_is_narrowed(cast: Cast) -> None:
    make.draft(cast.author)
    client = enter(cast.author)

    def found(query: str) -> list[str]:
        page = client.get(reverse("studio:matter-list") + query).context["page"]
        return [matter.code for matter in page]

    assert found("") == ["city.digging", "hotline.demand"]
    assert found("?q=占道") == ["city.digging"]
    assert found("?standing=none") == ["city.digging"]
    assert found("?standing=in_force") == ["hotline.demand"]
    assert found("?kind=office") == []
    assert found("?kind=rubbish&domain=x") == ["city.digging", "hotline.demand"]


def test_two_versions_are_compared_in_words(cast: Cast) -> None:
    first = make.published(cast)
    body = make.body(title="占道挖掘")
    body["states"][3]["label"] = "整治中"
    body["clocks"][0]["limit"] = {"amount": 4, "unit": "working_days"}
    second = make.draft(cast.author, first.matter_type, **body)
    page = enter(cast.author).get(address(second, "version-diff", 1))
    changes = {(c.part, c.kind, c.name): (c.before, c.after) for c in page.context["changes"]}
    assert changes["基本信息", "changed", "对外名称"] == ("占道施工", "占道挖掘")
    assert changes["状态", "changed", "整治中"] == ("名称：整改中", "名称：整治中")
    assert changes["时限", "changed", "整改时限"] == ("时长：2小时", "时长：4个工作日")


def test_a_definition_goes_out_as_json_and_comes_back(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    sent = client.get(address(version, "version-export")).content
    assert json.loads(sent) == make.body()
    answer = upload(client, sent)
    assert answer["Location"].endswith("/2/")
    assert MatterVersion.objects.get(number=2, matter_type__code="city.digging").body == make.body()


def upload(client: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("x.json", content)
    return client.post(reverse("studio:version-import", args=["city.digging"]), {"file": file})


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[" * 200_000,
        b"\xff\xfe",
        b'{"title": 5}',
        b'"x"',
        b'{"title": "\\u0000"}',
        b"1" * 5000,
    ],
    ids=["cut", "deep", "binary", "type", "text", "nul", "number"],
)
def test_a_file_that_is_no_definition_is_refused(cast: Cast, content: bytes) -> None:
    matter = make.matter_type(cast.author)
    assert upload(enter(cast.author), content).status_code == 302
    assert not matter.versions.exists()


BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


ORDER = ["documentation", "incoming", "outgoing", "multiInstanceLoopCharacteristics"]


def drawn_body(kind: str) -> dict[str, Any]:
    if kind == "parts":
        return joint.parent_body() | {"calls": caller_body()["calls"]}
    if kind == "hotline":
        return MatterType.objects.get(code="hotline.demand").current_version.body  # type: ignore[union-attr]
    return starters.starter(kind, title="办证")


@pytest.mark.parametrize("kind", ["service", "hotline", "parts"])
def test_the_bpmn_holds_together(cast: Cast, kind: str) -> None:
    body = drawn_body(kind)
    root = fromstring(bpmn.write_bpmn("a.b", body))
    process = root.find(f"{BPMN}process")
    assert process is not None
    nodes = {e.get("id"): e for e in process if not e.tag.endswith("sequenceFlow")}
    flows = {e.get("id"): e for e in process if e.tag.endswith("sequenceFlow")}
    for flow in flows.values():
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= set(nodes)
    for node in nodes.values():
        inward = [e.text for e in node.findall(f"{BPMN}incoming")]
        outward = [e.text for e in node.findall(f"{BPMN}outgoing")]
        assert all(flows[f].get("targetRef") == node.get("id") for f in inward)
        assert all(flows[f].get("sourceRef") == node.get("id") for f in outward)
        tags = [ORDER.index(child.tag.removeprefix(BPMN)) for child in node]
        assert tags == sorted(tags)  # the schema wants them in this order
        kind_of = node.tag.removeprefix(BPMN)
        assert bool(inward) == (kind_of != "startEvent")
        assert bool(outward) == (kind_of != "endEvent")
    drawn = {
        e.get("bpmnElement") for e in root.iter() if e.tag in (f"{DI}BPMNShape", f"{DI}BPMNEdge")
    }
    assert drawn == {*nodes, *flows}
    # Filing away comes after an end, and an end event leads nowhere.
    ended = [s for s in body["states"] if s["category"] == "ended" and s["code"] != "archived"]
    assert len(process.findall(f"{BPMN}endEvent")) == len(ended)


def test_trying_walks_without_a_case(cast: Cast) -> None:
    version = make.draft(cast.author)
    client = enter(cast.author)
    first = client.get(address(version, "version-try")).context
    assert [a["label"] for a in first["offered"]] == ["受理", "作废", "备注"]
    assert [label for label, *_rest in first["clocks"]] == ["整改时限"]
    path = "?path=accept,dispatch,sign@24&who=unit"
    walked = client.get(address(version, "version-try") + path).context
    assert walked["state"].label == "整改中"
    assert [a["label"] for a in walked["offered"]] == ["反馈结果", "备注"]
    [(_label, due_at, is_paused, _main)] = walked["clocks"]
    assert due_at < walked["walk"].at
    assert not is_paused
    over = client.get(address(version, "version-try") + "?path=accept,dispatch,sign,feed_back")
    assert over.context["clocks"] == []
    assert not version.matter_type.cases.exists()


@pytest.mark.parametrize(
    "query",
    [
        "?path=fly",
        "?path=sign",
        "?state=nowhere",
        "?path=accept@99999999999999999999",
        "?wait=99999999999999999999",
        "?path=" + ",".join(["remark"] * 100),
        "?path=accept:nothing",
        "?who=nobody",
    ],
)
def test_trying_answers_rubbish_with_a_sentence(cast: Cast, query: str) -> None:
    version = make.draft(cast.author)
    assert enter(cast.author).get(address(version, "version-try") + query).status_code == 200


def test_an_empty_draft_has_pages_too(cast: Cast) -> None:
    matter = make.matter_type(cast.author)
    client = enter(cast.author)
    for body in ({}, starters.empty("空"), {"states": [{}], "actions": [{}], "clocks": [{}]}):
        version = make.draft(cast.author, matter)
        MatterVersion.objects.filter(pk=version.pk).update(body=body)
        for name in ("version-detail", "version-try", "version-bpmn", "version-export"):
            assert client.get(address(version, name)).status_code == 200
        for section in ("states", "actions", "clocks", "actors", "tables", "form"):
            assert client.get(address(version, "row-edit", section, "new")).status_code == 200
