"""A browser signed in to the tests' own server."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User

SignIn = Callable[[User], None]


@pytest.fixture(autouse=True, scope="session")
def database_beside_playwright() -> None:
    """Playwright's loop runs in this thread, which Django takes for asynchronous code."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture
def sign_in(page: Any, live_server: Any) -> SignIn:
    """Puts the session of a user into the browser."""

    def enter(user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )

    return enter
