"""Two people, one draw, one result, one list: each thing happens once."""

import pytest

from apps.common import outbox
from apps.common.errors import DomainError
from apps.inspection import services
from apps.inspection.models import CheckResult, Draw, DrawResult
from apps.matters.models import Case
from tests.cast import Cast, _person
from tests.inspection import factories as make
from tests.matters.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def refused(results: list[object]) -> int:
    return sum(isinstance(one, DomainError) for one in results)


def test_two_at_once_freeze_one_list(staffed: Cast) -> None:
    make.many(staffed, 4)
    plan = make.plan(staffed)

    def freeze() -> Draw:
        return services.freeze_draw(staffed.planner, plan_id=plan.pk)

    assert refused(at_once(freeze, freeze)) == 1
    assert Draw.objects.count() == 1


def test_two_at_once_draw_once_and_workers_open_each_case_once(staffed: Cast) -> None:
    make.many(staffed, 6)
    second = _person("runner2", "抽二", "draw_runner", staffed.east_works)
    draw = make.frozen(staffed)
    deeds = [
        lambda who=who: services.run_draw(who, draw_id=draw.pk) for who in (staffed.runner, second)
    ]
    assert refused(at_once(*deeds)) == 1
    at_once(outbox.drain, outbox.drain)
    outbox.drain()
    assert DrawResult.objects.filter(case=None).count() == 0
    assert Case.objects.count() == DrawResult.objects.count() == 3


def test_two_inspectors_at_once_record_one_result(staffed: Cast) -> None:
    make.many(staffed, 2)
    result = make.drawn(staffed).results.get()
    people = [seat.inspector.user for seat in result.inspectors.all()]
    deeds = [
        lambda who=who: services.record_result(who, result_id=result.pk, new=make.new_result())
        for who in people
    ]
    assert refused(at_once(*deeds)) == 1
    assert CheckResult.objects.count() == 1

    def publish() -> CheckResult:
        return services.publish_result(staffed.runner, result_id=result.pk)

    second = _person("runner3", "抽三", "draw_runner", staffed.east_works)

    def publish_too() -> CheckResult:
        return services.publish_result(second, result_id=result.pk)

    assert refused(at_once(publish, publish_too)) == 1
    assert result.supervised.behaviours.count() == 1


def test_one_publishes_while_another_sends_back(staffed: Cast) -> None:
    make.many(staffed, 2)
    result = make.drawn(staffed).results.get()
    services.record_result(make.lead_of(result), result_id=result.pk, new=make.new_result())
    second = _person("runner2", "抽二", "draw_runner", staffed.east_works)
    deeds = [
        lambda: services.publish_result(staffed.runner, result_id=result.pk),
        lambda: services.return_result(second, result_id=result.pk, reason="重查"),
    ]
    assert refused(at_once(*deeds)) == 1
    check = CheckResult.objects.get()
    assert (check.published_at is None) != (check.returned_at is None)
    case = Case.objects.get()
    assert case.state == ("published" if check.published_at else "assigned")
