"""What is out of the ordinary: topics that rise, cells that stand out, addresses that repeat.

Each finding carries what it was derived from, in ``Finding.inputs``:

rising: ``weeks`` (first day, count and whether used, the newest earlier week first), ``rest``
(rest days of the week judged); hot spots: ``others`` (counts of the other cells of the
street), ``street`` (its name); both: ``mean``, ``variance``, ``model``, ``p``; repeated:
``first``, ``last`` and ``classes``.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.accounts.models import Tenant
from apps.common.periods import Period
from apps.figures.enums import FindingKind
from apps.figures.forecasting import Surprise, adjusted, surprise
from apps.figures.models import Finding
from apps.figures.selectors import repeated_addresses
from apps.figures.services.gathering import ALL, Demands
from apps.places.models import Area

WEEK, WEEKS, ALIKE_LEAST = 7, 8, 4
HOT_DAYS, OTHERS_LEAST = 28, 4
ADDRESS_DAYS, ADDRESS_LEAST, ADDRESS_MOST = 90, 3, 50
COUNT_LEAST = 5  # fewer are no topic, however rare they are
RATIO_LEAST = 1.5
FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class Candidate:
    """A count that was held against others and may be a finding."""

    finding: Finding
    surprise: Surprise


def rising_topics(
    demands: Demands,
    areas: dict[str, Area],
    is_rest: Callable[[date], bool],
    labels: dict[str, str],
) -> list[Candidate]:
    """Will hold the last seven days of every area and class against the same days of weeks ago.

    Weeks with another number of rest days are left out while at least four alike remain.
    """
    last = demands.first + timedelta(days=demands.days - 1)
    starts = [last - timedelta(days=WEEK * (n + 1) - 1) for n in range(WEEKS + 1)]
    starts = [start for start in starts if start >= demands.first]
    rests = [sum(is_rest(start + timedelta(days=n)) for n in range(WEEK)) for start in starts]
    alike = [n for n in range(1, len(starts)) if rests[n] == rests[0]]
    used = alike if len(alike) >= ALIKE_LEAST else list(range(1, len(starts)))
    if len(used) < ALIKE_LEAST:
        return []
    found = []
    for path, class_code in list(demands.series):
        if path not in areas or class_code == ALL:
            continue
        sums = demands.sums(path, class_code, length=WEEK, number=WEEKS + 1)
        if sums[0] < COUNT_LEAST:
            continue
        told = surprise(sums[0], [sums[n] for n in used])
        weeks = [
            {"first": starts[n].isoformat(), "count": sums[n], "used": n in used}
            for n in range(1, len(starts))
        ]
        finding = _finding(
            FindingKind.RISING,
            areas[path],
            told,
            Period(starts[0], last),
            weeks=weeks,
            rest=rests[0],
        )
        finding.class_code, finding.class_label = class_code, labels.get(class_code, class_code)
        found.append(Candidate(finding, told))
    return found


def hot_spots(demands: Demands, cells: Sequence[Area], names: dict[str, str]) -> list[Candidate]:
    """Will hold the last four weeks of every cell against the other cells of its street.

    names: of the areas by path. A street is what lies two levels above its cells.
    """
    counts = demands.newest_by_path(length=HOT_DAYS)
    if demands.days < HOT_DAYS:
        return []
    streets: dict[str, list[Area]] = defaultdict(list)
    for cell in cells:
        streets["/".join(cell.path.split("/")[:-3]) + "/"].append(cell)
    last = demands.first + timedelta(days=demands.days - 1)
    period = Period(last - timedelta(days=HOT_DAYS - 1), last)
    found = []
    for street, members in streets.items():
        if len(members) <= OTHERS_LEAST:
            continue
        for cell in members:
            if counts[cell.path] < COUNT_LEAST:
                continue
            others = [counts[other.path] for other in members if other is not cell]
            told = surprise(counts[cell.path], others)
            finding = _finding(
                FindingKind.HOT_SPOT,
                cell,
                told,
                period,
                others=sorted(others, reverse=True),
                street=names.get(street, ""),
            )
            found.append(Candidate(finding, told))
    return found


def significant(candidates: Sequence[Candidate]) -> list[Finding]:
    """Will keep what is half as much again as expected and no play of chance, rarest first."""
    rates = adjusted([each.surprise.p for each in candidates])
    kept = []
    for each, q in zip(candidates, rates, strict=True):
        if q <= FALSE_ALARMS and each.surprise.ratio >= RATIO_LEAST:
            each.finding.q = q
            kept.append((each.surprise.p, each.finding))
    kept.sort(key=lambda pair: (pair[0], -pair[1].observed))
    return [finding for _p, finding in kept]


def addresses(tenant: Tenant, last: date) -> list[Finding]:
    """Will give the addresses that came up three times or more in ninety days."""
    period = Period(last - timedelta(days=ADDRESS_DAYS - 1), last)
    rows = repeated_addresses(tenant, period, least=ADDRESS_LEAST, most=ADDRESS_MOST)
    return [
        Finding(
            kind=FindingKind.REPEATED,
            area_id=row["area_id"],
            area_path=row["area_path"],
            address=row["address"],
            first_day=period.first,
            last_day=period.last,
            observed=row["n"],
            inputs={
                "first": row["first"].isoformat(),
                "last": row["last"].isoformat(),
                "classes": row["classes"],
            },
        )
        for row in rows
    ]


def _finding(
    kind: FindingKind, area: Area, told: Surprise, period: Period, **inputs: Any
) -> Finding:
    return Finding(
        kind=kind,
        area=area,
        area_path=area.path,
        first_day=period.first,
        last_day=period.last,
        observed=told.observed,
        expected=round(told.expected, 2),
        inputs=inputs
        | {
            "mean": round(told.expected, 2),
            "variance": round(told.variance, 2),
            "model": told.model,
            "p": told.p,
        },
    )
