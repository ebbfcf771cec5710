"""What other apps tell the alarm centre: names of kinds, profiles, readings, watchers, evidence.

A kind is a code within a source. An app that raises alarms says in ``AppConfig.ready`` what
its kinds are called and whether they mean that nothing is heard of the thing any more; a kind
that only a rule raises is called as the alarm is. A watcher looks at something again and again
and says what troubles it sees now; ``services.watching`` raises, recovers or calls them unknown.
Source: AL-01, AL-03, RU-06.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.alarms.enums import Level, Source
from apps.alarms.rules import Reading
from apps.assets.models import Asset
from apps.common.models import StoredFile


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


@dataclass(frozen=True)
class Carriers:
    """What things hang on that is no thing of the register: gateways that carry what they say.

    above: keys of a thing to the keys (``raise_alarm``) of what carries it, far and near;
    below: such a key to the keys of the things it carries; a key of somebody else's: none.
    """

    above: Callable[[int], Iterable[str]]
    below: Callable[[str], Iterable[int]]


_carriers: dict[str, Carriers] = {}


def register_carriers(code: str, carriers: Carriers) -> None:
    """Will list outages of things under an outage of what carries them.

    Raises: ValueError (the code is taken).
    """
    if _carriers.setdefault(code, carriers) is not carriers:
        raise ValueError(f"carriers {code} are already registered")


def carriers_of(asset_id: int) -> list[str]:
    """Will give the keys of what carries a thing, for every app that knows some."""
    return [key for code in sorted(_carriers) for key in _carriers[code].above(asset_id)]


def carried_by(key: str) -> list[int]:
    """Will give the things what has this key carries."""
    return [pk for code in sorted(_carriers) for pk in _carriers[code].below(key)]


@dataclass(frozen=True)
class Panel:
    """What another app shows on the page of an alarm. told: what its template gets as panel."""

    template: str
    told: Mapping[str, Any]


#: Asked with the viewer and an alarm the viewer may see; None: nothing to show there.
Panels = Callable[[Any, Any], Panel | None]
_panels: dict[str, Panels] = {}


def register_panel(code: str, panel: Panels) -> None:
    """Will show it on the page of every alarm. Raises: ValueError (the code is taken)."""
    if _panels.setdefault(code, panel) is not panel:
        raise ValueError(f"panel {code} is already registered")


def panels_of(viewer: Any, alarm: Any) -> list[Panel]:
    """Will give what other apps show of an alarm, by their codes."""
    found = (_panels[code](viewer, alarm) for code in sorted(_panels))
    return [panel for panel in found if panel is not None]


@dataclass(frozen=True)
class CaseMaker:
    """What opens a case of one matter by itself for alarms of some kinds. Source: OP-27.

    wants: asked with the key of the body and the kind, whether it does so now. standing: asked
    with a locked alarm whose case is ordered by the system, may lock more, gives the case that
    is about the same thing already, or None. endings: asked with a case whose alarms are all
    over, gives the actions that may be tried on it, the best first.
    """

    matter: str
    kinds: frozenset[str]
    wants: Callable[[int, str], bool]
    standing: Callable[[Any], Any]
    endings: Callable[[Any], Sequence[str]]


_makers: dict[str, CaseMaker] = {}
_ENDINGS = ("close", "remark")


def register_case_maker(maker: CaseMaker) -> None:
    """Will open cases of its matter. Raises: ValueError (the matter has one already)."""
    if maker.matter in _makers:
        raise ValueError(f"a maker of cases of {maker.matter} is already registered")
    _makers[maker.matter] = maker


def matter_wanted(kind: str, tenant_id: int) -> str:
    """Will give the matter an alarm of this kind becomes a case of by itself, "" for none."""
    makers = (_makers[code] for code in sorted(_makers))
    return next((m.matter for m in makers if kind in m.kinds and m.wants(tenant_id, kind)), "")


def standing_case(matter: str, alarm: Any) -> Any:
    """Will give the case of this matter that is about the same thing already, or None."""
    maker = _makers.get(matter)
    return maker.standing(alarm) if maker is not None else None


def endings_of(matter: str, case: Any) -> Sequence[str]:
    """Will give the actions that may end, or tell of, a case whose alarms are all over."""
    maker = _makers.get(matter)
    return maker.endings(case) if maker is not None else _ENDINGS


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


@dataclass(frozen=True)
class Series:
    """What was measured around an event. points: (moment, value) in order of time."""

    label: str
    unit: str
    points: tuple[tuple[datetime, float | str | bool], ...]


@dataclass(frozen=True)
class Picture:
    """What was seen. file: kept already, written anew without metadata. at: when it was taken."""

    file: StoredFile
    name: str
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """What a source can show for one alarm."""

    series: tuple[Series, ...] = ()
    pictures: tuple[Picture, ...] = ()


#: Asked with an alarm when a case is opened for it; gives nothing for what is not its own.
EvidenceOf = Callable[[Any], Evidence]
_evidence: dict[str, EvidenceOf] = {}


def register_evidence(code: str, evidence: EvidenceOf) -> None:
    """Will ask this what there is to show. Raises: ValueError (the code is taken)."""
    if _evidence.setdefault(code, evidence) is not evidence:
        raise ValueError(f"evidence {code} is already registered")


def evidence_of(alarm: Any) -> Evidence:
    """Will give what every source has to show for an alarm, by their codes."""
    found = [_evidence[code](alarm) for code in sorted(_evidence)]
    return Evidence(
        tuple(one for each in found for one in each.series),
        tuple(one for each in found for one in each.pictures),
    )


@dataclass(frozen=True)
class Trouble:
    """One trouble that stands now. key or asset: what it is about; sentence: with its figures."""

    kind: str
    level: Level
    sentence: str
    facts: dict[str, Any]
    key: str = ""
    asset: Asset | None = None


@dataclass(frozen=True)
class Sighting:
    """What a watcher saw. text: its figures in one sentence, also when nothing is wrong.

    unseen: assets nobody can say anything about now; their alarms are unknown, not over.
    """

    text: str
    troubles: Sequence[Trouble] = ()
    unseen: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Standing:
    """An alarm of this watcher that is open. asset_id: null where it is about a key."""

    kind: str
    key: str
    asset_id: int | None


#: Is told what stands, so that a trouble may need more to be over than it needed to begin.
Look = Callable[[Sequence[Standing]], Sighting]


@dataclass(frozen=True)
class Watcher:
    """Something that looks. kinds: of all alarms it may raise. every_s: seconds between looks."""

    code: str
    label: Any
    source: str
    kinds: frozenset[str]
    look: Look
    every_s: int = 60


_watchers: dict[str, Watcher] = {}


def register_watcher(watcher: Watcher) -> None:
    """Will have it look from now on. Raises: ValueError (the code is taken)."""
    if watcher.code in _watchers:
        raise ValueError(f"watcher {watcher.code} is already registered")
    _watchers[watcher.code] = watcher


def all_watchers() -> list[Watcher]:
    """Will give every watcher, by code."""
    return [_watchers[code] for code in sorted(_watchers)]


@contextmanager
def only_watchers(*watchers: Watcher) -> Iterator[None]:
    """Will have these look and no others within the block; for tests."""
    before = dict(_watchers)
    _watchers.clear()
    _watchers.update({watcher.code: watcher for watcher in watchers})
    try:
        yield
    finally:
        _watchers.clear()
        _watchers.update(before)
