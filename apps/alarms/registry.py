"""What other apps tell the alarm centre: names of kinds, profiles, past readings.

A kind is a code within a source. An app that raises alarms says in ``AppConfig.ready`` what
its kinds are called and whether they mean that nothing is heard of the thing any more; a kind
that only a rule raises is called as the alarm is. Source: AL-03, RU-06.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.alarms.enums import Source
from apps.alarms.rules import Reading


@dataclass(frozen=True)
class Kind:
    """A kind of alarm. is_outage: the thing is silent or without power, so that everything
    which hangs on it may be silent for the same reason."""

    code: str
    label: Any
    is_outage: bool = False


_kinds: dict[str, Kind] = {}


def register_kind(code: str, label: Any, *, is_outage: bool = False) -> None:
    """Will name a kind of alarm. Raises: ValueError (the code has another meaning already)."""
    kind = Kind(code, label, is_outage)
    if _kinds.setdefault(code, kind) != kind:
        raise ValueError(f"alarm kind {code} is already registered")


def kind_of(code: str) -> Kind:
    """Will give what is known of a kind; an unregistered one is called by its code."""
    return _kinds.get(code, Kind(code, code))


def kind_label(code: str, otherwise: str = "") -> str:
    """Will give the name of a kind. otherwise: what an unregistered one is called, its code."""
    return otherwise if otherwise and code not in _kinds else str(kind_of(code).label)


def all_kinds() -> list[Kind]:
    """Will give every registered kind, by code."""
    return [_kinds[code] for code in sorted(_kinds)]


def source_label(code: str) -> str:
    """Will give the name of a source; an unknown one is called by its code."""
    return str(Source(code).label) if code in Source.values else code


@dataclass(frozen=True)
class Profile:
    """A kind of device as rules see it. fields: name -> label, unit."""

    code: str
    label: Any
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class HistoryQuery:
    """What past readings a rehearsal asks for. asset_ids: None for all of the profile."""

    profile: str
    since: datetime
    until: datetime
    asset_ids: frozenset[int] | None = None


#: Past readings, thing by thing, each in order of time.
History = Callable[[HistoryQuery], Iterable[Reading]]
_histories: list[History] = []
_profiles: list[Callable[[], Iterable[Profile]]] = []


def register_history(history: History) -> None:
    """Will rehearse rules over what this gives, besides what others give."""
    if history not in _histories:
        _histories.append(history)


def register_profiles(profiles: Callable[[], Iterable[Profile]]) -> None:
    """Will offer these profiles to whoever writes a rule."""
    if profiles not in _profiles:
        _profiles.append(profiles)


def past_readings(query: HistoryQuery) -> Iterator[Reading]:
    """Will give past readings of every source."""
    for history in _histories:
        yield from history(query)


def all_profiles() -> dict[str, Profile]:
    """Will give the known profiles by code."""
    return {profile.code: profile for profiles in _profiles for profile in profiles()}


@contextmanager
def temporarily(
    *, history: History | None = None, profiles: Callable[[], Iterable[Profile]] | None = None
) -> Iterator[None]:
    """Will register within the block; for tests."""
    before = (list(_histories), list(_profiles))
    if history is not None:
        register_history(history)
    if profiles is not None:
        register_profiles(profiles)
    try:
        yield
    finally:
        _histories[:], _profiles[:] = before
