"""Readings taken in: whose they are, what is right with them, stored, told to evaluators.

A call is one transaction; its answer says of every item what became of it. Whatever is refused
is counted per day, reason and node, so that a page shows it; a flood of invented nodes fills
no table. Source: IO-05, IO-09, IO-20, docs/decisions/0055.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction

from apps.alarms.rules import Reading
from apps.common import clock
from apps.common.columns import Column
from apps.sensing.enums import FieldKind, Quality, Refusal
from apps.sensing.models import Device, PendingEvaluation
from apps.sensing.registry import evaluators
from apps.sensing.sent import Read, Reader, Sent, Wrong, refused
from apps.sensing.services.flushing import Seen, note_seen, store, store_new
from apps.sensing.services.judging import Batch, judge
from apps.sensing.services.known import Known, Proven, Sender, find_known, profile_rule
from apps.sensing.services.refusals import count_refusals

logger = logging.getLogger(__name__)

#: Values in one call; more are sent in several.
MOST_VALUES = 20_000


@dataclass
class Answer:
    """What became of a call. states: of each item; wrong: what was not taken, and why."""

    states: list[str]
    wrong: list[Wrong] = field(default_factory=list)
    stored: int = 0
    duplicates: int = 0

    @property
    def refused(self) -> int:
        """How many items were refused whole."""
        return self.states.count("refused")


@dataclass
class _Call:
    """A call as it was read: what each item came to, and the values to store."""

    reads: list[Read]
    devices: list[Known | None]
    sent: Sent
    batch: Batch
    now: datetime


#: By evaluator the items it follows, by their index.
_Followers = dict[str, dict[int, Known]]


@dataclass
class _Kept:
    """Which rows of a batch are new, and which were there with another value."""

    fresh: Column
    replayed: Column


def take_readings(items: Sequence[Any], *, sender: Sender) -> Answer:
    """Will store what a device says of itself, or a program of the devices it may reach.

    sender: a trusted caller of our own (``SystemActor``: what came over a line whose devices
    were proven before) speaks of every device.
    items: see ``sent``; at most ``MOST_VALUES`` values (the caller has counted). A device need
    not name itself. When this returns outside a transaction, everything stored is committed.
    States: stored, partly, duplicate, refused.
    """
    now = clock.now()
    owns = _owns(len(items), sender)
    nodes = [_node_of(item, own) for item, own in zip(items, owns, strict=True)]
    call = _read(items, nodes, sender, owns, now)
    kept = _keep(call)
    answer = Answer(states=[], wrong=[wrong for read in call.reads for wrong in read.wrong])
    for place in call.batch.place[kept.replayed].tolist():
        code = call.sent.rules[place].code
        answer.wrong.append(Wrong(call.sent.items[place], Refusal.REPLAYED, code))
    _sum_up(answer, call, kept)
    count_refusals(_counted(answer.wrong, nodes), now=now)
    return answer


def _read(
    items: Sequence[Any], nodes: list[str], sender: Sender, owns: Sequence[str], now: datetime
) -> _Call:
    oldest = now - timedelta(days=settings.READING_KEEP_DAYS - 1)
    known, standing = find_known(set(nodes), sender)
    reader = Reader(now=now, oldest=oldest)
    reads: list[Read] = []
    devices: list[Known | None] = []
    for index, (item, node, own) in enumerate(zip(items, nodes, owns, strict=True)):
        device = known.get(node)
        devices.append(device)
        refusal = _refusal(item, node, device, own)
        if device is None or refusal is not None:
            reads.append(refused(index, refusal or Refusal.UNKNOWN_NODE, now))
        else:
            reads.append(reader.read(index, item, device.profile, device.places))
    return _Call(reads, devices, reader.sent, judge(reader.sent, standing), now)


@dataclass(frozen=True)
class Judged:
    """One value as intake would store it. value: None for a gap and for a category (label)."""

    code: str
    value: float | None
    label: str | None
    quality: int
    flaw: int


def judge_item(device: Device, item: dict[str, Any]) -> tuple[list[Judged], list[Wrong]]:
    """Will say what intake would make of an item of this device; nothing is kept.

    Steps and stuck values are found only when readings are stored.
    """
    now = clock.now()
    reader = Reader(now=now, oldest=now - timedelta(days=settings.READING_KEEP_DAYS - 1))
    read = reader.read(0, item, profile_rule(device.profile_id), {})
    sent = reader.sent
    judged = [
        Judged(
            rule.code,
            None if math.isnan(sent.numbers[place]) else sent.numbers[place],
            sent.labels.get(place),
            sent.qualities[place],
            sent.flaws[place],
        )
        for place, rule in enumerate(sent.rules)
    ]
    return judged, read.wrong


def _keep(call: _Call) -> _Kept:
    """Stores what was read and tells who follows it: in one transaction, or in one journey."""
    if not len(call.batch.place):
        nothing = np.empty(0, "i8")
        return _Kept(nothing, nothing)
    followers = _followers(call)
    if not followers:
        return _store(call)
    with transaction.atomic(savepoint=False):
        kept = _store(call)
        _tell(call, kept, followers)
    return kept


def _store(call: _Call) -> _Kept:
    """All or nothing. What is surely new goes the short way, unless somebody was faster."""
    count, seen = len(call.batch.place), _seen(call)
    if _is_stored_as_new(call, seen):
        return _Kept(np.arange(count), np.empty(0, "i8"))
    fresh = np.ones(count, "?")
    with transaction.atomic(savepoint=False):
        there, replayed = store(call.batch, call.sent.labels, now=call.now)
        note_seen(seen, now=call.now)
    fresh[there] = False
    return _Kept(np.flatnonzero(fresh), replayed)


def _is_stored_as_new(call: _Call, seen: Seen) -> bool:
    """A transaction around it loses nothing if it is not."""
    if not call.batch.is_ahead:
        return False
    try:
        store_new(call.batch, call.sent.labels, seen, now=call.now)
    except IntegrityError:
        logger.debug("not all readings were new, or their day had no part yet")
        return False
    return True


def evaluate_again() -> int:
    """Will show evaluators what they stumbled over and give how many went well."""
    done = 0
    for key in PendingEvaluation.objects.filter(tries__lt=10).values_list("pk", flat=True)[:100]:
        with transaction.atomic():
            row = PendingEvaluation.objects.select_for_update(skip_locked=True).filter(pk=key)
            done += sum(_again(pending) for pending in row)
    return done


def _again(pending: PendingEvaluation) -> int:
    evaluator = evaluators().get(pending.evaluator)
    if evaluator is None:
        return 0
    readings = [
        Reading(asset, profile, datetime.fromisoformat(at), values, quality)
        for asset, profile, at, values, quality in pending.readings
    ]
    try:
        with transaction.atomic():
            evaluator.evaluate(readings)
    except Exception:  # another's defect must not stop the others' readings
        logger.exception("an evaluator of readings failed again")
        pending.tries += 1
        pending.save(update_fields=["tries"])
        return 0
    pending.delete()
    return 1


def _owns(count: int, sender: Sender) -> Sequence[str]:
    """Of each item the node it must be of; "": it names one itself."""
    if isinstance(sender, Proven):
        return sender.nodes
    return [sender.node if isinstance(sender, Device) else ""] * count


def _node_of(item: Any, own: str) -> str:
    node = item.get("node", own) if isinstance(item, dict) else ""
    return node if isinstance(node, str) else ""


def _refusal(item: Any, node: str, device: Known | None, own: str) -> Refusal | None:
    if not isinstance(item, dict):
        return Refusal.SHAPE
    if own and node != own:
        return Refusal.OTHER_NODE
    if device is None:
        return Refusal.UNKNOWN_NODE
    return None if device.is_active else Refusal.STOPPED


def _seen(call: _Call) -> dict[int, tuple[datetime, str]]:
    newest: dict[int, tuple[datetime, str]] = {}
    for read, device in zip(call.reads, call.devices, strict=True):
        if device is None or not read.count:
            continue
        at = min(read.at, call.now)
        if at < call.now - device.profile.offline_after:
            said = ""
        else:
            said = {None: "online", False: "well", True: "fault"}[read.is_fault]
        if device.id not in newest or newest[device.id][0] <= at:
            newest[device.id] = (at, said)
    return newest


def _followers(call: _Call) -> _Followers:
    """Those that follow something of the call."""
    found: _Followers = {}
    for name, evaluator in evaluators().items():
        profiles = evaluator.profiles()
        followed = {
            index: device
            for index, device in enumerate(call.devices)
            if device is not None and (profiles is None or device.profile.code in profiles)
        }
        if followed:
            found[name] = followed
    return found


def _tell(call: _Call, kept: _Kept, followers: _Followers) -> None:
    """Evaluators see what was stored of what they follow, within a savepoint of their own each."""
    for name, followed in followers.items():
        readings = _readings(call, kept, followed)
        if not readings:
            continue
        try:
            with transaction.atomic():
                evaluators()[name].evaluate(readings)
        except Exception as error:  # readings are kept whatever others make of them
            logger.exception("an evaluator of readings failed")
            PendingEvaluation.objects.create(
                readings=[[*r[:2], r.at.isoformat(), *r[3:]] for r in readings],
                evaluator=name,
                error=f"{type(error).__name__}: {error}"[:300],
                created_at=call.now,
            )


def _readings(call: _Call, kept: _Kept, followed: dict[int, Known]) -> list[Reading]:
    """What was stored of these items, by thing and time; of one moment valid first."""
    sent, batch = call.sent, call.batch
    values: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
    fresh = zip(batch.place[kept.fresh].tolist(), batch.quality[kept.fresh].tolist(), strict=True)
    for place, quality in sorted(fresh):
        index = sent.items[place]
        if index in followed:
            values[index, quality][sent.rules[place].code] = _plain(sent, place)
    found = [
        Reading(
            followed[index].asset_id,
            followed[index].profile.code,
            call.reads[index].at,
            told,
            Quality(quality).name.lower(),
        )
        for (index, quality), told in sorted(values.items(), key=lambda pair: pair[0])
    ]
    return sorted(found, key=lambda reading: (reading.asset_id, reading.at))


def _plain(sent: Sent, place: int) -> float | str | bool | None:
    if place in sent.labels:
        return sent.labels[place]
    number = sent.numbers[place]
    if math.isnan(number):
        return None
    return bool(number) if sent.rules[place].kind == FieldKind.BOOLEAN else float(number)


def _sum_up(answer: Answer, call: _Call, kept: _Kept) -> None:
    items = np.array(call.sent.items, "i8")[call.batch.place[kept.fresh]]
    counts = np.bincount(items, minlength=len(call.reads)).tolist()
    for read, fresh in zip(call.reads, counts, strict=True):
        answer.stored += fresh
        answer.duplicates += read.count - fresh
        if not read.count:
            answer.states.append("refused")
        elif read.wrong:
            answer.states.append("partly")
        else:
            answer.states.append("stored" if fresh else "duplicate")


def _counted(wrong: list[Wrong], nodes: list[str]) -> dict[tuple[Refusal, str], tuple[int, str]]:
    counted: dict[tuple[Refusal, str], tuple[int, str]] = {}
    for one in wrong:
        key = (one.reason, nodes[one.index][:64])
        counted[key] = (counted.get(key, (0, ""))[0] + 1, one.field)
    return counted
