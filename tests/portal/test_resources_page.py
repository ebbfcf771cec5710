"""The register of protected resources in a real browser: accessible, and fits a phone."""

from typing import Any

import pytest

from apps.accounts.protected.registry import ResourceKind
from tests.cast import Cast
from tests.flows.width import overflow
from tests.people import appointed
from tests.portal.conftest import SignIn
from tests.portal.test_browser import complaints
from tests.video import factories as video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1440])
def test_every_kind_fits_and_is_accessible(
    page: Any, live_server: Any, sign_in: SignIn, cast: Cast, width: int
) -> None:
    video.camera()
    sign_in(appointed("security", cast.center, role="security_admin"))
    page.set_viewport_size({"width": width, "height": 800})
    for kind in ResourceKind.values:
        page.goto(f"{live_server.url}/resources/?kind={kind}")
        assert overflow(page) == "", kind
        assert complaints(page) == [], kind
    page.goto(f"{live_server.url}/resources/?kind=menu")
    page.fill("main .filter-search input", "审计")
    page.press("main .filter-search input", "Enter")
    page.wait_for_url("**/resources/?*q=*")
    assert page.locator("table.data-table tbody tr").count() == 1
