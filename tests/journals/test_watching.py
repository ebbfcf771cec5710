"""What is usual, what departs from it, and rules: alarms that say why (OP-07)."""

from datetime import timedelta

import pytest

from apps.alarms.models import Alarm
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.journals.models import Deviation, HourCount, LineRule
from apps.journals.services import (
    DEVIATION,
    MATCHED,
    RuleSpec,
    judge_hour,
    save_rule,
    usual_of,
    watch_lines,
)
from tests.cast import Cast
from tests.journals import factories as make

HOUR = timedelta(hours=1)


def test_what_is_usual_is_a_middle_that_one_odd_week_does_not_move() -> None:
    plain = usual_of([100, 104, 96, 100, 9000])
    assert plain is not None
    assert plain.expected == 100
    assert 110 < plain.high < 130
    assert usual_of([100, 100]) is None
    quiet = usual_of([0, 0, 0])
    assert quiet is not None
    assert (quiet.low, quiet.high) == (0, 10)


def test_an_hour_too_loud_is_a_hint_and_an_alarm_until_it_is_quiet(cast: Cast) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0) - HOUR
    web = make.host(cast, "web-01")
    make.weeks(web, hour, 20, 22, 18, 20)
    make.weeks(web, hour, 500, 510, 490, 500, program="nightly", level=6)
    HourCount.objects.create(host=web, program="gateway", level=3, hour=hour, count=400)
    assert judge_hour() == 2
    assert judge_hour() == 0
    loud, silent = Deviation.objects.order_by("-seen")
    assert (loud.seen, loud.expected, loud.weeks, loud.direction) == (400, 20, 4, "above")
    assert "通常 20 条，超过界限" in loud.sentence
    assert (silent.program, silent.seen, silent.direction) == ("nightly", 0, "below")
    alarm = Alarm.objects.get(kind=DEVIATION)
    assert alarm.sentence == loud.sentence
    assert alarm.facts["bound"] == loud.bound
    make.weeks(web, hour + HOUR, 20, 20, 20)
    HourCount.objects.create(host=web, program="gateway", level=3, hour=hour + HOUR, count=21)
    assert judge_hour(hour=hour + HOUR) == 0
    alarm.refresh_from_db()
    assert alarm.state == "recovered"


def test_a_rule_is_an_alarm_while_it_holds(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    make.host(cast, "web-01")
    make.host(cast, "far", west=True)
    spec = RuleSpec("登录失败", cast.east, "登录失败", count=3, minutes=5, level=4)
    rule = save_rule(keeper, spec=spec)
    save_rule(keeper, spec=spec, rule_id=rule.pk)  # nothing changed: nothing is told
    assert AuditEntry.objects.filter(object_type="journals.rule").count() == 1
    now = clock.now()
    make.lines("web-01", "用户登录失败 a", "用户登录失败 b", "别的")
    make.lines("web-01", "用户登录失败 c", level="info")
    make.lines("far", "登录失败", "登录失败", "登录失败")
    assert watch_lines(now=now + timedelta(seconds=5)) == 0
    make.lines("web-01", "用户登录失败 d")
    assert watch_lines(now=now + timedelta(seconds=9)) == 1
    alarm = Alarm.objects.get(kind=MATCHED)
    assert "5 分钟内有 3 条日志含“登录失败”，达到 3 条" in alarm.sentence
    assert watch_lines(now=now + timedelta(minutes=7)) == 0
    alarm.refresh_from_db()
    assert (alarm.state, LineRule.objects.get().is_standing) == ("recovered", False)


def test_who_keeps_rules_and_what_a_rule_may_be(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    spec = RuleSpec("r", cast.east, "磁盘", count=1, minutes=1)
    rule = save_rule(keeper, spec=spec)
    neighbour = make.person("neighbour", "keeper", cast.west_works)
    with pytest.raises(NotAllowed):
        save_rule(neighbour, spec=spec)
    with pytest.raises(NotFound):
        save_rule(neighbour, spec=spec, rule_id=rule.pk)
    with pytest.raises(NotAllowed):
        save_rule(make.person("reader", "reader", cast.east_works), spec=spec)
    for field, wrong in (
        ("words", {"words": "a"}), ("count", {"count": 0}), ("minutes", {"minutes": 2000}),
        ("name", {}), ("host", {"name": "n", "host": make.host(cast, "far", west=True)}),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            save_rule(keeper, spec=RuleSpec(**(vars(spec) | wrong)))
        assert refused.value.field == field
