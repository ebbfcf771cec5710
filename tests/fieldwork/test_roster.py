"""Shifts, the roster, and leave with its deputies."""

from datetime import date, time, timedelta

import pytest

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.fieldwork.enums import DutyPart, LeaveState
from apps.fieldwork.models import CellDuty, Leave, Patrol
from apps.fieldwork.selectors import cells_of
from apps.fieldwork.services.leave import NewLeave, file_leave, rule_leave, withdraw_leave
from apps.fieldwork.services.plans import make_patrols
from apps.fieldwork.services.roster import (
    NewShift,
    follow_shift,
    make_roster,
    save_shift,
    set_duty_day,
)
from apps.notices.models import Notice
from tests.cast import Cast
from tests.fieldwork import factories

TODAY = clock.today
DAY = timedelta(days=1)


def early(leader, cast: Cast, **named):
    values = {
        "name": "早班", "weekdays": [1, 2, 3, 4, 5], "starts_at": time(8), "ends_at": time(17),
    } | named  # fmt: skip
    return save_shift(leader, unit=cast.east_works, new=NewShift(**values))


def ask(worker, *, first: date, days: int = 1, deputy=None) -> Leave:
    new = NewLeave("annual", first, first + timedelta(days=days - 1), deputy=deputy)
    return file_leave(worker.user, worker_id=worker.pk, new=new)


def test_the_roster_follows_the_shift_and_is_made_once(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    follow_shift(leader, worker_id=worker.pk, shift=early(leader, cast), from_on=TODAY())
    days = list(worker.duty_days.order_by("day"))
    assert len(days) == 29
    assert all((one.shift is not None) == (one.day.isoweekday() <= 5) for one in days)
    assert make_roster() == 0


def test_a_day_set_by_hand_stays_when_the_shift_changes(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    shift = early(leader, cast, weekdays=[1, 2, 3, 4, 5, 6, 7])
    night = early(leader, cast, name="夜班", starts_at=time(20), ends_at=time(6))
    follow_shift(leader, worker_id=worker.pk, shift=shift, from_on=TODAY())
    set_duty_day(leader, worker_id=worker.pk, day=TODAY() + DAY, shift=night)
    follow_shift(leader, worker_id=worker.pk, shift=None, from_on=TODAY())
    [kept] = worker.duty_days.all()
    assert kept.shift == night
    assert kept.ends_at - kept.starts_at == timedelta(hours=10)


def test_the_neighbour_sets_no_days_and_the_past_stays(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    shift = early(leader, cast)
    with pytest.raises(NotAllowed):
        set_duty_day(factories.leader(cast, "west"), worker_id=worker.pk, day=TODAY(), shift=shift)
    with pytest.raises(Refused):
        set_duty_day(leader, worker_id=worker.pk, day=TODAY() - DAY, shift=shift)
    with pytest.raises(InvalidInput):
        early(leader, cast, weekdays=[0, 8])


def test_with_leave_the_deputy_answers_for_the_cells(cast: Cast) -> None:
    leader = factories.leader(cast)
    worker = factories.worker(cast, cells=(0,))
    deputy = factories.worker(cast, "deputy", cells=(1,))
    leave = ask(worker, first=TODAY() + DAY, days=3, deputy=deputy)
    assert Notice.objects.filter(recipient=leader, key=f"leave-filed:{leave.pk}").exists()
    rule_leave(leader, leave_id=leave.pk, is_approved=True)
    east = cast.cells["east"]
    assert list(cells_of(deputy.user, TODAY() + 2 * DAY)) == [east[0], east[1]]
    assert not cells_of(worker.user, TODAY() + 2 * DAY).exists()
    assert list(cells_of(worker.user, TODAY() + 4 * DAY)) == [east[0]]
    told = Notice.objects.filter(key=f"leave-ruled:{leave.pk}")
    assert {one.recipient_id for one in told} == {worker.user_id, deputy.user_id}


def test_overlapping_leave_is_refused_and_refused_leave_frees_the_days(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    first = ask(worker, first=TODAY() + DAY, days=3)
    with pytest.raises(Refused) as refused:
        ask(worker, first=TODAY() + 3 * DAY)
    assert refused.value.code == "leave_overlaps"
    with pytest.raises(InvalidInput):
        rule_leave(leader, leave_id=first.pk, is_approved=False)
    rule_leave(leader, leave_id=first.pk, is_approved=False, note="人手不足")
    assert ask(worker, first=TODAY() + 3 * DAY).state == LeaveState.FILED


def test_nobody_rules_their_own_leave_or_the_neighbours(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    leave = ask(worker, first=TODAY() + DAY)
    for actor in (worker.user, factories.leader(cast, "west")):
        with pytest.raises(NotAllowed):
            rule_leave(actor, leave_id=leave.pk, is_approved=True)
    rule_leave(leader, leave_id=leave.pk, is_approved=True)
    with pytest.raises(Refused):
        rule_leave(leader, leave_id=leave.pk, is_approved=True)
    with pytest.raises(NotAllowed):
        file_leave(cast.handler, worker_id=worker.pk, new=NewLeave("sick", TODAY(), TODAY()))


def test_a_deputy_who_is_away_too_is_refused(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    deputy = factories.worker(cast, "deputy", cells=(1,))
    away = ask(deputy, first=TODAY() + DAY)
    rule_leave(leader, leave_id=away.pk, is_approved=True)
    with pytest.raises(InvalidInput) as refused:
        ask(worker, first=TODAY() + DAY, deputy=deputy)
    assert refused.value.field == "deputy"


def test_leave_taken_back_cancels_the_deputys_days(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    deputy = factories.worker(cast, "deputy", cells=(1,))
    leave = ask(worker, first=TODAY() + DAY, deputy=deputy)
    rule_leave(leader, leave_id=leave.pk, is_approved=True)
    withdraw_leave(worker.user, leave_id=leave.pk)
    assert CellDuty.objects.get(part=DutyPart.DEPUTY).is_cancelled
    assert list(cells_of(worker.user, TODAY() + DAY)) == [cast.cells["east"][0]]
    with pytest.raises(Refused):
        withdraw_leave(worker.user, leave_id=leave.pk)


def test_leave_from_today_hands_on_the_patrols_not_begun(cast: Cast) -> None:
    leader, worker = factories.leader(cast), factories.worker(cast)
    deputy = factories.worker(cast, "deputy", cells=(1,))
    made = factories.patrol(worker, cast.cells["east"][:1])
    leave = ask(worker, first=TODAY(), deputy=deputy)
    rule_leave(leader, leave_id=leave.pk, is_approved=True)
    [patrol] = Patrol.objects.filter(plan=made.plan)
    assert patrol.worker == deputy
    assert make_patrols(TODAY()) == 0
