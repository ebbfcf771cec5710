"""Units merge, split, are renamed and moved; rehearsed before, put back within a week."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Organization, User
from apps.accounts.selectors import unit_by_code
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.matters.models import Case, Task
from apps.personnel.models import Reorganisation
from apps.personnel.services import reorganising as service
from tests.accounts.factories import OrganizationFactory, make_person
from tests.cast import Cast
from tests.matters.factories import handling


@pytest.fixture
def maker(cast: Cast) -> User:
    return make_person("personnel.manage_staff", organization=cast.center, full_name="钱人事")


@pytest.fixture
def second(cast: Cast) -> User:
    return make_person("personnel.approve_staff", organization=cast.center, full_name="孙审批")


@pytest.fixture
def new_home(cast: Cast) -> Organization:
    return OrganizationFactory(tenant=cast.tenant, name="综合执法局", area=cast.city)


def plan(maker: User, unit: Organization, kind: str, **changed: Any) -> Reorganisation:
    values = {"on": clock.today(), "reason": "〔2026〕12号"} | changed
    return service.file_reorganisation(maker, kind=kind, unit=unit, **values)


def done(second: User, change: Reorganisation) -> Reorganisation:
    return service.approve_reorganisation(second, change_id=change.pk)


def back(second: User, change: Reorganisation) -> Reorganisation:
    return service.roll_back(second, change_id=change.pk, reason="文件撤回")


def test_a_merger_takes_people_and_open_cases_along_and_comes_back(
    cast: Cast, maker: User, second: User, new_home: Organization
) -> None:
    case = handling(cast)
    change = plan(maker, cast.east_works, "merge", target=new_home)
    case.refresh_from_db()
    assert case.unit == cast.east_works  # rehearsed, nothing changed

    change = done(second, change)
    case.refresh_from_db()
    cast.east_works.refresh_from_db()
    assert change.state == "done"
    assert (case.unit, case.unit_path) == (new_home, new_home.path)
    assert Task.objects.get(case=case, state="running").unit == new_home
    assert not cast.east_works.is_active
    assert cast.east_works.name == "东区城市管理局"
    assert User.objects.get(pk=cast.handler.pk).appointments.get().post.organization == new_home
    assert unit_by_code(cast.tenant.pk, "east-cgj") == new_home

    back(second, change)
    case.refresh_from_db()
    cast.east_works.refresh_from_db()
    assert case.unit == cast.east_works
    assert cast.east_works.is_active
    assert cast.handler.appointments.get().post.organization == cast.east_works


def test_ended_cases_keep_the_old_unit(
    cast: Cast, maker: User, second: User, new_home: Organization
) -> None:
    case = handling(cast)
    Case.objects.filter(pk=case.pk).update(category="ended")
    Task.objects.filter(case=case).update(state="done")
    done(second, plan(maker, cast.east_works, "merge", target=new_home))
    case.refresh_from_db()
    assert case.unit == cast.east_works


def test_the_rehearsal_counts_what_follows_and_what_must_be_mended(
    cast: Cast, maker: User, new_home: Organization
) -> None:
    handling(cast)
    lines = service.rehearse(plan(maker, cast.east_works, "merge", target=new_home)).lines
    found = {line.label: (line.count, line.follows) for line in lines}
    assert found["在办案件"] == (1, True)
    assert found["点名该单位的规则"] == (1, False)
    assert found["人员"][0] == 4


def test_a_split_takes_the_posts_their_people_and_their_cases(
    cast: Cast, maker: User, second: User
) -> None:
    case = handling(cast)
    post = cast.handler.appointments.get().post
    part = service.Part(code="east-team", name="东区执法大队", posts=(post.pk,))
    change = done(second, plan(maker, cast.east_works, "split", parts=[part]))
    made = Organization.objects.get(code="east-team")
    case.refresh_from_db()
    assert case.unit == made
    assert cast.head.appointments.get().post.organization == cast.east_works
    back(second, change)
    case.refresh_from_db()
    made.refresh_from_db()
    assert case.unit == cast.east_works
    assert not made.is_active


def test_rename_and_move_come_back_too(
    cast: Cast, maker: User, second: User, new_home: Organization
) -> None:
    renamed = done(second, plan(maker, cast.east_works, "rename", new_name="东区综合执法局"))
    cast.east_works.refresh_from_db()
    assert cast.east_works.name == "东区综合执法局"
    assert renamed.former_name == "东区城市管理局"
    back(second, renamed)
    moved = done(second, plan(maker, cast.east_works, "move", target=new_home))
    cast.east_works.refresh_from_db()
    assert cast.east_works.path.startswith(new_home.path)
    back(second, moved)
    cast.east_works.refresh_from_db()
    assert (cast.east_works.name, cast.east_works.parent) == ("东区城市管理局", None)


def test_it_waits_for_its_day(cast: Cast, maker: User, second: User) -> None:
    day = clock.today() + timedelta(days=2)
    change = done(second, plan(maker, cast.east_works, "rename", new_name="新局", on=day))
    assert change.state == "approved"
    assert service.follow_reorganisations() == 0
    with clock.at(clock.now() + timedelta(days=2)):
        assert service.follow_reorganisations() == 1
    cast.east_works.refresh_from_db()
    assert cast.east_works.name == "新局"


def test_two_people_a_window_and_no_strangers(
    cast: Cast, maker: User, second: User, stranger: User
) -> None:
    change = plan(maker, cast.east_works, "rename", new_name="新局")
    both = make_person("personnel.manage_staff", "personnel.approve_staff",
                       organization=cast.center, full_name="双权")  # fmt: skip
    with pytest.raises(NotAllowed):
        service.approve_reorganisation(stranger, change_id=change.pk)
    with pytest.raises(Refused):
        plan(both, cast.east_works, "rename", new_name="另一个名")
    own = plan(both, cast.west_works, "rename", new_name="西局")
    with pytest.raises(NotAllowed):
        service.approve_reorganisation(both, change_id=own.pk)
    change = done(second, change)
    with clock.at(clock.now() + timedelta(days=8)), pytest.raises(Refused) as refused:
        back(second, change)
    assert refused.value.code == "too_late"


def test_bad_input_names_the_field(cast: Cast, maker: User) -> None:
    for kind, changed, field in (
        ("rename", {}, "new_name"),
        ("merge", {}, "target"),
        ("merge", {"target": cast.east_works}, "target"),
        ("split", {}, "parts"),
        ("split", {"parts": [service.Part("x", "丙", (10**9,))]}, "parts"),
        ("rename", {"new_name": "甲", "on": clock.today() - timedelta(days=1)}, "on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            plan(maker, cast.east_works, kind, **changed)
        assert refused.value.field == field
