"""The list of responsibilities as its pages show it: lines, gaps, disputes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock, dictionaries
from apps.matters.enums import RequestKind
from apps.matters.models import Request, Responsibility
from apps.matters.responsibility import Answer, answer, valid_q
from apps.places.models import Area

CLASS_DICTIONARY = "demand-class"
DISPUTES_SINCE = timedelta(days=90)
MOST_DISPUTES = 20_000


@dataclass(frozen=True)
class MatrixRow:
    """A class with what the list says for each district."""

    code: str
    label: str
    cells: list[Answer]

    @property
    def has_gap(self) -> bool:
        """Whether some district has no unit, or more than one."""
        return any(cell.status != "one" for cell in self.cells)


# --- The page ------------------------------------------------------------------------


def list_responsibilities(
    viewer: User, *, text: str = "", ended: bool = False
) -> QuerySet[Responsibility]:
    """Will give the lines of the viewer's tenants that match words, in force unless ``ended``."""
    scope = scope_of(viewer)
    found = Responsibility.objects.select_related("unit", "area", "matter_type")
    found = found.defer("area__boundary")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    in_force = valid_q(clock.today()) | Q(valid_from__gt=clock.today())
    found = found.exclude(in_force) if ended else found.filter(in_force)
    if text := text.strip():
        labels = dictionaries.choices(CLASS_DICTIONARY)
        codes = [code for code, label in labels if text in str(label)]
        found = found.filter(
            Q(class_code__in=codes)
            | Q(class_code__icontains=text)
            | Q(unit__name__icontains=text)
            | Q(area__name__icontains=text)
            | Q(legal_basis__icontains=text)
            | Q(source__icontains=text)
        )
    return found


def responsible_unit(*, tenant_id: int, class_code: str, area_path: str) -> Answer:
    """Will say what the list in force says of a class in an area, before there is a case."""
    lines = Responsibility.objects.filter(
        valid_q(clock.today()), tenant_id=tenant_id, unit__is_active=True
    )
    found = lines.select_related("unit", "area").defer("area__boundary")
    return answer(found, class_code=class_code, area_path=area_path, matter_id=None)


def matrix_of(viewer: User) -> tuple[list[Area], list[MatrixRow]]:
    """Will lay the list over classes and districts, so that gaps and disputes can be seen."""
    scope = scope_of(viewer)
    today = clock.today()
    tenants = Tenant.objects.filter(area__isnull=False)
    if not scope.everything:
        tenants = tenants.filter(pk__in=scope.tenant_ids)
    below = Area.objects.valid_on(today).filter(parent__in=tenants.values("area"))
    areas = below.defer("boundary").order_by("code")
    districts = [a for a in areas if scope.everything or _touches(a, scope.area_paths)]
    lines = list(list_responsibilities(viewer).filter(valid_q(today), unit__is_active=True))
    rows = []
    for code, label in dictionaries.choices(CLASS_DICTIONARY):
        cells = [
            answer(lines, class_code=code, area_path=area.path, matter_id=None)
            for area in districts
        ]
        rows.append(MatrixRow(code, str(label), cells))
    return districts, rows


def _touches(area: Area, paths: Sequence[str]) -> bool:
    return any(area.path.startswith(path) or path.startswith(area.path) for path in paths)


def count_disputes(viewer: User, lines: Sequence[Responsibility]) -> Counter[int]:
    """Will count, per line, the returns of its unit in 90 days on cases the line decides."""
    since = clock.now() - DISPUTES_SINCE
    scope = scope_of(viewer)
    asked = Request.objects.filter(kind=RequestKind.RETURN, asked_at__gte=since)
    if not scope.everything:
        asked = asked.filter(case__tenant_id__in=scope.tenant_ids)
    rows = asked.values_list(
        "unit_id", "case__class_code", "case__area_path", "case__matter_type_id"
    )
    counted: Counter[int] = Counter()
    for unit_id, class_code, area_path, matter_id in rows.order_by("-id")[:MOST_DISPUTES]:
        of_unit = [line for line in lines if line.unit_id == unit_id]
        decided = answer(of_unit, class_code=class_code, area_path=area_path, matter_id=matter_id)
        counted.update(entry.pk for entry in decided.entries)
    return counted
