"""When things happen: seasons, hours of the day, and the office's working time."""

import math
import random
from datetime import date, datetime, time, timedelta
from functools import cache

from django.utils import timezone

from apps.demo import texts

SPANS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
MINUTES_PER_DAY = 420
#: Share of a day's calls in each hour: quiet nights, peaks in the morning and after lunch.
HOURS = (4, 3, 2, 2, 2, 4, 9, 20, 52, 74, 70, 52, 36, 40, 62, 66, 58, 46, 34, 30, 26, 20, 13, 7)
#: How common each class is over the year; ``season`` bends it.
WEIGHTS = {
    "env.noise": 9, "env.dust": 3, "env.water": 1.5, "env.smoke": 4, "road.damage": 5,
    "road.manhole": 3, "road.lamp": 3, "road.parking": 7, "road.signal": 1.5,
    "city.garbage": 5, "city.stall": 4, "city.illegal_build": 3, "city.greening": 3,
    "city.ads": 1, "utility.water": 4, "utility.gas": 2, "utility.heat": 4,
    "utility.power": 2, "utility.drain": 2.5, "estate.property": 8, "estate.elevator": 3,
    "estate.parking": 4, "market.price": 2.5, "market.quality": 3, "market.refund": 5,
    "labor.wage": 4, "social.security": 5, "social.residence": 2.5, "education.school": 3,
    "health.hospital": 2, "traffic.bus": 3, "traffic.taxi": 1.5, "gov.efficiency": 1.5,
    "safety.fire": 2, "safety.crime": 1.5, "other": 2,
}  # fmt: skip


def season(class_code: str, on: date) -> float:
    """Will say how much more or less common a class is at this time of the year."""
    month = on.month
    if class_code == "utility.heat":
        return {11: 5.0, 12: 5.0, 1: 4.5, 2: 3.5, 3: 2.0, 10: 1.2}.get(month, 0.1)
    if class_code in {"utility.drain", "road.manhole"}:
        return {6: 1.8, 7: 3.0, 8: 3.0, 9: 1.6}.get(month, 0.8) * (3 if rains(on) else 1)
    if class_code in {"env.noise", "city.stall", "env.smoke"}:
        return {6: 1.4, 7: 1.6, 8: 1.6, 9: 1.2}.get(month, 0.85)
    if class_code == "education.school":
        return {5: 1.8, 6: 2.2, 7: 2.2, 8: 2.6, 9: 1.8}.get(month, 0.6)
    if class_code == "labor.wage":
        return {12: 1.8, 1: 2.6, 2: 1.6}.get(month, 0.9)
    if class_code == "utility.power":
        return {7: 2.2, 8: 2.2, 12: 1.4, 1: 1.4}.get(month, 0.8)
    return 1.0


def rains(on: date) -> bool:
    """Will say whether it rains that day in the demo city: the same in every run."""
    return math.sin(on.toordinal() * 12.9898) * 43758.5453 % 1 < 0.18


def volume(on: date) -> float:
    """Will say how busy a day is: Mondays most, weekends and holidays least."""
    base = (1.25, 1.1, 1.0, 1.0, 0.98, 0.72, 0.62)[on.weekday()]
    return base * (0.8 if on in holidays() else 1.0) * (1.25 if rains(on) else 1.0)


def draw_moments(
    rng: random.Random, start: datetime, until: datetime, count: int
) -> list[datetime]:
    """Will draw when the reports come in, oldest first."""
    zone = timezone.get_default_timezone()
    days = [start.astimezone(zone).date() + timedelta(n) for n in range((until - start).days + 2)]
    chosen = rng.choices(days, [volume(day) for day in days], k=count * 2)
    moments = [
        datetime.combine(
            day,
            time(rng.choices(range(24), HOURS)[0], rng.randrange(60), rng.randrange(60)),
            tzinfo=zone,
        )
        for day in chosen
    ]
    return sorted([m for m in moments if start <= m <= until][:count])


def draw_class(rng: random.Random, on: date, classes: list[str]) -> str:
    """Will draw what a report is about."""
    return rng.choices(classes, [WEIGHTS.get(c, 1) * season(c, on) for c in classes])[0]


@cache
def _special_days() -> tuple[frozenset[date], frozenset[date]]:
    days = [d for year in (2026, 2027) for d in texts.read(f"clocks/holidays_{year}")["days"]]
    return (
        frozenset(date.fromisoformat(d["date"]) for d in days if d["kind"] == "holiday"),
        frozenset(date.fromisoformat(d["date"]) for d in days if d["kind"] == "makeup"),
    )


def holidays() -> frozenset[date]:
    """Will give the days off of the demo calendar."""
    return _special_days()[0]


def is_workday(on: date) -> bool:
    """Will say whether offices are open: weekdays but holidays, and make-up workdays."""
    if on in _special_days()[1]:
        return True
    return on.weekday() < 5 and on not in holidays()


def office(moment: datetime, minutes: float = 0) -> datetime:
    """Will go ``minutes`` of working time on from a moment; 0: into the next working time."""
    local, left = moment.astimezone(timezone.get_default_timezone()), minutes
    while True:
        for begin, end in SPANS if is_workday(local.date()) else ():
            opens = datetime.combine(local.date(), begin, tzinfo=local.tzinfo)
            closes = datetime.combine(local.date(), end, tzinfo=local.tzinfo)
            local = max(local, opens) if local < closes else local
            if local < closes:
                room = (closes - local).total_seconds() / 60
                if left < room:
                    return local + timedelta(minutes=left)
                left -= room
                local = closes
        midnight = datetime.combine(local.date() + timedelta(1), time(), tzinfo=local.tzinfo)
        local = midnight


def before(moment: datetime, minutes: float) -> datetime:
    """Will go ``minutes`` of working time back, to about then (within a quarter hour)."""
    earlier = moment
    while _worked(earlier, moment) < minutes:
        earlier -= timedelta(minutes=15)
    return earlier


def _worked(start: datetime, end: datetime) -> float:
    zone, total = timezone.get_default_timezone(), 0.0
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for begin, close in SPANS if is_workday(day) else ():
            opens = max(start, datetime.combine(day, begin, tzinfo=zone))
            closes = min(end, datetime.combine(day, close, tzinfo=zone))
            total += max(0.0, (closes - opens).total_seconds() / 60)
        day += timedelta(1)
    return total
