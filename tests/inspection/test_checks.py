"""From the drawn object to its case, from the result to the public, by two people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import services
from apps.inspection.models import CheckResult, DrawResult
from apps.inspection.selectors import draws
from apps.matters.models import Case
from apps.matters.services import perform
from tests.cast import Cast
from tests.inspection import factories as make


@pytest.fixture
def result(staffed: Cast) -> DrawResult:
    """The first object of a draw, its case open."""
    make.many(staffed, 4)
    found = make.drawn(staffed).results.select_related("case").first()
    assert found is not None
    return found


def record(result: DrawResult, **changes: Any) -> CheckResult:
    finding = changes.pop("finding", "no_problem")
    return services.record_result(
        make.lead_of(result), result_id=result.pk, new=make.new_result(finding, **changes)
    )


def test_a_result_is_recorded_published_and_counts(staffed: Cast, result: DrawResult) -> None:
    record(result, finding="filed")
    case = Case.objects.get(pk=result.case_id)
    assert case.state == "recorded"
    event = case.events.order_by("-seq").first()
    assert event is not None
    assert event.actor_name == make.lead_of(result).full_name
    assert not draws.list_published(staffed.tenant).exists()
    assert result.supervised.grade == "B"

    services.publish_result(staffed.runner, result_id=result.pk)
    case.refresh_from_db()
    supervised = result.supervised
    supervised.refresh_from_db()
    assert (case.state, case.category) == ("published", "ended")
    assert supervised.grade == "C"
    behaviour = supervised.behaviours.get()
    assert (behaviour.code, behaviour.case_id) == ("filed", case.pk)
    assert draws.list_published(staffed.tenant).get().result == result


def test_only_who_was_drawn_records(staffed: Cast, result: DrawResult) -> None:
    drawn = set(result.inspectors.values_list("inspector__user", flat=True))
    others = [staffed.people[f"inspector{n}"] for n in range(make.INSPECTORS)]
    for who in [*(one for one in others if one.pk not in drawn), staffed.keeper, staffed.runner]:
        with pytest.raises(NotAllowed):
            services.record_result(who, result_id=result.pk, new=make.new_result())
    assert not CheckResult.objects.exists()


def test_a_result_is_recorded_once_and_published_once(staffed: Cast, result: DrawResult) -> None:
    with pytest.raises(NotFound):
        services.publish_result(staffed.runner, result_id=result.pk)
    record(result)
    with pytest.raises(Refused):
        record(result)
    services.publish_result(staffed.runner, result_id=result.pk)
    with pytest.raises(Refused):
        services.publish_result(staffed.runner, result_id=result.pk)
    assert result.supervised.behaviours.count() == 1


@pytest.mark.parametrize("who", ["runner_west", "planner", "keeper"])
def test_others_do_not_publish(staffed: Cast, result: DrawResult, who: str) -> None:
    record(result)
    with pytest.raises(NotAllowed):
        services.publish_result(getattr(staffed, who), result_id=result.pk)


def test_who_recorded_does_not_publish(staffed: Cast, result: DrawResult) -> None:
    lead = make.lead_of(result)
    record(result)
    lead.appointments.create(post=staffed.runner.appointments.get().post, from_on=clock.today())
    with pytest.raises(NotAllowed, match="另一人"):
        services.publish_result(lead, result_id=result.pk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"finding": "nonsense"}, "finding"),
        ({"text": " "}, "text"),
        ({"public_text": "长" * 301}, "public_text"),
        ({"checked_on": clock.today() + timedelta(days=1)}, "checked_on"),
        ({"checked_on": clock.today() - timedelta(days=9)}, "checked_on"),
        ({"items": {}}, "items"),
        ({"items": {"registration": "pass", "notice": "pass", "safety": "maybe"}}, "items"),
        ({"items": {"registration": "fail", "notice": "pass", "safety": "pass"}}, "finding"),
        (
            {
                "finding": "ordered",
                "items": {"registration": "pass", "notice": "pass", "safety": "pass"},
            },
            "items",
        ),
    ],
)
def test_wrong_results_name_their_field(
    staffed: Cast, result: DrawResult, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        record(result, **changes)
    assert refusal.value.field == field


def test_the_case_page_offers_no_way_around_the_result(staffed: Cast, result: DrawResult) -> None:
    """Feeding back and closing belong to the system: nobody ends a check without a result."""
    lead = make.lead_of(result)
    perform(lead, case_id=result.case_id, action="sign", data={})
    for action in ("feed_back", "close", "dispatch"):
        with pytest.raises(NotAllowed):
            perform(lead, case_id=result.case_id, action=action, data={})
    record(result)


def test_a_void_case_takes_no_result(staffed: Cast, result: DrawResult) -> None:
    perform(staffed.dispatcher, case_id=result.case_id, action="void", data={"reason": "对象注销"})
    with pytest.raises(Refused):
        record(result)
    assert not CheckResult.objects.exists()


def test_opening_a_check_twice_makes_one_case(staffed: Cast, result: DrawResult) -> None:
    services.open_check(result.pk)
    assert Case.objects.filter(source_key=f"draw-result:{result.pk}").count() == 1
    with pytest.raises(NotFound):
        services.open_check(0)


def test_a_recorded_result_cannot_be_rewritten(staffed: Cast, result: DrawResult) -> None:
    check = record(result)
    with pytest.raises(DatabaseError), transaction.atomic():
        CheckResult.objects.filter(pk=check.pk).update(finding="filed")
    with pytest.raises(DatabaseError), transaction.atomic():
        CheckResult.objects.filter(pk=check.pk).delete()


def test_the_shipped_matter_is_put_in_force_once(staffed: Cast) -> None:
    import json

    shipped = json.loads(make.FIXTURE.read_text("utf-8"))
    assert services.ensure_shipped_matter(SYSTEM, shipped=shipped) == make.matter()
