"""Readings taken in: whose they are, what is right with them, stored, told to evaluators.

A call is one transaction; its answer says of every item what became of it. Whatever is refused
is counted per day, reason and node, so that a page shows it; a flood of invented nodes fills
no table. Source: IO-05, IO-09, IO-20, docs/decisions/0055.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.alarms.rules import Reading
from apps.assets.selectors import reach_q
from apps.common import clock
from apps.common.memory import Memory
from apps.sensing.enums import FieldKind, Quality, Refusal
from apps.sensing.models import Datastream, Device, DeviceProfile, PendingEvaluation
from apps.sensing.registry import evaluators
from apps.sensing.sent import FieldRule, ProfileRule, Read, Value, Wrong, read_item
from apps.sensing.services.flushing import Row, note_seen, store
from apps.sensing.services.refusals import count_refusals

logger = logging.getLogger(__name__)

#: Values in one call; more are sent in several.
MOST_VALUES = 20_000
#: A step is looked for so many reporting cycles back.
STEP_CYCLES = 3
_rules: Memory[ProfileRule] = Memory(of=("sensing.DeviceProfile", "sensing.ProfileField"))


@dataclass(slots=True)
class Known:
    """A device as intake needs it."""

    id: int
    node: str
    is_active: bool
    profile_id: int
    asset_id: int
    series: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Proven:
    """Who sends items each proven to be of its node by whoever brought it, as by the broker.

    nodes: one per item.
    """

    nodes: Sequence[str]


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


def take_readings(items: Sequence[Any], *, sender: User | Device | Proven) -> Answer:
    """Will store what devices say of themselves, or a program of the devices it may reach.

    items: see ``sent``; at most ``MOST_VALUES`` values (the caller has counted). A device need
    not name itself. When this returns outside a transaction, everything stored is committed.
    States: stored, partly, duplicate, refused.
    """
    now = clock.now()
    oldest = now - timedelta(days=settings.READING_KEEP_DAYS - 1)
    owns = _owns(len(items), sender)
    nodes = [_node_of(item, own) for item, own in zip(items, owns, strict=True)]
    known = _known(set(nodes), sender)
    reads: list[Read] = []
    for index, (item, node, own) in enumerate(zip(items, nodes, owns, strict=True)):
        device = known.get(node)
        if refusal := _refusal(item, node, device, own):
            reads.append(Read(now, wrong=[Wrong(index, refusal)]))
        elif device is not None:
            profile = _profile(device.profile_id)
            reads.append(read_item(index, item, profile, now=now, oldest=oldest))
    answer = Answer(states=[], wrong=[wrong for read in reads for wrong in read.wrong])
    rows, repeated = _rows(reads, nodes, known)
    with transaction.atomic():
        gone = set(repeated)
        if rows:
            flushed = store(rows, now=now)
            _mark_replays(answer, rows, flushed.replayed)
            gone |= {id(rows[place].value) for place in flushed.duplicates}
            note_seen(_seen(reads, nodes, known, now), now=now)
            _tell(reads, nodes, known, gone, now)
    _sum_up(answer, reads, gone)
    count_refusals(_counted(answer.wrong, nodes), now=now)
    return answer


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
            evaluator(readings)
    except Exception:  # another's defect must not stop the others' readings
        logger.exception("an evaluator of readings failed again")
        pending.tries += 1
        pending.save(update_fields=["tries"])
        return 0
    pending.delete()
    return 1


def _owns(count: int, sender: User | Device | Proven) -> Sequence[str]:
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


def _known(nodes: set[str], sender: User | Device | Proven) -> dict[str, Known]:
    # What cannot be printed is nobody's name, and some of it no text of the database either.
    names = [node for node in nodes if node.isprintable()]
    found: QuerySet[Device] = Device.objects.filter(node__in=names)
    if isinstance(sender, Device):
        found = found.filter(pk=sender.pk)
    elif isinstance(sender, User):
        found = found.filter(reach_q(sender, "asset__"))
    columns = ("id", "node", "is_active", "profile_id", "asset_id")
    known = {row[0]: Known(*row) for row in found.values_list(*columns)}
    series = Datastream.objects.filter(device_id__in=list(known))
    for device_id, field_id, key in series.values_list("device_id", "field_id", "pk"):
        known[device_id].series[field_id] = key
    return {device.node: device for device in known.values()}


def _profile(profile_id: int) -> ProfileRule:
    return _rules.get(profile_id, lambda: _read_profile(profile_id))


def _read_profile(profile_id: int) -> ProfileRule:
    profile = DeviceProfile.objects.prefetch_related("fields").get(pk=profile_id)
    fields = {
        one.code: FieldRule(
            one.pk, one.code, one.unit, one.kind, one.low, one.high, one.max_step,
            one.stuck_after_s, frozenset(one.choices), frozenset(map(str, one.fault_values)),
        )
        for one in profile.fields.all()
    }  # fmt: skip
    return ProfileRule(
        profile.code,
        profile.report_every_s,
        timedelta(seconds=profile.offline_after_s),
        timedelta(seconds=profile.late_after_s),
        fields,
    )


def _rows(
    reads: list[Read], nodes: list[str], known: dict[str, Known]
) -> tuple[list[Row], set[int]]:
    """The rows to store, each (series, moment) once; and which values said one again."""
    rows: list[Row] = []
    seen: set[tuple[int, datetime]] = set()
    repeated = set()
    for read, node in zip(reads, nodes, strict=True):
        if not read.values:
            continue
        device = known[node]
        span = STEP_CYCLES * _profile(device.profile_id).every_s
        for value in read.values:
            series = device.series.get(value.field.id)
            if series is None or (key := (series, value.at)) in seen:
                repeated.add(id(value))
                continue
            seen.add(key)
            rows.append(Row(series, value, span))
    return rows, repeated


def _mark_replays(answer: Answer, rows: list[Row], replayed: frozenset[int]) -> None:
    for place in sorted(replayed):
        value = rows[place].value
        answer.wrong.append(Wrong(value.index, Refusal.REPLAYED, value.field.code))


def _seen(
    reads: list[Read], nodes: list[str], known: dict[str, Known], now: datetime
) -> dict[int, tuple[datetime, str]]:
    newest: dict[int, tuple[datetime, str]] = {}
    for read, node in zip(reads, nodes, strict=True):
        if not read.values:
            continue
        device = known[node]
        if read.at < now - _profile(device.profile_id).offline_after:
            said = ""
        else:
            said = {None: "online", False: "well", True: "fault"}[read.is_fault]
        if device.id not in newest or newest[device.id][0] <= read.at:
            newest[device.id] = (read.at, said)
    return newest


def _tell(
    reads: list[Read], nodes: list[str], known: dict[str, Known], gone: set[int], now: datetime
) -> None:
    """Evaluators see what was stored, within a savepoint of their own each."""
    told = evaluators()
    if not told:
        return
    readings = sorted(_readings(reads, nodes, known, gone), key=lambda r: (r.asset_id, r.at))
    for name, evaluator in told.items():
        try:
            with transaction.atomic():
                evaluator(readings)
        except Exception as error:  # readings are kept whatever others make of them
            logger.exception("an evaluator of readings failed")
            PendingEvaluation.objects.create(
                readings=[[*r[:2], r.at.isoformat(), *r[3:]] for r in readings],
                evaluator=name,
                error=f"{type(error).__name__}: {error}"[:300],
                created_at=now,
            )


def _readings(
    reads: list[Read], nodes: list[str], known: dict[str, Known], gone: set[int]
) -> list[Reading]:
    found = []
    for read, node in zip(reads, nodes, strict=True):
        by_quality: dict[int, list[Value]] = defaultdict(list)
        for value in read.values:
            if id(value) not in gone:
                by_quality[value.quality].append(value)
        for quality, values in sorted(by_quality.items()):  # of one moment the valid ones first
            device = known[node]
            plain = {value.field.code: _plain(value) for value in values}
            code = _profile(device.profile_id).code
            quality_name = Quality(quality).name.lower()
            found.append(Reading(device.asset_id, code, values[0].at, plain, quality_name))
    return found


def _plain(value: Value) -> float | str | bool | None:
    if value.label is not None:
        return value.label
    if value.field.kind == FieldKind.BOOLEAN and value.value is not None:
        return bool(value.value)
    return value.value


def _sum_up(answer: Answer, reads: list[Read], gone: set[int]) -> None:
    for read in reads:
        fresh = sum(id(value) not in gone for value in read.values)
        answer.stored += fresh
        answer.duplicates += len(read.values) - fresh
        if not read.values:
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
