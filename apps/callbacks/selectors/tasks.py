"""Call-backs as a viewer may see them: within tenant and duty area, never of their own unit."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_for
from apps.callbacks import permissions
from apps.callbacks.enums import Outcome, TaskState, Way
from apps.callbacks.models import Attempt, CallbackTask, Dispute, Pool, Script
from apps.common import clock
from apps.common.errors import NotFound
from apps.matters.enums import TaskKind
from apps.matters.enums import TaskState as WorkState
from apps.matters.models import Task


@dataclass(frozen=True)
class Progress:
    """How far a pool has come; ``pool`` None: all together. share: of the done, in percent."""

    pool: Pool | None
    waiting: int
    in_hand: int
    late: int
    done: int
    reached: int
    unsolved: int
    redone: int

    @property
    def share(self) -> float | None:
        return self.reached * 100 / self.done if self.done else None


def list_tasks(
    viewer: User,
    *,
    text: str = "",
    pool: Pool | None = None,
    state: str = "",
    outcome: str = "",
    late: bool = False,
) -> QuerySet[CallbackTask]:
    """Will list the call-backs in the viewer's reach, the newest first.

    text: the case's number or part of its title.
    """
    found = _within(viewer)
    if text:
        found = found.filter(Q(case__number__startswith=text) | Q(case__title__icontains=text))
    if pool is not None:
        found = found.filter(pool=pool)
    if state:
        found = found.filter(state=state)
    if outcome:
        found = found.filter(outcome=outcome)
    if late:
        found = found.filter(_late())
    return (
        found.select_related("pool", "case", "unit", "agent")
        .defer("case__search", "case__text", "case__form_data")
        .order_by("-pk")
    )


def _within(viewer: User) -> QuerySet[CallbackTask]:
    scope = scope_for(viewer, *permissions.READERS)
    return CallbackTask.objects.filter(permissions.reach_q(scope)).exclude(
        unit_path__in=permissions.unit_paths_above(viewer)
    )


def _late() -> Q:
    return Q(state__in=[TaskState.WAITING, TaskState.CLAIMED], due_until__lt=clock.now())


def get_task(viewer: User, *, pk: int) -> CallbackTask:
    """Will give one call-back with case and script.

    Raises: NotFound (no such, out of reach, or of the viewer's own unit).
    """
    found = (
        _within(viewer)
        .filter(pk=pk)
        .select_related("pool", "script", "unit", "agent", "earlier")
        .select_related("case__demand", "case__version", "case__matter_type", "case__area")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个回访任务"))
    return found


def find_in_hand(viewer: User) -> CallbackTask | None:
    """Will give the call-back the viewer has in hand."""
    return CallbackTask.objects.filter(agent=viewer, state=TaskState.CLAIMED).first()


def count_open_to(viewer: User) -> int:
    """Will count the call-backs the viewer could take now."""
    return open_to(viewer, clock.now()).count()


def open_to(actor: User, moment: datetime) -> QuerySet[CallbackTask]:
    """Will give what the actor may take now, the most pressing first.

    Not what a unit of theirs handled, not what follows a call of their own (second call-back by
    another agent), not outside the pool's hours.
    """
    local = timezone.localtime(moment).time()
    scope = scope_for(actor, permissions.CALL)
    own_units = permissions.unit_paths_above(actor)
    called = Attempt.objects.filter(
        agent=actor, task__case=OuterRef("case"), task__round__lt=OuterRef("round")
    )
    handled = Task.objects.filter(
        case=OuterRef("case"), kind=TaskKind.MAIN, state=WorkState.DONE, unit_path__in=own_units
    )
    left = Q(state=TaskState.WAITING) | Q(state=TaskState.CLAIMED, claimed_until__lt=moment)
    return (
        CallbackTask.objects.filter(permissions.reach_q(scope), left, way=Way.VOICE)
        .filter(next_try_at__lte=moment, pool__from_time__lte=local, pool__to_time__gt=local)
        .exclude(unit_path__in=own_units)
        .exclude(Exists(called))
        .exclude(Exists(handled))
        .order_by("-priority", "due_until", "pk")
    )


def history_of(viewer: User, case_id: int) -> QuerySet[CallbackTask]:
    """Will give the call-backs of a case with their attempts, the latest round first."""
    return (
        _within(viewer)
        .filter(case_id=case_id)
        .select_related("pool", "script", "case")
        .prefetch_related("attempts")
        .order_by("-round")
    )


def list_pools(viewer: User) -> QuerySet[Pool]:
    """Will list the pools of the viewer's tenants."""
    scope = scope_for(viewer, *permissions.READERS)
    found = Pool.objects.select_related("tenant").order_by("tenant", "-priority", "pk")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def get_pool(viewer: User, *, pk: int) -> Pool:
    """Raises: NotFound."""
    pool = list_pools(viewer).filter(pk=pk).first()
    if pool is None:
        raise NotFound(_("没有这个回访池"))
    return pool


def list_scripts(viewer: User) -> QuerySet[Script]:
    """Will list every version of the scripts of the viewer's tenants, the newest first."""
    scope = scope_for(viewer, *permissions.READERS)
    found = Script.objects.order_by("code", "-number")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def progress(viewer: User) -> list[Progress]:
    """Will count every pool of the viewer's reach, all together first; two queries."""
    reached = Q(state=TaskState.DONE, outcome=Outcome.REACHED)
    counts = {
        "waiting": Count("pk", filter=Q(state=TaskState.WAITING)),
        "in_hand": Count("pk", filter=Q(state=TaskState.CLAIMED)),
        "late": Count("pk", filter=_late()),
        "done": Count("pk", filter=Q(state=TaskState.DONE)),
        "reached": Count("pk", filter=reached),
        "unsolved": Count("pk", filter=reached & Q(solved=False)),
        "redone": Count("pk", filter=Q(is_redo=True)),
    }
    rows = {row.pop("pool_id"): row for row in _within(viewer).values("pool_id").annotate(**counts)}
    nothing = dict.fromkeys(counts, 0)
    lines = [Progress(pool, **rows.get(pool.pk, nothing)) for pool in list_pools(viewer)]
    total = {name: sum(getattr(line, name) for line in lines) for name in counts}
    return [Progress(None, **total), *lines]


def list_results_of_units(viewer: User) -> QuerySet[CallbackTask]:
    """Will list the results a unit may object to: those of its own cases, without the agent."""
    scope = scope_for(viewer, permissions.FILE)
    return (
        CallbackTask.objects.filter(organization_scope_q(scope), state=TaskState.DONE)
        .select_related("case", "unit", "dispute")
        .defer("answers", "agent")
        .order_by("-done_at", "-pk")
    )


def list_disputes(viewer: User, *, state: str = "") -> QuerySet[Dispute]:
    """Will list the objections the viewer rules on, or their unit's own; newest first."""
    ruling = scope_for(viewer, permissions.RULE)
    filing = scope_for(viewer, permissions.FILE)
    mine = Q(pk__in=[])
    if ruling.everything:
        mine = Q()
    elif ruling.tenant_ids:
        paths = Q(pk__in=[])
        for path in ruling.area_paths:
            paths |= Q(task__area_path__startswith=path)
        mine = Q(tenant_id__in=ruling.tenant_ids) & paths
    for path in filing.organization_paths:
        mine |= Q(unit__path__startswith=path)
    found = Dispute.objects.filter(mine)
    if state:
        found = found.filter(state=state)
    return found.select_related("task__case", "unit").order_by("-pk")


def get_dispute(viewer: User, *, pk: int) -> Dispute:
    """Raises: NotFound."""
    dispute = list_disputes(viewer).filter(pk=pk).prefetch_related("files__file").first()
    if dispute is None:
        raise NotFound(_("没有这份异议"))
    return dispute
