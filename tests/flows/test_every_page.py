"""Every page two clicks away, for those who keep the house, and for the public."""

from typing import Any

import pytest

from tests.flows.conftest import Town
from tests.flows.crawl import Crawl, furnish, walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_pages_of_the_administrator_and_of_the_public(town: Town, settings: Any) -> None:
    crawl = walk(town, settings, "admin", doors=("/citizen/", "/guides/"))
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 40


def test_the_pages_of_the_supervisor_in_the_dark(town: Town, settings: Any) -> None:
    settings.DEMO = False
    people = furnish(town)
    crawl = Crawl(town, only_colours=True)
    page = town.enter(people("supervisor"), color_scheme="dark")
    crawl.walk(page, "/", depth=2)
    assert "\n".join(crawl.faults) == ""
