"""The list over all sources and the page of one alarm. AL-04."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.alarms.enums import Level
from apps.alarms.registry import Profile, temporarily
from apps.alarms.services import NewRule, publish_rule, save_rule
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks.models import Clock
from apps.common import clock
from tests.alarms.factories import asset, minutes, raised
from tests.cast import Cast


@pytest.fixture
def at(client: Client) -> Any:
    def go(user: User) -> Client:
        client.force_login(user)
        return client

    return go


def test_the_list_shows_what_the_viewer_reaches(watch: Cast, at: Any) -> None:
    raised(asset(watch, "东区泵站"), level=Level.RED)
    raised(asset(watch, "西区泵站", west=True))
    raised(None, source="platform", kind="low_disk", key="库房服务器", title="")
    page = at(watch.operator).get("/alarms/").content.decode()
    assert all(name in page for name in ("东区泵站", "西区泵站", "库房服务器"))
    east = at(watch.operator_east).get("/alarms/").content.decode()
    assert "东区泵站" in east
    assert "西区泵站" not in east
    assert at(watch.outsider).get("/alarms/").status_code == 403


FILTERS = {
    "q=东区": {"东区泵站"},
    "level=4": {"东区泵站"},
    "source=platform": {"库房"},
    "kind=low_disk": {"库房"},
    "state=recovered": set(),
    "state=all": {"东区泵站", "西区泵站", "库房"},
    "level=x&state=what": {"东区泵站", "西区泵站", "库房"},
    "until=2020-01-01": set(),
    "unanswered=1&since=2020-01-01": {"东区泵站", "西区泵站", "库房"},
}


def test_filters(watch: Cast, at: Any) -> None:
    raised(asset(watch, "东区泵站"), level=Level.RED)
    raised(asset(watch, "西区泵站", west=True))
    raised(None, source="platform", kind="low_disk", key="库房", title="")
    client = at(watch.operator)
    for query, seen in FILTERS.items():
        page = client.get(f"/alarms/?{query}").content.decode()
        rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert {n for n in ("东区泵站", "西区泵站", "库房") if n in rows} == seen, query


def test_the_list_asks_little(watch: Cast, at: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        raised(asset(watch, f"水位计{number}"))
    client = at(watch.operator)
    client.get("/alarms/")
    with django_assert_max_num_queries(36):
        assert client.get("/alarms/").status_code == 200


def test_export_is_what_is_seen_and_audited(watch: Cast, at: Any) -> None:
    raised(asset(watch, "=东区泵站"))
    raised(asset(watch, "西区泵站", west=True))
    answer = at(watch.operator_east).get("/alarms/export/?state=all")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [row[3].value for row in sheet.iter_rows(min_row=2, max_row=2)] == ["'=东区泵站"]
    assert AuditEntry.objects.get(action="alarms.exported").data["count"] == 1


def test_one_alarm_explains_itself(watch: Cast, at: Any) -> None:
    thing, now = asset(watch), clock.now()
    before = raised(thing, at=now - minutes(90))
    client = at(watch.operator)
    client.post(
        f"/alarms/{before.pk}/handle/",
        {"outcome": "repaired", "result": "已清理滤网", "closes": "on"},
    )
    alarm = raised(thing, rule="water-high", rule_version=3)
    page = client.get(f"/alarms/{alarm.pk}/").content.decode()
    for words in (alarm.sentence, "water-high", "第3版", "已清理滤网", "首次响应"):
        assert words in page
    assert at(watch.operator_west).get(f"/alarms/{alarm.pk}/").status_code == 404


def test_deeds_on_the_page(watch: Cast, at: Any) -> None:
    alarm = raised(asset(watch))
    client, here = at(watch.chief), f"/alarms/{alarm.pk}/"
    refused = client.post(f"{here}handle/", {"outcome": "repaired", "result": ""})
    assert refused.status_code == 422
    assert Clock.objects.get(subject_id=alarm.pk).state == "running"
    for deed, data in (
        ("acknowledge", {}),
        ("take", {}),
        ("comment", {"text": "已电话联系"}),
        ("assign", {"assignee": watch.operator_east.pk}),
        ("shelve", {"hours": 4, "reason": "等配件"}),
        ("unshelve", {}),
        ("handle", {"outcome": "planned", "result": "计划检修"}),
    ):
        assert client.post(f"{here}{deed}/", data).status_code == 302, deed
    alarm.refresh_from_db()
    assert (alarm.assignee, alarm.outcome) == (watch.operator_east, "planned")
    assert client.post(f"{here}vanish/").status_code == 404


def test_many_at_once(watch: Cast, at: Any) -> None:
    ours, theirs = raised(asset(watch)), raised(asset(watch, "西", west=True))
    client = at(watch.operator_east)
    answer = client.post(
        "/alarms/many/", {"alarms": [ours.pk, theirs.pk], "action": "acknowledge"}, follow=True
    )
    assert "已处理1条" in answer.content.decode()
    assert "没有这条告警" in answer.content.decode()
    assert client.post("/alarms/many/", {"alarms": ["x"]}).status_code == 400
    none = client.post("/alarms/many/", {"action": "acknowledge"}, follow=True)
    assert "请选择1至200条告警" in none.content.decode()


def test_what_waits_for_the_sound(watch: Cast, at: Any) -> None:
    client = at(watch.operator)
    assert client.get("/alarms/waiting.json").json() == {"newest": None, "count": 0}
    alarm = raised(asset(watch), level=Level.RED)
    assert client.get("/alarms/waiting.json").json() == {
        "newest": {"pk": alarm.pk, "level": 4},
        "count": 1,
    }


def test_pages_of_what_is_arranged(watch: Cast, at: Any) -> None:
    alarm, other = raised(asset(watch)), raised(asset(watch, "乙"))
    client = at(watch.chief)
    here = timezone.localtime(clock.now())
    now, soon = (f"{at:%Y-%m-%dT%H:%M}" for at in (here, here + minutes(90)))
    meaning = {
        "level": 4,
        "audience": "领导",
        "action": "到场",
        "lift": "回落",
        "response_minutes": 5,
    }
    assert alarm.asset is not None
    assert other.asset is not None
    post = watch.chief.appointments.get().post
    for address, good, bad in (
        (
            "silences",
            {"kind": "maintenance", "reason": "检修", "starts_at": now, "ends_at": soon,
             "asset_code": alarm.asset.code, "level_up_to": 3},
            {"asset_code": "不存在"},
        ),
        ("escalation", {"level_from": 3, "after_minutes": 15, "post": post.pk}, {"post": 0}),
        (
            "dependencies",
            {"child": alarm.asset.code, "parent": other.asset.code, "kind": "power"},
            {"parent": alarm.asset.code},
        ),
        ("levels", meaning, {"lift": ""}),
    ):  # fmt: skip
        assert client.post(f"/alarms/{address}/", good | bad).status_code == 422, address
        assert client.post(f"/alarms/{address}/", good).status_code == 302, address
        assert client.get(f"/alarms/{address}/").status_code == 200, address
    assert "2" in client.get("/alarms/groups/").content.decode()
    assert "检修" in client.get(f"/alarms/{alarm.pk}/").content.decode()
    for address in ("escalation", "dependencies"):
        page = client.get(f"/alarms/{address}/").content.decode()
        action = page.partition(f'action="/alarms/{address}/')[2].partition('"')[0]
        assert client.post(f"/alarms/{address}/{action}").status_code == 302
        assert action not in client.get(f"/alarms/{address}/").content.decode()
    reader = at(watch.reader)
    assert reader.get("/alarms/silences/").status_code == 200
    assert reader.post("/alarms/levels/", meaning).status_code == 403


def test_a_rule_and_what_was_measured_are_named_as_people_name_them(watch: Cast, at: Any) -> None:
    level = Profile("water-level", "水位计", {"level_m": ("水位", "m"), "is_wet": ("浸水", "")})
    new = NewRule(
        name="河道水位过高",
        profile="water-level",
        body={"levels": [{"level": 3, "raise": "level_m >= 3.5"}]},
    )
    draft = save_rule(SYSTEM, unit=watch.center, new=new)
    rule = draft.rule
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    alarm = raised(
        asset(watch),
        kind=rule.kind,
        title="河道水位过高",
        rule=rule.code,
        rule_version=1,
        facts={"level_m": 3.6, "is_wet": True, "unheard_of": 7},
    )
    with temporarily(profiles=lambda: [level]):
        page = at(watch.operator).get(f"/alarms/{alarm.pk}/").content.decode()
    assert "依据规则 河道水位过高 第1版" in page
    assert f'href="/alarms/rules/{rule.pk}/"' in page
    for label, value in (("水位", "3.6 m"), ("浸水", "是"), ("unheard_of", "7")):
        assert f'<dt>{label}</dt><dd class="figure">{value}</dd>' in page
    assert f"<dd>{rule.kind}</dd>" not in page
    listed = at(watch.operator).get("/alarms/").content.decode()
    assert f'<option value="{rule.kind}">河道水位过高</option>' in listed
