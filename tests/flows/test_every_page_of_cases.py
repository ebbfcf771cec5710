"""Every page two clicks away, for those through whose hands a case goes."""

from typing import Any

import pytest

from tests.flows.conftest import Town
from tests.flows.crawl import walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = ("acceptor", "dispatcher", "handler", "head", "callback", "grid_worker")


def test_the_pages_of_those_who_handle_cases(town: Town, settings: Any) -> None:
    crawl = walk(town, settings, *PEOPLE)
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 40
