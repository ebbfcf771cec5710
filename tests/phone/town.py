"""A worker on duty in the eastern district with something to do, and the browser in their hand."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import Role, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.fieldwork.services import assign_cell
from tests.cast import SINCE, Cast
from tests.fieldwork.factories import patrol
from tests.grid.factories import go_on_duty, lay_on

SCREEN = {"width": 390, "height": 844}
RIGHTS = [
    "fieldwork.do_fieldwork",
    "assets.survey_asset",
    "registry.view_files",
    "registry.collect_files",
    "registry.visit_enrolments",
]


def furnish(cast: Cast) -> User:
    """Will give the grid worker classes, a cell, a duty and a patrol of today."""
    lay_on(cast)
    role = Role.objects.get(code="grid_worker")
    for right in RIGHTS:
        app, _dot, name = right.partition(".")
        role.permissions.add(Permission.objects.get(content_type__app_label=app, codename=name))
    worker = go_on_duty(cast, "grid_worker", lon=120.012)
    for cell in cast.cells["east"][:3]:
        assign_cell(SYSTEM, worker_id=worker.pk, cell=cell, from_on=SINCE)
    patrol(worker, [cast.cells["east"][2]], day=clock.today())
    return User.objects.get(pk=cast.grid_worker.pk)


def open_phone(browser: Any, url: str, user: User | None, **options: Any) -> Any:
    """Will open a phone's browser, signed in; its page notes script errors on ``faults``."""
    context = browser.new_context(
        locale="zh-CN",
        viewport=SCREEN,
        has_touch=True,
        is_mobile=True,
        geolocation={"longitude": 120.012, "latitude": 36.012, "accuracy": 9},
        permissions=["geolocation"],
        **options,
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    if user is not None:
        sign_in(context, url, user)
    return page


def sign_in(context: Any, url: str, user: User) -> None:
    """Will sign a browser in without its pages."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
