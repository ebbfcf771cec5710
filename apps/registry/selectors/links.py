"""How files hang together: lists by kind, a house's people and leases, what it uses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.registry import permissions
from apps.registry.enums import FileKind, Household, Utility
from apps.registry.models import RegistryFile, Relation, RelationKind, UtilityReading
from apps.registry.selectors.values import shown_title

USUAL_MONTHS = 12
LEAST_MONTHS = 4  # fewer known months say nothing of what is usual
FAR_ABOVE, FAR_BELOW = Decimal(2), Decimal("0.3")
Span = tuple[int, date, date | None]


@dataclass(frozen=True)
class Link:
    """One relation seen from one file. is_reachable: the viewer may open the other one."""

    relation: Relation
    label: str
    other: RegistryFile
    title: str
    is_current: bool
    is_reachable: bool


@dataclass(frozen=True)
class Lease:
    """One lease of a house on a line of days. left, width: per cent of the whole line."""

    link: Link
    left: float
    width: float
    companions: int


@dataclass(frozen=True)
class Usage:
    """What a house used in a month; hint: why that is odd, "" where it is not."""

    utility: str
    label: str
    month: date
    amount: Decimal
    usual: Decimal | None
    hint: str


def kinds_between(from_kind: str = "", to_kind: str = "") -> QuerySet[RelationKind]:
    """Will give the kinds of relations in force, narrowed to those of these kinds of files."""
    today = clock.today()
    found = RelationKind.objects.filter(from_on__lte=today).filter(
        Q(to_on__isnull=True) | Q(to_on__gt=today)
    )
    if from_kind:
        found = found.filter(from_kind=from_kind)
    return found.filter(to_kind=to_kind) if to_kind else found


def links_of(viewer: User, file: RegistryFile) -> dict[str, list[Link]]:
    """Will give the links of a file by the label of the other file's kind, those in force first."""
    rows = list(
        Relation.objects.filter(Q(from_file=file) | Q(to_file=file)).select_related(
            "kind", "from_file", "to_file"
        )
    )
    others = {row.to_file_id if row.from_file_id == file.pk else row.from_file_id for row in rows}
    reach = permissions.within_reach(viewer, *permissions.READERS)
    reachable = set(RegistryFile.objects.filter(reach, pk__in=others).values_list("pk", flat=True))
    today = clock.today()
    found: dict[str, list[Link]] = defaultdict(list)
    for row in rows:
        other = row.to_file if row.from_file_id == file.pk else row.from_file
        found[str(other.get_kind_display())].append(
            Link(
                relation=row,
                label=row.kind.name if other.pk == row.to_file_id else row.kind.back_name,
                other=other,
                title=shown_title(other),
                is_current=row.from_on <= today and (row.to_on is None or row.to_on > today),
                is_reachable=other.pk in reachable,
            )
        )
    for links in found.values():
        links.sort(key=lambda link: (not link.is_current, -link.relation.from_on.toordinal()))
    return dict(found)


def relation_of(file: RegistryFile, relation_id: int) -> Relation:
    """Will give a relation of a file. Raises: NotFound."""
    found = Relation.objects.filter(Q(from_file=file) | Q(to_file=file), pk=relation_id).first()
    if found is None:
        raise NotFound(_("没有这条关系，或您无权修改"))
    return found


def dwellers(links: dict[str, list[Link]]) -> tuple[list[Link], list[Link]]:
    """Will give who lives in a house now, and who did before."""
    people = [link for group in links.values() for link in group if link.relation.kind.is_dwelling]
    return [p for p in people if p.is_current], [p for p in people if not p.is_current]


def lease_track(links: dict[str, list[Link]]) -> list[Lease]:
    """Will give the leases of a house on one line of days, with how many shared each."""
    leases = [link for group in links.values() for link in group if link.relation.kind.is_lease]
    if not leases:
        return []
    today = clock.today()
    start = min(link.relation.from_on for link in leases)
    last = max(today, *(link.relation.to_on or today for link in leases))
    whole = max((last - start).days, 1)
    return [
        Lease(
            link=link,
            left=round((link.relation.from_on - start).days / whole * 100, 2),
            width=round(max(_days(link.relation, last) / whole * 100, 1), 2),
            companions=sum(
                1 for other in leases if other is not link and _overlap(link, other, last)
            ),
        )
        for link in sorted(leases, key=lambda link: link.relation.from_on)
    ]


def floating_trend(relations: QuerySet[Relation], *, months: int = 12) -> list[dict[str, Any]]:
    """Will give for each of the last months how many floating people rented on its first day.

    relations: of one house.
    """
    spans = list(
        relations.filter(
            kind__is_lease=True, from_file__person__household=Household.FLOATING
        ).values_list("from_file", "from_on", "to_on")
    )
    return [
        {"month": f"{day:%Y-%m}", "people": tenants_on(spans, day)} for day in month_starts(months)
    ]


def tenants_on(spans: Iterable[Span], day: date) -> int:
    """Will count the people who rented on a day; who rents two places counts once.

    spans: person, first day, day after the last (None: still).
    """
    return len({pk for pk, start, end in spans if start <= day and (end is None or end > day)})


def month_starts(months: int) -> list[date]:
    """Will give the first days of the last months, this one included, the oldest first."""
    return [_month_before(clock.today(), back) for back in range(months - 1, -1, -1)]


def usage_of(premises: RegistryFile, *, residents: int) -> list[Usage]:
    """Will give the months of use of a house, newest first, each judged by the house's own past.

    usual: the median of the up to 12 months before. Odd is more than twice or less than 0.3 of
    it, nothing used where people live, and use where nobody does. A hint, not a finding.
    """
    found: list[Usage] = []
    by_utility: dict[str, list[UtilityReading]] = defaultdict(list)
    for reading in premises.readings.order_by("month"):
        by_utility[reading.utility].append(reading)
    for utility, readings in by_utility.items():
        newest = readings[-1].month
        for place, reading in enumerate(readings):
            before = [r.amount for r in readings[max(0, place - USUAL_MONTHS) : place]]
            usual = Decimal(median(before)) if len(before) >= LEAST_MONTHS else None
            is_now = reading.month == newest
            found.append(
                Usage(
                    utility=utility,
                    label=str(Utility(utility).label),
                    month=reading.month,
                    amount=reading.amount,
                    usual=usual,
                    hint=_hint(reading.amount, usual, residents if is_now else None),
                )
            )
    return sorted(found, key=lambda usage: (usage.month, usage.utility), reverse=True)


def usage_chart(usages: Sequence[Usage]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Will give the chart of a house's use, and the same figures as rows."""
    months = sorted({f"{usage.month:%Y-%m}" for usage in usages})
    labels = dict.fromkeys(usage.label for usage in usages)
    amounts = {(usage.label, f"{usage.month:%Y-%m}"): float(usage.amount) for usage in usages}
    option = {
        "tooltip": {"trigger": "axis"},
        "legend": {},
        "grid": {"left": 48, "right": 16, "top": 40, "bottom": 32},
        "xAxis": {"type": "category", "data": months},
        "yAxis": {"type": "value"},
        "series": [
            {"type": "line", "name": label, "data": [amounts.get((label, m)) for m in months]}
            for label in labels
        ],
    }
    rows: list[dict[str, Any]] = [
        {"month": month, **{label: amounts.get((label, month), "—") for label in labels}}
        for month in months
    ]
    return option, rows


def households(premises: RegistryFile) -> QuerySet[Relation]:
    """Will give the relations of people with a house."""
    return Relation.objects.filter(to_file=premises, from_file__kind=FileKind.PERSON)


def _hint(amount: Decimal, usual: Decimal | None, residents: int | None) -> str:
    if residents is not None and residents > 0 and amount == 0:
        return _("有人居住而用量为零")
    if residents == 0 and amount > 0 and (usual is None or amount > usual * FAR_BELOW):
        return _("无人登记居住而有用量")
    if usual is None or usual == 0:
        return ""
    times = amount / usual
    if times > FAR_ABOVE:
        return _("为平时的%s倍") % f"{times:.1f}"
    if times < FAR_BELOW:
        return _("不到平时的三成")
    return ""


def _days(relation: Relation, last: date) -> int:
    return ((relation.to_on or last) - relation.from_on).days


def _overlap(one: Link, other: Link, last: date) -> bool:
    mine, yours = one.relation, other.relation
    return mine.from_on < (yours.to_on or last) and yours.from_on < (mine.to_on or last)


def _month_before(day: date, back: int) -> date:
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)
