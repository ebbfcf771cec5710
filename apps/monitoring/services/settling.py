"""What came of a check, written down: state, figures, outages; an alarm where something is wrong.

All moments are those at which this server asked. What the thing's own clock says is kept as a
figure (``Target.skew_s``) and moves nothing. Silence of ours is never recovery of theirs: where we
could not ask, alarms are unknown and the interval is entered as such.
Source: OP-02, OP-04, OP-20; the definition of an outage stands at ``models.Outage``.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common.cycles import LONGEST_WAIT, next_due, wait_after
from apps.monitoring.asking import finite
from apps.monitoring.enums import OutageKind, State
from apps.monitoring.models import Check, Target
from apps.monitoring.probes import Outcome
from apps.monitoring.services import alarming
from apps.monitoring.services.alarming import FAILURES
from apps.monitoring.services.figures import note_figures
from apps.monitoring.services.outages import begin_outage, end_outage, note_unknown
from apps.monitoring.services.parts import note_events, note_parts

SOURCE = "monitoring"
_FIELDS = (
    "claim", "claimed_until", "due_at", "asked_at", "answered_at", "failures", "failing_since",
    "problem", "hindrance", "memo",
)  # fmt: skip


@transaction.atomic
def settle(claim: uuid.UUID, outcome: Outcome) -> bool:
    """Will write down how a claimed check went; False where the claim is another's by now.

    Locks the target, then the check, so that the checks of one thing are judged one by one.
    """
    key = outcome.question.key
    target_id = Check.objects.filter(pk=key, claim=claim).values_list("target", flat=True).first()
    if target_id is None:
        return False
    found = Target.objects.select_for_update(of=("self",))
    target = found.select_related("asset__area", "asset__maintainer", "asset__owner_unit").get(
        pk=target_id
    )
    check = Check.objects.select_for_update().filter(pk=key, claim=claim).first()
    if check is None:
        return False
    _note_gap(target, check, outcome.at)
    failed_before = check.failures
    _note_check(check, outcome)
    if outcome.answer is not None:
        if outcome.answer.skew_s is not None:
            target.skew_s = round(outcome.answer.skew_s, 3)
        values = finite(outcome.answer.values.items())
        note_figures(target, check, values, at=outcome.at, is_back=failed_before > 0)
        if outcome.answer.parts is not None:
            note_parts(
                target, check, outcome.answer.parts, at=outcome.at, is_back=failed_before > 0
            )
        if outcome.answer.events is not None:
            note_events(target, check, outcome.answer.events, at=outcome.at)
    follow(target, at=outcome.at)
    alarming.follow_check(
        target, check, failed_before=failed_before, is_down=target.state == State.DOWN,
        at=outcome.at,
    )  # fmt: skip
    return True


def follow(target: Target, *, at: datetime) -> None:
    """Will judge how a locked target stands by all its checks, and enter what changed."""
    checks = list(target.checks.filter(is_active=True).prefetch_related("measures"))
    vital = [c for c in checks if c.is_vital and (c.answered_at or c.failures)]
    answered = [c.answered_at for c in checks if c.is_vital and c.answered_at]
    target.answered_at = max(answered, default=None)
    state = _state(target, checks, vital)
    if state == State.DOWN:
        _go_down(target, vital, at)
    elif target.state == State.DOWN and state != State.UNKNOWN:
        _come_up(target, answered, at)
    if state != target.state:
        target.state, target.state_since = state, at
    target.save(update_fields=["state", "state_since", "answered_at", "skew_s"])


def _state(target: Target, checks: list[Check], vital: list[Check]) -> State:
    if not target.is_active or not checks:
        return State.UNKNOWN
    asked = [c for c in vital if not c.hindrance]
    if asked and all(c.failures >= FAILURES for c in asked):
        return State.DOWN
    if target.state == State.DOWN and not any(c.answered_at and not c.failures for c in asked):
        return State.DOWN if asked else State.UNKNOWN
    # One lost packet says nothing: what answered before is believed until it failed often enough.
    there = [c for c in checks if c.answered_at and not c.hindrance and c.failures < FAILURES]
    wrong = any(c.failures >= FAILURES and not c.hindrance for c in checks)
    if not there and not wrong:
        return State.UNKNOWN
    beyond = any(m.breach for c in there for m in c.measures.all()) or any(
        row["trouble"] for c in there for row in c.parts
    )
    return State.DEGRADED if wrong or beyond else State.UP


def _note_check(check: Check, outcome: Outcome) -> None:
    at = outcome.at
    check.claim = check.claimed_until = None
    check.hindrance = outcome.hindrance
    check.due_at = next_due(check.pk, check.every_s, after=at)
    if outcome.hindrance:
        check.save(update_fields=_FIELDS)
        return
    check.asked_at = at
    if outcome.answer is not None:
        check.answered_at, check.failures, check.failing_since = at, 0, None
        missing: dict[str, Any] = dict(outcome.answer.missing)
        check.problem = "；".join(f"{code}：{why}" for code, why in missing.items())[:200]
        check.memo = dict(outcome.answer.memo)
    else:
        check.failures += 1
        check.failing_since = check.failing_since or at
        check.problem = outcome.problem
        if check.failures < FAILURES:  # soon again: is it out, or was it one lost packet?
            check.due_at = min(check.due_at, at + wait_after(1, check.pk))
        else:
            wait = wait_after(check.failures - FAILURES + 1, check.pk)
            check.due_at = max(check.due_at, at + wait)
    check.save(update_fields=_FIELDS)


def _note_gap(target: Target, check: Check, at: datetime) -> None:
    """Where nobody asked for long (no worker ran), nobody can say how the thing stood."""
    asked = [moment for moment in target.checks.values_list("asked_at", flat=True) if moment]
    last = max(asked, default=None)
    if last is None or target.state == State.DOWN:
        return
    pause = max(3 * timedelta(seconds=check.every_s), LONGEST_WAIT * 1.2)
    if at - last > pause:
        note_unknown(
            target.asset, since=last + timedelta(seconds=check.every_s), until=at, source=SOURCE,
            text=_("监控未运行，期间状态不明"),
        )  # fmt: skip


def _go_down(target: Target, vital: list[Check], at: datetime) -> None:
    failing = [c for c in vital if c.failing_since and not c.hindrance]
    # While one vital check still answered, the thing was there.
    began = max(c.failing_since for c in failing if c.failing_since)
    worst = max(failing, key=lambda c: c.failures)
    begin_outage(
        target.asset, kind=OutageKind.OFFLINE, at=began, source=SOURCE, text=worst.problem,
        heard_at=target.answered_at, silent_at=at,
    )  # fmt: skip
    if target.state != State.DOWN:
        alarming.raise_down(target, worst, began=began, at=at)


def _come_up(target: Target, answered: list[datetime], at: datetime) -> None:
    first = max(answered, default=at)
    end_outage(target.asset, kind=OutageKind.OFFLINE, at=first)
    alarming.recover_down(target, at=at)


@transaction.atomic
def lose_sight(target: Target, *, at: datetime) -> None:
    """Will note that nobody asks a locked target any more: unknown, neither up nor down.

    An open outage ends with the last question that got no answer; what comes after is unknown.
    """
    open_one = target.asset.outages.filter(kind=OutageKind.OFFLINE, ended_at__isnull=True).first()
    if open_one is not None:
        end_outage(target.asset, kind=OutageKind.OFFLINE, at=open_one.silent_at or at)
    alarming.lose_sight(target, at=at)
    target.state, target.state_since = State.UNKNOWN, at
    target.save(update_fields=["state", "state_since"])
