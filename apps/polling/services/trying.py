"""One device asked once on a person's order: raw and judged values shown, nothing kept.

Source: IO-09.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.polling.asking import Session, ask_all
from apps.polling.models import Gateway, Poll
from apps.polling.services.gateways import lock_gateway
from apps.polling.services.planning import CLAIM, items_of
from apps.polling.services.sessions import asked_of, endpoint_of
from apps.polling.wire import Outcome, Problem
from apps.sensing.models import Device
from apps.sensing.services import judge_item


@dataclass(frozen=True)
class TriedField:
    """One field as it was read. value, label, quality, flaw: as intake would store it."""

    code: str
    address: str
    raw: Any
    problem: str = ""
    value: float | None = None
    label: str | None = None
    quality: int | None = None
    flaw: int = 0


@dataclass(frozen=True)
class Tried:
    """How asking a device once went. error: why nothing could be read."""

    error: str
    fields: list[TriedField]


def try_poll(actor: Actor, *, gateway_id: int, poll_id: int) -> Tried:
    """Will ask one device now and say what came; no reading is kept. Audited.

    The gateway is claimed meanwhile; asks for at most twice its time-out.
    Raises: NotFound; NotAllowed; Refused (it is being asked at this moment).
    """
    claim = uuid.uuid4()
    poll = _claim(actor, gateway_id, poll_id, claim)
    try:
        session = Session(endpoint_of(poll.gateway), (asked_of(poll),))
        [outcomes] = ask_all([session])
    finally:
        Gateway.objects.filter(pk=gateway_id, claim=claim).update(claim=None, claimed_until=None)
    return _tried(poll.device, outcomes[0])


@transaction.atomic
def _claim(actor: Actor, gateway_id: int, poll_id: int, claim: uuid.UUID) -> Poll:
    gateway = lock_gateway(actor, gateway_id)
    poll = gateway.polls.select_related("device", "plan", "gateway").filter(pk=poll_id).first()
    if poll is None:
        raise NotFound(_("没有这个轮询任务"))
    now = clock.now()
    if gateway.claimed_until is not None and gateway.claimed_until > now:
        raise Refused(_("该网关正在轮询，请稍后再试"))
    gateway.claim, gateway.claimed_until = claim, now + CLAIM
    gateway.save(update_fields=["claim", "claimed_until"])
    audit.record(
        actor,
        "poll.tried",
        object_type="poll_gateway",
        object_id=gateway.pk,
        object_label=gateway.name,
        data={"node": poll.device.node},
    )
    return poll


def _tried(device: Device, outcome: Outcome) -> Tried:
    items: list[dict[str, Any]] = list(items_of([outcome]))
    judged, refused = judge_item(device, items[0]) if items else ([], [])
    values = {value.code: value for value in judged}
    wrong = {one.field: str(one.reason.label) for one in refused}
    fields = []
    for line in outcome.asked.lines if outcome.has_answered else ():
        raw = outcome.raw.get(line.field)
        value = values.get(line.field)
        problem = raw.text if isinstance(raw, Problem) else wrong.get(line.field, "")
        shown = "" if isinstance(raw, Problem) else raw
        if value is None:
            fields.append(TriedField(line.field, line.address, shown, problem))
        else:
            fields.append(
                TriedField(
                    line.field, line.address, shown, problem, value.value, value.label,
                    value.quality, value.flaw,
                )
            )  # fmt: skip
    return Tried(outcome.error, fields)
