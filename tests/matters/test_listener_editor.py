"""The editor of a listener: what is posted, what is kept, what is refused (RU-03)."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from apps.accounts.models import User
from apps.matters.listener_conditions import ConditionEditor
from apps.matters.models import Listener
from tests.cast import Cast
from tests.matters import ears, joint

pytestmark = pytest.mark.django_db

NEW = "/cases/listeners/new/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(cast: Cast, **changes: Any) -> dict[str, Any]:
    """What the page posts for a plain listener."""
    return {
        "name": "井盖案件提醒",
        "purpose": "及时知道",
        "tenant": str(cast.tenant.pk),
        "matters": ["hotline.demand"],
        "actions": ["open"],
        "effect": "notify",
        "notify_to": "permission",
        "notify_permission": "matters.supervise_case",
        "notify_title": "{标题}",
        "joint": "all",
        "lines": "0",
        "deed": "save",
    } | changes


def line(number: int, level: int = 0, **values: Any) -> dict[str, Any]:
    return {f"c{number}-{k}": v for k, v in ({"level": level, "kind": "fact"} | values).items()}


NESTED = {"lines": "4", "joint": "all"}
NESTED |= line(0, fact="channel", op="in", values=["phone", "web"])
NESTED |= line(1, kind="any")
NESTED |= line(2, 1, fact="is_late", op="in", values="true")
NESTED |= line(3, 1, fact="round", op="between", lo="2", hi="")
NESTED_TREE = {
    "all": [
        {"fact": "channel", "op": "in", "values": ["phone", "web"]},
        {
            "any": [
                {"fact": "is_late", "op": "in", "values": [True]},
                {"fact": "round", "op": "between", "lo": 2.0, "hi": None},
            ]
        },
    ]
}


def sent(user: User, path: str, data: dict[str, Any]) -> str:
    answer = as_(user).post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_listener_is_written_and_shown_with_its_trial(cast: Cast) -> None:
    page = sent(cast.author, NEW, filled(cast))
    listener = Listener.objects.get()
    assert (listener.author, listener.tenant, listener.purpose) == (
        cast.author,
        cast.tenant,
        "及时知道",
    )
    assert listener.pattern == {"matters": ["hotline.demand"], "actions": ["open"]}
    assert listener.effect_data["permission"] == "matters.supervise_case"
    assert "试跑" in page


def test_nested_conditions_are_kept_as_typed(cast: Cast) -> None:
    sent(cast.author, NEW, filled(cast, **NESTED))
    assert Listener.objects.get().condition == NESTED_TREE


@pytest.mark.parametrize(
    "tree",
    [
        NESTED_TREE,
        {"any": [{"fact": "text", "op": "contains", "words": ["井盖", "塌陷"]}]},
        {"all": [{"not": {"any": [{"fact": "class", "op": "empty"}]}}]},
        {"all": [{"fact": "round", "op": "in", "values": [1, 3]}]},
    ],
)
def test_a_stored_condition_opens_as_it_was_kept(cast: Cast, tree: dict[str, Any]) -> None:
    lines = ConditionEditor.of(tree).lines
    data = QueryDict(mutable=True)
    data["joint"], data["lines"] = next(iter(tree)), str(len(lines))
    for form in lines:
        for field in form:
            value = field.value()
            values = value if isinstance(value, list) else ["" if value is None else value]
            data.setlist(field.html_name, [str(value) for value in values])
    again = ConditionEditor.judged(data)
    assert again.is_valid(), [form.errors for form in again.lines]
    assert again.condition() == tree


def test_areas_are_named_and_an_unknown_one_is_told(cast: Cast) -> None:
    where = {"lines": "1"} | line(0, fact="area", op="within", text="东区")
    sent(cast.author, NEW, filled(cast, **where))
    leaf = Listener.objects.get().condition["all"][0]
    assert leaf["areas"] == [{"path": cast.east.path, "label": "东区"}]
    page = sent(cast.author, NEW, filled(cast, **(where | {"c0-text": "无此区"})))
    assert "没有叫“无此区”的区域" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "名称："),
        ({"matters": ["no.such"]}, "no.such"),
        ({"effect": "explode"}, "explode"),
        ({"tenant": "999"}, "999"),
        ({"lines": "1", **line(0, fact="channel", op="in")}, "至少要列出一项"),
        ({"lines": "1", **line(0, fact="round", op="in", text="许多")}, "标出的行"),
        ({"lines": "1", **line(0, fact="round", op="between", lo="5", hi="2")}, "下限大于上限"),
        ({"lines": "1", **line(0, kind="any")}, "还没有条件"),
        (
            {"effect": "open", "open_matter": "hotline.demand", "rows": "1", "m0-to": "title"},
            "每行请选择一个来源字段",
        ),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_stays(
    cast: Cast, values: dict[str, Any], words: str
) -> None:
    page = sent(cast.author, NEW, filled(cast, purpose="留着这句", **values))
    assert words in page
    assert "留着这句" in page
    assert "error-summary" in page
    assert not Listener.objects.exists()


def test_rubbish_counts_and_levels_do_no_harm(cast: Cast) -> None:
    rubbish = {"lines": "9" * 30, "rows": "-1", "joint": "<b>"}
    assert "试跑" in sent(cast.author, NEW, filled(cast, **rubbish))
    deep = {"lines": "2", **line(0, kind="any"), **line(1, 9, fact="channel", op="empty")}
    assert "标出的行" in sent(cast.author, NEW, filled(cast, **deep))


@pytest.mark.parametrize(
    ("deed", "lines"),
    [("add", 5), ("group", 5), ("add:1", 5), ("group:1", 5), ("drop:1", 1), ("drop:0", 3)],
)
def test_buttons_change_the_lines_and_save_nothing(cast: Cast, deed: str, lines: int) -> None:
    page = sent(cast.author, NEW, filled(cast, **NESTED, deed=deed))
    assert f'name="lines" value="{lines}"' in page
    assert "error-summary" not in page
    assert not Listener.objects.exists()


@pytest.mark.parametrize("deed", ["add:99", "drop:x", "drop", "row:7", "add:-1", "refresh:"])
def test_rubbish_buttons_leave_the_page_as_it_is(cast: Cast, deed: str) -> None:
    page = sent(cast.author, NEW, filled(cast, **NESTED, rows="0", deed=deed))
    assert "井盖案件提醒" in page


def test_another_fact_gets_the_fields_of_its_kind(cast: Cast) -> None:
    one = {"lines": "1"} | line(0, was="channel", fact="round", op="in", values=["phone"])
    page = sent(cast.author, NEW, filled(cast, **one, deed="refresh"))
    assert '<option value="in" selected>' not in page
    assert 'name="c0-lo"' in page
    assert 'name="c0-values"' not in page


def test_a_mapping_is_kept_by_row(cast: Cast) -> None:
    joint.publish(joint.PART, joint.PART_BODY)
    opens = {
        "effect": "open",
        "open_matter": joint.PART,
        "open_title": "由{受理编号}触发",
        "open_text": "{标题}",
        "open_keep_place": "on",
        "rows": "3",
        "m0-to": "address",
        "m0-source": "unit",
        "m1-to": "priority",
        "m1-value": "urgent",
    }
    page = sent(cast.author, NEW, filled(cast, **opens, deed="row"))
    assert 'name="rows" value="4"' in page
    page = sent(cast.author, NEW, filled(cast, **opens, deed="row:0"))
    assert 'name="rows" value="2"' in page
    sent(cast.author, NEW, filled(cast, **opens))
    listener = Listener.objects.get()
    assert listener.effect_data["mapping"] == [
        {"to": "address", "from": "unit"},
        {"to": "priority", "value": "urgent"},
    ]
    page = as_(cast.author).get(f"/cases/listeners/{listener.pk}/edit/").content.decode()
    assert 'value="urgent"' in page


def test_saving_and_submitting_tells_what_is_missing(cast: Cast) -> None:
    page = sent(cast.author, NEW, filled(cast, notify_permission="", deed="submit"))
    assert "已保存为草稿" in page
    assert "请选择通知对象" in page
    listener = Listener.objects.get()
    path = f"/cases/listeners/{listener.pk}/edit/"
    assert "等待另一人复核" in sent(cast.author, path, filled(cast, deed="submit"))
    assert as_(cast.author).get(path).status_code == 403


def test_a_changed_effect_leaves_nothing_of_the_old(cast: Cast) -> None:
    listener = ears.written(cast)
    acts = {"effect": "act", "act_link": "self", "act_action": "archive", "act_text": "归档"}
    sent(cast.author, f"/cases/listeners/{listener.pk}/edit/", filled(cast, **acts))
    listener.refresh_from_db()
    assert listener.effect_data == {"link": "self", "action": "archive", "text": "归档"}


@pytest.mark.parametrize("person", ["publisher", "supervisor", "handler"])
def test_only_authors_open_the_editor(cast: Cast, person: str) -> None:
    listener = ears.written(cast)
    client = as_(cast.people[person])
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, filled(cast)).status_code == 403
    found = client.get(f"/cases/listeners/{listener.pk}/edit/").status_code
    assert found in (403, 404)
