"""Old rights end and new ones begin on a day; work changes hands (AC-13, AC-14)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Appointment, Organization, Post, User
from apps.accounts.selectors import appointments_in_force
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.matters.models import CaseEvent, Task
from apps.notices.models import Notice
from apps.personnel.models import HandOver, Transfer
from apps.personnel.services import handing, leaving, moving
from tests.accounts.factories import OrganizationFactory, PostFactory, RoleFactory, make_person
from tests.cast import Cast
from tests.matters.factories import handling

DAY = timedelta(days=1)


@pytest.fixture
def target(center: Organization) -> Post:
    unit = OrganizationFactory(tenant=center.tenant, parent=center, name="住建局")
    post: Post = PostFactory(organization=unit, name="承办岗")
    post.roles.add(RoleFactory(may=["places.manage_areas"]))
    return post


def move(clerk: User, person: User, post: Post, **changed: Any) -> Transfer:
    values = {"kind": "regular", "on": clock.today() + 5 * DAY, "reason": "工作需要"} | changed
    return moving.file_transfer(
        clerk, appointment=person.appointments.get(), new_post=post, **values
    )


def posts_on(person: User, day: int) -> list[str]:
    with clock.at(clock.now() + day * DAY):
        return [held.post.organization.name for held in appointments_in_force(person)]


def test_never_a_day_with_both(clerk: User, worker: User, target: Post) -> None:
    move(clerk, worker, target)
    assert posts_on(worker, 4) == ["东区城管局"]
    assert posts_on(worker, 5) == ["住建局"]
    with clock.at(clock.now() + 5 * DAY):
        fresh = User.objects.get(pk=worker.pk)
        assert fresh.has_perm("places.manage_areas")
        assert not fresh.has_perm("matters.handle_case")


def test_a_hand_over_period_is_stated(clerk: User, worker: User, target: Post) -> None:
    move(clerk, worker, target, overlap_days=2)
    assert sorted(posts_on(worker, 6)) == ["东区城管局", "住建局"]
    assert posts_on(worker, 7) == ["住建局"]


def test_a_secondment_comes_back(clerk: User, worker: User, target: Post) -> None:
    end = clock.today() + 10 * DAY
    move(clerk, worker, target, kind="seconded", ends_on=end)
    assert [posts_on(worker, d) for d in (4, 5, 10, 11)] == [
        ["东区城管局"], ["住建局"], ["住建局"], ["东区城管局"]
    ]  # fmt: skip


def test_acting_keeps_the_own_post_and_ends(clerk: User, worker: User, target: Post) -> None:
    move(clerk, worker, target, kind="acting", ends_on=clock.today() + 6 * DAY)
    assert sorted(posts_on(worker, 6)) == ["东区城管局", "住建局"]
    assert posts_on(worker, 7) == ["东区城管局"]


def test_taken_back_everything_is_as_it_was(clerk: User, worker: User, target: Post) -> None:
    transfer = move(clerk, worker, target)
    moving.cancel_transfer(clerk, transfer_id=transfer.pk, reason="计划有变")
    for day in (0, 4, 5, 30):
        assert posts_on(worker, day) == ["东区城管局"]
    with pytest.raises(Refused):
        moving.cancel_transfer(clerk, transfer_id=transfer.pk, reason="再来一次")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "sideways"}, "kind"),
        ({"on": -1 * DAY}, "on"),
        ({"kind": "acting"}, "ends_on"),
        ({"ends_on": 0 * DAY}, "ends_on"),
        ({"overlap_days": 15}, "overlap_days"),
        ({"reason": " "}, "reason"),
    ],
)
def test_bad_input_names_the_field(
    clerk: User, worker: User, target: Post, changed: dict[str, Any], field: str
) -> None:
    found = {k: clock.today() + v if isinstance(v, timedelta) else v for k, v in changed.items()}
    with pytest.raises(InvalidInput) as refused:
        move(clerk, worker, target, **found)
    assert refused.value.field == field


def test_only_who_arranges_both_units_and_never_into_sensitive_rights(
    clerk: User, head: User, stranger: User, worker: User, target: Post
) -> None:
    for actor in (head, stranger):
        with pytest.raises(NotAllowed):
            move(actor, worker, target)
    target.roles.add(RoleFactory(may=["rules.publish_rules"]))
    with pytest.raises(Refused):
        move(clerk, worker, target)


# --- Work changes hands -------------------------------------------------------------------


def clerk_of(cast: Cast) -> User:
    return make_person("personnel.manage_staff", organization=cast.center, full_name="钱人事")


def test_a_leavers_work_goes_to_a_colleague_and_is_named(cast: Cast) -> None:
    case = handling(cast)
    clerk = clerk_of(cast)
    planned = leaving.file_leaving(
        clerk, person=cast.handler, leaves_at=clock.now() + DAY, reason="resigned"
    )
    (pile,) = handing.piles_of(cast.handler)
    chosen = [f"{pile.work.code}:{item.key}" for item in pile.items]
    with pytest.raises(InvalidInput):
        handing.hand_over_for_leaving(
            clerk, leaving_id=planned.pk, chosen=chosen, to=cast.handler_west
        )
    moved = handing.hand_over_for_leaving(
        clerk, leaving_id=planned.pk, chosen=chosen, to=cast.colleague
    )
    assert moved == 1
    assert Task.objects.get(pk=pile.items[0].key).person == cast.colleague
    assert "王强离职，移交孙丽办理" in CaseEvent.objects.filter(case=case).last().note
    assert Notice.objects.filter(recipient=cast.colleague, title__startswith="移交").exists()
    with pytest.raises(Refused):
        handing.hand_over_for_leaving(
            clerk, leaving_id=planned.pk, chosen=chosen, to=cast.colleague
        )


def test_what_nobody_took_over_goes_back_to_the_unit(cast: Cast) -> None:
    case = handling(cast)
    left = leaving.file_leaving(
        clerk_of(cast), person=cast.handler, leaves_at=clock.now(), reason="resigned"
    )
    assert left.state == "ended"
    task = Task.objects.get(case=case, kind="main", state="running")
    assert task.person == cast.handler
    with clock.at(clock.now() + timedelta(hours=25)):
        leaving.carry_out_due()
    task.refresh_from_db()
    left.refresh_from_db()
    assert task.person is None
    assert left.state == "settled"
    assert HandOver.objects.get(leaving=left).to is None
    assert "退回单位待办" in CaseEvent.objects.filter(case=case).last().note


def test_a_movers_work_goes_back_when_the_rights_are_gone(cast: Cast) -> None:
    case = handling(cast)
    unit = OrganizationFactory(tenant=cast.tenant, name="另一个局")
    post = PostFactory(organization=unit, name="科员")
    post.roles.add(RoleFactory(may=["places.manage_areas"]))
    held = Appointment.objects.get(user=cast.handler)
    moving.file_transfer(
        clerk_of(cast), appointment=held, new_post=post, kind="regular",
        on=clock.today() + DAY, reason="调动",
    )  # fmt: skip
    with clock.at(clock.now() + 3 * DAY):
        assert moving.follow_transfers() == 1
        assert moving.follow_transfers() == 0
    assert Task.objects.get(case=case, kind="main", state="running").person is None
