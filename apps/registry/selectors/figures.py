"""Five kinds, four figures each: total, new, growth and distribution (RG-08); two rates (RG-01).

Every figure is a condition over files, so that the list behind it is the same question asked
again. A period is from its first to its last day, both included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.places.models import Area
from apps.registry import permissions
from apps.registry.core_fields import core_fields
from apps.registry.enums import FileKind, Household
from apps.registry.models import RegistryFile, Relation

#: What each kind is divided by besides the area.
DOMAINS = {
    FileKind.PERSON: "person__household",
    FileKind.PREMISES: "premises__nature",
    FileKind.FIRM: "firm__trade",
    FileKind.SITE: "site__site_kind",
    FileKind.GOODS: "goods__goods_kind",
}
PARTS_MOST = 30


@dataclass(frozen=True)
class KindFigures:
    """The four figures of a kind. growth: share of the total before; None where it was 0."""

    kind: str
    label: str
    total: int
    before: int
    new: int
    gone: int
    growth: float | None

    @property
    def growth_text(self) -> str:
        return "—" if self.growth is None else f"{self.growth * 100:+.1f}%"


@dataclass(frozen=True)
class Rate:
    """Part of a whole with its formula in words; query: the list of those that are missing."""

    label: str
    part: int
    whole: int
    formula: str
    query: str

    @property
    def text(self) -> str:
        return f"{self.part / self.whole * 100:.1f}%" if self.whole else "—"


def open_on(day: date) -> Q:
    """Will give the condition "the file held at the end of that day"."""
    return Q(from_on__lte=day) & (Q(to_on__isnull=True) | Q(to_on__gt=day))


def condition_of(figure: str, first: date, last: date) -> Q:
    """Will give the condition of a figure: total, before, new or gone."""
    match figure:
        case "new":
            return Q(from_on__range=(first, last))
        case "gone":
            return Q(to_on__range=(first, last))
        case "before":
            return Q(from_on__lt=first) & (Q(to_on__isnull=True) | Q(to_on__gte=first))
        case _:
            return open_on(last)


def files_of(viewer: User, *, area_path: str = "") -> QuerySet[RegistryFile]:
    """Will give every file in the viewer's reach, closed ones too."""
    found = RegistryFile.objects.filter(permissions.within_reach(viewer, *permissions.READERS))
    return found.filter(area_path__startswith=area_path) if area_path else found


def figures_of(viewer: User, *, first: date, last: date, area_path: str = "") -> list[KindFigures]:
    """Will give the figures of each kind. One query."""
    names = ("total", "before", "new", "gone")
    counts = {n: Count("pk", filter=condition_of(n, first, last)) for n in names}
    rows = files_of(viewer, area_path=area_path).values("kind").annotate(**counts).order_by()
    by_kind: dict[str, Mapping[str, Any]] = {row["kind"]: row for row in rows}
    return [_figures(kind, by_kind.get(kind, dict.fromkeys(names, 0))) for kind in FileKind]


def _figures(kind: FileKind, row: Mapping[str, Any]) -> KindFigures:
    before = int(row["before"])
    return KindFigures(
        kind=kind.value,
        label=str(kind.label),
        total=row["total"],
        before=before,
        new=row["new"],
        gone=row["gone"],
        growth=(row["total"] - before) / before if before else None,
    )


def by_area(viewer: User, kind: str, area: Area, *, last: date) -> list[dict[str, Any]]:
    """Will give the total of a kind in each area directly below one, the largest first."""
    children = Area.objects.filter(parent=area, valid_to=None).defer("boundary")
    files = files_of(viewer, area_path=area.path).filter(open_on(last), kind=kind)
    counts = {
        f"a{child.pk}": Count("pk", filter=Q(area_path__startswith=child.path))
        for child in children
    }
    found = files.aggregate(**counts) if counts else {}
    rows = [
        {"label": child.name, "count": found[f"a{child.pk}"], "area": child.pk}
        for child in children
    ]
    return sorted(rows, key=lambda row: -row["count"])


def by_domain(viewer: User, kind: str, *, last: date, area_path: str = "") -> list[dict[str, Any]]:
    """Will give the total of a kind by what it is divided by, the largest first."""
    column = DOMAINS[FileKind(kind)]
    files = files_of(viewer, area_path=area_path).filter(open_on(last), kind=kind)
    rows = files.values(column).annotate(n=Count("pk")).order_by("-n")[:PARTS_MOST]
    words = _words(kind, column.partition("__")[2])
    return [
        {
            "label": words.get(row[column], row[column]) or _("未填写"),
            "count": row["n"],
            "code": row[column] or "",
        }
        for row in rows
    ]


def missing_q(rate: str) -> Q:
    """Will give the condition of the people a rate misses: "complete" or "registered"."""
    dwells = Relation.objects.filter(kind__is_dwelling=True, to_on=None).values("from_file")
    if rate == "registered":
        floating = Q(kind=FileKind.PERSON, person__household=Household.FLOATING)
        return floating & (Q(person__id_digest="") | ~Q(pk__in=dwells))
    return Q(kind=FileKind.PERSON, person__household=Household.RESIDENT) & (
        Q(person__id_digest="")
        | Q(person__born_on=None)
        | Q(phone="")
        | Q(address="") & ~Q(pk__in=dwells)
    )


def rates_of(viewer: User, *, last: date, area_path: str = "") -> list[Rate]:
    """Will give the completeness of residents and the registration of floating people."""
    people = files_of(viewer, area_path=area_path).filter(open_on(last), kind=FileKind.PERSON)
    found = people.aggregate(
        residents=Count("pk", filter=Q(person__household=Household.RESIDENT)),
        floating=Count("pk", filter=Q(person__household=Household.FLOATING)),
        incomplete=Count("pk", filter=missing_q("complete")),
        unregistered=Count("pk", filter=missing_q("registered")),
    )
    return [
        Rate(
            _("常住人口完整率"),
            found["residents"] - found["incomplete"],
            found["residents"],
            _("证件、出生日期、电话齐全，且有住址或居住关系的常住人员 ÷ 常住人员"),
            "rate=complete",
        ),
        Rate(
            _("流动人口登记率"),
            found["floating"] - found["unregistered"],
            found["floating"],
            _("有证件且登记了现居住房屋的流动人员 ÷ 流动人员"),
            "rate=registered",
        ),
    ]


def _words(kind: str, name: str) -> dict[str, str]:
    entry = next((e for e in core_fields(kind) if e["name"] == name), {})
    return {code: label for code, label, *_rest in entry.get("choices", [])}
