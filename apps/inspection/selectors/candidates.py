"""The list a draw is made from: who may be drawn, who may check, who not, and why (MT-20)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.phrases import series
from apps.inspection import drawing
from apps.inspection.enums import DrawState
from apps.inspection.models import (
    CheckResult,
    Conflict,
    DrawnInspector,
    DrawPlan,
    DrawResult,
    Inspector,
    SupervisedObject,
)
from apps.inspection.selectors.register import shown_name, unit_for, with_units

#: Why somebody or something is left out; codes stand in the published list.
REASONS = {
    "recent": gettext_lazy("近期已检查"),
    "other_unit": gettext_lazy("不由参加单位监管"),
    "running": gettext_lazy("检查尚未完成"),
    "inactive": gettext_lazy("不在岗"),
    "expired": gettext_lazy("证件在检查期内到期"),
    "unqualified": gettext_lazy("无该事项检查资格"),
    "conflict": gettext_lazy("已登记回避"),
    "last_time": gettext_lazy("上次检查过该对象"),
}


@dataclass(frozen=True)
class Stratum:
    """The objects of one grade: how many may be drawn, how many will be."""

    grade: str
    candidates: int
    wanted: int


@dataclass(frozen=True)
class Preview:
    """What drawing now would draw from. trouble: why it is refused, in words; "" if not."""

    frozen: Mapping[str, Any]
    strata: tuple[Stratum, ...]
    inspectors: int
    left_out: tuple[tuple[str, int], ...]
    barred_pairs: int
    trouble: str

    @property
    def wanted(self) -> int:
        return sum(stratum.wanted for stratum in self.strata)


def preview_of(plan: DrawPlan, *, day: date) -> Preview:
    """Will build the list of a plan as it would be frozen on this day, and count it."""
    frozen = _build(plan, day)
    strata = []
    for grade, rate in sorted(plan.rates.items()):
        count = sum(o["grade"] == grade for o in frozen["objects"])
        strata.append(Stratum(grade, count, drawing.wanted_of(count, rate)))
    reasons: dict[str, int] = defaultdict(int)
    for rows in frozen["excluded"].values():
        for row in rows:
            reasons[row["reason"]] += 1
    return Preview(
        frozen=frozen,
        strata=tuple(strata),
        inspectors=len(frozen["inspectors"]),
        left_out=tuple((str(REASONS[code]), n) for code, n in sorted(reasons.items())),
        barred_pairs=sum(len(row) for row in frozen["barred"].values()),
        trouble=_trouble(plan, frozen, sum(s.wanted for s in strata)),
    )


def _trouble(plan: DrawPlan, frozen: Mapping[str, Any], wanted: int) -> str:
    if not wanted:
        return _("没有可抽取的对象，请放宽区域、类型或“近期已查”的条件，或提高抽取比例")
    found = len(frozen["inspectors"])
    if found < plan.per_object:
        return _(
            "符合条件的检查人员只有%(found)d名，每户需要%(needed)d名，"
            "请增加参加单位、补充检查人员资格或减少每户人数"
        ) % {"found": found, "needed": plan.per_object}
    short = drawing.short_of(frozen)
    if not short:
        return ""
    names = {row["id"]: row["name"] for row in frozen["objects"]}
    return _(
        "回避后检查人员不足%(needed)d名的对象有%(count)d个（%(names)s），"
        "请增加检查人员、减少每户人数或解除不再成立的回避"
    ) % {
        "needed": plan.per_object,
        "count": len(short),
        "names": series(names[one] for one in short[:3]),
    }


def _build(plan: DrawPlan, day: date) -> dict[str, Any]:
    objects, objects_out = _objects(plan, day)
    inspectors, inspectors_out = _inspectors(plan)
    return {
        "algorithm": drawing.ALGORITHM,
        "plan": {
            "id": plan.pk,
            "title": plan.title,
            "matter": plan.matter_type.code,
            "from": plan.from_on.isoformat(),
            "to": plan.to_on.isoformat(),
        },
        "rates": dict(plan.rates),
        "per_object": plan.per_object,
        "objects": [
            {
                "id": o.ref,
                "name": shown_name(o),
                "kind": o.kind,
                "grade": o.grade,
                "unit": unit_for(o, plan.matter_type_id).name,
            }
            for o in objects
        ],
        "inspectors": [{"id": i.ref, "unit": i.unit.name} for i in inspectors],
        "barred": _barred(plan, objects, inspectors),
        "excluded": {"objects": objects_out, "inspectors": inspectors_out},
    }


def _objects(plan: DrawPlan, day: date) -> tuple[list[SupervisedObject], list[dict[str, str]]]:
    found = SupervisedObject.objects.filter(
        tenant_id=plan.tenant_id, area_path__startswith=plan.area_path, is_active=True
    )
    if plan.kind:
        found = found.filter(kind=plan.kind)
    recent: set[int] = set()
    if plan.skip_days:
        since = day - timedelta(days=plan.skip_days)
        checks = CheckResult.objects.filter(checked_on__gte=since, live_of__isnull=False)
        recent = set(checks.values_list("result__supervised_id", flat=True))
    same_matter = DrawResult.objects.filter(
        draw__plan__matter_type_id=plan.matter_type_id, check_result=None
    ).exclude(case__category="ended")
    running = set(same_matter.values_list("supervised_id", flat=True))
    paths = tuple(plan.units.values_list("path", flat=True)) if plan.only_responsible else ("",)
    kept, out = [], []
    for one in with_units(found.order_by("pk")):
        reason = "running" if one.pk in running else "recent" if one.pk in recent else ""
        if not reason and not unit_for(one, plan.matter_type_id).path.startswith(paths):
            reason = "other_unit"
        if reason:
            out.append({"id": one.ref, "reason": reason})
        else:
            kept.append(one)
    return kept, out


def _inspectors(plan: DrawPlan) -> tuple[list[Inspector], list[dict[str, str]]]:
    units = Q(pk__in=[])
    for path in plan.units.values_list("path", flat=True):
        units |= Q(unit__path__startswith=path)
    found = Inspector.objects.filter(units, tenant_id=plan.tenant_id).select_related("unit", "user")
    kept, out = [], []
    for one in found.prefetch_related("subjects").order_by("pk"):
        reason = _why_not(plan, one)
        if reason:
            out.append({"id": one.ref, "reason": reason})
        else:
            kept.append(one)
    return kept, out


def _why_not(plan: DrawPlan, inspector: Inspector) -> str:
    if not (inspector.is_active and inspector.user.is_active):
        return "inactive"
    if inspector.valid_to is not None and inspector.valid_to < plan.to_on:
        return "expired"
    if plan.matter_type_id not in {subject.pk for subject in inspector.subjects.all()}:
        return "unqualified"
    return ""


def _barred(
    plan: DrawPlan, objects: list[SupervisedObject], inspectors: list[Inspector]
) -> dict[str, dict[str, str]]:
    refs = {inspector.pk: inspector.ref for inspector in inspectors}
    barred: dict[str, dict[str, str]] = defaultdict(dict)
    if plan.avoid_last:
        for object_id, inspector_id in _last_time(objects, refs):
            barred[f"O{object_id:06d}"][refs[inspector_id]] = "last_time"
    conflicts = list(Conflict.objects.filter(inspector_id__in=refs, lifted_at=None))
    of_object: dict[int | None, list[int]] = defaultdict(list)
    of_kind: dict[str, list[int]] = defaultdict(list)
    for conflict in conflicts:
        if conflict.kind:
            of_kind[conflict.kind].append(conflict.inspector_id)
        else:
            of_object[conflict.supervised_id].append(conflict.inspector_id)
    for one in objects:
        for inspector_id in (*of_object.get(one.pk, ()), *of_kind.get(one.kind, ())):
            barred[one.ref][refs[inspector_id]] = "conflict"
    return dict(barred)


def _last_time(objects: list[SupervisedObject], refs: Mapping[int, str]) -> list[tuple[int, int]]:
    newest = (
        DrawResult.objects.filter(
            supervised_id__in=[one.pk for one in objects], draw__state=DrawState.DRAWN
        )
        .order_by("supervised_id", "-draw__drawn_at", "-pk")
        .distinct("supervised_id")
    )
    seats = DrawnInspector.objects.filter(result_id__in=newest.values("pk"))
    return list(
        seats.filter(inspector_id__in=refs).values_list("result__supervised_id", "inspector_id")
    )
