"""The menu shows what one may do, nothing else, and every line leads somewhere."""

import pytest
from django.test import RequestFactory

from apps.accounts.models import User
from apps.portal.menu import build_menu, resolve
from apps.portal.menu_items import MENU
from tests.cast import Cast


def labels(user: User, path: str = "/") -> list[str]:
    request = RequestFactory().get(path)
    return [item.label for group in build_menu(request, user) for item in group.items]


@pytest.mark.django_db
def test_the_menu_follows_the_right(cast: Cast) -> None:
    assert "派单队列" in labels(cast.dispatcher)
    assert "派单队列" not in labels(cast.handler)
    assert "承办队列" in labels(cast.handler)
    assert "督办" in labels(cast.supervisor)
    assert not {"受理队列", "登记案件", "人员组织", "审计"} & set(labels(cast.outsider))


@pytest.mark.django_db
def test_the_longest_fitting_address_is_current(cast: Cast) -> None:
    path = resolve("matters:queue", "routing")
    groups = build_menu(RequestFactory().get(path), cast.dispatcher)
    current = [item.label for group in groups for item in group.items if item.is_current]
    assert current == ["派单队列"]


@pytest.mark.parametrize("item", [i for group in MENU for i in group.items], ids=lambda i: i.icon)
def test_every_line_leads_somewhere(item: object) -> None:
    assert resolve(item.url_name, *item.args)  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_every_right_of_the_menu_exists() -> None:
    from django.contrib.auth.models import Permission

    named = {p for group in MENU for item in group.items for p in item.permissions}
    pairs = Permission.objects.values_list("content_type__app_label", "codename")
    assert named - {f"{app}.{code}" for app, code in pairs} == set()
