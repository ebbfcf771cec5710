"""Maps of others on the one map: a base of pictures, features, who they are from."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.onemap.sharing import services
from apps.onemap.sharing.services import ServiceData
from tests.cast import allowed
from tests.flows.conftest import Town, until
from tests.onemap.outside_kit import others

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

READY = "[data-onemap][data-ready=yes][data-engine=gl]"
CENTRE = "#15.00/36.01200/120.01200"
MAP = "document.querySelector('[data-onemap]').onemap.engine.map"


def register(town: Town, keeper: User, code: str, **told: Any) -> None:
    data = ServiceData(**({"name": code} | told))
    services.register_service(keeper, code=code, tenant=town.cast.tenant, data=data)


def test_services_of_others_are_switched_on_named_and_kept(town: Town, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    keeper = allowed(town.cast, "supervisor", "onemap.manage_layers")
    with others() as outside:
        picture = {"kind": "xyz", "url": f"{outside.url}/t/{{z}}/{{x}}/{{y}}"}
        register(town, keeper, "image", **picture, approval_number="GS(2026)1号")
        register(town, keeper, "pipe", kind="feature", url=f"{outside.url}/f/?bbox={{bbox}}")
        page = town.enter(town.cast.handler, viewport=(1000, 620))
        town.visit(page, f"/map/{CENTRE}")
        page.wait_for_selector(READY)
        for code in ("outside-image", "outside-pipe"):
            page.locator(f"[data-layer={code}] [data-layer-on]").evaluate("e => e.click()")
        line = "e => e.map.queryRenderedFeatures({layers: ['outside-pipe/line']}).length"
        engine = page.evaluate_handle(f"({{map: {MAP}}})")
        assert until(lambda: engine.evaluate(line))
        assert {path[:3] for path in outside.asked} == {"/t/", "/f/"}
        order = page.evaluate(f"{MAP}.getStyle().layers.map((layer) => layer.id)")
        assert order.index("outside-image/raster") < order.index("outside-pipe/line")
        assert page.inner_text("[data-sources]") == "image 审图号：GS(2026)1号；pipe"
        at = page.evaluate(f"{MAP}.project([120.012, 36.012])")
        page.locator("[data-canvas] canvas").first.click(position=at)
        page.wait_for_selector("[data-detail] >> text=排水主管")
        assert until(lambda: kept(page))


def kept(page: Any) -> bool:
    """The choice is there again when the page is opened anew."""
    page.reload()
    page.wait_for_selector(READY)
    return bool(page.evaluate(f"Boolean({MAP}.getLayer('outside-image/raster'))"))
