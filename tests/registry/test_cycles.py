"""Cycles of firms, places and goods, and the lease trend of cells."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.registry import services
from apps.registry.models import FileCycle, RegistryFile
from tests.cast import Cast
from tests.registry.factories import house, made, person
from tests.registry.test_pages import signed_in

SITE = {"name": "东街市场", "site_kind": "market", "point": {"lng": 120.012, "lat": 36.012}}


def visit(cast: Cast, file: RegistryFile, key: str, **changes: Any) -> None:
    services.record_visit(
        cast.collector, key=key, visit=services.VisitData(file.pk, at=clock.now(), **changes)
    )


def test_a_visit_puts_the_next_one_off(staffed: Cast) -> None:
    site, today = made(staffed.collector, "site", SITE), clock.today()
    services.set_cycle(staffed.registrar, file_id=site.pk, days=30)
    assert site.cycle.due_on == today + timedelta(days=30)
    FileCycle.objects.update(due_on=today - timedelta(days=3))
    client = signed_in(staffed.registrar)
    late = client.get(reverse("registry:due-list"), {"late": 1})
    assert [row.days_late for row in late.context["rows"]] == [3]
    assert "超 3 天" in client.get(reverse("registry:file-detail", args=[site.pk])).content.decode()
    assert not signed_in(staffed.registrar_west).get(reverse("registry:due-list")).context["rows"]
    visit(staffed, site, "a")
    assert FileCycle.objects.get().due_on == today + timedelta(days=30)
    visit(staffed, site, "b", next_on=today + timedelta(days=5))
    visit(staffed, site, "b", next_on=today + timedelta(days=9))
    assert FileCycle.objects.get().due_on == today + timedelta(days=5)


def test_a_visit_told_late_does_not_bring_the_next_forward(staffed: Cast) -> None:
    site, today = made(staffed.collector, "site", SITE), clock.today()
    services.set_cycle(staffed.registrar, file_id=site.pk, days=10)
    visit(staffed, site, "a")
    earlier = clock.now() - timedelta(days=4)
    data = services.VisitData(site.pk, at=earlier)
    services.record_visit(staffed.collector, key="b", visit=data)
    assert FileCycle.objects.get().due_on == today + timedelta(days=10)


def test_who_may_set_a_cycle_of_what(staffed: Cast) -> None:
    site, somebody = made(staffed.collector, "site", SITE), person(staffed)
    for actor in (staffed.collector, staffed.registrar_west):
        with pytest.raises(NotAllowed):
            services.set_cycle(actor, file_id=site.pk, days=30)
    for file, days in ((somebody, 30), (site, 0), (site, 367)):
        with pytest.raises(InvalidInput):
            services.set_cycle(staffed.registrar, file_id=file.pk, days=days)
    client = signed_in(staffed.registrar)
    here = reverse("registry:cycle-set", args=[site.pk])
    client.post(here, {"days": "20"})
    assert FileCycle.objects.get().days == 20
    client.post(here, {"days": "x"})
    assert FileCycle.objects.get().days == 20
    client.post(here, {"days": ""})
    assert not FileCycle.objects.exists()


def test_the_lease_trend_counts_tenants_by_cell(staffed: Cast) -> None:
    home, today = house(staffed), clock.today()
    for number, start, end in ((1, 200, None), (2, 400, 100), (3, 5, None)):
        services.link_files(
            staffed.collector,
            kind_code="tenant",
            from_id=person(staffed, number, household="floating").pk,
            to_id=home.pk,
            from_on=today - timedelta(days=start),
            to_on=today - timedelta(days=end) if end else None,
        )
    page = signed_in(staffed.registrar).get(reverse("registry:leases"))
    [row] = page.context["rows"]
    assert row.cell == home.area
    before = sum(start >= today.day - 1 for start in (200, 5))
    assert (row.counts[0], row.counts[-1]) == (1, before)
    assert row.cell.name in page.content.decode()
    west = signed_in(staffed.registrar_west).get(reverse("registry:leases"))
    assert west.context["rows"] == []
