"""Drills to tasks and revised plans, capacity to reviews, reminders. OP-21, OP-24, OP-26."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.upkeep import selectors, services
from apps.upkeep.models import CapacitySample, Exercise, Improvement
from apps.upkeep.services import NewExercise, NewImprovement
from apps.upkeep.services.reminding import quarter_end
from tests.cast import Cast

NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def drill(cast: Cast) -> Exercise:
    new = NewExercise("数据库切换演练", "switch", "主库失电", date(2026, 12, 1), cast.keeper)
    return services.plan_exercise(cast.keeper, new=new)


def task(cast: Cast, **change: Any) -> NewImprovement:
    said = {"title": "补写切换步骤", "field": "data", "owner": cast.reader,
            "due_on": clock.today() + timedelta(days=30)}  # fmt: skip
    return NewImprovement(**(said | change))


def reviewed(cast: Cast) -> Exercise:
    exercise = drill(cast)
    services.begin_exercise(cast.keeper, exercise_id=exercise.pk)
    services.note_event(cast.keeper, exercise_id=exercise.pk, text="08:03 拔掉主库电源")
    return services.end_exercise(cast.keeper, exercise_id=exercise.pk)


def test_a_drill_goes_its_way_and_leaves_tasks_and_a_better_plan(keepers: Cast) -> None:
    first = services.revise_plan(
        keepers.keeper, title="数据库故障预案", field="data", text="一、切换"
    )
    exercise = reviewed(keepers)
    found = services.add_improvement(keepers.keeper, new=task(keepers), exercise_id=exercise.pk)
    second = services.revise_plan(
        keepers.keeper, title="数据库故障预案", field="data", text="一、先通知\n二、切换",
        reason="演练发现没有通知", exercise_id=exercise.pk,
    )  # fmt: skip
    services.close_exercise(keepers.keeper, exercise_id=exercise.pk, conclusion="四分钟内恢复")
    services.finish_improvement(keepers.reader, improvement_id=found.pk, result="已写入手册")
    exercise.refresh_from_db()
    assert (exercise.state, exercise.conclusion) == ("closed", "四分钟内恢复")
    assert [event.text for event in exercise.events.order_by("pk")] == [
        "演练开始", "08:03 拔掉主库电源", "演练结束",
    ]  # fmt: skip
    assert (first.number, second.number, second.exercise) == (1, 2, exercise)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"exercise.begun", "exercise.closed", "emergency_plan.revised"} <= actions


def test_what_is_out_of_turn_is_refused(keepers: Cast) -> None:
    exercise = drill(keepers)
    key = {"exercise_id": exercise.pk}
    with pytest.raises(NotAllowed):
        services.begin_exercise(keepers.reader, **key)
    with pytest.raises(Refused, match="已计划"):
        services.note_event(keepers.keeper, text="早了", **key)
    with pytest.raises(Refused):
        services.add_improvement(keepers.keeper, new=task(keepers), **key)
    services.begin_exercise(keepers.keeper, **key)
    with pytest.raises(Refused):
        services.begin_exercise(keepers.keeper, **key)
    with pytest.raises(NotFound):
        services.end_exercise(keepers.keeper, exercise_id=0)


def test_wrong_input_names_its_field(keepers: Cast) -> None:
    exercise = reviewed(keepers)
    yesterday = clock.today() - timedelta(days=1)
    for change, field in (({"field": "x"}, "field"), ({"due_on": yesterday}, "due_on")):
        with pytest.raises(InvalidInput) as refusal:
            services.add_improvement(
                keepers.keeper, new=task(keepers, **change), exercise_id=exercise.pk
            )
        assert refusal.value.field == field
    with pytest.raises(InvalidInput):
        services.close_exercise(keepers.keeper, exercise_id=exercise.pk, conclusion=" ")


def test_a_task_is_ended_by_its_owner_or_a_keeper_once(keepers: Cast) -> None:
    exercise = reviewed(keepers)
    found = services.add_improvement(keepers.keeper, new=task(keepers), exercise_id=exercise.pk)
    with pytest.raises(NotAllowed):
        services.finish_improvement(keepers.writer, improvement_id=found.pk, result="我来")
    assert list(selectors.list_improvements(keepers.writer)) == []
    assert list(selectors.list_improvements(keepers.reader)) == [found]
    services.finish_improvement(keepers.reader, improvement_id=found.pk, result="好了")
    with pytest.raises(Refused):
        services.finish_improvement(keepers.keeper, improvement_id=found.pk, result="又好了")


def test_what_is_due_is_told_once_a_week(keepers: Cast) -> None:
    with clock.at(NOON):
        assert services.remind() == 0  # the quarter has five weeks left
    with clock.at(NOON + timedelta(days=20)):
        assert services.remind() == 2
        assert services.remind() == 2
        titles = [notice.title for notice in Notice.objects.filter(recipient=keepers.keeper)]
        assert sorted(titles) == ["本半年还没有容量评估", "本季度还没有演练"]
        services.hold_review(keepers.keeper, conclusion="够用")
        services.begin_exercise(SYSTEM, exercise_id=drill(keepers).pk)
        assert services.remind() == 0
        services.add_improvement(
            keepers.keeper, new=task(keepers, due_on=clock.today()), half="2026H2"
        )
    with clock.at(NOON + timedelta(days=22)):
        assert services.remind() == 1
    assert Notice.objects.get(recipient=keepers.reader).title == "改进事项逾期：补写切换步骤"


def test_a_quarter_ends_on_its_last_day() -> None:
    for number in range(2 * 366):
        day = date(2023, 1, 1) + timedelta(days=number)
        end = quarter_end(day)
        assert day <= end
        assert (end + timedelta(days=1)).day == 1
        assert (end.month % 3, (end - day).days < 92) == (0, True)


def test_the_trend_says_when_a_disk_is_full(keepers: Cast) -> None:
    sample = services.take_sample()
    assert services.take_sample().pk == sample.pk
    assert sample.figures["rows.accounts.User"] > 0
    CapacitySample.objects.all().delete()
    today = date(2026, 11, 22)
    for days in range(11):
        figures = {"disk_free_bytes.data": 1000.0 + 10 * days, "steady": 5.0}
        CapacitySample.objects.create(on=today - timedelta(days=days), figures=figures)
    disk, steady = selectors.trend_of(today)
    assert (disk.per_month, disk.full_on) == (-300.0, today + timedelta(days=100))
    assert (steady.per_month, steady.full_on) == (0.0, None)


def test_half_a_year_is_reviewed_once_with_its_trend(keepers: Cast) -> None:
    with clock.at(NOON):
        services.take_sample()
        with pytest.raises(NotAllowed):
            services.hold_review(keepers.reader, conclusion="够用")
        review = services.hold_review(keepers.keeper, conclusion="够用")
        assert review.half == "2026H2"
        assert {line["name"] for line in review.trend} >= {"database_bytes"}
        with pytest.raises(Refused):
            services.hold_review(keepers.keeper, conclusion="再来")
    test = services.note_load_test(keepers.keeper, name="intake", line="MISSED: p95 1.2 s")
    assert not test.holds
    with pytest.raises(InvalidInput) as refusal:
        services.note_load_test(keepers.keeper, name="intake", line="all good")
    assert refusal.value.field == "line"


def test_the_pages_of_a_drill(keepers: Cast) -> None:
    client = Client()
    client.force_login(keepers.keeper)
    form = {"title": "断网演练", "kind": "fault", "planned_on": "2026-12-01", "lead": "keeper",
            "scenario": "光缆中断", "plan": ""}  # fmt: skip
    assert client.post("/upkeep/exercises/", form | {"planned_on": "x"}).status_code == 422
    here = client.post("/upkeep/exercises/", form).headers["Location"]
    for deed in ("begin", "end"):
        assert client.post(f"{here}{deed}/").status_code == 302
        if deed == "begin":
            assert client.post(f"{here}event/", {"text": "<i>断开</i>"}).status_code == 302
            assert client.post(f"{here}event/", {"text": ""}).status_code == 422
    assert "&lt;i&gt;断开" in client.get(here).content.decode()
    said = {"title": "备用链路", "field": "network", "owner": "keeper", "due_on": "2099-01-01"}
    assert client.post(f"{here}improvement/", said | {"owner": "handler"}).status_code == 422
    assert client.post(f"{here}improvement/", said).status_code == 302
    assert client.post(f"{here}close/", {"conclusion": "可用"}).status_code == 302
    assert client.post(f"{here}other/").status_code == 404
    plan = {"title": "网络预案", "field": "network", "text": "先切换备用链路", "reason": ""}
    assert client.post("/upkeep/plans/", plan).status_code == 302
    assert "先切换备用链路" in client.get("/upkeep/plans/").content.decode()
    page = client.get("/upkeep/improvements/?open=1").content.decode()
    assert "备用链路" in page
    done = f"/upkeep/improvements/{Improvement.objects.get().pk}/"
    assert client.post(done, {"result": "已接通"}).status_code == 302
    assert "已接通" in client.get("/upkeep/improvements/").content.decode()
    assert client.get("/upkeep/improvements/export/").status_code == 200


def test_the_page_of_capacity(keepers: Cast) -> None:
    client = Client()
    client.force_login(keepers.keeper)
    services.take_sample()
    assert "database_bytes" in client.get("/upkeep/capacity/").content.decode()
    for form, status in (
        ({"conclusion": ""}, 422), ({"conclusion": "够用"}, 302), ({"conclusion": "再来"}, 422),
        ({"name": "day", "line": "x"}, 422), ({"name": "day", "line": "OK: rows 1"}, 302),
    ):  # fmt: skip
        assert client.post("/upkeep/capacity/", form).status_code == status
    client.force_login(keepers.reader)
    assert client.post("/upkeep/capacity/", {"conclusion": "够用"}).status_code == 403
    client.force_login(keepers.handler)
    assert client.get("/upkeep/capacity/").status_code == 403
    assert client.get("/upkeep/exercises/").status_code == 403
