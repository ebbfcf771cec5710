"""The credit scale: versions, the draft, and who would change grade by it (MT-19)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common.errors import NotFound
from apps.common.phrases import clauses
from apps.inspection import credit
from apps.inspection.enums import Finding, Grade, ScaleDraftState
from apps.inspection.models import CreditRun, CreditScale, CreditScaleDraft, SupervisedObject
from apps.inspection.selectors.register import Scale, counting_q


@dataclass(frozen=True)
class Move:
    """An object whose grade a scale would change; is_worse: to a lower one."""

    object_id: int
    before: str
    after: str
    points: int

    @property
    def is_worse(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True)
class ScalePreview:
    """What a scale would make of the objects in supervision.

    table: per grade its name, how many have it now, would have it, and of those now in it how
    many would go to each grade. moves: the worse first.
    """

    total: int
    table: tuple[tuple[str, int, int, tuple[int, ...]], ...]
    moves: tuple[Move, ...]

    @property
    def worse(self) -> int:
        return sum(move.is_worse for move in self.moves)

    @property
    def better(self) -> int:
        return len(self.moves) - self.worse


def list_scales(tenant: Tenant) -> QuerySet[CreditScale]:
    """Will give the versions of a body, the one in force first."""
    return CreditScale.objects.filter(tenant=tenant).order_by("-number")


def get_scale(tenant: Tenant, number: int) -> CreditScale | None:
    """Will give one version; None is the scale the product comes with (number 0).

    Raises: NotFound.
    """
    found = list_scales(tenant).filter(number=number).first()
    if found is None and number:
        raise NotFound(_("没有这一版评分表"))
    return found


def body_of(tenant: Tenant, number: int) -> Mapping[str, Any]:
    """Will give what a version says. Raises: NotFound."""
    found = get_scale(tenant, number)
    body: Mapping[str, Any] = found.body if found is not None else credit.DEFAULT_SCALE
    return body


def find_draft(tenant: Tenant) -> CreditScaleDraft | None:
    """Will give the draft that is open."""
    return (
        CreditScaleDraft.objects.filter(tenant=tenant, state=ScaleDraftState.OPEN)
        .select_related("made_by")
        .first()
    )


def list_given_up(tenant: Tenant) -> QuerySet[CreditScaleDraft]:
    """Will give the drafts that were given up, newest first."""
    return (
        CreditScaleDraft.objects.filter(tenant=tenant, state=ScaleDraftState.DISCARDED)
        .select_related("made_by", "closed_by")
        .order_by("-closed_at", "-pk")
    )


def find_run(tenant: Tenant) -> CreditRun | None:
    """Will give the newest assessment of all objects."""
    return (
        CreditRun.objects.filter(scale__tenant=tenant)
        .select_related("scale")
        .order_by("-scale__number")
        .first()
    )


def is_assessing(tenant_id: int) -> bool:
    """Will tell whether objects are still being assessed by a new scale."""
    return CreditRun.objects.filter(scale__tenant_id=tenant_id, finished_at=None).exists()


def preview_scale(tenant: Tenant, body: Mapping[str, Any]) -> ScalePreview:
    """Will count who would change grade, with one query over the objects in supervision."""
    gained = Sum("behaviours__points", filter=counting_q(body, prefix="behaviours__"), default=0)
    rows = (
        SupervisedObject.objects.filter(tenant=tenant, is_active=True)
        .order_by("pk")
        .values_list("pk", "grade")
        .annotate(gained=gained)
    )
    counted: Counter[tuple[str, str]] = Counter()
    moves = []
    for pk, before, points in rows:
        total = body["base"] + points
        after = credit.grade_of(body, total)
        counted[before, after] += 1
        if after != before:
            moves.append(Move(pk, before, after, total))
    moves.sort(key=lambda move: (not move.is_worse, move.points, move.object_id))
    table = tuple(
        (
            grade,
            sum(n for (before, _after), n in counted.items() if before == grade),
            sum(n for (_before, after), n in counted.items() if after == grade),
            tuple(counted[grade, after] for after in Grade.values),
        )
        for grade in Grade.values
    )
    return ScalePreview(counted.total(), table, tuple(moves))


def named_moves(moves: list[Move]) -> list[tuple[Move, SupervisedObject]]:
    """Will give the objects of some moves beside them."""
    found = (
        SupervisedObject.objects.select_related("area")
        .defer("area__boundary")
        .in_bulk([move.object_id for move in moves])
    )
    return [(move, found[move.object_id]) for move in moves]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Will say in sentences what a scale changes of another."""
    told = []
    if old["base"] != new["base"]:
        told.append(
            _("基准分：%(old)d → %(new)d") % {"old": old["base"], "new": new["base"]},
        )
    if old["months"] != new["months"]:
        told.append(
            _("计分期：%(old)d个月 → %(new)d个月") % {"old": old["months"], "new": new["months"]}
        )
    floors = [{row["grade"]: row.get("from") for row in scale["grades"]} for scale in (old, new)]
    for grade in Grade.values:
        was, now = (_floor(each, grade) for each in floors)
        if was != now:
            told.append(
                _("%(grade)s级：%(old)s → %(new)s") % {"grade": grade, "old": was, "new": now}
            )
    return told + _behaviours(old, new)


def _floor(floors: Mapping[str, int | None], grade: str) -> str:
    if grade not in floors:
        return _("不设")
    floor = floors[grade]
    return _("其余") if floor is None else _("%d分起") % floor


def _behaviours(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before = {row["code"]: row for row in old["behaviours"]}
    after = {row["code"]: row for row in new["behaviours"]}
    told = [
        _("新增行为：%s") % behaviour_words(row, new)
        for code, row in after.items()
        if code not in before
    ]
    told += [_("删去行为：%s") % row["label"] for code, row in before.items() if code not in after]
    for code, row in after.items():
        was = behaviour_words(before[code], old) if code in before else ""
        now = behaviour_words(row, new)
        if was and was != now:
            told.append(_("%(old)s → %(new)s") % {"old": was, "new": now})
    return told


def behaviour_words(row: Mapping[str, Any], scale: Mapping[str, Any]) -> str:
    """Will tell a behaviour in a line: its name, points, own time and finding."""
    parts = [f"{row['label']} {row['points']:+d}"]
    if "months" in row and row["months"] != scale["months"]:
        parts.append(_("计%d个月") % row["months"])
    if row.get("finding"):
        parts.append(_("检查结论“%s”自动记入") % Finding(row["finding"]).label)
    return clauses(parts)


def as_scale(found: CreditScale | None) -> Scale:
    """Will give a version as pages show it."""
    return Scale(found.number, found.body) if found else Scale(0, credit.DEFAULT_SCALE)
