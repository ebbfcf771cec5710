"""Cases passed on to other GeoReport servers, and what goes over the line.

The duty is a delivery of the gateway (``gateway.services.sending``): claimed, repeated with
growing pauses, given up, replayed and shown there. Here is only what is said and what the answer
means. Source: GW-08; GeoReport v2, POST requests.
"""

import json
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from apps.common import clock, rows
from apps.common.errors import DomainError
from apps.common.http import Answer, CallFailed, get_bytes, post_bytes
from apps.common.memory import Memory
from apps.common.personal import mask_personal
from apps.gateway import services as gateway
from apps.gateway.models import Connector, Delivery
from apps.gateway.sealing import unseal
from apps.gateway.services.connectors import checked_target
from apps.gateway.services.sending import Result
from apps.georeport.models import Forwarding, Peer, Report
from apps.hotline.enums import ComplaintFamily
from apps.hotline.selectors.callers import demand_of
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseEvent

TOPIC = "georeport.request"
_LATER = frozenset({408, 425, 429})
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
EXCERPT = 300
#: Work that is somebody's: before, nobody agreed that it is a demand; after, nothing is to do.
_PASSED_ON_IN = (StateCategory.ROUTING, StateCategory.WAITING, StateCategory.RUNNING)

_automatic: Memory[tuple[Peer, ...]] = Memory(of=("georeport.Peer", "gateway.Connector"))


def follow(case: Case, event: CaseEvent) -> None:
    """Will order, with the event that accepts a case, its passing on to who takes such cases.

    Called with every event of every case: without an automatic peer it asks nothing.
    """
    if case.accepted_at is None or case.category not in _PASSED_ON_IN:
        return
    for peer in _automatic.get("all", _read_automatic):
        if case.class_code in peer.classes and not why_not(peer, case):
            order(peer, case, by_name=_("自动转送"))


def why_not(peer: Peer, case: Case) -> str:
    """Will say why a case is not for a server; "" if it is.

    What the reporter wanted kept, complaints of a family, and what came from there stay here.
    """
    if case.matter_type.code != MATTER_TYPE or case.tenant_id != peer.connector.tenant_id:
        return _("只能转送本单位的民生诉求")
    if case.class_code not in peer.classes:
        return _("这个类别没有对照到对方的服务")
    if peer.area is not None and not case.area_path.startswith(peer.area.path):
        return _("不在转送范围内")
    if case.is_ended:
        return _("这件诉求已经办结")
    demand = demand_of(case)
    if case.is_confidential or demand is None or demand.is_secret:
        return _("反映人要求保密，不能转送")
    if demand.family != ComplaintFamily.NONE:
        return _("投诉举报类诉求不能转送")
    client = peer.connector.inbound_client_id
    if client is not None and Report.objects.filter(case=case, client=client).exists():
        return _("这件诉求来自对方，不再转回")
    return ""


def order(peer: Peer, case: Case, *, by_name: str) -> Forwarding | None:
    """Will write the duty in the caller's transaction; None: it was passed on already.

    What is sent holds no name and no telephone number; numbers in the text are covered.
    """
    rows.flush()
    made, is_new = Forwarding.objects.get_or_create(
        peer=peer, case=case, defaults={"ordered_at": clock.now(), "ordered_by_name": by_name}
    )
    if not is_new:
        return None
    delivery = gateway.send(
        peer.connector.code,
        topic=TOPIC,
        payload=_said(peer, case),
        key=f"georeport:{made.pk}",
    )
    made.delivery = delivery
    made.save(update_fields=["delivery"])
    return made


def _said(peer: Peer, case: Case) -> dict[str, Any]:
    lon, lat = case.point.coords if case.point is not None else (None, None)
    return {
        "number": case.number,
        "service_code": peer.classes[case.class_code],
        "description": mask_personal(case.text),
        "lat": lat,
        "long": lon,
        "address_string": mask_personal(case.address or case.area.name),
    }


def _read_automatic() -> tuple[Peer, ...]:
    found = Peer.objects.filter(is_automatic=True).select_related("connector", "area")
    return tuple(found.defer("area__boundary").order_by("pk"))


# --- Over the line -----------------------------------------------------------------------


def tell_peer(connector: Connector, delivery: Delivery) -> Result:
    """Will make the one call of a delivery, and keep the number the other side gave.

    The dialect of ``gateway.registry``; never raises, runs in no transaction. A worker killed
    before the number is kept sends again: ``account_id`` carries our number, so that the other
    side can tell the repeat.
    """
    peer = Peer.objects.select_related("connector").filter(connector=connector).first()
    if peer is None:
        return Result(None, _("转送对象已不存在"), final=True, is_called=False)
    try:
        if delivery.topic != TOPIC:
            return _judged(ask(peer, "services.xml"))
        return _requested(peer, delivery)
    except (CallFailed, DomainError) as error:
        return Result(None, str(error))


def ask(peer: Peer, name: str, **more: str) -> Answer:
    """Will ask a peer for one of its documents. Raises: CallFailed; DomainError (address, key)."""
    url = f"{peer.connector.url}/{name}?{urlencode(_known(peer) | more)}"
    return get_bytes(
        url,
        headers={"Accept": "text/xml", "User-Agent": "CityBrain-GeoReport/1"},
        timeout_s=peer.connector.timeout_s,
        target=checked_target(url),
    )


def read_xml(body: bytes) -> Element | None:
    """Will parse what another server said; None: no XML, or one that attacks its reader."""
    try:
        return fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        return None


def text_of(element: Element, name: str, most: int = 4000) -> str:
    """Will give the text of a child, shortened; "" without one."""
    return (element.findtext(name) or "").strip().replace("\x00", "")[:most]


def _requested(peer: Peer, delivery: Delivery) -> Result:
    said = json.loads(delivery.body)["data"]
    told = {name: str(value) for name, value in said.items() if value not in (None, "")}
    number = told.pop("number")
    url = f"{peer.connector.url}/requests.xml"
    answer = post_bytes(
        url,
        urlencode(_known(peer) | told | {"account_id": number}).encode(),
        headers={
            "Content-Type": _FORM,
            "Accept": "text/xml",
            "User-Agent": "CityBrain-GeoReport/1",
        },
        timeout_s=peer.connector.timeout_s,
        target=checked_target(url),
    )
    result = _judged(answer)
    return _kept(peer, number, answer) if result.is_delivered else result


def _kept(peer: Peer, number: str, answer: Answer) -> Result:
    document = read_xml(answer.body)
    request = document.find("request") if document is not None else None
    outside_id = text_of(request, "service_request_id", 120) if request is not None else ""
    token = text_of(request, "token", 120) if request is not None else ""
    if not outside_id and not token:
        return Result(answer.status, _("答复里没有编号"), final=True)
    Forwarding.objects.filter(peer=peer, case__number=number).update(
        outside_id=outside_id, outside_token=token
    )
    return Result(answer.status, "", is_delivered=True)


def _judged(answer: Answer) -> Result:
    if 200 <= answer.status < 300:
        return Result(answer.status, "", is_delivered=True)
    said = answer.body[:EXCERPT].decode(errors="replace").replace("\x00", "")
    return Result(
        answer.status,
        f"HTTP {answer.status} {said}".strip(),
        final=answer.status < 500 and answer.status not in _LATER,
    )


def _known(peer: Peer) -> dict[str, str]:
    """Who we are and whose requests are meant."""
    told = {}
    if peer.api_key:
        told["api_key"] = unseal(peer.api_key)
    if peer.jurisdiction_id:
        told["jurisdiction_id"] = peer.jurisdiction_id
    return told
