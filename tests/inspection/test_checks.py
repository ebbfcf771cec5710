"""From the drawn object to its case, from the result to the public, by two people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks.selectors import open_clocks
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import services
from apps.inspection.models import CheckResult, DrawResult
from apps.inspection.selectors import draws
from apps.inspection.selectors.candidates import preview_of
from apps.matters.models import Case
from apps.matters.services import ensure_shipped_matter, perform
from apps.notices.models import Notice
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
        ({"checked_on": clock.today() + timedelta(days=2)}, "checked_on"),
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
    assert ensure_shipped_matter(SYSTEM, shipped=shipped) == make.matter()


def send_back(cast: Cast, result: DrawResult, reason: str = "分项结果与照片不符") -> CheckResult:
    return services.return_result(cast.runner, result_id=result.pk, reason=reason)


def test_a_result_is_sent_back_corrected_and_published(staffed: Cast, result: DrawResult) -> None:
    first = record(result, finding="filed")
    running = {clock.name for clock in open_clocks("case", result.case_id)}
    assert running == {"publish"}
    send_back(staffed, result)
    case = Case.objects.get(pk=result.case_id)
    assert (case.state, case.round) == ("assigned", 2)
    assert {clock.name for clock in open_clocks("case", case.pk)} == {"correct"}
    assert not draws.list_unpublished(staffed.runner).exists()
    second = next(seat.inspector.user for seat in result.inspectors.all().order_by("-position"))
    told = Notice.objects.filter(recipient=second, title__contains="被退回")
    assert told.get().body == "分项结果与照片不符"

    again = services.record_result(second, result_id=result.pk, new=make.new_result())
    assert (again.version, again.live_of_id) == (2, result.pk)
    assert draws.list_unpublished(staffed.runner).get() == again
    services.publish_result(staffed.runner, result_id=result.pk)
    assert draws.list_published(staffed.tenant).get() == again
    assert list(draws.returned_of(result)) == [first]
    assert result.supervised.behaviours.get().code == "check_passed"
    assert AuditEntry.objects.filter(action="check.returned").count() == 1


def test_only_what_waits_is_sent_back_and_with_a_reason(staffed: Cast, result: DrawResult) -> None:
    with pytest.raises(NotFound):
        send_back(staffed, result)
    record(result)
    with pytest.raises(InvalidInput) as refusal:
        send_back(staffed, result, reason=" ")
    assert refusal.value.field == "reason"
    send_back(staffed, result)
    with pytest.raises(NotFound):
        send_back(staffed, result)
    with pytest.raises(NotFound):
        services.publish_result(staffed.runner, result_id=result.pk)
    record(result)
    services.publish_result(staffed.runner, result_id=result.pk)
    with pytest.raises(Refused):
        send_back(staffed, result)


@pytest.mark.parametrize("who", ["runner_west", "planner", "keeper"])
def test_others_do_not_send_back(staffed: Cast, result: DrawResult, who: str) -> None:
    record(result)
    with pytest.raises(NotAllowed):
        services.return_result(getattr(staffed, who), result_id=result.pk, reason="重查")


def test_no_author_of_any_version_publishes_or_sends_back(
    staffed: Cast, result: DrawResult
) -> None:
    first, second = [seat.inspector.user for seat in result.inspectors.order_by("position")]
    record(result)
    send_back(staffed, result)
    services.record_result(second, result_id=result.pk, new=make.new_result())
    for author in (first, second):
        author.appointments.create(
            post=staffed.runner.appointments.get().post, from_on=clock.today()
        )
        with pytest.raises(NotAllowed, match="另一人"):
            services.publish_result(author, result_id=result.pk)
        with pytest.raises(NotAllowed, match="另一人"):
            services.return_result(author, result_id=result.pk, reason="自己改")


def test_a_version_sent_back_cannot_be_rewritten(staffed: Cast, result: DrawResult) -> None:
    record(result)
    check = send_back(staffed, result)
    for change in ({"text": "改过"}, {"returned_reason": "另"}, {"live_of": result}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CheckResult.objects.filter(pk=check.pk).update(**change)


def test_a_result_sent_back_keeps_its_object_out_of_new_lists(
    staffed: Cast, result: DrawResult
) -> None:
    record(result)
    send_back(staffed, result)
    plan = make.plan(staffed, title="又一次", skip_days=90)
    found = preview_of(plan, day=clock.today())
    reasons = {row["id"]: row["reason"] for row in found.frozen["excluded"]["objects"]}
    assert reasons[result.supervised.ref] == "running"
