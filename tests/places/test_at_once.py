"""Two at once, with real threads: one place is entered once, one line gathers both reports."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.common.errors import DomainError
from apps.places import services
from apps.places.geometry import point
from apps.places.models import GazetteerEntry, UnplacedText
from apps.places.services import NewEntry, PlaceReport
from tests.places.factories import make_city, make_keeper


def ends(deed: Callable[[], object]) -> str:
    try:
        deed()
    except DomainError as error:
        return error.code
    finally:
        connection.close()
    return "done"


@pytest.mark.django_db(transaction=True)
def test_two_keepers_and_two_collectors() -> None:
    city = make_city()
    keepers = [make_keeper(city["9901"], f"keeper{n}") for n in range(2)]
    shop = NewEntry("poi", "福来超市", point(123.012, 35.006))
    at = datetime(2026, 11, 1, tzinfo=UTC)
    reports = [PlaceReport(f"case:{n}", "梧龄大厦", city["9901"], at) for n in range(2)]
    with ThreadPoolExecutor(4) as pool:
        entered = pool.map(ends, [lambda k=k: services.add_entry(k, new=shop) for k in keepers])
        taken = pool.map(ends, [lambda r=r: services.take_reports([r]) for r in reports])
        assert sorted(entered) == ["done", "entry_exists"]
        assert list(taken) == ["done", "done"]
    assert GazetteerEntry.objects.filter(name="福来超市").count() == 1
    assert [line.times for line in UnplacedText.objects.all()] == [2]
