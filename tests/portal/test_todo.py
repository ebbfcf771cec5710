"""Whose duty a case is decides on whose page it stands."""

import pytest

from apps.accounts.models import User
from apps.matters.models import Case
from apps.portal.todo import DutySection, todo_for
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def section(viewer: User, code: str) -> DutySection | None:
    return next((s for s in todo_for(viewer).sections if s.code == code), None)


def titles(viewer: User, code: str) -> list[str]:
    found = section(viewer, code)
    return [duty.title for duty in found.duties] if found else []


def test_a_dispatched_case_waits_for_its_unit_alone(cast: Cast) -> None:
    case = make.dispatched(cast)
    assert titles(cast.handler, "todo") == [case.title]
    assert titles(cast.handler_west, "todo") == []
    assert titles(cast.callback, "todo") == []
    assert section(cast.outsider, "todo") is None


def test_the_count_is_of_all_and_the_list_of_the_first(cast: Cast) -> None:
    for number in range(8):
        make.registered(cast, title=f"第 {number} 件")
    found = section(cast.acceptor, "todo")
    assert found is not None
    assert str(found.count) == "8"
    assert len(found.duties) == 6


def test_lateness_is_a_warning(cast: Cast) -> None:
    case = make.dispatched(cast)
    Case.objects.filter(pk=case.pk).update(due_at=case.opened_at)
    assert titles(cast.handler, "warning") == [case.title]
    assert titles(cast.supervisor, "warning") == [case.title]
    assert titles(cast.handler_west, "warning") == []
