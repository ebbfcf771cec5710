"""A district with a link to a city, which is the same town, asked by real HTTP."""

from typing import Any

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.districts.enums import Kind
from apps.districts.models import Link, Peer, Stream
from apps.districts.permissions import BACK_SCOPE, PUSH_SCOPE
from apps.districts.services import LinkSpec, PeerSpec, create_link, save_peer, set_stream
from apps.gateway.models import ApiClient
from apps.gateway.services import add_signing_key
from apps.places.models import Area
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.people import appointed

RIGHTS = [
    "districts.manage_links",
    "districts.manage_peers",
    "gateway.manage_connectors",
    "gateway.manage_clients",
]
SECRET = "one-secret-of-thirty-two-letters"


def keeper(cast: Cast, name: str = "district_keeper") -> User:
    """Will give who keeps both sides of the town."""
    return appointed(name, cast.center, role="district_keeper", rights=RIGHTS)


def client(cast: Cast, prefix: str = "east000001", **changes: Any) -> ApiClient:
    """Will give a client that may pass on and fetch, with a key of ``prefix``."""
    values: dict[str, Any] = {
        "name": f"区级平台 {prefix}",
        "tenant": cast.tenant,
        "service_user": cast.acceptor,
        "scopes": [PUSH_SCOPE, BACK_SCOPE],
        "rate": "100000/min",
        "key": f"{prefix}.{SECRET}",
    }
    return client_with_key(**(values | changes))


def peer(
    cast: Cast, manager: User, *, area: Area | None = None, prefix: str = "east000001"
) -> Peer:
    """Will let the eastern district, or another, pass on."""
    area = area or cast.east
    spec = PeerSpec(f"{area.name}平台", client(cast, prefix), area)
    return save_peer(manager, tenant=cast.tenant, spec=spec)


def link(cast: Cast, manager: User, url: str, at: Peer) -> Link:
    """Will give a link of the eastern district that signs with a key of the peer's client."""
    key, secret = add_signing_key(SYSTEM, client_id=at.client_id, algorithm="hmac-sha256")
    spec = LinkSpec(
        name="市级平台",
        url=f"{url}/api/v1/districts",
        keyid=key.keyid,
        secret=secret,
        area=cast.east,
    )
    return create_link(manager, tenant=cast.tenant, code="city", spec=spec)


def switched_on(manager: User, of: Link, kind: Kind, **changes: Any) -> Stream:
    """Will switch one class of a link on."""
    stream = of.streams.get(kind=kind)
    return set_stream(manager, stream_id=stream.pk, is_on=True, **changes)


def alarm_row(cast: Cast, origin: str = "A-1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """Will give an alarm as a district says it, of a cell in the east."""
    lon, lat = Cast.inside_east()
    values = {
        "origin": origin,
        "version": version,
        "area": cast.cells["east"][0].code,
        "lon": lon,
        "lat": lat,
        "source": "device",
        "kind": "water_high",
        "title": "水位过高",
        "about": "东区一号水位计",
        "sentence": "水位3.6米。",
        "level": 3,
        "raised_at": "2026-11-22T08:00:00+08:00",
        "ended_at": None,
    }
    return values | changes
