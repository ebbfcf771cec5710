"""The demo's interface: offered, used, and a neighbour that really answers. Source: GW-08."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.demo.models import Receipt
from apps.demo.stages.georeport import OFFERED, SAID, Place, load_georeport
from apps.gateway import services as gateway
from apps.georeport.models import Forwarding, OpenService, Peer, Report
from apps.georeport.services import ask_peers, pass_on
from apps.matters.models import CaseEvent
from tests.cast import Cast
from tests.georeport.factories import accept, get, keeper
from tests.hotline.factories import demand


@pytest.mark.django_db(transaction=True)
def test_the_demo_reports_passes_on_and_hears_back(
    cast: Cast, live: str, live_server: Any, settings: Any
) -> None:
    settings.DEMO, settings.OUTGOING_HOSTS = True, ["127.0.0.1/32"]
    settings.DEMO_NEIGHBOUR = f"{live_server.url.replace('localhost', '127.0.0.1')}/demo/neighbour"
    settings.ALLOWED_HOSTS = ["*"]
    manager = keeper(cast)
    evening = clock.now() + timedelta(hours=6)  # what is in force now was not before
    place = Place(
        cast.tenant, cast.center, manager, cast.supervisor, cast.acceptor, cast.dispatcher
    )
    assert load_georeport(place, [Cast.inside_east()], until=evening) == len(OFFERED)
    assert OpenService.objects.count() == len(OFFERED)
    assert Report.objects.count() == len(SAID)
    with clock.at(evening):
        assert len(get("requests.json").json()) == len(SAID)

    case = accept(cast, demand(cast, class_code="road.lamp"))
    pass_on(manager, peer_id=Peer.objects.get().pk, number=case.number)
    assert gateway.deliver_due() == 1
    made = Forwarding.objects.get()
    assert made.outside_id.startswith("LS-")
    Receipt.objects.update(received_at=clock.now() - timedelta(minutes=20))
    assert ask_peers() == 2
    made.refresh_from_db()
    assert made.status == "FIXED"
    assert CaseEvent.objects.filter(case=case, action="outside_result").count() == 2
    assert Receipt.objects.get().topic == "georeport.request"
    strange = get("requests.json", api_key="x.y")
    assert strange.status_code == 403
