"""What a rule would have raised over past readings, before anybody is troubled with it.

Nothing is written. The rule as tried and the one in force are followed over the same readings,
so that what would appear and what would disappear is known alarm by alarm. Source: RU-06; the
aim: see a threshold's price per day and per officer.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.alarms.duty import Roster, centre_staff, staff_of
from apps.alarms.enums import Level
from apps.alarms.registry import HistoryQuery, past_readings
from apps.alarms.rules import Reading, Rule, State, begin, step, tick
from apps.alarms.rules.engine import Effect, from_ms, to_ms
from apps.assets.models import Asset
from apps.common.errors import Refused
from apps.common.phrases import series

DAYS = 30
SHOWN = 10
CHANGES_SHOWN = 20
MOST_EPISODES = 200_000
TOLD_FROM = Level.ORANGE


@dataclass
class Episode:
    """One alarm that would have stood. began, ended: ms; ended None: it still would.

    level: the gravest it had.
    """

    asset_id: int
    began: int
    level: int
    ended: int | None = None


@dataclass(frozen=True)
class UnitLoad:
    """What a unit would have had. officers: who handles alarms there today. before: in force."""

    unit: str
    count: int
    before: int
    officers: int
    per_officer_and_day: float


@dataclass(frozen=True)
class OfficerLoad:
    """How often one person would have been told: grave alarms, in their hours of duty.

    units: those whose alarms they answer, in one phrase.
    """

    name: str
    units: str
    count: int
    before: int


@dataclass(frozen=True)
class Change:
    """An alarm only one of both rules would have raised. at: ISO time."""

    thing: str
    at: str
    level: int


@dataclass(frozen=True)
class Rehearsal:
    """What would have been raised. before: by the version in force, 0 where there is none.

    readings: how many there were; late: of these too late to count. days: ISO day, number,
    number before. levels: level, number, number before. noisiest: thing, number.
    """

    readings: int
    late: int
    things: int
    total: int
    before: int
    is_compared: bool
    repeats: int
    silent: int
    days: Sequence[tuple[str, int, int]]
    levels: Sequence[tuple[int, int, int]]
    units: Sequence[UnitLoad]
    officers: Sequence[OfficerLoad]
    noisiest: Sequence[tuple[str, int]]
    appearing: int
    disappearing: int
    appears: Sequence[Change]
    disappears: Sequence[Change]

    @property
    def busiest(self) -> int:
        """The most of one day."""
        return max((count for _day, count, _before in self.days), default=0)


@dataclass
class _Course:
    """One rule followed through the past, thing by thing."""

    rule: Rule
    states: dict[int, State] = field(default_factory=dict)
    whats: Counter[str] = field(default_factory=Counter)
    episodes: list[Episode] = field(default_factory=list)
    standing: dict[int, Episode] = field(default_factory=dict)

    def take(self, reading: Reading) -> None:
        state, effects = step(self.rule, self.states.get(reading.asset_id) or begin(), reading)
        self.states[reading.asset_id] = state
        for effect in effects:
            self._note(reading.asset_id, effect)

    def end(self, at: int) -> None:
        """Lets time pass to the end: what follows without a reading follows here too."""
        for asset_id, state in self.states.items():
            self.states[asset_id], effects = tick(self.rule, state, at)
            for effect in effects:
                self._note(asset_id, effect)

    def _note(self, asset_id: int, effect: Effect) -> None:
        self.whats[effect.what] += 1
        if effect.what == "raise":
            if len(self.episodes) >= MOST_EPISODES:
                raise Refused(_("会产生的告警超过%d条，请缩小范围或放宽阈值") % MOST_EPISODES)
            self.standing[asset_id] = Episode(asset_id, effect.at, effect.level)
            self.episodes.append(self.standing[asset_id])
        elif effect.what == "level" and asset_id in self.standing:
            self.standing[asset_id].level = max(self.standing[asset_id].level, effect.level)
        elif effect.what == "recover" and asset_id in self.standing:
            self.standing.pop(asset_id).ended = effect.at


def rehearse(
    rule: Rule,
    *,
    profile: str,
    assets: Iterable[Asset],
    until: datetime,
    tenant: Tenant,
    before: Rule | None = None,
    days: int = DAYS,
    tell: Callable[[int], None] | None = None,
) -> Rehearsal:
    """Will follow a rule through the past days for these things.

    assets: with ``maintainer`` and ``owner_unit``; until: aware, the last moment. before: the
    rule in force, followed beside it. tell: is told how many things are done; may raise to stop.
    Raises: Refused (it would raise more than can be looked at).
    """
    known = {asset.pk: asset for asset in assets}
    since = until - timedelta(days=days)
    tried, in_force = _Course(rule), _Course(before) if before is not None else None
    count, seen = 0, set[int]()
    for reading in past_readings(HistoryQuery(profile, since, until, frozenset(known))):
        if reading.asset_id not in known:
            continue
        count += 1
        seen.add(reading.asset_id)
        if tell is not None and count % 500 == 1:
            tell(len(seen) - 1)
        tried.take(reading)
        if in_force is not None:
            in_force.take(reading)
    for course in (tried, in_force):
        if course is not None:
            course.end(to_ms(until))
    return _summed_up(tried, in_force, known, tenant, (since, until), count)


def _summed_up(
    tried: _Course,
    in_force: _Course | None,
    known: Mapping[int, Asset],
    tenant: Tenant,
    span: tuple[datetime, datetime],
    count: int,
) -> Rehearsal:
    ours, theirs = tried.episodes, in_force.episodes if in_force is not None else []
    since, until = span
    new = _only(ours, theirs) if in_force is not None else []
    gone = _only(theirs, ours)
    by_day, by_day_before = _per_day(ours), _per_day(theirs)
    by_level = Counter(one.level for one in ours)
    by_level_before = Counter(one.level for one in theirs)
    by_thing = Counter(one.asset_id for one in ours)
    first = timezone.localdate(since)
    all_days = [
        first + timedelta(days=n) for n in range((timezone.localdate(until) - first).days + 1)
    ]
    return Rehearsal(
        readings=count,
        late=sum(state["late"] for state in tried.states.values()),
        things=len(tried.states),
        total=len(ours),
        before=len(theirs),
        is_compared=in_force is not None,
        repeats=tried.whats["repeat"],
        silent=tried.whats["silent"],
        days=[(day.isoformat(), by_day[day], by_day_before[day]) for day in all_days],
        levels=[
            (int(level), by_level[level], by_level_before[level])
            for level in reversed(Level)
            if by_level[level] or by_level_before[level]
        ],
        units=_units(ours, theirs, known, len(all_days) - 1 or 1),
        officers=_officers(ours, theirs, known, tenant, span),
        noisiest=[(known[pk].name, n) for pk, n in by_thing.most_common(SHOWN)],
        appearing=len(new),
        disappearing=len(gone),
        appears=[_change(one, known) for one in new[:CHANGES_SHOWN]],
        disappears=[_change(one, known) for one in gone[:CHANGES_SHOWN]],
    )


def _per_day(episodes: Iterable[Episode]) -> Counter[date]:
    return Counter(timezone.localdate(from_ms(one.began)) for one in episodes)


def _change(one: Episode, known: Mapping[int, Asset]) -> Change:
    at = timezone.localtime(from_ms(one.began)).isoformat(timespec="seconds")
    return Change(known[one.asset_id].name, at, one.level)


def _only(ours: Iterable[Episode], theirs: Iterable[Episode]) -> list[Episode]:
    """What of ours overlaps nothing of theirs about the same thing, in order of time.

    Alarms of one thing never overlap one another, so one pass over both is enough.
    """
    others: dict[int, list[Episode]] = defaultdict(list)
    for one in theirs:
        others[one.asset_id].append(one)
    place: Counter[int] = Counter()
    found = []
    for one in ours:
        rows = others.get(one.asset_id, [])
        while place[one.asset_id] < len(rows) and _is_over(rows[place[one.asset_id]], one.began):
            place[one.asset_id] += 1
        at = place[one.asset_id]
        if at == len(rows) or _is_over(one, rows[at].began):
            found.append(one)
    return sorted(found, key=lambda one: (one.began, one.asset_id))


def _is_over(one: Episode, at: int) -> bool:
    return one.ended is not None and one.ended < at


def _unit_of(asset: Asset) -> Organization | None:
    return asset.maintainer or asset.owner_unit


def _units(
    ours: Iterable[Episode], theirs: Iterable[Episode], known: Mapping[int, Asset], days: int
) -> list[UnitLoad]:
    counts = Counter(_unit_of(known[one.asset_id]) for one in ours)
    before = Counter(_unit_of(known[one.asset_id]) for one in theirs)
    found = []
    for unit in sorted(counts | before, key=lambda unit: (-counts[unit], -before[unit])):
        officers = len(staff_of(unit)) if unit is not None else 0
        load = counts[unit] / max(officers, 1) / days
        name = unit.name if unit is not None else ""
        found.append(UnitLoad(name, counts[unit], before[unit], officers, round(load, 3)))
    return found


def _officers(
    ours: Sequence[Episode],
    theirs: Sequence[Episode],
    known: Mapping[int, Asset],
    tenant: Tenant,
    span: tuple[datetime, datetime],
) -> list[OfficerLoad]:
    """Who would have been told, as ``services._shared.tell_people`` tells: grave alarms, the unit's
    people or the centre's, and of these whom the roster of that hour names."""
    answering: dict[Organization | None, Sequence[User]] = {}
    for one in (*ours, *theirs):
        unit = _unit_of(known[one.asset_id])
        if unit not in answering:
            own = staff_of(unit) if unit is not None else ()
            answering[unit] = own or centre_staff(tenant)
    people = {user.pk: user for staff in answering.values() for user in staff}
    roster = Roster.of(people, since=span[0], until=span[1])
    units = {
        pk: series(unit.name for unit, staff in answering.items() if unit and people[pk] in staff)
        for pk in people
    }
    counts: list[Counter[int]] = []
    for episodes in (ours, theirs):
        counted: Counter[int] = Counter()
        for one in episodes:
            if one.level >= TOLD_FROM:
                staff = answering[_unit_of(known[one.asset_id])]
                counted.update(user.pk for user in roster.on_duty(staff, from_ms(one.began)))
        counts.append(counted)
    now, before = counts
    return [
        OfficerLoad(people[pk].display_name, units[pk], now[pk], before[pk])
        for pk in sorted(now | before, key=lambda pk: (-now[pk], -before[pk], pk))
    ]
