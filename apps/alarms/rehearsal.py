"""What a rule would have raised over past readings, before anybody is troubled with it.

Nothing is written. Source: RU-06; the aim: see a threshold's price per day and per officer.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.accounts.models import Organization
from apps.accounts.selectors import users_with_permission
from apps.alarms.permissions import HANDLE
from apps.alarms.registry import HistoryQuery, past_readings
from apps.alarms.rules import Effect, Reading, Rule, State, begin, step
from apps.alarms.rules.engine import from_ms
from apps.assets.models import Asset

DAYS = 30
THINGS_SHOWN = 10


@dataclass(frozen=True)
class UnitLoad:
    """What a unit would have had. officers: who handles alarms there today."""

    unit: Organization | None
    count: int
    officers: int
    days: int

    @property
    def per_officer_and_day(self) -> float:
        """Alarms for each officer each day; nobody there: all for one."""
        return self.count / max(self.officers, 1) / self.days


@dataclass(frozen=True)
class Rehearsal:
    """What would have been raised. days: each day with its number. repeats: reported again.

    readings: how many there were; late: of these too late to count.
    """

    readings: int
    late: int
    things: int
    total: int
    repeats: int
    silent: int
    levels: Mapping[int, int]
    days: tuple[tuple[date, int], ...]
    units: tuple[UnitLoad, ...]
    noisiest: tuple[tuple[Asset, int], ...]

    @property
    def busiest(self) -> int:
        """The most of one day."""
        return max((count for _day, count in self.days), default=0)


def rehearse(
    rule: Rule, *, profile: str, assets: Iterable[Asset], until: datetime, days: int = DAYS
) -> Rehearsal:
    """Will follow a rule through the past days for these things.

    assets: with ``maintainer`` and ``owner_unit``; until: aware, the last moment.
    """
    known = {asset.pk: asset for asset in assets}
    since = until - timedelta(days=days)
    query = HistoryQuery(profile, since, until, frozenset(known))
    states: dict[int, State] = {}
    whats: Counter[str] = Counter()
    levels: Counter[int] = Counter()
    by_day: Counter[date] = Counter()
    by_thing: Counter[int] = Counter()
    count = 0
    for reading in past_readings(query):
        if reading.asset_id not in known:
            continue
        count += 1
        state, effects = _one(rule, states, reading)
        states[reading.asset_id] = state
        for effect in effects:
            whats[effect.what] += 1
            if effect.what == "raise":
                levels[effect.level] += 1
                by_day[timezone.localdate(from_ms(effect.at))] += 1
                by_thing[reading.asset_id] += 1
    span = [timezone.localdate(since) + timedelta(days=n) for n in range(1, days + 1)]
    return Rehearsal(
        readings=count,
        late=sum(state["late"] for state in states.values()),
        things=len(states),
        total=whats["raise"],
        repeats=whats["repeat"],
        silent=whats["silent"],
        levels=dict(sorted(levels.items(), reverse=True)),
        days=tuple((day, by_day[day]) for day in span),
        units=_units(by_thing, known, days),
        noisiest=tuple((known[pk], n) for pk, n in by_thing.most_common(THINGS_SHOWN)),
    )


def _one(rule: Rule, states: dict[int, State], reading: Reading) -> tuple[State, list[Effect]]:
    return step(rule, states.get(reading.asset_id) or begin(), reading)


def _units(by_thing: Counter[int], known: Mapping[int, Asset], days: int) -> tuple[UnitLoad, ...]:
    counts: Counter[Organization | None] = Counter()
    for pk, count in by_thing.items():
        counts[known[pk].maintainer or known[pk].owner_unit] += count
    return tuple(
        UnitLoad(
            unit,
            count,
            users_with_permission(HANDLE, organization=unit).count() if unit is not None else 0,
            days,
        )
        for unit, count in counts.most_common()
    )
