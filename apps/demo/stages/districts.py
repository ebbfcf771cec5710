"""Districts with platforms of their own that pass on to the city, and a link, held back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.districts.enums import Kind
from apps.districts.models import Peer
from apps.districts.permissions import BACK_SCOPE, PUSH_SCOPE
from apps.districts.services import (
    LinkSpec,
    PeerSpec,
    create_link,
    pause_link,
    save_peer,
    take_batch,
    work_out,
)
from apps.gateway import services as gateway
from apps.places.models import Area

MOST = 4
PROMISE_MINUTES = 7 * 24 * 60  # nobody passes on for the demo's districts afterwards
DEVICES, ALARMS = 6, 3


@dataclass(frozen=True)
class Place:
    """Whose city it is. manager keeps both sides; person answers for the clients; account: as
    which they act."""

    tenant: Tenant
    owner: Organization
    manager: User
    person: User
    account: User


def load_districts(place: Place, *, until: datetime) -> int:
    """Will let the city's districts pass on, take in a little of each, and give how many."""
    areas = Area.objects.filter(parent=place.tenant.area, level__is_cell=False).order_by("code")
    found = list(areas.defer("boundary")[:MOST]) or [_whole(place)]
    with clock.at(until - timedelta(minutes=20)):
        for number, area in enumerate(found):
            _take_in(_peer(place, area), area, number)
        work_out()
        _name_city(place, found[0])
    return len(found)


def _whole(place: Place) -> Area:
    if place.tenant.area is None:
        raise ValueError("the city has no area")
    return place.tenant.area


def _peer(place: Place, area: Area) -> Peer:
    client, _key = gateway.issue_client(
        SYSTEM,
        name=f"{area.name}平台（模拟）",
        tenant=place.tenant,
        service_user=place.account,
        owner=place.owner,
        owner_person=place.person,
        scopes=[PUSH_SCOPE, BACK_SCOPE],
        rate="600/min",
    )
    spec = PeerSpec(f"{area.name}平台（模拟）", client, area, PROMISE_MINUTES)
    return save_peer(place.manager, tenant=place.tenant, spec=spec)


def _take_in(peer: Peer, area: Area, number: int) -> None:
    take_batch(peer, kind=Kind.DEVICES, rows=list(_devices(area, number)))
    take_batch(peer, kind=Kind.ALARMS, rows=list(_alarms(area, number)))
    beyond = next(_alarms(area, number)) | {"origin": "X-1", "area": "000000"}
    take_batch(peer, kind=Kind.ALARMS, rows=[beyond])


def _place(area: Area, n: int) -> dict[str, float | None]:
    """Around the middle of the district, about 400 m apart."""
    if area.center is None:
        return {"lon": None, "lat": None}
    return {
        "lon": round(area.center.x + 0.004 * (n % 3 - 1), 6),
        "lat": round(area.center.y + 0.004 * (n // 3 - 1), 6),
    }


def _devices(area: Area, number: int) -> Iterator[dict[str, Any]]:
    for n in range(DEVICES + number):
        yield {
            "origin": f"AQ-{n + 1}", "version": 1, "area": area.code, **_place(area, n),
            "code": f"AQ-{n + 1}", "name": f"{area.name}空气站{n + 1}", "profile": "air",
            "profile_name": "空气质量", "state": "offline" if n < number else "online",
            "is_active": True,
        }  # fmt: skip


def _alarms(area: Area, number: int) -> Iterator[dict[str, Any]]:
    for n in range(ALARMS + number):
        raised = clock.now() - timedelta(minutes=30 * (n + 1))
        ended = (raised + timedelta(minutes=20)).isoformat() if n % 2 else None
        yield {
            "origin": f"A-{n + 1}", "version": 1, "area": area.code, **_place(area, n),
            "source": "device", "kind": "pm25_high", "title": "细颗粒物偏高",
            "about": f"{area.name}空气站{n + 1}", "sentence": "PM2.5 高于阈值（模拟）。",
            "level": 2 + n % 2, "raised_at": raised.isoformat(), "ended_at": ended,
        }  # fmt: skip


def _name_city(place: Place, area: Area) -> None:
    """Towards this machine, held back; left out where calls to it are not allowed."""
    host = settings.DEMO_NEIGHBOUR.partition("/demo/")[0]
    spec = LinkSpec(
        name="市级平台（模拟）",
        url=f"{host}/api/v1/districts",
        keyid="sig-demo",
        secret="QUFB" * 11,
        area=area,
    )
    try:
        link = create_link(place.manager, tenant=place.tenant, code="city-platform", spec=spec)
    except InvalidInput:
        return
    pause_link(place.manager, link_id=link.pk, is_paused=True)
