"""The pages, by role."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.rules import selectors, services
from apps.rules.models import RuleTable, RuleTableVersion
from tests.rules.conftest import dispatch_body


def page(client: Client, user: User, view: str, /, *args: Any, **query: Any) -> Any:
    client.force_login(user, backend="apps.accounts.backends.AppointmentBackend")
    return client.get(reverse(f"rules:{view}", args=args), query)


def post(client: Client, user: User, view: str, /, *args: Any, **data: Any) -> Any:
    client.force_login(user, backend="apps.accounts.backends.AppointmentBackend")
    return client.post(reverse(f"rules:{view}", args=args), data, follow=True)


def text(response: Any) -> str:
    return response.content.decode()


def test_signed_out_is_sent_to_sign_in(client: Client, published: RuleTableVersion) -> None:
    assert client.get(reverse("rules:table-list")).status_code == 302


def test_list_shows_what_is_in_force(
    client: Client, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    shown = text(page(client, reader, "table-list"))
    assert "派单规则" in shown
    assert "第1版" in shown
    assert "新建规则表" not in shown
    assert "派单规则" not in text(page(client, outsider, "table-list"))


def test_list_query_count_does_not_grow(
    client: Client, reader: User, published: RuleTableVersion, django_assert_max_num_queries: Any
) -> None:
    client.force_login(reader, backend="apps.accounts.backends.AppointmentBackend")
    with django_assert_max_num_queries(12):
        client.get(reverse("rules:table-list"))


def test_version_page_reads_as_chinese(
    client: Client, reader: User, published: RuleTableVersion
) -> None:
    shown = text(page(client, reader, "table-detail", "dispatch"))
    for words in (
        "属于“道路破损、井盖缺失”",
        "港东区城市管理局",
        "5个工作日",
        "生效中",
        "井盖归城管",
    ):
        assert words in shown
    assert "复制为新草稿" not in shown
    assert "没有符合搜索的行" in text(page(client, reader, "table-detail", "dispatch", q="飞碟"))


def test_other_tenants_and_missing_tables_are_not_found(
    client: Client, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    assert page(client, outsider, "table-detail", "dispatch").status_code == 404
    assert page(client, reader, "table-detail", "nothing").status_code == 404
    assert page(client, reader, "version-detail", "dispatch", 9).status_code == 404


def test_create_table_and_first_draft(client: Client, author: User, reader: User) -> None:
    given = {"name": "立案规则", "code": "accept", "vocabulary": "test.dispatch"}
    assert post(client, reader, "table-create", **given).status_code == 403
    assert "还没有任何版本" in text(post(client, author, "table-create", **given))
    assert "已被占用" in text(post(client, author, "table-create", **given))
    shown = post(
        client,
        author,
        "draft-start",
        "accept",
        hit_policy="first",
        inputs=["kind"],
        outputs=["unit"],
    )
    assert "不限" in text(shown)
    assert "提交复核" in text(shown)


def test_try_explains_each_column_and_becomes_a_test(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    shown = text(page(client, author, "version-try", "dispatch", 1, kind="lamp", level="4"))
    assert "第2行" in shown
    assert "不小于3" in shown
    wrong = text(page(client, author, "version-try", "dispatch", 1, level="x"))
    assert "级别" in wrong
    post(client, author, "test-add", "dispatch", 1, kind="lamp", level="4", test_name="路灯")
    case = draft.table.test_cases.get(name="路灯")
    assert case.expected == [{"unit": "ld", "limit": 1}]
    post(client, author, "test-remove", "dispatch", 1, case.pk)
    assert not draft.table.test_cases.filter(name="路灯").exists()


def test_parts_stand_alone_without_script(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    assert "<html" in text(page(client, author, "version-check", "dispatch", 1))
    url = reverse("rules:version-check", args=["dispatch", 1])
    assert b"<html" not in client.get(url, headers={"HX-Request": "true"}).content


def row_data(**changes: Any) -> dict[str, Any]:
    return {
        "revision": "1",
        "kind__op": "not_in",
        "kind__values": ["noise"],
        "level__op": "between",
        "level__lo": "2",
        "level__lo_open": "on",
        "level__hi": "",
        "out__unit": "gx-cg",
        "out__limit": "3",
        "note": "夜间另议",
        **changes,
    }


def test_edit_a_row_by_typed_widgets(
    client: Client, author: User, reviewer: User, draft: RuleTableVersion
) -> None:
    shown = text(page(client, author, "row-edit", "dispatch", 1, "road"))
    assert "修改第1行" in shown
    post(client, author, "row-edit", "dispatch", 1, "road", **row_data())
    draft.refresh_from_db()
    row = draft.body["rows"][0]
    assert row["cells"]["kind"] == {"op": "not_in", "values": ["noise"]}
    assert row["cells"]["level"]["lo"] == 2
    assert row["outputs"] == {"unit": "gx-cg", "limit": 3}
    assert page(client, reviewer, "row-edit", "dispatch", 1, "road").status_code == 404


def test_typed_text_outlives_a_draft_changed_elsewhere(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    services.save_draft(author, table=draft.table, body=dispatch_body(), version=draft)
    shown = text(post(client, author, "row-edit", "dispatch", 1, "road", **row_data()))
    assert "已在别处改动" in shown
    assert "这一行现在是：类别属于“道路破损、井盖缺失” → 交由港东区城市管理局办理" in shown
    assert "夜间另议" in shown
    assert 'name="revision" value="2"' in shown
    post(client, author, "row-edit", "dispatch", 1, "road", **row_data(revision="2"))
    draft.refresh_from_db()
    assert draft.body["rows"][0]["note"] == "夜间另议"


def test_typed_text_outlives_its_row(client: Client, author: User, draft: RuleTableVersion) -> None:
    body = dispatch_body(rows=dispatch_body()["rows"][1:])
    services.save_draft(author, table=draft.table, body=body, version=draft)
    shown = text(post(client, author, "row-edit", "dispatch", 1, "road", **row_data()))
    assert "这一行已在别处删除" in shown
    post(client, author, "row-edit", "dispatch", 1, "road", **row_data(revision="2"))
    draft.refresh_from_db()
    assert [row["note"] for row in draft.body["rows"]] == ["", "夜间另议"]
    assert page(client, author, "row-edit", "dispatch", 1, "road").status_code == 404


def test_row_is_dragged_next_to_another_and_the_step_undone(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    for deed, keys in [("behind", ["lamp", "road"]), ("before", ["road", "lamp"])]:
        draft.refresh_from_db()
        data = {"deed": f"{deed}:road", "next_to": "lamp", "revision": draft.revision}
        post(client, author, "row-deed", "dispatch", 1, **data)
        draft.refresh_from_db()
        assert [row["key"] for row in draft.body["rows"]] == keys
    shown = post(client, author, "version-deed", "dispatch", 1, "undo", revision=draft.revision)
    assert "已撤销上一步修改" in text(shown)
    draft.refresh_from_db()
    assert [row["key"] for row in draft.body["rows"]] == ["lamp", "road"]


def test_rows_are_pasted_from_a_sheet(
    client: Client, author: User, reader: User, draft: RuleTableVersion
) -> None:
    assert "承办单位" in text(page(client, author, "row-paste", "dispatch", 1))
    lines = "路灯不亮；噪声\t>=3\t路灯管理所\t2\t夜里\r\n\t\tgx-cg\t9\n\n"
    shown = text(post(client, author, "row-paste", "dispatch", 1, text=lines))
    assert "已加入 2 行" in shown
    draft.refresh_from_db()
    assert [row["cells"] for row in draft.body["rows"][2:]] == [
        {
            "kind": {"op": "in", "values": ["lamp", "noise"]},
            "level": {"op": "between", "lo": 3, "hi": None, "lo_open": False, "hi_open": False},
        },
        {},
    ]
    wrong = text(post(client, author, "row-paste", "dispatch", 1, text="飞碟\t多\tld\t1\t\tx"))
    for words in ("第1行“类别”", "第1行“级别”", "有 6 列，本表只有 5 列", "飞碟\t多"):
        assert words in wrong
    assert page(client, reader, "row-paste", "dispatch", 1).status_code == 404
    draft.refresh_from_db()
    assert len(draft.body["rows"]) == 4


def test_coverage_says_in_words_which_rows_never_spoke(
    client: Client, reader: User, published: RuleTableVersion
) -> None:
    assert "还没有作过决定" in text(page(client, reader, "table-detail", "dispatch", cover="500"))
    services.decide("dispatch", facts={"kind": "cover"}, subject="job:1")
    shown = text(page(client, reader, "table-detail", "dispatch", cover="500"))
    assert "1 次" in shown
    assert "2 行中有 1 行从未命中" in shown
    only = text(page(client, reader, "table-detail", "dispatch", cover="500", only="never"))
    assert "路灯管理所" in only
    assert "属于“道路破损、井盖缺失”" not in only
    assert "从未命中" not in text(page(client, reader, "table-detail", "dispatch", cover="7"))


def test_restore_is_offered_and_done_on_the_page(
    client: Client, author: User, reviewer: User, published: RuleTableVersion
) -> None:
    rows = dispatch_body()["rows"][:1]
    second = services.save_draft(author, table=published.table, body=dispatch_body(rows=rows))
    services.submit(author, version=second)
    services.publish(reviewer, version=second)
    assert "立即恢复" not in text(page(client, author, "version-detail", "dispatch", 1))
    assert "立即恢复" in text(page(client, reviewer, "version-detail", "dispatch", 1))
    shown = text(
        post(client, reviewer, "version-deed", "dispatch", 1, "restore", note="新版漏了路灯")
    )
    assert "旧版已立即恢复生效" in shown
    assert "立即恢复第1版，成为第3版" in shown
    assert "新版漏了路灯" in shown


def test_long_table_stays_light(
    client: Client, author: User, table: RuleTable, django_assert_max_num_queries: Any
) -> None:
    rows = [{**dispatch_body()["rows"][n % 2], "key": f"r{n}"} for n in range(2000)]
    services.save_draft(author, table=table, body=dispatch_body(rows=rows))
    client.force_login(author, backend="apps.accounts.backends.AppointmentBackend")
    with django_assert_max_num_queries(25):
        shown = client.get(reverse("rules:table-detail", args=["dispatch"]), {"page": "40"})
    assert len(shown.content) < 200_000
    assert "r1999" in text(shown)


def test_wrong_cell_is_named_beside_its_widget(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    wrong = row_data(level__lo="5", level__hi="1")
    shown = text(post(client, author, "row-edit", "dispatch", 1, "road", **wrong))
    assert "区间是空的" in shown
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.parametrize(
    ("deed", "keys"),
    [
        ("remove", ["lamp"]),
        ("down", ["lamp", "road"]),
        ("up", ["road", "lamp"]),
        ("duplicate", ["road", "?", "lamp"]),
        ("add", ["road", "?", "lamp"]),
    ],
)
def test_row_deeds(
    client: Client, author: User, draft: RuleTableVersion, deed: str, keys: list[str]
) -> None:
    post(client, author, "row-deed", "dispatch", 1, deed=deed, key="road", revision="1")
    draft.refresh_from_db()
    found = [row["key"] for row in draft.body["rows"]]
    assert [k if k in ("road", "lamp") else "?" for k in found] == keys


def test_row_deed_on_an_old_page_changes_nothing(
    client: Client, author: User, draft: RuleTableVersion
) -> None:
    for data in ({"revision": "0"}, {"revision": "x"}, {}):
        post(client, author, "row-deed", "dispatch", 1, deed="remove", key="road", **data)
    draft.refresh_from_db()
    assert len(draft.body["rows"]) == 2


def test_submit_and_publish_by_another_person(
    client: Client, author: User, reviewer: User, reader: User, draft: RuleTableVersion
) -> None:
    assert "须由另一人发布" in text(post(client, author, "version-deed", "dispatch", 1, "submit"))
    post(client, author, "version-deed", "dispatch", 1, "publish")
    post(client, reader, "version-deed", "dispatch", 1, "publish")
    draft.refresh_from_db()
    assert draft.state == "testing"
    assert "复核通过并发布" in text(page(client, reviewer, "version-detail", "dispatch", 1))
    shown = post(client, reviewer, "version-deed", "dispatch", 1, "publish", effective_from="soon")
    assert "生效时间不正确" in text(shown)
    assert "已发布" in text(post(client, reviewer, "version-deed", "dispatch", 1, "publish"))


def test_check_diff_replay_and_broken_pages(
    client: Client, author: User, published: RuleTableVersion
) -> None:
    services.decide("dispatch", facts={"kind": "cover"}, subject="job:1")
    other = services.copy_to_draft(author, version=published)
    body = {**other.body, "rows": other.body["rows"][1:]}
    services.save_draft(author, table=other.table, body=body, version=other)
    assert "没有一行负责的情况" in text(page(client, author, "version-check", "dispatch", 1))
    shown = text(page(client, author, "version-replay", "dispatch", 2))
    assert "1 个结果会不同" in shown
    assert "港东区城市管理局" in shown
    assert "job 1" in text(page(client, author, "version-replay", "dispatch", 2, group="0"))
    assert "删除" in text(page(client, author, "version-diff", "dispatch", 2, 1))
    RuleTable.objects.update(vocabulary="gone")
    assert "不能使用" in text(page(client, author, "version-detail", "dispatch", 1))


def test_sheet_goes_out_and_comes_back_as_a_draft(
    client: Client, author: User, reader: User, published: RuleTableVersion
) -> None:
    response = page(client, reader, "version-export", "dispatch", 1)
    content = b"".join(response.streaming_content)
    upload = SimpleUploadedFile("rules.xlsx", content)
    assert "已导入为新草稿" in text(post(client, author, "draft-upload", "dispatch", file=upload))
    assert published.table.versions.get(number=2).body == published.body
    upload = SimpleUploadedFile("rules.xlsx", content)
    post(client, reader, "draft-upload", "dispatch", file=upload)
    bad = SimpleUploadedFile("rules.xlsx", b"no")
    assert "Excel" in text(post(client, author, "draft-upload", "dispatch", file=bad))
    assert published.table.versions.count() == 2


def test_dmn_goes_out_and_comes_back_into_the_draft(
    client: Client, author: User, published: RuleTableVersion
) -> None:
    response = page(client, author, "version-dmn", "dispatch", 1)
    assert "派单规则-1.dmn" in unquote(response["Content-Disposition"])
    content = b"".join(response.streaming_content)
    draft = services.save_draft(
        author, table=published.table, body=dispatch_body(inputs=["kind"], rows=[])
    )
    for revision, answer in [("1", "已导入到草稿"), ("1", "已在别处改动"), ("x", "页面已过期")]:
        upload = SimpleUploadedFile("rules.dmn", content)
        data = {"file": upload, "number": draft.number, "revision": revision}
        assert answer in text(post(client, author, "draft-upload", "dispatch", **data))
    draft.refresh_from_db()
    assert (draft.body, draft.revision) == (published.body, 2)
    wrong = SimpleUploadedFile("rules.dmn", content.replace(b"&gt;= 3", b"sum(3)"))
    shown = text(post(client, author, "draft-upload", "dispatch", file=wrong))
    assert "第2行“级别”：“sum(3)”不在支持的写法之内" in shown


def test_decision_page_and_fragment(
    client: Client, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    decision = services.decide("dispatch", facts={"kind": "cover", "level": 2}, subject="job:1")
    shown = text(page(client, reader, "decision-detail", decision.pk, row="lamp"))
    assert "命中《派单规则》第1版第1行" in shown
    assert (
        "没有用《派单规则》第1版第2行（交由路灯管理所办理，时限1个工作日）："
        "类别要求是“路灯不亮”，实际为“井盖缺失”；级别要求不小于3，实际为“2”。"
    ) in shown
    assert "不小于3" in shown
    fragment = client.get(
        reverse("rules:decision-detail", args=[decision.pk]), headers={"HX-Request": "true"}
    )
    assert b"<html" not in fragment.content
    brief = text(
        client.get(
            reverse("rules:decision-detail", args=[decision.pk]),
            {"view": "brief", "row": "lamp"},
            headers={"HX-Request": "true"},
        )
    )
    assert "类别“井盖缺失”，要求属于“道路破损、井盖缺失”" in brief
    assert "没有用《派单规则》第1版第2行" in brief
    assert page(client, outsider, "decision-detail", decision.pk).status_code == 404


def test_decision_over_rest(
    client: Client, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    decision = services.decide("dispatch", facts={"kind": "cover"}, subject="job:1")
    url = f"/api/v1/decisions/{decision.pk}/"
    assert client.get(url).status_code in (401, 403)
    client.force_login(reader, backend="apps.accounts.backends.AppointmentBackend")
    answer = client.get(url).json()
    assert answer["table_version"] == 1
    assert answer["rows"][0]["columns"][0]["condition"] == "属于“道路破损、井盖缺失”"
    assert answer["alternatives"] == [
        {"key": "lamp", "number": 2, "outputs": "交由路灯管理所办理，时限1个工作日", "failing": 2}
    ]
    why_not = client.get(f"{url}why-not/lamp/").json()
    assert why_not["sentence"].startswith("没有用《派单规则》第1版第2行")
    assert [column["hit"] for column in why_not["columns"]] == [False, False]
    assert "就是命中的一行" in client.get(f"{url}why-not/road/").json()["sentence"]
    assert client.get(f"{url}why-not/nothing/").status_code == 404
    client.force_login(outsider, backend="apps.accounts.backends.AppointmentBackend")
    assert client.get(url).status_code == 404
    assert client.get(f"{url}why-not/lamp/").status_code == 404


def test_decision_is_told_in_the_language_of_the_request(
    client: Client, reader: User, published: RuleTableVersion
) -> None:
    decision = services.decide("dispatch", facts={"kind": "cover"}, subject="job:1")
    client.force_login(reader, backend="apps.accounts.backends.AppointmentBackend")
    url = f"/api/v1/decisions/{decision.pk}/"
    answer = client.get(url, headers={"Accept-Language": "en"}).json()
    assert answer["explanation"] == decision.explanation
    assert answer["sentence"].startswith("“派单规则” version 1, row 1 matches")
    RuleTable.objects.update(vocabulary="gone")
    with translation.override("en"):
        assert (
            selectors.told(selectors.get_decision(reader, pk=decision.pk)) == decision.explanation
        )


def test_decisions_on_a_subject_are_listed_to_who_sees_the_subject(
    client: Client, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    User.objects.filter(pk=reader.pk).update(username="user-7")
    decision = services.decide("dispatch", facts={"kind": "cover"}, subject="parcel:7")
    for user, found in [(reader, [decision.pk]), (outsider, [])]:
        client.force_login(user, backend="apps.accounts.backends.AppointmentBackend")
        answer = client.get("/api/v1/decisions/", {"subject": "parcel:7"}).json()
        assert [row["id"] for row in answer] == found
    assert client.get("/api/v1/decisions/", {"subject": "nothing:7"}).json() == []
    assert client.get("/api/v1/decisions/").status_code == 400
