"""What is drawn from, who sees which score, and how inspectors and agents do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.callcentre.enums import InspectionState, SampleWay, ScoreKind
from apps.callcentre.models import Agent, Inspection, QualityScore, Sample, ScoreSheet
from apps.callcentre.permissions import INSPECT, LEAD, within
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.models import Call

LOW_SCORE = 2


@dataclass(frozen=True)
class Agreement:
    """How near two inspectors are: over the same calls, items alike and totals apart."""

    one: str
    other: str
    calls: int
    alike: float
    apart: float


def calls_to_draw(
    *, tenant_id: int, way: str, period: Period, agent: Agent | None, keyword: str
) -> QuerySet[Call]:
    """Will give the answered, recorded-or-not calls of agents that a way draws from."""
    found = Call.objects.filter(
        line__tenant_id=tenant_id,
        answered_at__isnull=False,
        ended_at__isnull=False,
        rang_at__gte=period.start,
        rang_at__lt=period.end,
        agent__agent__group__tenant_id=tenant_id,
    )
    complaint = Q(demands__nature__in=[Nature.COMPLAINT, Nature.REPORT]) | ~Q(
        demands__family=ComplaintFamily.NONE
    )
    narrow: dict[str, Q] = {
        SampleWay.AGENT: Q(agent=agent.user_id if agent else None),
        SampleWay.LOW_SCORE: Q(note__score__lte=LOW_SCORE),
        SampleWay.COMPLAINT: Q(demands__isnull=False) & complaint,
        SampleWay.KEYWORD: Q(demands__case__text__icontains=keyword)
        | Q(demands__case__title__icontains=keyword),
    }
    return found.filter(narrow.get(way, Q())).distinct()


def list_sheets(viewer: User) -> QuerySet[ScoreSheet]:
    """Will give the versions of the sheet in the viewer's bodies, newest first."""
    return ScoreSheet.objects.filter(within(viewer, INSPECT, LEAD)).select_related(
        "author", "published_by"
    )


def list_samples(viewer: User) -> QuerySet[Sample]:
    """Will give the drawings of the viewer's bodies, newest first."""
    return (
        Sample.objects.filter(within(viewer, INSPECT, LEAD))
        .select_related("drawn_by")
        .annotate(
            drawn=Count("inspections"),
            open=Count("inspections", filter=Q(inspections__state=InspectionState.WAITING)),
        )
    )


def list_inspections(viewer: User) -> QuerySet[Inspection]:
    """Will give what the viewer inspects or leads; an agent the own scored ones."""
    led = within(viewer, INSPECT, LEAD, field="sample__tenant_id")
    own = Q(agent__user=viewer) & ~Q(state=InspectionState.WAITING)
    # Nobody inspects a call they talked in: it is not even listed while it waits.
    return (
        Inspection.objects.filter(led | own)
        .exclude(state=InspectionState.WAITING, agent__user=viewer)
        .select_related("agent__user", "agent__group", "call__line", "sample", "sheet")
        .order_by("-pk")
    )


def get_inspection(viewer: User, *, pk: int) -> Inspection:
    """Will give an inspection the viewer may see. Raises: NotFound."""
    found = list_inspections(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份质检"))
    return found


def scores_of(viewer: User, inspection: Inspection) -> list[QualityScore]:
    """Will give the scores; the agent does not see calibrations."""
    found = inspection.scores.select_related("inspector")
    if inspection.agent.user_id == viewer.pk:
        found = found.exclude(kind=ScoreKind.CALIBRATION)
    return list(found)


def figures(viewer: User, *, period: Period) -> list[dict[str, Any]]:
    """Will give by agent how many calls were judged, mean, fatal ones, appeals."""
    return list(
        list_inspections(viewer)
        .filter(total__isnull=False, call__rang_at__gte=period.start, call__rang_at__lt=period.end)
        .order_by("agent__group__name", "agent__number")
        .values("agent__group__name", "agent__number", "agent__user__full_name")
        .annotate(
            judged=Count("pk"),
            mean=Avg("total"),
            fatal=Count("pk", filter=Q(is_fatal=True)),
            appealed=Count("pk", filter=Q(appealed_at__isnull=False)),
        )
    )


def agreements(viewer: User) -> list[Agreement]:
    """Will compare every two inspectors over the calls both judged."""
    scores = QualityScore.objects.filter(
        within(viewer, INSPECT, LEAD, field="inspection__sample__tenant_id")
    ).select_related("inspector")
    by_call: dict[int, list[QualityScore]] = {}
    for score in scores.order_by("inspection", "inspector"):
        by_call.setdefault(score.inspection_id, []).append(score)
    pairs: dict[tuple[str, str], list[tuple[QualityScore, QualityScore]]] = {}
    for given in by_call.values():
        for nth, one in enumerate(given):
            for other in given[nth + 1 :]:
                key = (one.inspector.full_name, other.inspector.full_name)
                pairs.setdefault(key, []).append((one, other))
    return [_compare(names, both) for names, both in sorted(pairs.items())]


def _compare(
    names: tuple[str, str], both: Sequence[tuple[QualityScore, QualityScore]]
) -> Agreement:
    items = [
        one.points[code] == other.points.get(code) for one, other in both for code in one.points
    ]
    apart = [abs(one.total - other.total) for one, other in both]
    return Agreement(*names, len(both), sum(items) / len(items), sum(apart) / len(apart))
