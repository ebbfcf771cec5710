"""Every page two clicks away, for those who watch, write and publish."""

from typing import Any

import pytest

from tests.flows.conftest import Town
from tests.flows.crawl import walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = ("supervisor", "author", "writer", "clerk", "editor", "issuer")


def test_the_pages_of_those_who_watch_and_write(town: Town, settings: Any) -> None:
    crawl = walk(town, settings, *PEOPLE)
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 40
