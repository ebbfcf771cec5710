"""What a person arranges for a list is theirs alone and survives rubbish."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common.errors import InvalidInput, Refused
from apps.portal import services
from apps.portal.models import ViewPreference
from apps.portal.selectors import list_preference

pytestmark = pytest.mark.django_db
COLUMNS: list[dict[str, Any]] = [
    {"key": "number", "label": "编号", "is_fixed": True},
    {"key": "area", "label": "区域"},
    {"key": "unit", "label": "单位", "is_optional": True},
]


@pytest.fixture
def clerk() -> User:
    return User.objects.create_user(username="clerk", password="x-clerk-2026", full_name="陈静")


@pytest.fixture
def other() -> User:
    return User.objects.create_user(username="other", password="x-other-2026", full_name="刘洋")


def shown(user: User) -> list[str]:
    return [column.key for column in list_preference(user, "queue", COLUMNS).shown]


def test_without_a_choice_the_definition_rules(clerk: User) -> None:
    assert shown(clerk) == ["number", "area"]


def test_chosen_columns_are_kept_for_their_owner_alone(clerk: User, other: User) -> None:
    services.save_columns(clerk, view="queue", known=["number", "area", "unit"], shown=["unit"])
    assert shown(clerk) == ["number", "unit"]
    assert shown(other) == ["number", "area"]


def test_a_column_added_later_is_seen(clerk: User) -> None:
    services.save_columns(clerk, view="queue", known=["number", "unit"], shown=["unit"])
    assert shown(clerk) == ["number", "area", "unit"]


def test_a_shown_column_must_be_known(clerk: User) -> None:
    with pytest.raises(InvalidInput):
        services.save_columns(clerk, view="queue", known=["area"], shown=["secret"])


def test_an_unknown_density_is_refused(clerk: User) -> None:
    with pytest.raises(InvalidInput):
        services.save_density(clerk, view="queue", density="huge")


def test_filters_are_kept_by_name_and_replaced(clerk: User) -> None:
    services.save_filter(clerk, view="queue", name="东区", query="area=1")
    services.save_filter(clerk, view="queue", name=" 东区 ", query="area=2")
    assert [(f.name, f.query) for f in list_preference(clerk, "queue").filters] == [
        ("东区", "area=2")
    ]
    services.delete_filter(clerk, view="queue", name="东区")
    services.delete_filter(clerk, view="queue", name="东区")
    assert list_preference(clerk, "queue").filters == []


@pytest.mark.parametrize(("name", "query"), [("", "a=1"), ("长" * 31, "a=1"), ("好", "")])
def test_a_filter_needs_a_name_and_a_condition(clerk: User, name: str, query: str) -> None:
    with pytest.raises(InvalidInput):
        services.save_filter(clerk, view="queue", name=name, query=query)


def test_twenty_filters_are_enough(clerk: User) -> None:
    for number in range(services.MAX_FILTERS):
        services.save_filter(clerk, view="queue", name=f"筛选{number}", query="a=1")
    with pytest.raises(Refused):
        services.save_filter(clerk, view="queue", name="再来一个", query="a=1")


def test_the_page_saves_for_the_signed_in_user_and_goes_back(clerk: User, client: Client) -> None:
    client.force_login(clerk)
    response = client.post(
        reverse("portal:preference-save", args=["queue"]),
        {"density": "compact", "next": "/search/?q=灯"},
    )
    assert response["Location"].startswith("/search/")
    assert ViewPreference.objects.get().user == clerk
    assert list_preference(clerk, "queue").density == "compact"


def test_saving_never_leads_outside(clerk: User, client: Client) -> None:
    client.force_login(clerk)
    response = client.post(
        reverse("portal:preference-save", args=["queue"]),
        {"density": "roomy", "next": "https://elsewhere.example/"},
    )
    assert response["Location"] == reverse("portal:home")


def test_saving_without_a_page_to_go_back_to_answers_empty(clerk: User, client: Client) -> None:
    client.force_login(clerk)
    address = reverse("portal:preference-save", args=["queue"])
    assert client.post(address, {"density": "roomy"}).status_code == 204


def test_strangers_and_plain_reading_are_turned_away(clerk: User, client: Client) -> None:
    address = reverse("portal:preference-save", args=["queue"])
    assert client.post(address, {"density": "roomy"}).status_code == 302
    client.force_login(clerk)
    assert client.get(address).status_code == 405
    assert not ViewPreference.objects.exists()
