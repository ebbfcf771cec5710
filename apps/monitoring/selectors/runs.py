"""One-key checks as pages show them. Source: OP-03."""

from dataclasses import dataclass

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotFound
from apps.monitoring.enums import RunKind, RunState, State
from apps.monitoring.models import CheckRun, RunFinding, RunPlan
from apps.monitoring.permissions import RUN, ground_q
from apps.places.models import Area

BAD = (State.DOWN, State.DEGRADED)
#: What is worst has the least number.
WORST_FIRST = Case(
    When(state=State.DOWN, then=Value(0)),
    When(state=State.DEGRADED, then=Value(1)),
    When(state=State.UNKNOWN, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class KindSummary:
    """How the points of one kind stand. note: why none were looked at, else ""."""

    code: str
    label: str
    total: int
    up: int
    degraded: int
    down: int
    unknown: int
    note: str = ""

    @property
    def bad(self) -> int:
        """Points that are out or not as they should be."""
        return self.down + self.degraded


@dataclass(frozen=True)
class Compared:
    """Against the run before: worse now, better now, as bad as before."""

    appeared: int
    recovered: int
    remaining: int


def list_runs(viewer: User) -> QuerySet[CheckRun]:
    """Will list the runs over areas the viewer watches, newest first."""
    found = CheckRun.objects.filter(ground_q(viewer)).select_related("area", "maker", "previous")
    return found.defer("area__boundary").order_by("-pk")


def get_run(viewer: User, *, pk: int) -> CheckRun:
    """Raises: NotFound (no such run, or of an area the viewer does not watch)."""
    run = list_runs(viewer).filter(pk=pk).first()
    if run is None:
        raise NotFound(_("没有这次检查"))
    return run


def list_findings(
    run: CheckRun, *, kind: str = "", state: str = "", text: str = "", is_new: bool = False
) -> QuerySet[RunFinding]:
    """Will list what a run found, what is worst first. state: of ``State``, "bad" or "".

    is_new: only what was not wrong in the run before.
    """
    found = run.findings.select_related("asset__target").annotate(order=WORST_FIRST)
    if kind:
        found = found.filter(kind=kind)
    if state == "bad":
        found = found.filter(state__in=BAD)
    elif state:
        found = found.filter(state=state)
    if text:
        found = found.filter(label__icontains=text)
    if is_new:
        found = found.filter(~_was_bad(run), state__in=BAD)
    return found.order_by("order", "kind", "pk")


def _was_bad(run: CheckRun) -> Exists:
    before = RunFinding.objects.filter(
        run=run.previous_id, kind=OuterRef("kind"), key=OuterRef("key"), state__in=BAD
    )
    return Exists(before)


def compare(run: CheckRun) -> Compared | None:
    """Will hold a run against the finished one before it; None where there is none."""
    if run.previous_id is None:
        return None
    bad = run.findings.filter(state__in=BAD)
    appeared = bad.filter(~_was_bad(run)).count()
    fine_now = RunFinding.objects.filter(
        run=run, kind=OuterRef("kind"), key=OuterRef("key"), state=State.UP
    )
    before = RunFinding.objects.filter(run=run.previous_id, state__in=BAD)
    return Compared(appeared, before.filter(Exists(fine_now)).count(), bad.count() - appeared)


def summary_of(run: CheckRun) -> list[KindSummary]:
    """Will give the kinds of a run with their numbers, in the order of the thirteen."""
    found = []
    for kind in RunKind:
        if kind not in run.kinds:
            continue
        counts = run.summary.get(kind.value, {})
        numbers = {state.value: int(counts.get(state.value, 0)) for state in State}
        note = ""
        if counts.get("note") == "missing":
            note = _("没有接入")
        elif not sum(numbers.values()) and run.state == RunState.DONE:
            note = _("该区域没有这类对象")
        found.append(
            KindSummary(kind.value, str(kind.label), sum(numbers.values()), note=note, **numbers)
        )
    return found


def list_plans(viewer: User) -> QuerySet[RunPlan]:
    """Will list the plans over areas the viewer watches."""
    found = RunPlan.objects.filter(ground_q(viewer)).select_related("area")
    return found.defer("area__boundary").order_by("area__path", "at")


def run_areas(viewer: User) -> QuerySet[Area]:
    """Will list the areas the viewer may have checked, the largest first."""
    scope = scope_for(viewer, RUN)
    found = Area.objects.filter(ground_q(viewer, RUN, field="path"))
    if not scope.everything and not scope.area_paths:
        return found.none()
    return found.defer("boundary").order_by("path")
