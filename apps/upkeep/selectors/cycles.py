"""The plan of a year: items, what stands where, what may be linked. Source: OP-26."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.monitoring.permissions import READERS as CHECK_READERS
from apps.monitoring.selectors.runs import list_runs as list_check_runs
from apps.upkeep.enums import Field, ItemState
from apps.upkeep.models import (
    BackupRun,
    CapacityReview,
    CycleItem,
    Exercise,
    Improvement,
    LoadTest,
    RestoreTest,
)
from apps.upkeep.registry import Evidence, EvidenceKind, all_evidence

MOST = 100


def list_items(year: int, *, field: str = "", state: str = "") -> QuerySet[CycleItem]:
    """Will list the items of a year with their tasks and evidence, by when due.

    state: of ``ItemState``, or "late" for what should have been done by now.
    """
    tasks = Improvement.objects.select_related("owner").order_by("due_on", "pk")
    found = CycleItem.objects.filter(year=year).select_related("owner", "checker")
    if field:
        found = found.filter(field=field)
    if state == "late":
        found = found.filter(state=ItemState.PLANNED, due_on__lt=clock.today())
    elif state:
        found = found.filter(state=state)
    return found.prefetch_related(Prefetch("improvements", tasks), "evidence").order_by(
        "due_on", "pk"
    )


def get_item(pk: int) -> CycleItem:
    """Raises: NotFound."""
    found = CycleItem.objects.select_related("owner", "checker").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个计划事项"))
    return found


def years_of_plans() -> list[int]:
    """Will give the years with a plan, and this one, the newest first."""
    years = set(CycleItem.objects.order_by().values_list("year", flat=True).distinct())
    return sorted(years | {clock.today().year}, reverse=True)


@dataclass(frozen=True)
class FieldCount:
    """Where a field stands in a year. late: planned and past its day; open_tasks: to be mended."""

    field: str
    label: str
    planned: int
    done: int
    checked: int
    closed: int
    late: int
    open_tasks: int

    @property
    def total(self) -> int:
        """All its items; a field without any has no plan this year."""
        return self.planned + self.done + self.checked + self.closed


def count_year(year: int, today: date | None = None) -> list[FieldCount]:
    """Will count the items of a year in every field, those without any as well."""
    late = Q(state=ItemState.PLANNED, due_on__lt=today or clock.today())
    states = {str(state): Count("pk", filter=Q(state=state)) for state in ItemState.values}
    rows = CycleItem.objects.filter(year=year).order_by().values("field")
    found = {row["field"]: row for row in rows.annotate(**states, late=Count("pk", filter=late))}
    tasks = dict(
        Improvement.objects.filter(item__year=year, done_at=None)
        .order_by()
        .values_list("item__field")
        .annotate(n=Count("pk"))
    )
    names = [*ItemState.values, "late"]
    return [
        FieldCount(
            field.value, str(field.label), open_tasks=tasks.get(field.value, 0),
            **{name: found.get(field.value, {}).get(name, 0) for name in names},
        )
        for field in Field
    ]  # fmt: skip


def evidence_of(viewer: User, year: int) -> list[tuple[EvidenceKind, list[Evidence]]]:
    """Will give what may be linked to an item of a year, by kind."""
    return [(kind, list(kind.of_year(viewer, year))[:MOST]) for kind in all_evidence()]


def find_evidence(viewer: User, year: int, *, kind: str, ref: str) -> Evidence | None:
    """Will give one of them, None where the viewer sees no such thing of the year."""
    for known in all_evidence():
        if known.code == kind:
            return next((one for one in known.of_year(viewer, year) if one.ref == ref), None)
    return None


def _exercises(_viewer: User, year: int) -> Iterable[Evidence]:
    held = Exercise.objects.filter(started_at__year=year).order_by("-started_at")[:MOST]
    for one in held:
        yield Evidence(
            str(one.pk), f"{one.title}（{one.get_state_display()}）",
            reverse("upkeep:exercise-detail", args=[one.pk]),
        )  # fmt: skip


def _reviews(_viewer: User, year: int) -> Iterable[Evidence]:
    for one in CapacityReview.objects.filter(at__year=year).order_by("-at")[:MOST]:
        yield Evidence(one.half, one.half, reverse("upkeep:capacity"))


def _load_tests(_viewer: User, year: int) -> Iterable[Evidence]:
    for one in LoadTest.objects.filter(at__year=year).order_by("-at")[:MOST]:
        yield Evidence(str(one.pk), f"{one.name} {one.at:%m-%d}", reverse("upkeep:capacity"))


def _restores(_viewer: User, year: int) -> Iterable[Evidence]:
    tests = RestoreTest.objects.filter(ended_at__year=year).order_by("-ended_at")[:MOST]
    for one in tests:
        told = _("合格") if one.is_good else _("不合格")
        yield Evidence(str(one.pk), f"{one.ended_at:%m-%d} {told}", reverse("upkeep:restore-list"))


def _backups(_viewer: User, year: int) -> Iterable[Evidence]:
    runs = BackupRun.objects.filter(ended_at__year=year).order_by("-ended_at")[:MOST]
    for one in runs:
        told = f"{one.ended_at:%m-%d} {one.get_kind_display()} {one.get_state_display()}"
        yield Evidence(str(one.pk), told, reverse("upkeep:backup-list"))


def _checks(viewer: User, year: int) -> Iterable[Evidence]:
    if not any(viewer.has_perm(right) for right in CHECK_READERS):
        return
    for run in list_check_runs(viewer).filter(created_at__year=year)[:MOST]:
        url = reverse("monitoring:run-detail", args=[run.pk])
        yield Evidence(str(run.pk), f"{run.created_at:%m-%d %H:%M} {run.area.name}", url)


EVIDENCE = (
    EvidenceKind("exercise", gettext_lazy("演练"), _exercises),
    EvidenceKind("capacity", gettext_lazy("容量评估"), _reviews),
    EvidenceKind("load-test", gettext_lazy("压测记录"), _load_tests),
    EvidenceKind("restore", gettext_lazy("恢复测试"), _restores),
    EvidenceKind("backup", gettext_lazy("备份"), _backups),
    EvidenceKind("check", gettext_lazy("一键运维"), _checks),
)
