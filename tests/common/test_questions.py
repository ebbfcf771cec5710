"""A question gives what its queryset gives."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Appointment
from apps.clocks.models import Clock
from apps.common import questions, rows
from apps.common.questions import Question, condition_of, together
from apps.matters.models import Case, Task
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def whole(case: int) -> "models.QuerySet[Case]":
    return (
        Case.objects.select_related("version", "matter_type", "tenant__area", "unit", "proposal")
        .defer("search", "tenant__area__boundary")
        .filter(pk=case)
    )


def columns(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def test_the_same_objects_with_what_belongs_to_them(cast: Cast) -> None:
    case = make.handling(cast)
    [expected], [found] = list(whole(case.pk)), Question(whole).all(case.pk)
    assert columns(found) == columns(expected)
    assert found.get_deferred_fields() == expected.get_deferred_fields() == {"search"}
    for name in ("version", "matter_type", "tenant", "unit", "proposal"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert columns(one) == columns(other), name
    assert columns(found.tenant.area) == columns(expected.tenant.area)


def test_what_is_left_open_is_filled_in_anew(cast: Cast) -> None:
    first, second = make.handling(cast), make.handling(cast)
    question = Question(
        lambda case, number: Task.objects.filter(case_id=case, round=number, kind="main")
    )
    assert [task.case_id for task in question.all(first.pk, 1)] == [first.pk]
    assert [task.case_id for task in question.all(second.pk, 1)] == [second.pk]
    assert question.first(second.pk, 2) is None


def test_days_and_moments_are_left_open_too(cast: Cast) -> None:
    case = make.handling(cast)
    since = Question(
        lambda number, moment: Case.objects.filter(round=number, opened_at__gte=moment),
        (int, datetime),
    )
    assert since.all(1, case.opened_at) == [case]
    assert since.all(1, case.opened_at + timedelta(microseconds=1)) == []
    held = Question(
        lambda user, day: Appointment.objects.filter(user_id=user, from_on__lte=day), (int, date)
    )
    [first] = Appointment.objects.filter(user=cast.handler)
    assert held.all(cast.handler.pk, first.from_on) == [first]
    assert held.all(cast.handler.pk, first.from_on - timedelta(days=1)) == []


def test_values_come_as_rows(cast: Cast) -> None:
    case = make.handling(cast)
    either = Question(
        lambda pk: (
            Case.objects.filter(pk=pk)
            .values_list("number", "is_confidential")
            .union(Case.objects.filter(pk=-1).values_list("title", "is_confidential"))
        )
    )
    assert either.values(case.pk) == [(case.number, False)]
    assert either.values(0) == []


def test_several_travel_in_one_journey(cast: Cast) -> None:
    case = make.handling(cast)
    clocks = Question(lambda case: Clock.objects.filter(subject_type="case", subject_id=case))
    tasks = Question(lambda case: Task.objects.filter(case_id=case).order_by("id"))
    with CaptureQueriesContext(connection) as queries:
        found, work = together(clocks.of(case.pk), tasks.of(case.pk))
    assert found == list(Clock.objects.filter(subject_type="case", subject_id=case.pk))
    assert work == list(Task.objects.filter(case=case).order_by("id"))
    assert len(queries) == 2


def test_what_waits_is_not_seen_until_it_is_written(cast: Cast) -> None:
    task = Task.objects.get(case=make.handling(cast))
    question = Question(lambda pk: Task.objects.filter(pk=pk))
    with rows.gathered():
        task.instruction = "新的要求"
        rows.update(task, "instruction")
        assert question.all(task.pk)[0].instruction != "新的要求"
        rows.flush()
        assert question.all(task.pk)[0].instruction == "新的要求"


def test_a_constant_is_kept_as_it_is(cast: Cast) -> None:
    case = make.handling(cast)
    assert Question(lambda pk: Case.objects.filter(pk=pk, is_confidential=False)).first(case.pk)
    assert not Question(lambda pk: Case.objects.filter(pk=pk, round=101)).all(case.pk)
    assert not Question(lambda pk: Case.objects.filter(pk=pk, title="' or 1=1 --")).all(case.pk)


def test_what_it_cannot_hold_is_refused_aloud(cast: Cast) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        Question(lambda pk: Case.objects.filter(pk=pk, form_data={"a": 1})).all(1)
    with pytest.raises(TypeError, match="annotations"):
        Question(lambda pk: Case.objects.filter(pk=pk).annotate(n=models.Value(1))).all(1)


@pytest.mark.django_db(transaction=True)
def test_a_locking_question_waits_and_what_follows_sees_the_other(cast: Cast) -> None:
    case = make.handling(cast)
    locked = Question(lambda pk: Case.objects.select_for_update().filter(pk=pk))
    tasks = Question(lambda case: Task.objects.filter(case_id=case))
    has_lock, seen = threading.Event(), []

    def other() -> None:
        try:
            with transaction.atomic():
                has_lock.wait(5)
                _case, work = together(locked.of(case.pk), tasks.of(case.pk))
                seen.extend(task.instruction for task in work)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    with transaction.atomic():
        locked.first(case.pk)
        has_lock.set()
        thread.join(0.5)
        assert thread.is_alive()
        Task.objects.filter(case=case).update(instruction="先到的")
    thread.join(5)
    assert seen == ["先到的"]


def test_an_update_writes_the_named_columns_and_no_others(cast: Cast) -> None:
    task = Task.objects.get(case=make.handling(cast))
    task.instruction, task.result = "甲", "乙"
    rows.update(task, "instruction")
    kept = Task.objects.get(pk=task.pk)
    assert (kept.instruction, kept.result) == ("甲", "")
    with pytest.raises(TypeError, match="has not all of"):
        rows.update(task, "no_such_column")


def test_a_condition_matches_what_its_queryset_does(cast: Cast) -> None:
    case = make.handling(cast)
    wanted = models.Q(state=case.state) & ~models.Q(number="没有") | models.Q(
        opened_by__isnull=True
    )
    for asked in (
        Case.objects.filter(wanted | models.Q(priority="x")),
        Case.objects.all(),
        Case.objects.none(),
    ):
        condition, values = condition_of(asked)
        [found] = rows.ask((f"select id from matters_case where {condition}", values))  # noqa: S608
        assert {pk for (pk,) in found} == set(asked.values_list("pk", flat=True))


def test_a_condition_on_another_table_is_refused_aloud() -> None:
    with pytest.raises(TypeError):
        condition_of(Case.objects.filter(unit__name="住建局"))


def test_a_model_somebody_listens_to_is_made_the_long_way(cast: Cast) -> None:
    heard = []

    def listen(instance: Task, **kwargs: Any) -> None:
        heard.append(instance.pk)

    case = make.handling(cast)
    models.signals.post_init.connect(listen, sender=Task)
    questions._is_plain.cache_clear()
    try:
        [task] = Question(lambda of: Task.objects.filter(case_id=of)).all(case.pk)
    finally:
        models.signals.post_init.disconnect(listen, sender=Task)
        questions._is_plain.cache_clear()
    assert heard == [task.pk]
