"""The console in a real browser: an edit is filed, read and let happen by somebody else."""

from typing import Any

import pytest

from apps.accounts.models import HeldChange, User
from apps.clocks.models import Calendar
from apps.clocks.services import ensure_default_calendar
from apps.nlp.models import DangerWord
from tests.cast import ROLES, _person
from tests.flows.conftest import Town, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REASON = "值班复盘：群众反映漏报，经会商调整"


@pytest.fixture
def guard(town: Town) -> User:
    """The security administrator of the town's centre."""
    ROLES.setdefault("guard", ["accounts.manage_roles"])
    return _person("guard", "王安全", "guard", town.cast.center)


@pytest.fixture
def root(town: Town) -> User:
    """Who keeps the configuration."""
    ROLES.setdefault("keeper", ["accounts.manage_people"])
    person = _person("root", "高配置", "keeper", town.cast.center)
    User.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=person.pk)


def overflow(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("viewport", [(1440, 900), (390, 844)])
def test_a_word_is_changed_by_two_people(town: Town, root: User, guard: User, viewport) -> None:
    word = DangerWord.objects.create(kind="explosive", word="炸药桶", severity=2)
    page = town.enter(root, viewport=viewport)
    town.visit(page, f"/console/nlp/dangerword/{word.pk}/change/")
    assert overflow(page) <= 0
    page.fill("[name=unless]", "烟花")
    page.fill("[name=reason]", REASON)
    page.click("[name=_save]")
    page.wait_for_selector(".held-waiting")
    assert overflow(page) <= 0
    word.refresh_from_db()
    assert word.unless == ""
    held = HeldChange.objects.get()
    other = town.enter(guard, viewport=viewport)
    town.visit(other, f"/people/approvals/{held.pk}/")
    assert "烟花" in other.inner_text("main")
    other.click("button[value=approve]")
    assert until(lambda: DangerWord.objects.get(pk=word.pk).unless == "烟花")
    town.visit(page, f"/console/nlp/dangerword/{word.pk}/delete/")
    assert overflow(page) <= 0
    page.fill("[name=reason]", REASON)
    page.click(".held-reason ~ .submit-row input[type=submit]")
    page.wait_for_url("**/console/nlp/dangerword/")
    assert DangerWord.objects.filter(pk=word.pk).exists()
    assert HeldChange.objects.filter(act="console-delete", state="pending").exists()


@pytest.mark.parametrize("viewport", [(1440, 900), (390, 844)])
def test_a_calendar_with_a_row_more(town: Town, root: User, guard: User, viewport) -> None:
    calendar = ensure_default_calendar(root)
    page = town.enter(root, viewport=viewport)
    town.visit(page, f"/console/clocks/calendar/{calendar.pk}/change/")
    page.click("#dated-group .add-row a")
    page.fill("[name=dated-0-on]", "2031/10/01")
    page.select_option("[name=dated-0-kind]", "holiday")
    page.fill("[name=dated-0-name]", "国庆节")
    page.fill("[name=reason]", REASON)
    page.click("[name=_save]")
    page.wait_for_selector(".held-waiting")
    assert not calendar.dated.exists()
    held = HeldChange.objects.get()
    other = town.enter(guard, viewport=viewport)
    town.visit(other, f"/people/approvals/{held.pk}/")
    assert "国庆节" in other.inner_text("main")
    other.click("button[value=approve]")
    assert until(lambda: Calendar.objects.get(pk=calendar.pk).dated.exists())
