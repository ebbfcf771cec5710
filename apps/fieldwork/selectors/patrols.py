"""Plans and patrols: of a worker's day, of a board, of one page."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.fieldwork.enums import StopState
from apps.fieldwork.models import CheckIn, Patrol, PatrolPlan, PatrolStop, SpotDraw
from apps.fieldwork.permissions import READERS, within_reach


def patrols_for(user: User, day: date) -> QuerySet[Patrol]:
    """Will give somebody's patrols of a day with plan and stops, by their window."""
    mine = Patrol.objects.filter(worker__user_id=user.pk, day=day)
    return mine.select_related("plan").prefetch_related("stops").order_by("starts_at", "pk")


def list_plans(viewer: User, *, state: str = "", subject: str = "") -> QuerySet[PatrolPlan]:
    """Will give the plans in the viewer's areas, the newest first, with their points counted."""
    found = PatrolPlan.objects.filter(within_reach(viewer, *READERS)).select_related("unit")
    if state:
        found = found.filter(state=state)
    if subject:
        found = found.filter(subject=subject)
    found = found.annotate(point_count=Count("points", filter=Q(points__is_active=True)))
    return found.order_by("-pk")


def get_plan(viewer: User, plan_id: int) -> PatrolPlan:
    """Raises: NotFound (none, or outside the viewer's areas)."""
    found = PatrolPlan.objects.filter(within_reach(viewer, *READERS), pk=plan_id)
    plan = found.select_related("unit__area", "tenant").first()
    if plan is None:
        raise NotFound(_("没有这个巡查计划，或您无权查看"))
    return plan


def board(viewer: User, day: date, *, states: Sequence[str] = ()) -> QuerySet[Patrol]:
    """Will give the patrols of a day in the viewer's areas with counts of their points.

    Each carries ``stops_all``, ``stops_done``, ``stops_out``.
    """
    found = Patrol.objects.filter(within_reach(viewer, *READERS), day=day)
    if states:
        found = found.filter(state__in=states)
    return (
        found.select_related("plan__unit", "worker__user")
        .defer("track", "items", "plan__items", "plan__route")
        .annotate(
            stops_all=Count("stops"),
            stops_done=Count("stops", filter=Q(stops__state=StopState.DONE)),
            stops_out=Count("stops", filter=Q(stops__state=StopState.OUT_OF_PLACE)),
        )
        .order_by("starts_at", "plan__title", "pk")
    )


def get_patrol(viewer: User, patrol_id: int) -> Patrol:
    """Will give a patrol of the viewer's areas, or one's own, with its stops and check-ins.

    Raises: NotFound.
    """
    check_ins = CheckIn.objects.select_related("worker__user").prefetch_related("files")
    stops = PatrolStop.objects.prefetch_related(Prefetch("check_ins", check_ins.order_by("at")))
    mine = Q(worker__user_id=viewer.pk)
    found = (
        Patrol.objects.filter(mine | within_reach(viewer, *READERS), pk=patrol_id)
        .select_related("plan__unit", "worker__user", "tenant")
        .prefetch_related(Prefetch("stops", stops.order_by("position", "pk")))
    )
    patrol = found.first()
    if patrol is None:
        raise NotFound(_("没有这个巡查任务，或您无权查看"))
    return patrol


def list_draws(viewer: User) -> QuerySet[SpotDraw]:
    """Will give the random checks in the viewer's areas, the newest first, with their counts."""
    judged = Q(checks__judged_at__isnull=False)
    return (
        SpotDraw.objects.filter(within_reach(viewer, *READERS))
        .annotate(drawn=Count("checks"), judged=Count("checks", filter=judged))
        .order_by("-pk")
    )


def get_draw(viewer: User, draw_id: int) -> SpotDraw:
    """Raises: NotFound."""
    found: Any = SpotDraw.objects.filter(within_reach(viewer, *READERS), pk=draw_id).first()
    if found is None:
        raise NotFound(_("没有这次抽查，或您无权查看"))
    draw: SpotDraw = found
    return draw
