"""Who can see a case, or could: the same answer as everybody's own lists give (AC-06, AU-01)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.deputies.services import delegate
from apps.accounts.models import Appointment, Post, Role, User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.matters import selectors
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task
from tests.cast import SINCE, Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def guard(cast: Cast) -> User:
    user = User.objects.create_user(username="guard", password=None, full_name="安全员")
    post = Post.objects.create(organization=cast.center, name="安全管理岗")
    role = Role.objects.create(code="guard", name="安全管理员")
    role.permissions.set(Permission.objects.filter(codename="manage_roles"))
    post.roles.add(role)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def names(case: Case, days_ago: int = 0) -> set[str]:
    day = clock.today() - timedelta(days=days_ago)
    return {seer.user.username for seer in selectors.who_could_see(case, day).people}


def own_lists(case: Case) -> set[str]:
    return {
        user.username
        for user in User.objects.filter(is_active=True)
        if selectors.visible_cases(user).filter(pk=case.pk).exists()
    }


def reasons(case: Case, user: User) -> str:
    found = selectors.who_could_see(case, clock.today()).people
    return "；".join(next(seer.reasons for seer in found if seer.user == user))


@pytest.mark.parametrize("stage", [make.registered, make.dispatched, make.handling, make.closed])
def test_it_says_what_everybodys_own_list_says(cast: Cast, guard: User, stage: object) -> None:
    case = stage(cast)  # type: ignore[operator]
    accounts.share_object(
        guard, user=cast.outsider, permission="view_case", obj=case, tenant_id=cast.tenant.pk
    )
    User.objects.create_superuser(username="root", password=None, full_name="超级")
    Task.objects.create(
        case=case,
        kind=TaskKind.CHECK,
        unit=cast.west_works,
        unit_path=cast.west_works.path,
        person=cast.grid_worker,
        created_at=clock.now(),
    )
    assert names(case) == own_lists(case)
    assert {"outsider", "root", "grid_worker"} <= names(case)


def test_a_deputy_sees_it_for_somebody(cast: Cast) -> None:
    case = make.dispatched(cast)
    Appointment.objects.filter(user=cast.colleague).update(to_on=clock.today() - timedelta(days=1))
    assert "colleague" not in names(case)
    post = Post.objects.create(organization=cast.east_works, name="内勤")
    Appointment.objects.create(user=cast.colleague, post=post, from_on=SINCE)
    today = clock.today()
    delegate(cast.handler, deputy=cast.colleague, from_on=today, to_on=today, reason="休假")
    assert names(case) == own_lists(case)
    assert "代王强" in reasons(case, cast.colleague)


def test_the_reason_names_post_and_right(cast: Cast) -> None:
    case = make.dispatched(cast)
    assert "登记了本案" in reasons(case, cast.acceptor)
    told = reasons(case, cast.handler)
    assert "交本单位或下级单位办理" in told
    assert "东区城市管理局" in told
    assert "责任区域内的全部案件" in reasons(case, cast.grid_worker)


@pytest.fixture
def case(cast: Cast) -> Iterator[Case]:
    """A case that was registered ten days ago."""
    case = make.registered(cast)
    with clock.at(clock.now() + timedelta(days=10)):
        yield case


def test_a_right_of_that_day_counts_and_not_todays(cast: Cast, case: Case) -> None:
    assert "supervisor" in names(case)
    role = Role.objects.get(posts__appointments__user=cast.supervisor)
    accounts.set_role_permissions(SYSTEM, role=role, permissions_held=["hotline.take_calls"])
    assert "supervisor" not in names(case)
    assert "supervisor" in names(case, days_ago=1)


def test_roles_a_post_had_that_day_count(cast: Cast, case: Case) -> None:
    post = Post.objects.get(appointments__user=cast.dispatcher)
    accounts.set_roles(SYSTEM, post=post, roles=[])
    assert "dispatcher" not in names(case)
    assert "dispatcher" in names(case, days_ago=1)


def test_an_appointment_counts_on_its_days(cast: Cast, case: Case) -> None:
    last = clock.today() - timedelta(days=5)
    Appointment.objects.filter(user=cast.supervisor).update(to_on=last)
    assert "supervisor" in names(case, days_ago=5)
    assert "supervisor" not in names(case, days_ago=4)


def test_an_appointment_entered_afterwards_says_so(cast: Cast, case: Case) -> None:
    post = Post.objects.get(appointments__user=cast.supervisor)
    first = clock.today() - timedelta(days=5)
    accounts.appoint(SYSTEM, user=cast.outsider, post=post, from_on=first)
    found = selectors.who_could_see(case, clock.today() - timedelta(days=3)).people
    late = {seer.user.username: seer.posts[0].recorded_later for seer in found if seer.posts}
    assert late["outsider"]
    assert not late["supervisor"]


def test_who_was_closed_since_could_see_it_then(cast: Cast, case: Case) -> None:
    accounts.deactivate_user(SYSTEM, user=cast.supervisor, reason="离职")
    assert "supervisor" not in names(case)
    assert "supervisor" in names(case, days_ago=1)


def test_a_share_counts_from_the_day_it_was_made(cast: Cast, guard: User, case: Case) -> None:
    share = {"user": cast.outsider, "permission": "view_case", "obj": case}
    with clock.at(clock.now() - timedelta(days=5)):
        accounts.share_object(guard, **share, tenant_id=cast.tenant.pk)
    accounts.unshare_object(guard, **share, tenant_id=cast.tenant.pk)
    assert "outsider" not in names(case, days_ago=6)
    assert "outsider" in names(case, days_ago=3)
    assert "outsider" not in names(case)


def test_a_unit_asked_later_could_not_see_it_before(cast: Cast, case: Case) -> None:
    accepted = make.act(cast.acceptor, case, "accept", make.ACCEPT)
    make.act(cast.dispatcher, accepted, "dispatch", make.dispatch_data(cast))
    assert "handler" in names(case)
    assert "handler" not in names(case, days_ago=2)


def test_no_day_before_the_case(cast: Cast) -> None:
    case = make.registered(cast)
    with pytest.raises(InvalidInput) as refusal:
        selectors.who_could_see(case, clock.today() - timedelta(days=1))
    assert refusal.value.field == "on"


def test_the_page_answers_and_is_logged(cast: Cast, guard: User, client: Client) -> None:
    case = make.registered(cast)
    client.force_login(guard)
    page = client.get("/cases/viewers/", {"number": case.number}).content.decode()
    assert "陈静" in page
    assert case.number in page
    assert case.title not in page
    assert case.text not in page
    entry = AuditEntry.objects.get(action="rights.traced")
    assert (entry.actor_id, entry.object_label) == (guard.pk, case.number)
    sheet = client.get("/cases/viewers/", {"number": case.number, "export": "1"})
    assert sheet["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"number": "000"}, "没有找到这个编号的案件"),
        ({"number": "{number}", "on": "2999-01-01"}, "日期不能晚于今天"),
        ({"number": "{number}", "on": "2001-01-01"}, "这一天案件尚未登记"),
        ({"number": "{number}", "on": "昨天"}, "日期"),
    ],
)
def test_a_wrong_question_is_told(
    cast: Cast, guard: User, client: Client, asked: dict[str, str], told: str
) -> None:
    case = make.registered(cast)
    client.force_login(guard)
    question = {name: value.format(number=case.number) for name, value in asked.items()}
    answer = client.get("/cases/viewers/", question)
    assert answer.status_code == 200
    assert told in answer.content.decode()


@pytest.mark.parametrize("who", ["handler", "supervisor", "author", "outsider"])
def test_others_may_not_ask(cast: Cast, client: Client, who: str) -> None:
    client.force_login(cast.people[who])
    assert client.get("/cases/viewers/").status_code == 403


def test_another_body_is_not_asked_about(cast: Cast, guard: User) -> None:
    case = make.registered(cast)
    stranger = User.objects.create_user(username="far", password=None, full_name="远方")
    with pytest.raises(NotFound):
        selectors.traceable_case(stranger, case.number)
    assert selectors.traceable_case(guard, case.number) == case
