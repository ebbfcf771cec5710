"""Follows one rule for one thing. Pure: what went in before, and a reading, give what follows.

Time is that of the readings, never of this machine. The state is plain JSON, so that a restart
in the middle of a duration goes on where it was, and the same readings in the same order give
the same effects again, whenever ``tick`` was called in between. A reading not later than the
last one comes too late to raise or end anything: it is counted and left alone. A thing that is
silent is silent: nothing of it begins, rises or ends until it is heard again.

Each level is a latch of its own: set by its condition (held so long, seen so often), released
by its own recovery condition; the alarm has the gravest latched level. Source: AL-02, RU-06.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from apps.alarms.rules.condition import Value
from apps.alarms.rules.document import LevelRule, Rule
from apps.alarms.rules.trend import foreseen

State = dict[str, Any]
MS = 1000


class Reading(NamedTuple):
    """What a thing said at a moment (aware). quality: valid, suspect, missing, late …"""

    asset_id: int
    profile: str
    at: datetime
    values: Mapping[str, Value]
    quality: str


class Effect(NamedTuple):
    """What follows. what: raise, level, repeat, recover, silent or heard. at, since: ms.

    since: when what is behind it began. values: the fields the rule looks at; before: as they
    were in the reading before.
    """

    what: str
    at: int
    level: int
    since: int
    values: Mapping[str, Value]
    before: Mapping[str, Value]


def begin() -> State:
    """Will give the state of a thing nothing was heard of yet.

    seen: time of the last reading. on: level -> since when it is latched. up, down: level ->
    since when the condition that would latch or release it holds. hits: level -> times of
    matching readings. level: what the alarm has; since: when it was raised, began: when its
    condition began to hold; hit: when one last held. values: the last ones looked at. past:
    what is remembered of fields whose course is followed ahead.
    """
    return {
        "seen": 0, "on": {}, "up": {}, "down": {}, "hits": {}, "level": 0, "since": 0, "began": 0,
        "hit": 0, "silent": False, "late": 0, "values": {}, "past": {},
    }  # fmt: skip


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, exact."""
    whole = at.astimezone(UTC)
    return int(whole.timestamp()) * MS + whole.microsecond // MS


def from_ms(at: int) -> datetime:
    """The moment of so many milliseconds since 1970, UTC."""
    return datetime.fromtimestamp(at // MS, UTC).replace(microsecond=at % MS * MS)


def step(rule: Rule, state: State, reading: Reading) -> tuple[State, list[Effect]]:
    """Will follow one reading; gives the state after it and what follows, in order of time."""
    at = to_ms(reading.at)
    if state["seen"] and at <= state["seen"]:
        return state | {"late": state["late"] + 1}, []
    state, effects = tick(rule, state, at)
    if state["silent"]:
        state["silent"] = False
        effects.append(Effect("heard", at, rule.no_data_level, state["seen"], {}, {}))
    state["seen"] = at
    if reading.quality not in rule.qualities:
        return state, effects
    values, matched = reading.values, False
    if rule.aheads:
        state["past"], ahead = foreseen(rule.aheads, state["past"], at, values)
        values = {**values, **ahead}
    for one in rule.levels:
        matched = _follow(one, rule, state, values, at) or matched
    if matched:
        state["hit"] = at
    before = state["values"]
    state["values"] = {name: values.get(name) for name in rule.fields}
    effects += _move(rule, state, at, before, matched=matched)
    return state, effects


def tick(rule: Rule, state: State, at: int) -> tuple[State, list[Effect]]:
    """Will let time pass up to a moment (ms) without a reading."""
    effects: list[Effect] = []
    state = _copy(state)
    while True:
        due = next_due(rule, state)
        if due is None or due > at:
            return state, effects
        effects += _pass(rule, state, due)


def next_due(rule: Rule, state: State) -> int | None:
    """Will give the next moment (ms) at which something follows without a reading."""
    if state["silent"] or not state["seen"]:
        return None
    return min((due for due, _what, _level in _dues(rule, state)), default=None)


def _dues(rule: Rule, state: State) -> Iterator[tuple[int, str, int]]:
    if rule.no_data_s:
        yield state["seen"] + rule.no_data_s * MS + 1, "silent", 0
    if rule.is_held:
        for one in rule.levels:
            since = state["up"].get(str(one.level))
            waits = since is not None and str(one.level) not in state["on"]
            if waits and len(state["hits"].get(str(one.level), ())) >= one.times:
                yield since + one.for_s * MS, "held", one.level
    if rule.upgrade_s and 0 < state["level"] < rule.upgrade_to and not _is_faded(rule, state):
        yield state["since"] + rule.upgrade_s * MS, "upgrade", rule.upgrade_to


def _pass(rule: Rule, state: State, due: int) -> list[Effect]:
    at, what, level = min(_dues(rule, state))
    assert at == due
    if what == "silent":
        # What it was in between nobody knows: durations and courses begin anew.
        state.update(silent=True, up={}, down={}, hits={}, past={})
        return [Effect("silent", at, rule.no_data_level, state["seen"], state["values"], {})]
    if what == "held":
        state["on"][str(level)] = at
    return _move(rule, state, at, state["values"], matched=False)


def _follow(one: LevelRule, rule: Rule, state: State, values: Mapping[str, Value], at: int) -> bool:
    """Moves the latch of one level; True where its condition holds."""
    key = str(one.level)
    said = one.raises.holds(values)
    holds = said is True and (key in state["on"] or rule.schedule.covers(at))
    if holds:
        state["down"].pop(key, None)
        since = state["up"].setdefault(key, at)
        hits = [*state["hits"].get(key, ()), at]
        oldest = at - one.within_s * MS
        state["hits"][key] = [hit for hit in hits if one.times == 1 or hit >= oldest][-one.times :]
        if at - since >= one.for_s * MS and len(state["hits"][key]) >= one.times:
            state["on"].setdefault(key, at)
        return key in state["on"]
    if said is not None:
        state["up"].pop(key, None)
    if key in state["on"]:
        _release(one, state, values, at, said)
    return False


def _release(
    one: LevelRule, state: State, values: Mapping[str, Value], at: int, said: bool | None
) -> None:
    key = str(one.level)
    over = one.clears.holds(values) if one.clears is not None else said is False
    if over is True and said is not True:
        since = state["down"].setdefault(key, at)
        if at - since >= one.clear_for_s * MS:
            for part in ("on", "up", "down", "hits"):
                state[part].pop(key, None)
    elif over is False:
        state["down"].pop(key, None)


def _is_faded(rule: Rule, state: State) -> bool:
    """Whether no condition has held for so long that the alarm sinks."""
    return bool(rule.fade_s and state["hit"]) and (state["seen"] - state["hit"] >= rule.fade_s * MS)


def _level_of(rule: Rule, state: State, at: int) -> int:
    level = max((int(key) for key in state["on"]), default=0)
    if not level:
        return 0
    if _is_faded(rule, state):
        return min(level, rule.fade_to)
    since = state["since"] or at
    if rule.upgrade_s and at - since >= rule.upgrade_s * MS:
        return max(level, rule.upgrade_to)
    return level


def _move(
    rule: Rule, state: State, at: int, before: Mapping[str, Value], *, matched: bool
) -> list[Effect]:
    was, level = state["level"], _level_of(rule, state, at)
    values = state["values"]
    state["level"] = level
    if level and not was:
        began = min((state["up"].get(key, at) for key in state["on"]), default=at)
        state.update(since=at, began=began)
        return [Effect("raise", at, level, began, values, before)]
    began = state["began"]
    if was and not level:
        state.update(on={}, up={}, down={}, hits={}, since=0, began=0, hit=0)
        return [Effect("recover", at, was, began, values, before)]
    if level != was:
        return [Effect("level", at, level, began, values, before)]
    if level and matched:
        return [Effect("repeat", at, level, began, values, before)]
    return []


def _copy(state: State) -> State:
    """A state of its own: what was passed in is never changed."""
    parts = {name: dict(state[name]) for name in ("on", "up", "down", "values")}
    parts["past"] = dict(state.get("past", {}))  # not there in states kept before 2026-11-22
    return state | parts | {"hits": {key: list(hits) for key, hits in state["hits"].items()}}
