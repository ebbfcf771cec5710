"""The OpenAPI page in Chromium, under our content security policy, with the outside cut off."""

import os

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.gateway.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_page(monkeypatch):
    # Playwright's loop makes Django believe that the test itself is asynchronous.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--disable-background-networking", "--disable-gpu", "--no-sandbox"],
        )
        yield browser.new_page()
        browser.close()


def test_page_loads_without_the_outside_and_without_breaking_the_policy(
    live_server, client, browser_page
):
    client.force_login(UserFactory())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    browser_page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    outside, errors = [], []
    browser_page.on(
        "request",
        lambda r: (
            None if r.url.startswith((live_server.url, "data:", "blob:")) else outside.append(r.url)
        ),
    )
    browser_page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    browser_page.goto(f"{live_server.url}/api/docs/")
    browser_page.wait_for_selector(".swagger-ui .info .title", timeout=20_000)
    assert "CityBrain API" in browser_page.inner_text(".swagger-ui .info")
    assert outside == []
    assert errors == []
