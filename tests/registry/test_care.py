"""Special groups: strict access, visits and reminders."""

from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.registry import registry, services
from apps.registry.care_bodies import check_body
from apps.registry.models import Enrolment, VisitDue
from apps.registry.selectors import visits_due
from apps.registry.selectors.care import get_enrolment, list_enrolments, opening_of
from tests.cast import Cast, role_named
from tests.registry.factories import BODY, person, special_type


def enrolled(cast: Cast, **changes: Any) -> Enrolment:
    values: dict[str, Any] = {
        "file_id": person(cast).pk,
        "type_id": special_type(cast).pk,
        "grade": "high",
        "worker": cast.collector,
    }
    return services.enrol(cast.registrar, **values | changes)


def visit(enrolment: Enrolment, **changes: Any) -> services.VisitData:
    values: dict[str, Any] = {
        "file_id": enrolment.file_id,
        "enrolment_id": enrolment.pk,
        "at": clock.now(),
        "findings": "情况平稳",
    }
    return services.VisitData(**values | changes)


def due_days(enrolment: Enrolment) -> dict[str, int]:
    today = clock.today()
    rows = enrolment.dues.filter(visit=None, dropped_at=None)
    return {row.kind: (row.due_on - today).days for row in rows}


def test_enrolling_plans_visits_by_grade_and_tests(staffed: Cast) -> None:
    assert due_days(enrolled(staffed)) == {"visit": 7, "urine": 14}


def test_nobody_is_in_a_group_twice_and_only_keepers_enrol(staffed: Cast) -> None:
    first = enrolled(staffed)
    wanted = {"file_id": first.file_id, "type_id": first.type_id, "grade": "low"}
    with pytest.raises(Refused):
        services.enrol(staffed.registrar, **wanted)
    for actor in (staffed.collector, staffed.registrar_west):
        with pytest.raises(NotAllowed):
            services.enrol(actor, **wanted)


def test_a_visit_plans_the_next_and_counts_once(staffed: Cast) -> None:
    found = enrolled(staffed)
    for _turn in range(2):
        services.record_visit(staffed.collector, key="v1", visit=visit(found))
    assert found.visits.count() == 1
    assert due_days(found) == {"visit": 7, "urine": 14}
    assert found.dues.filter(visit__isnull=False).count() == 1


def test_a_visit_found_later_does_not_put_off_the_next(staffed: Cast) -> None:
    found = enrolled(staffed)
    services.record_visit(staffed.collector, key="v1", visit=visit(found))
    early = clock.now() - timedelta(days=3)
    services.record_visit(staffed.collector, key="v0", visit=visit(found, at=early))
    assert due_days(found)["visit"] == 7


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "xray"}, "kind"),
        ({"lon": 500.0, "lat": 1.0}, "point"),
        ({"findings": "长" * 1001}, "findings"),
        ({"data": {"mood": "好" * 500}}, "mood"),
    ],
)
def test_a_bad_visit_names_its_field(staffed: Cast, changes: dict[str, Any], field: str) -> None:
    found = enrolled(staffed)
    with pytest.raises(InvalidInput) as refusal:
        services.record_visit(staffed.collector, key="v1", visit=visit(found, **changes))
    assert refusal.value.field == field
    assert not found.visits.exists()


def test_a_visit_from_the_future_or_the_neighbour_is_refused(staffed: Cast) -> None:
    found = enrolled(staffed)
    late = visit(found, at=clock.now() + timedelta(hours=1))
    with pytest.raises(InvalidInput):
        services.record_visit(staffed.collector, key="v1", visit=late)
    with pytest.raises(NotFound):
        services.record_visit(staffed.collector_west, key="v1", visit=visit(found))


def test_a_state_changes_only_along_its_moves(staffed: Cast) -> None:
    found = enrolled(staffed)
    services.change_enrolment(
        staffed.registrar, enrolment_id=found.pk, state="lost", reason="两次未遇"
    )
    with pytest.raises(Refused):
        services.change_enrolment(
            staffed.registrar, enrolment_id=found.pk, state="left", reason="退出"
        )
    entry = AuditEntry.objects.filter(action="enrolment.changed").latest("pk")
    assert (entry.data["before"]["state"], entry.data["after"]["state"]) == ("in_care", "lost")


def test_a_new_grade_moves_the_next_visit_and_an_end_drops_it(staffed: Cast) -> None:
    found = enrolled(staffed)
    services.change_enrolment(staffed.registrar, enrolment_id=found.pk, grade="low", reason="稳定")
    assert due_days(found)["visit"] == 30
    services.change_enrolment(staffed.registrar, enrolment_id=found.pk, state="left", reason="期满")
    assert due_days(found) == {}


def test_who_sees_an_enrolment(staffed: Cast) -> None:
    found = enrolled(staffed, worker=None)
    for viewer in (staffed.registrar, staffed.collector):
        assert list_enrolments(viewer).count() == 1
    for viewer in (staffed.reader, staffed.collector_west, staffed.registrar_west):
        with pytest.raises(NotFound):
            get_enrolment(viewer, found.pk)


def test_a_type_for_named_roles_is_hidden_from_others(staffed: Cast) -> None:
    found = enrolled(staffed, worker=None)
    found.type.roles.add(role_named("registry_keeper"))
    assert list_enrolments(staffed.collector).count() == 0
    assert list_enrolments(staffed.registrar).count() == 1


def test_a_worker_sees_the_own_cells_only(staffed: Cast) -> None:
    enrolled(staffed, worker=None)
    here, there = staffed.cells["east"][1], staffed.cells["east"][0]
    with registry.temporarily(lambda user, day: [there]):
        assert list_enrolments(staffed.collector).count() == 0
    with registry.temporarily(lambda user, day: [here]):
        assert list_enrolments(staffed.collector).count() == 1


def test_opening_asks_a_purpose_and_ends(staffed: Cast) -> None:
    found = enrolled(staffed)
    with pytest.raises(InvalidInput):
        services.open_enrolment(staffed.registrar, enrolment=found, purpose=" ")
    services.open_enrolment(staffed.registrar, enrolment=found, purpose="入户前了解")
    assert services.require_open(staffed.registrar, found).purpose == "入户前了解"
    with clock.at(clock.now() + timedelta(minutes=31)), pytest.raises(Refused):
        services.require_open(staffed.registrar, found)


def test_breaking_the_glass_is_loud_and_ends(staffed: Cast) -> None:
    found = enrolled(staffed)
    with pytest.raises(NotFound):
        services.break_glass(staffed.reader, enrolment_id=found.pk, reason="家属走失求助")
    services.break_glass(staffed.emergency, enrolment_id=found.pk, reason="家属走失求助")
    assert get_enrolment(staffed.emergency, found.pk) == found
    told = set(Notice.objects.filter(kind="registry").values_list("recipient__username", flat=True))
    assert told == {"registrar", "auditor"}
    assert AuditEntry.objects.filter(action="enrolment.glass_broken").count() == 1
    with clock.at(clock.now() + timedelta(minutes=31)):
        assert opening_of(staffed.emergency, found.pk) is None
        with pytest.raises(NotFound):
            get_enrolment(staffed.emergency, found.pk)


def test_a_missed_visit_is_told_of_once(staffed: Cast) -> None:
    found = enrolled(staffed)
    with clock.at(clock.now() + timedelta(days=9)):
        assert services.remind_late() == 0
    with clock.at(clock.now() + timedelta(days=11)):
        assert services.remind_late() == 1
        assert services.remind_late() == 0
        assert [due.days_late for due in visits_due(staffed.collector, clock.today())] == [4, 0]
    assert Notice.objects.filter(title__contains=found.ref).count() == 2
    assert VisitDue.objects.filter(escalated_at__isnull=False).count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"states": []},
        {"grades": [{"code": "x", "label": "甲", "visit_days": 0}]},
        {"grades": [{"code": "x", "label": "甲", "visit_days": True}]},
        {"moves": [["in_care", "nowhere"]]},
        {"moves": "x"},
        {"fields": [{"name": "__class__", "label": "a", "type": "text"}]},
        {"tests": [{"code": "visit", "label": "走访", "days": 3}]},
        {"states": [{"code": {}, "label": []}]},
    ],
)
def test_a_hostile_definition_is_told_what_is_wrong(change: dict[str, Any]) -> None:
    assert check_body(BODY | change)
