"""Fixtures for all tests. Those of one app stand in its own conftest."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from apps.common import clock, memory
from tests.cast import ROLES, Cast, build_cast
from tests.emptied import empty_again, remember_beginning
from tests.put_back import put_back_or_build

# How long a draw takes says how busy the machine is, nothing of what is tested.
hypothesis.settings.register_profile(
    "city", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("city")

ROOT = Path(__file__).resolve().parent.parent
#: Longer than nearly every test takes; waited once a day, by a run that is under way then.
BEFORE_MIDNIGHT = timedelta(seconds=20)
CHROMIUM = Path("/usr/bin/chromium")
# A browser that asks nothing of the network by itself, and reaches this machine alone.
CHROMIUM_ARGUMENTS = [
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1",
]


def pytest_runtest_setup() -> None:
    """No test begins shortly before the city's midnight: its today would become its yesterday."""
    now = timezone.localtime(clock.now())
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if (left := midnight - now) < BEFORE_MIDNIGHT:
        time.sleep(left.total_seconds())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, freed at the end of connections that threads of servers left open."""
    with django_db_blocker.unblock():
        remember_beginning()
    TransactionTestCase._fixture_teardown = empty_again
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        connection.close()


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> None:
    """Uploads, keys and what else a test writes vanish with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.READING_FILES_DIR = tmp_path / "reading-files"
    settings.CERTIFICATE_SIMULATOR_DIR = tmp_path / "cards"
    settings.SEALS_DIR = tmp_path / "seals"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What a process or the cache remembers of the test before is of rows that are gone."""
    memory.forget_all()
    cache.delete_pattern("*")


@pytest.fixture(autouse=True)
def roles_of_the_test() -> Iterator[None]:
    """A role a test adds to the cast's is gone with it: the next may give its name other rights."""
    before = dict(ROLES)
    yield
    ROLES.clear()
    ROLES.update(before)


@pytest.fixture
def time_held() -> Iterator[datetime]:
    """Time stands still, for tests of what may be done so often in a span.

    A slow machine would take longer for the calls than the span lasts, or pass its border.
    """
    moment = clock.now()
    with clock.at(moment):
        yield moment


@pytest.fixture
def remember_from_now(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """To be called when everything is written: what is read from then on is kept to the end.

    A test that counts questions says the same then on a machine that takes seconds for them.
    """

    def begin() -> None:
        monkeypatch.setattr(memory, "SECONDS", 3600.0)
        memory.forget_all()

    return begin


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The module behind ``bin/run``."""
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    monkeypatch.setenv("CITYBRAIN_DATA", str(tmp_path))
    sys.modules.pop("_serve", None)
    import _serve

    yield _serve
    sys.modules.pop("_serve", None)


@pytest.fixture
def cast(db: None) -> Cast:
    """The town of ``tests.cast``: two districts, their units, one person per role."""
    return put_back_or_build("cast", build_cast)


@pytest.fixture
def live() -> Iterator[str]:
    """The address of the tests' own Redis, empty before and after."""
    from redis import Redis

    with Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushall()
        yield django_settings.REDIS_URL
        cache.close()
        client.flushall()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Debian's Chromium, started for one test.

    Not once for the run: Playwright's event loop lives in the test's thread, and while it does
    Django takes every query for one made inside asynchronous code.
    """
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh browser window, Chinese, desk-sized; it fails the test on a script error."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert errors == []
