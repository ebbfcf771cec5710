"""The pages of the service, for people: each opens, inside and outside."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.ogc.factories import spot

pytestmark = pytest.mark.django_db
PAGES = [
    "", "api", "conformance", "collections", "collections/base-map", "collections/base-map/items",
    "collections/base-map/queryables", "collections/base-map/schema", "collections/base-map/tiles",
    "collections/base-map/tiles/WebMercatorQuad", "tileMatrixSets",
    "tileMatrixSets/WebMercatorQuad",
]  # fmt: skip


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    return str(response.content.decode())


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_opens_the_public_pages(path: str) -> None:
    spot(120.01, 36.01)
    shown = text(Client().get(f"/ogc/{path}", {"f": "html"}))
    assert "<h1>" in shown
    assert 'class="menu"' not in shown


def test_a_clerk_looks_through_a_layer(cast: Cast) -> None:
    case = dispatched(cast)
    web = Client()
    web.force_login(cast.handler)
    items = "/ogc/collections/cases/items"
    shown = text(web.get(items, {"f": "html"}))
    assert case.number in shown
    assert "共 1 个要素" in shown
    # An input nobody filled in is no condition; words stand for codes.
    filtered = text(web.get(items, {"f": "html", "number": "", "priority": case.priority}))
    assert case.number in filtered
    assert case.get_priority_display() in filtered
    assert "没有符合条件的要素" in text(web.get(items, {"f": "html", "number": "x"}))
    one = text(web.get(f"{items}/{case.pk}", {"f": "html"}))
    assert f'href="/cases/{case.pk}/"' in one
    assert "cases" in text(web.get("/ogc/collections", {"f": "html"}))


def test_a_page_turns(db: None) -> None:
    for n in range(3):
        spot(120.01, 36.01, name=f"地点{n}")
    first = text(Client().get("/ogc/collections/base-map/items", {"f": "html", "limit": 2}))
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert "地点2" not in first
    second = text(Client().get(turned(first, "next")))
    assert 'rel="next"' not in second
    assert "地点2" in second
    back = text(Client().get(turned(second, "prev")))
    assert "地点0" in back
    assert "地点1" in back
    assert 'rel="prev"' not in back
    assert "地点2" in text(Client().get(turned(back, "next")))


def turned(page: str, rel: str) -> str:
    """The address of the page beside one."""
    [address] = re.findall(rf'rel="{rel}" href="([^"]+)"', page)
    return str(unescape(address))


def test_a_refusal_is_a_page_for_people(db: None) -> None:
    web = Client(headers={"Accept": "text/html"})
    assert "bbox" in text(web.get("/ogc/collections/base-map/items", {"bbox": "1"}), 400)
    text(web.get("/ogc/collections/cases"), 404)
