"""Two accounts of one colleague: found, rehearsed, merged by two people, and everything refused."""

from datetime import date, timedelta

import pytest
from django.test import Client

from apps.accounts import services
from apps.accounts.approvals import services as approvals
from apps.accounts.deputies.services import open_delegations
from apps.accounts.duplicates import acts
from apps.accounts.duplicates.reading import list_pairs
from apps.accounts.duplicates.services import merge_users, plan_merge
from apps.accounts.models import Appointment, Delegation, HeldChange, PhoneFactor, Post, User
from apps.accounts.selectors import appointments_in_force
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.notices.services import notify
from tests.accounts.factories import (
    PASSWORD,
    AppointmentFactory,
    PostFactory,
    UserFactory,
    make_person,
)
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
WHY = "同一人，调入时重复建档"


@pytest.fixture
def kept(unit) -> User:
    return make_person(organization=unit, full_name="钱重名", phone="13800000001")


@pytest.fixture
def dropped(unit, kept) -> User:
    """The same person again, on a part-time post."""
    user = UserFactory(tenant=unit.tenant, full_name="钱重名", phone="13800000001")
    post = PostFactory(organization=unit, name="值班员")
    AppointmentFactory(user=user, post=post, is_primary=False)
    return user


def merge(actor: User, kept: User, dropped: User) -> User:
    return merge_users(actor, kept_id=kept.pk, dropped_id=dropped.pk, reason=WHY)


def posts_of(user: User) -> set[str]:
    return {a.post.name for a in appointments_in_force(user)}


# --- Finding ---


def test_pairs_are_told_with_their_reasons(keeper, kept, dropped, neighbour):
    pair = next(pair for pair in list_pairs(keeper) if pair.younger == dropped)
    assert pair.older == kept
    assert [str(reason) for reason in pair.reasons] == ["手机号相同", "同一单位同名"]
    assert list_pairs(neighbour) == []


def test_staff_numbers_but_for_zeros_and_case(keeper, unit):
    one = UserFactory(tenant=unit.tenant, full_name="甲", employee_number="a0071")
    two = UserFactory(tenant=unit.tenant, full_name="乙", employee_number="00A0071")
    pairs = list_pairs(keeper)
    assert [(p.older, p.younger) for p in pairs] == [(one, two)]
    assert [str(reason) for reason in pairs[0].reasons] == ["工号相同"]


def test_an_office_that_shares_a_line_is_no_person(keeper, unit):
    for _turn in range(7):
        UserFactory(tenant=unit.tenant, phone="13800000009")
    UserFactory.create_batch(2, tenant=unit.tenant, phone="053285911234")
    assert list_pairs(keeper) == []


# --- Merging ---


def test_posts_delegations_and_unread_notices_move(keeper, kept, dropped, unit):
    deputy = make_person(organization=unit)
    given = Delegation.objects.create(
        giver=dropped,
        deputy=deputy,
        from_on=clock.today(),
        to_on=clock.today() + timedelta(days=3),
        reason="外出",
        made_at=clock.now(),
    )
    notify(recipients=[dropped, kept], kind="task", title="两边都收到", key="both")
    notify(recipients=[dropped], kind="task", title="只一边收到", key="one")
    PhoneFactor.objects.create(user=dropped, phone=dropped.phone, proved_at=clock.now())
    before = posts_of(kept)
    merge(keeper, kept, dropped)
    dropped.refresh_from_db()
    given.refresh_from_db()
    assert posts_of(kept) == before | {"值班员"}
    assert posts_of(dropped) == set()
    assert Appointment.objects.filter(user=dropped, to_on__isnull=False).exists()  # as history
    assert given.giver == kept
    assert given.ended_at is None
    assert sorted(Notice.objects.filter(recipient=kept).values_list("key", flat=True)) == [
        "both",
        "one",
    ]
    assert (dropped.is_active, dropped.merged_into) == (False, kept)
    assert not PhoneFactor.objects.exists()
    told = {e.action: e for e in AuditEntry.objects.filter(action__startswith="user.merged")}
    assert told["user.merged"].object_id == str(dropped.pk)
    assert told["user.merged"].data["before"]["is_active"] is True
    assert told["user.merged"].data["after"]["merged_into"] == kept.pk
    assert told["user.merged_from"].data["posts"][0].endswith("值班员")


def test_work_in_hand_moves_and_the_case_says_so(cast: Cast):
    case = make.handling(cast)
    other = User.objects.create_user("handler-two", PASSWORD, full_name=cast.handler.full_name)
    User.objects.filter(pk__in=[other.pk, cast.handler.pk]).update(tenant=cast.tenant)
    User.objects.filter(pk=other.pk).update(employee_number="77")
    other.refresh_from_db()
    plan = plan_merge(SYSTEM, kept_id=other.pk, dropped_id=cast.handler.pk)
    assert sum(count for _label, count in plan.works) == 1
    merge_users(SYSTEM, kept_id=other.pk, dropped_id=cast.handler.pk, reason=WHY)
    assert case.tasks.get(kind="main").person == other
    event = case.events.latest("seq")
    assert "账号合并" in event.note


def test_file_is_filled_and_nothing_is_overwritten(keeper, kept, dropped):
    User.objects.filter(pk=dropped.pk).update(employee_number="A1", email="a@example.cn")
    User.objects.filter(pk=kept.pk).update(email="own@example.cn")
    merge(keeper, kept, dropped)
    kept.refresh_from_db()
    assert (kept.employee_number, kept.email) == ("A1", "own@example.cn")


def test_post_held_by_both_only_ends(keeper, kept, dropped):
    same = Post.objects.get(appointments__user=kept)
    AppointmentFactory(user=dropped, post=same, is_primary=False)
    plan = plan_merge(keeper, kept_id=kept.pk, dropped_id=dropped.pk)
    assert [a.post for a in plan.held_twice] == [same]
    merge(keeper, kept, dropped)
    assert appointments_in_force(kept).filter(post=same).count() == 1


def test_suspended_post_stays_suspended(keeper, kept, dropped):
    Appointment.objects.filter(user=dropped).update(
        suspended_at=clock.now(), suspended_for="培训过期"
    )
    merge(keeper, kept, dropped)
    assert Appointment.objects.get(user=kept, post__name="值班员").suspended_for == "培训过期"


def test_delegation_between_the_two_ends(keeper, kept, dropped):
    Delegation.objects.create(
        giver=kept,
        deputy=dropped,
        from_on=clock.today(),
        to_on=clock.today(),
        reason="代班",
        made_at=clock.now(),
    )
    merge(keeper, kept, dropped)
    assert not open_delegations(kept).exists()


def test_merged_account_signs_in_no_more_and_is_not_opened_again(client, keeper, kept, dropped):
    client.post("/accounts/login/", {"login": dropped.username, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(dropped.pk)
    merge(keeper, kept, dropped)
    assert client.get("/people/me/").status_code == 302
    with pytest.raises(Refused, match="已并入"):
        services.reactivate_user(keeper, user=dropped)
    with pytest.raises(Refused):
        merge(keeper, kept, dropped)


# --- Refused ---


def test_two_main_posts_at_once_are_refused(keeper, kept, dropped):
    Appointment.objects.filter(user=dropped).update(is_primary=True)
    with pytest.raises(Refused, match="同时各任主岗"):
        merge(keeper, kept, dropped)
    dropped.refresh_from_db()
    assert dropped.is_active


def test_administrators_are_not_merged_this_way(keeper, kept, unit):
    guard = make_person("accounts.manage_roles", organization=unit, full_name="钱重名")
    with pytest.raises(Refused, match="管理员岗位"):
        merge(keeper, kept, guard)


@pytest.mark.parametrize("who", ["guard", "neighbour", "clerk"])
def test_only_who_keeps_both_files(request, who, kept, dropped):
    with pytest.raises(NotAllowed):
        merge(request.getfixturevalue(who), kept, dropped)


def test_oneself_strangers_superusers_and_words(keeper, kept, dropped, other_unit):
    stranger = make_person(organization=other_unit)
    with pytest.raises(NotAllowed):
        merge(keeper, keeper, dropped)
    with pytest.raises(NotAllowed):
        merge(keeper, kept, stranger)
    with pytest.raises(Refused):
        merge(SYSTEM, kept, stranger)
    with pytest.raises(Refused):
        merge(keeper, kept, kept)
    with pytest.raises(NotFound):
        plan_merge(keeper, kept_id=kept.pk, dropped_id=0)
    with pytest.raises(InvalidInput):
        merge_users(keeper, kept_id=kept.pk, dropped_id=dropped.pk, reason="x")
    User.objects.filter(pk=dropped.pk).update(is_superuser=True)
    with pytest.raises(Refused, match="超级账号"):
        merge(keeper, kept, dropped)


# --- By two people, through the pages ---


def test_rehearsed_filed_and_approved_by_another(client, keeper, guard, kept, dropped):
    client.force_login(keeper)
    assert "手机号相同" in client.get("/people/duplicates/").content.decode()
    page = f"/people/duplicates/{kept.pk}/{dropped.pk}/"
    assert "值班员" in client.get(page).content.decode()
    client.post(page, {"reason": WHY})
    change = HeldChange.objects.get(act=acts.MERGE)
    dropped.refresh_from_db()
    assert dropped.is_active
    with pytest.raises(NotAllowed):
        approvals.approve_change(keeper, change_id=change.pk, digest=change.digest)
    approvals.approve_change(guard, change_id=change.pk, digest=change.digest)
    dropped.refresh_from_db()
    assert dropped.merged_into == kept
    assert AuditEntry.objects.get(action="user.merged").data["checker"] == "王安全"
    assert "已并入" in client.get(f"/people/{dropped.pk}/").content.decode()


def test_what_changed_meanwhile_is_not_merged(keeper, guard, kept, dropped):
    plan = plan_merge(keeper, kept_id=kept.pk, dropped_id=dropped.pk)
    proposal = acts.proposal_of(keeper, plan, reason=WHY)
    change = approvals.file_change(keeper, proposal=proposal, reason=WHY)
    AppointmentFactory(user=dropped, from_on=date(2021, 1, 1), is_primary=False)
    with pytest.raises(Refused):
        approvals.approve_change(guard, change_id=change.pk, digest=change.digest)
    dropped.refresh_from_db()
    assert dropped.is_active


def test_pages_are_for_keepers_and_say_what_is_in_the_way(client, keeper, guard, kept, dropped):
    Appointment.objects.filter(user=dropped).update(is_primary=True)
    page = f"/people/duplicates/{kept.pk}/{dropped.pk}/"
    client.force_login(keeper)
    answer = client.post(page, {"reason": WHY})
    assert answer.status_code == 422
    assert "同时各任主岗" in answer.content.decode()
    other = Client()
    other.force_login(guard)
    assert other.get("/people/duplicates/").status_code == 403
    assert other.get(page).status_code == 403
