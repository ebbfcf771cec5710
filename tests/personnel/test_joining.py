"""A unit asks, another person approves, training is proved, then rights begin (AC-12)."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from apps.accounts.models import Organization, Post, User
from apps.accounts.selectors import appointments_in_force
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.notices.models import Notice
from apps.personnel.models import Course, JoinRequest, PostTemplate
from apps.personnel.selectors.training import list_excess
from apps.personnel.services import joining, training
from tests.accounts.factories import PostFactory, RoleFactory, make_person


@pytest.fixture
def post(office: Organization) -> Post:
    post: Post = PostFactory(organization=office, name="承办岗")
    post.roles.add(RoleFactory(may=["matters.handle_case"]))
    return post


@pytest.fixture
def course(clerk: User, center: Organization) -> Course:
    return training.save_course(clerk, unit=center, name="信息安全", valid_months=12, pass_score=60)


@pytest.fixture
def template(clerk: User, center: Organization, course: Course, post: Post) -> PostTemplate:
    made = training.save_template(
        clerk, unit=center, name="承办岗", level="staff", category="operation",
        roles=list(post.roles.all()), courses=[course],
    )  # fmt: skip
    training.follow_template(clerk, post_ids=[post.pk], template=made)
    return made


def test_changed_training_says_what_it_was(
    clerk: User, center: Organization, course: Course, template: PostTemplate, post: Post
) -> None:
    training.save_course(
        clerk, unit=center, name="信息安全", valid_months=24, pass_score=60, course=course
    )
    values: dict[str, Any] = {"level": "staff", "category": "operation", "courses": [course]}
    training.save_template(clerk, unit=center, name="承办岗", roles=[], template=template, **values)
    other = training.save_template(clerk, unit=center, name="值班岗", roles=[], **values)
    training.follow_template(clerk, post_ids=[post.pk], template=other)
    assert _told("course.saved") == ({"valid_months": 12}, {"valid_months": 24})
    roles = list(post.roles.values_list("pk", flat=True))
    first = AuditEntry.objects.filter(action="post_template.saved").order_by("id")[1]
    assert (first.data["before"], first.data["after"]) == ({"roles": roles}, {"roles": []})
    assert _told("post.template_set") == ({"template": "承办岗"}, {"template": "值班岗"})


def _told(action: str) -> tuple[Any, Any]:
    entry = AuditEntry.objects.filter(action=action).latest("id")
    return entry.data["before"], entry.data["after"]


def ask(head: User, post: Post, **changed: Any) -> JoinRequest:
    values: dict[str, Any] = {
        "username": "zhaoxin", "full_name": "赵新", "starts_on": clock.today()
    } | changed  # fmt: skip
    return joining.ask_for(
        head, post=post, colleague=joining.NewColleague(**values), reason="新录用"
    )


def test_from_request_to_rights(
    head: User, approver: User, clerk: User, post: Post, template: PostTemplate, course: Course
) -> None:
    asked = ask(head, post)
    assert Notice.objects.filter(recipient=approver).exists()
    account = joining.approve_join(approver, request_id=asked.pk).account
    assert account is not None
    assert not account.is_active
    with pytest.raises(Refused) as refused:
        joining.activate(clerk, request_id=asked.pk)
    assert refused.value.code == "training_missing"

    training.record_training(clerk, person=account, course=course, taken_on=clock.today(), score=80)
    _asked, password = joining.activate(clerk, request_id=asked.pk)
    person = User.objects.get(pk=account.pk)
    assert person.check_password(password)
    assert person.must_change_password
    assert person.has_perm("matters.handle_case")


def test_nobody_approves_their_own_and_a_stranger_sees_nothing(
    center: Organization, post: Post, stranger: User, worker: User
) -> None:
    both = make_person(
        "personnel.manage_staff", "personnel.approve_staff", organization=center, full_name="双权"
    )
    asked = ask(both, post)
    for actor in (both, stranger, worker):
        with pytest.raises(NotAllowed):
            joining.approve_join(actor, request_id=asked.pk)
    with pytest.raises(NotAllowed):
        ask(stranger, post, username="other")


def test_twice_is_refused(head: User, approver: User, post: Post) -> None:
    asked = ask(head, post)
    with pytest.raises(InvalidInput):
        ask(head, post)
    joining.refuse_join(approver, request_id=asked.pk, text="编制已满")
    with pytest.raises(Refused):
        joining.approve_join(approver, request_id=asked.pk)
    assert ask(head, post).state == "pending"


def test_a_sensitive_post_is_not_given_here(head: User, post: Post) -> None:
    post.roles.add(RoleFactory(may=["matters.export_cases"]))
    with pytest.raises(Refused) as refused:
        ask(head, post)
    assert refused.value.code == "sensitive_post"


def test_not_before_the_first_day(head: User, approver: User, clerk: User, post: Post) -> None:
    asked = ask(head, post, starts_on=clock.today() + timedelta(days=3))
    joining.approve_join(approver, request_id=asked.pk)
    with pytest.raises(Refused):
        joining.activate(clerk, request_id=asked.pk)


def test_a_failed_exam_does_not_count(
    head: User, approver: User, clerk: User, post: Post, template: PostTemplate, course: Course
) -> None:
    asked = joining.approve_join(approver, request_id=ask(head, post).pk)
    assert asked.account is not None
    training.record_training(
        clerk, person=asked.account, course=course, taken_on=clock.today(), score=59
    )
    with pytest.raises(Refused):
        joining.activate(clerk, request_id=asked.pk)


def test_expiry_is_warned_of_then_suspends_and_a_new_pass_resumes(
    head: User, clerk: User, worker: User, template: PostTemplate, course: Course
) -> None:
    post = worker.appointments.get().post
    training.follow_template(clerk, post_ids=[post.pk], template=template)
    assert training.watch_training() == 0  # never trained: told in no alarm, not suspended
    record = training.record_training(
        clerk, person=worker, course=course, taken_on=clock.today(), score=90
    )
    assert record.expires_on is not None
    with clock.at(clock.now() + timedelta(days=340)):
        training.watch_training()
        training.watch_training()
        assert Notice.objects.filter(recipient=worker, title__contains="到期").count() == 1
        assert User.objects.get(pk=worker.pk).has_perm("matters.handle_case")
    with clock.at(clock.now() + timedelta(days=370)):
        training.watch_training()
        assert not User.objects.get(pk=worker.pk).has_perm("matters.handle_case")
        assert not appointments_in_force(worker).exists()
        training.record_training(
            clerk, person=worker, course=course, taken_on=clock.today(), score=75
        )
        assert User.objects.get(pk=worker.pk).has_perm("matters.handle_case")


def test_nobody_records_their_own(clerk: User, course: Course, stranger: User) -> None:
    with pytest.raises(InvalidInput):
        training.record_training(
            clerk, person=clerk, course=course, taken_on=clock.today(), score=99
        )
    with pytest.raises(NotAllowed):
        training.record_training(
            stranger, person=clerk, course=course, taken_on=clock.today(), score=99
        )


def test_rights_beyond_the_template_are_told(
    clerk: User, stranger: User, worker: User, template: PostTemplate
) -> None:
    post = worker.appointments.get().post
    training.follow_template(clerk, post_ids=[post.pk], template=template)
    assert list_excess(clerk) == []
    post.roles.add(RoleFactory(may=["matters.head_case"], name="负责人"))
    (found,) = list_excess(clerk)
    assert found.appointment.user == worker
    assert found.roles == ["负责人"]
    assert list_excess(stranger) == []


# --- A sheet ------------------------------------------------------------------------------


def sheet(*rows: list[Any]) -> BytesIO:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["姓名", "登录名", "工号", "手机", "单位代码", "岗位", "到岗日期", "结束日期"])
    for row in rows:
        page.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def test_a_sheet_asks_for_all_or_nobody(head: User, post: Post) -> None:
    unit, day = post.organization.code, clock.today().isoformat()
    good = ["甲", "jia", "1", "13800000001", unit, "承办岗", day, None]
    bad = ["乙", "yi", "2", "13800000002", unit, "没有的岗", day, None]
    report = joining.ask_for_many(head, file=sheet(good, bad), reason="批量")
    assert (report.saved, [(e.number, e.header) for e in report.errors]) == (0, [(3, "岗位")])
    assert not JoinRequest.objects.exists()
    twice = [*good[:2], "3", "", unit, "承办岗", "不是日期", None]
    report = joining.ask_for_many(head, file=sheet(good, twice), reason="批量")
    assert [(e.number, e.header) for e in report.errors] == [(3, "到岗日期")]
    report = joining.ask_for_many(head, file=sheet(good), reason="批量")
    assert (report.saved, report.errors) == (1, [])


def test_a_sheet_cannot_ask_for_a_neighbours_post(stranger: User, post: Post) -> None:
    row = ["甲", "jia", "", "", post.organization.code, "承办岗", clock.today(), None]
    report = joining.ask_for_many(stranger, file=sheet(row), reason="批量")
    assert report.saved == 0


def test_bad_input_names_the_field(head: User, post: Post) -> None:
    day = clock.today()
    for changed, field in (
        ({"full_name": " "}, "full_name"),
        ({"username": " "}, "username"),
        ({"username": head.username.upper()}, "username"),
        ({"phone": "call me"}, "phone"),
        ({"starts_on": day - timedelta(days=400)}, "starts_on"),
        ({"ends_on": day - timedelta(days=1)}, "ends_on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            ask(head, post, **changed)
        assert refused.value.field == field
