"""Readings in, alarms out: the rules in force are followed for each thing.

Called by whoever stores readings, after each flush, and by beat for what follows without a
reading. The states are rows, locked in order of their keys, so that several workers may do
this at once and a restart goes on where it was.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps.alarms.enums import Level, Source
from apps.alarms.models import RuleState
from apps.alarms.rules import Effect, Reading, begin, next_due, step, tick
from apps.alarms.rules.engine import from_ms, to_ms
from apps.alarms.rules.wording import sentence
from apps.alarms.selectors.rules import Followed, rules_followed
from apps.alarms.services.life import hear_alarm, raise_alarm, recover_alarm, silence_alarm
from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import DomainError

logger = logging.getLogger(__name__)

MOST_TICKED = 1000
NO_DATA = "no_data"
_SAVE = """
update alarms_rulestate s set version = v.version, state = v.state, due_at = v.due_at
from unnest(%s::bigint[], %s::int[], %s::jsonb[], %s::timestamptz[])
     as v(id, version, state, due_at)
where s.id = v.id
"""


@dataclass
class _Followers:
    """One rule and one thing in a batch: its state and what it said, in order of arrival."""

    rule: Followed
    asset_id: int
    readings: list[Reading] = field(default_factory=list)


@transaction.atomic
def evaluate_batch(readings: Sequence[Reading]) -> int:
    """Will follow the rules in force over readings, in the order given; gives what followed.

    Unknown things and profiles nobody has rules for are left out. Locks the states of the
    things, then their alarms. An alarm that cannot be raised is logged and does not keep the
    others from being raised.
    """
    rules = rules_followed()
    concerned = [reading for reading in readings if reading.profile in rules]
    if not concerned:
        return 0
    places = _places({reading.asset_id for reading in concerned})
    waiting: dict[tuple[int, int], _Followers] = {}
    for reading in concerned:
        place = places.get(reading.asset_id)
        if place is None:
            continue
        for rule in rules[reading.profile]:
            if rule.covers(*place):
                pair = (rule.pk, reading.asset_id)
                follower = waiting.setdefault(pair, _Followers(rule, reading.asset_id))
                follower.readings.append(reading)
    states = _lock_states(waiting)
    told: list[tuple[Followed, int, list[Effect]]] = []
    for pair, follower in waiting.items():
        row = states[pair]
        told.append((follower.rule, follower.asset_id, _follow(follower, row)))
    _save(states.values(), {pair: follower.rule for pair, follower in waiting.items()})
    return _apply(told)


@transaction.atomic
def tick_due() -> int:
    """Will let time pass for what follows without a reading; gives what followed.

    Takes at most a thousand states nobody else holds; the next round goes on.
    """
    now = clock.now()
    known = {rule.pk: rule for found in rules_followed().values() for rule in found}
    due = RuleState.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        due_at__lte=now, rule_id__in=known
    )
    rows = list(due.order_by("due_at", "pk")[:MOST_TICKED])
    told: list[tuple[Followed, int, list[Effect]]] = []
    for row in rows:
        rule = known[row.rule_id]
        row.state, effects = tick(rule.rule, _state_under(rule, row), to_ms(now))
        told.append((rule, row.asset_id, effects))
        row.due_at = None  # what was kept was at the latest; it is set anew
    _save(rows, {(row.rule_id, row.asset_id): known[row.rule_id] for row in rows})
    return _apply(told)


def _places(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Class and path of the area of each thing: all that is asked of most of them."""
    found = Asset.objects.filter(pk__in=list(ids))
    rows = found.values_list("pk", "kind__code", "area__path")
    return {pk: (kind, path or "") for pk, kind, path in rows}


def _assets(ids: Iterable[int]) -> dict[int, Asset]:
    found = Asset.objects.filter(pk__in=list(ids)).select_related(
        "kind", "area", "owner_unit__tenant__area", "maintainer__tenant__area"
    )
    return {asset.pk: asset for asset in found.defer("area__boundary")}


def _lock_states(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], RuleState]:
    wanted = set(pairs)
    found = _locked(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        RuleState.objects.bulk_create(
            [RuleState(rule_id=r, asset_id=a, version=0, state=begin()) for r, a in missing],
            ignore_conflicts=True,
        )
        found |= _locked(set(missing))
    return found


def _locked(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], RuleState]:
    rows = (
        RuleState.objects.select_for_update()
        .filter(rule_id__in={r for r, _a in pairs}, asset_id__in={a for _r, a in pairs})
        .order_by("pk")
    )
    return {
        (row.rule_id, row.asset_id): row for row in rows if (row.rule_id, row.asset_id) in pairs
    }


def _state_under(rule: Followed, row: RuleState) -> dict[str, Any]:
    """The state under the version in force: what waited under another one begins anew."""
    state: dict[str, Any] = row.state
    if row.version in (0, rule.version):
        return state
    levels = {str(one.level) for one in rule.rule.levels}
    kept = {key: since for key, since in state["on"].items() if key in levels}
    return state | {"on": kept, "up": {}, "down": {}, "hits": {}}


def _follow(follower: _Followers, row: RuleState) -> list[Effect]:
    state, effects = _state_under(follower.rule, row), []
    for reading in follower.readings:
        state, more = step(follower.rule.rule, state, reading)
        effects += more
    row.state = state
    return effects


def _save(rows: Iterable[RuleState], rules: dict[tuple[int, int], Followed]) -> None:
    """Writes many states in one statement. A due moment is only ever brought forward, so that
    a reading that puts it off changes no index."""
    ids, versions, states, dues = [], [], [], []
    for row in sorted(rows, key=lambda row: row.pk):
        rule = rules[row.rule_id, row.asset_id]
        due = next_due(rule.rule, row.state)
        at = from_ms(due) if due is not None else None
        if at is None or row.due_at is None or at < row.due_at:
            row.due_at = at
        ids.append(row.pk)
        versions.append(rule.version)
        states.append(json.dumps(row.state))
        dues.append(row.due_at)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [ids, versions, states, dues])


def _apply(told: Sequence[tuple[Followed, int, list[Effect]]]) -> int:
    concerned = {asset_id for _rule, asset_id, effects in told if effects}
    assets = _assets(concerned) if concerned else {}
    count = 0
    for rule, asset_id, effects in told:
        for effect, repeats in _together(effects):
            count += 1
            try:
                with transaction.atomic():
                    _do(rule, assets[asset_id], effect, repeats)
            except DomainError:
                logger.exception("an alarm could not be kept", extra={"asset": asset_id})
    return count


def _together(effects: Sequence[Effect]) -> list[tuple[Effect, int]]:
    """Repeats that follow one another are told as one, the last, with their number."""
    found: list[tuple[Effect, int]] = []
    for effect in effects:
        if effect.what == "repeat" and found and found[-1][0].what == "repeat":
            found[-1] = (effect, found[-1][1] + 1)
        else:
            found.append((effect, 1))
    return found


def _do(rule: Followed, asset: Asset, effect: Effect, repeats: int) -> None:
    said = sentence(rule.rule, effect, rule.labels)
    at = from_ms(effect.at)
    about: dict[str, Any] = {
        "source": Source.DEVICE, "kind": rule.kind, "asset": asset, "at": at, "sentence": said,
    }  # fmt: skip
    silence = about | {"kind": NO_DATA, "key": rule.code}
    match effect.what:
        case "raise" | "level" | "repeat":
            raise_alarm(
                **about,
                level=Level(effect.level),
                facts=dict(effect.values),
                rule=rule.code,
                rule_version=rule.version,
                title=rule.name,
                count=repeats,
                matter=_matter_of(rule, effect),
            )
        case "recover":
            recover_alarm(**about)
        case "silent":
            silence_alarm(**about)
            raise_alarm(
                **silence,
                level=Level(effect.level),
                facts={},
                rule=rule.code,
                rule_version=rule.version,
            )
        case "heard":
            recover_alarm(**silence)
            hear_alarm(**about)


def _matter_of(rule: Followed, effect: Effect) -> str:
    wanted = effect.level >= int(rule.body.get("matter_level") or 1)
    return str(rule.body.get("matter") or "") if wanted else ""
