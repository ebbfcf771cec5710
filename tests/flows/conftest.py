"""A whole town on one machine: pages, pushes by WebSocket, a worker, a browser per person."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.common import outbox
from apps.hotline.models import Line
from apps.notices.services import deliver_due
from tests.cast import PASSWORD, Cast, build_cast

DESKTOP = (1440, 900)
PHONE = (390, 844)
SECONDS = 20.0  # a busy machine is slow, not broken
# Chromium writes every refused request to its console; a refusal the test asks for is no defect.
ANSWERED_SO = tuple(f"status of {code}" for code in (400, 403, 404, 409, 413, 422))


@pytest.fixture(scope="session", autouse=True)
def database_beside_playwright() -> None:
    """Playwright's loop runs in this thread, which Django takes for asynchronous code."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@dataclass
class Town:
    """The running town. ``enter`` opens the browser of one more person."""

    cast: Cast
    url: str
    browser: Any
    viewport: tuple[int, int] = DESKTOP
    contexts: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def window(self, *, viewport: tuple[int, int] | None = None, **options: Any) -> Any:
        """Will open the browser of somebody who has not signed in."""
        width, height = viewport or self.viewport
        context = self.browser.new_context(
            locale="zh-CN",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(SECONDS * 1000)
        context.on("request", self._guard)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._listen(page, message))
        return page

    def enter(self, user: User, **options: Any) -> Any:
        """Will open the browser of a colleague who has signed in."""
        client = Client()
        client.force_login(user)
        page = self.window(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.url}]
        )
        return page

    def sign_in(self, page: Any, user: User) -> None:
        """Will sign in through the page."""
        page.goto(f"{self.url}/accounts/login/")
        page.fill("[name=login]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)

    def visit(self, page: Any, path: str) -> Any:
        page.goto(f"{self.url}{path}")
        return page

    def _guard(self, request: Any) -> None:
        """Listens only; the browser finds no other machine (``tests.conftest``).

        A request that waits for an answer from here costs time, and a browser told to ask keeps
        no file: every page would load its forty style sheets and scripts anew.
        """
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname != urlsplit(self.url).hostname:
            self.complaints.append(f"outside request: {request.url}")

    def _listen(self, page: Any, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in ANSWERED_SO):
            self.complaints.append(f"{page.url}: {message.text}")


def elsewhere(deed: Callable[[], Any]) -> None:
    """Will do what another process does in life; Playwright's loop lives in this thread."""

    def run() -> None:
        try:
            deed()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def work() -> None:
    """Will do what the worker does by itself in life: the outbox and the short messages."""
    elsewhere(outbox.drain)
    elsewhere(deliver_due)


def until(happened: Callable[[], Any], *, seconds: float = SECONDS) -> Any:
    """Will wait for a row; for what a page shows, Playwright waits by itself."""
    end = time.monotonic() + seconds
    while not (found := happened()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


@pytest.fixture
def pushes(settings: Any, live: str) -> Iterator[None]:
    """The WebSocket server on a port of its own, as in life."""
    from citybrain.asgi import application

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.WS_PORT = free.getsockname()[1]
    config = uvicorn.Config(
        application, host="localhost", port=settings.WS_PORT, log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert until(lambda: server.started), "the WebSocket server did not start"
    yield
    server.should_exit = server.force_exit = True
    thread.join(timeout=10)


@pytest.fixture
def town(transactional_db: None, live_server: Any, pushes: None, browser: Any) -> Iterator[Town]:
    """The town with its line; a script error or a request to the outside fails the test."""
    cast = build_cast()
    Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    found = Town(cast=cast, url=live_server.url, browser=browser)
    yield found
    for context in found.contexts:
        context.close()
    assert found.complaints == []
