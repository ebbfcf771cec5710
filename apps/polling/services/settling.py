"""What came of a session, written down; an alarm where nothing comes any more.

A gateway of which nothing answers is one alarm, not one for each device behind it. Silence
is never recovery: an alarm ends when the device is read again, and is unknown once nobody
asks any more. Source: IO-10, AL-03.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm, silence_alarm
from apps.common import clock
from apps.common.cycles import missed_since, next_due, wait_after
from apps.polling.models import Gateway, Poll
from apps.polling.services.links import note_down, note_up
from apps.polling.wire import Outcome, Problem

KIND = "poll_interrupted"
#: So many failures in a row are an interruption.
FAILURES = 3


@transaction.atomic
def settle(gateway_id: int, claim: uuid.UUID, outcomes: Sequence[Outcome]) -> bool:
    """Will give a claimed gateway free and write down how its devices answered.

    False where the claim ran out and the gateway is another's. Locks the gateway, then the
    polls in order.
    """
    found = Gateway.objects.select_for_update(of=("self",)).select_related("unit")
    gateway = found.filter(pk=gateway_id, claim=claim).first()
    if gateway is None:
        return False
    now = clock.now()
    polls = _locked(outcomes)
    _note_gateway(gateway, outcomes, now)
    for outcome in outcomes:
        if (poll := polls.get(outcome.asked.key)) is not None:
            _note_poll(gateway, poll, outcome, now)
    fields = ("due_at", "answered_at", "failures", "missed", "last_error", "is_interrupted")
    Poll.objects.bulk_update(polls.values(), fields)
    return True


def lose_sight_of_gateway(gateway: Gateway) -> None:
    """Will note that nobody asks a gateway any more: whether its trouble stands is unknown."""
    text = _("轮询已停用，无法判断是否恢复")
    if gateway.is_interrupted:
        silence_alarm(
            source=Source.DEVICE,
            kind=KIND,
            asset=None,
            key=_key(gateway),
            at=clock.now(),
            sentence=text,
        )
    lose_sight(gateway.polls.select_related("device__asset"), text)


def lose_sight(polls: Iterable[Poll], text: str) -> None:
    """Will note that these devices cannot be asked: whether their trouble stands is unknown."""
    now = clock.now()
    for poll in polls:
        if poll.is_interrupted:
            silence_alarm(
                source=Source.DEVICE, kind=KIND, asset=poll.device.asset, at=now, sentence=text
            )


def _locked(outcomes: Sequence[Outcome]) -> dict[int, Poll]:
    keys = [outcome.asked.key for outcome in outcomes]
    found = Poll.objects.select_for_update(of=("self",)).select_related("device__asset")
    return {poll.pk: poll for poll in found.filter(pk__in=keys).order_by("pk")}


def _note_gateway(gateway: Gateway, outcomes: Sequence[Outcome], now: datetime) -> None:
    gateway.claim = gateway.claimed_until = None
    answered = [outcome.at for outcome in outcomes if outcome.has_answered]
    _count(gateway, outcomes)
    if answered and (gateway.is_interrupted or gateway.linked_since is None):
        note_up(gateway, at=max(answered))
    if answered:
        gateway.failures, gateway.retry_at, gateway.last_error = 0, None, ""
        gateway.answered_at = max(answered)
        if gateway.is_interrupted:
            gateway.is_interrupted = False
            _recover_gateway(gateway, max(answered))
    elif outcomes:
        gateway.failures += 1
        gateway.retry_at = now + wait_after(gateway.failures, gateway.pk)
        gateway.last_error = outcomes[0].error
        if gateway.failures >= FAILURES:
            if not gateway.is_interrupted:
                standing = gateway.polls.filter(is_interrupted=True)
                lose_sight(standing.select_related("device__asset"), _("采集网关中断"))
                note_down(gateway, at=now, reason=gateway.last_error)
            gateway.is_interrupted = True
            _raise_gateway(gateway, now)
    gateway.save(
        update_fields=[
            "claim", "claimed_until", "failures", "retry_at", "last_error", "answered_at",
            "is_interrupted", "linked_since", "calls", "values", "errors", "breaks",
        ]
    )  # fmt: skip


def _count(gateway: Gateway, outcomes: Sequence[Outcome]) -> None:
    gateway.calls += sum(outcome.has_answered for outcome in outcomes)
    gateway.errors += sum(bool(outcome.error) for outcome in outcomes)
    gateway.values += sum(
        not isinstance(raw, Problem) for outcome in outcomes for raw in outcome.raw.values()
    )


def _note_poll(gateway: Gateway, poll: Poll, outcome: Outcome, now: datetime) -> None:
    poll.missed += missed_since(poll.due_at, poll.every_s, now=now)
    poll.due_at = next_due(poll.pk, poll.every_s, after=now)
    if outcome.error:
        poll.missed += 1
        poll.failures += 1
        poll.last_error = outcome.error
        if poll.failures >= FAILURES and not gateway.is_interrupted:
            poll.is_interrupted = True
            _raise_poll(gateway, poll, now)
        return
    problems = [
        f"{field}：{raw.text}" for field, raw in outcome.raw.items() if isinstance(raw, Problem)
    ]
    poll.failures, poll.answered_at = 0, outcome.at
    poll.last_error = "；".join(problems)[:200]
    if poll.is_interrupted:
        poll.is_interrupted = False
        recover_alarm(
            source=Source.DEVICE,
            kind=KIND,
            asset=poll.device.asset,
            at=outcome.at,
            sentence=_("轮询恢复，已读到数据"),
        )


def _key(gateway: Gateway) -> str:
    return f"gateway:{gateway.pk}"


def _raise_gateway(gateway: Gateway, now: datetime) -> None:
    told = {"name": gateway.name, "n": gateway.failures, "why": gateway.last_error}
    raise_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=None,
        key=_key(gateway),
        level=Level.ORANGE,
        at=now,
        sentence=_("采集网关“%(name)s”连续 %(n)d 次轮询无一应答：%(why)s") % told,
        facts={"failures": gateway.failures, "error": gateway.last_error},
        title=_("轮询中断：%(name)s") % {"name": gateway.name},
        unit=gateway.unit,
    )


def _recover_gateway(gateway: Gateway, at: datetime) -> None:
    recover_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=None,
        key=_key(gateway),
        at=at,
        sentence=_("采集网关恢复应答"),
    )


def _raise_poll(gateway: Gateway, poll: Poll, now: datetime) -> None:
    told = {"node": poll.device.node, "n": poll.failures, "name": gateway.name}
    raise_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=poll.device.asset,
        level=Level.YELLOW,
        at=now,
        sentence=_("设备 %(node)s 连续 %(n)d 次轮询未应答，网关“%(name)s”可用：") % told
        + poll.last_error,
        facts={"failures": poll.failures, "error": poll.last_error},
    )
