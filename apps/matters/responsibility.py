"""What the list of responsibilities says of one case. Plain reads, for routing and for pages.

The most specific line wins: by matter, then by class, then by the smallest area. Several units
on one level are a dispute the list itself holds; nobody is proposed then. Source: MT-25.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.common import clock
from apps.common.memory import Memory
from apps.common.phrases import series
from apps.matters.models import Case, Responsibility

_lines: Memory[tuple[Responsibility, ...]] = Memory(
    of=("matters.Responsibility", "accounts.Organization")
)


@dataclass(frozen=True)
class Answer:
    """What the list says of one class in one area. entries: those on the deciding level."""

    entries: tuple[Responsibility, ...]

    @property
    def units(self) -> list[Organization]:
        """The units named, each once."""
        return list({entry.unit_id: entry.unit for entry in self.entries}.values())

    @property
    def unit(self) -> Organization | None:
        """The unit that answers, where exactly one does."""
        units = self.units
        return units[0] if len(units) == 1 else None

    @property
    def status(self) -> str:
        """One, none or several."""
        return {0: "none", 1: "one"}.get(len(self.units), "several")

    def sentence(self) -> str:
        """Will say why, in words for the case page."""
        if self.status == "none":
            return _("权责清单没有列出责任单位")
        if self.status == "several":
            return _("权责清单列出了不止一个责任单位：%s") % series(
                unit.name for unit in self.units
            )
        entry = self.entries[0]
        words = {
            "id": entry.pk,
            "unit": entry.unit.name,
            "area": entry.area.name,
            "basis": entry.legal_basis or entry.source or _("未注明依据"),
            "n": entry.version,
        }
        return _(
            "按权责清单第%(id)s条(第%(n)s版，%(area)s)，由%(unit)s负责，依据：%(basis)s"
        ) % words  # fmt: skip


def valid_q(day: date) -> Q:
    """Will match the lines that count on a day."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def responsible_for(case: Case, *, on: date | None = None) -> Answer:
    """Will say who answers for a case; the lines are remembered for two seconds."""
    day = on or clock.today()
    lines = [line for line in _list_of(case.tenant_id) if _counts(line, day)]
    return answer(
        lines, class_code=case.class_code, area_path=case.area_path, matter_id=case.matter_type_id
    )


def _list_of(tenant_id: int) -> tuple[Responsibility, ...]:
    return _lines.get(tenant_id, lambda: _read_list(tenant_id))


def _read_list(tenant_id: int) -> tuple[Responsibility, ...]:
    found = Responsibility.objects.filter(tenant_id=tenant_id).select_related("unit", "area")
    return tuple(found.defer("area__boundary"))


def _counts(line: Responsibility, day: date) -> bool:
    ended = line.valid_to is not None and line.valid_to <= day
    return line.unit.is_active and line.valid_from <= day and not ended


def answer(
    lines: Iterable[Responsibility], *, class_code: str, area_path: str, matter_id: int | None
) -> Answer:
    """Will choose the deciding lines for a class, a place and a matter. Pure."""
    best: tuple[int, int, int] = (-1, -1, -1)
    chosen: list[Responsibility] = []
    for line in lines:
        level = _level(line, class_code, area_path, matter_id)
        if level is None or level < best:
            continue
        if level > best:
            best, chosen = level, []
        chosen.append(line)
    return Answer(tuple(chosen))


def _level(
    line: Responsibility, class_code: str, area_path: str, matter_id: int | None
) -> tuple[int, int, int] | None:
    """How specific a line is for the case; None where it does not fit."""
    if line.matter_type_id is not None and line.matter_type_id != matter_id:
        return None
    own = line.class_code
    if own and class_code != own and not class_code.startswith(f"{own}."):
        return None
    if not area_path.startswith(line.area.path):
        return None
    depth = own.count(".") + 1 if own else 0
    return (int(line.matter_type_id is not None), depth, line.area.path.count("/"))
