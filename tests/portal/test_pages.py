"""The shell's pages, as each kind of person sees them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common import clock
from apps.notices.services import notify
from apps.portal.models import ViewPreference
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_citizen_lands_on_the_doors_of_the_city(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "拨打 12345" in page
    assert reverse("account_login") in page
    assert 'id="menu"' not in page


def test_staff_land_on_what_waits_for_them(cast: Cast) -> None:
    page = signed_in(cast.handler).get("/").content.decode()
    assert "王强，您好" in page
    for section in ("section-todo", "section-unread", "section-warning"):
        assert section in page
    assert "section-oversight" not in page


def test_the_supervisor_sees_oversight(cast: Cast) -> None:
    assert "section-oversight" in signed_in(cast.supervisor).get("/").content.decode()


def test_somebody_without_a_post_still_has_a_home(cast: Cast) -> None:
    response = signed_in(cast.outsider).get("/")
    assert response.status_code == 200
    assert "section-todo" not in response.content.decode()


def test_unread_notices_are_listed_and_counted(cast: Cast) -> None:
    notify(
        recipients=[cast.handler], kind="case", title="新案件到达", body="", url="/", key="home-1"
    )
    page = signed_in(cast.handler).get("/").content.decode()
    assert "新案件到达" in page
    assert '<span id="notice-count">1</span>' in page


@pytest.mark.parametrize("name", ["search", "preferences"])
def test_staff_pages_ask_for_sign_in(client: Client, name: str) -> None:
    response = client.get(reverse(f"portal:{name}"))
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]


def test_the_style_guide_shows_every_component(cast: Cast) -> None:
    client = signed_in(cast.handler)
    page = client.get(reverse("portal:styleguide")).content.decode()
    for mark in ("tile-over", "chip-done", "remaining-over", "story-dot", "error-summary", "pager"):
        assert mark in page
    posted = client.post(reverse("portal:styleguide"), {"title": ""})
    assert "处需要修改" in posted.content.decode()


def test_the_style_guide_is_closed_outside_a_demo(cast: Cast, settings: Any) -> None:
    settings.DEMO = False
    assert signed_in(cast.handler).get(reverse("portal:styleguide")).status_code == 404


def test_the_demo_ribbon_shows_only_in_a_demo(cast: Cast, settings: Any) -> None:
    client = signed_in(cast.handler)
    assert "演示数据" in client.get("/").content.decode()
    settings.DEMO = False
    assert "演示数据" not in client.get("/").content.decode()


def test_the_language_switch_keeps_the_page(cast: Cast) -> None:
    client = signed_in(cast.handler)
    response = client.post(
        reverse("set_language"), {"language": "en", "next": reverse("portal:preferences")}
    )
    assert response["Location"] == reverse("portal:preferences")
    assert '<html lang="en"' in client.get(reverse("portal:preferences")).content.decode()


def test_search_explains_a_single_character(cast: Cast) -> None:
    page = signed_in(cast.dispatcher).get(reverse("portal:search"), {"q": "灯"})
    assert page.status_code == 200
    assert "case-search-problem" in page.content.decode()


def test_search_says_when_nothing_is_found(cast: Cast) -> None:
    page = signed_in(cast.dispatcher).get(reverse("portal:search"), {"q": "<b>没有</b>"})
    assert "没有找到" in page.content.decode()
    assert "<b>没有</b>" not in page.content.decode()


def test_the_socket_address_follows_the_port(cast: Cast, settings: Any) -> None:
    client = signed_in(cast.handler)
    settings.WS_PORT = 0
    assert 'data-ws-url="ws://testserver/ws/notices/"' in client.get("/").content.decode()
    settings.WS_PORT = 8001
    page = client.get("/", headers={"host": "city.example:8000"}).content.decode()
    assert 'data-ws-url="ws://city.example:8001/ws/notices/"' in page


def test_the_frame_costs_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = signed_in(cast.handler)
    # Session, user, permissions, notices, post, preferences; the page itself reads one more.
    with django_assert_max_num_queries(10):
        client.get(reverse("portal:preferences"))


def test_resetting_forgets_only_ones_own(cast: Cast) -> None:
    for user in (cast.handler, cast.head):
        ViewPreference.objects.create(user=user, view="queue", data={"density": "compact"})
    signed_in(cast.handler).post(reverse("portal:preferences"))
    assert [p.user for p in ViewPreference.objects.all()] == [cast.head]
    assert clock.now()


def test_the_customary_address_of_the_mark_is_answered(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert "portal/img/mark" in answer["Location"]
