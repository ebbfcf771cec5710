"""Surveys: what waits for a keeper, how far a round has come, how good it was."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for, scope_of
from apps.assets import permissions
from apps.assets.enums import AssetState, Outcome
from apps.assets.models import Asset, AssetSurvey, SurveySample
from apps.assets.selectors.register import list_assets
from apps.common.errors import NotFound
from apps.places.geometry import distance_m
from apps.places.models import Area

#: Two people with good phones say the same place within this, and what their phones doubt.
SAME_PLACE_M = 10.0


@dataclass(frozen=True)
class Compared:
    """A sampled survey and the first one somebody else made of the same thing afterwards."""

    survey: AssetSurvey
    again: AssetSurvey | None
    outcome: Outcome


def list_surveys(asset: Asset) -> QuerySet[AssetSurvey]:
    """Will list what was found of a thing, the newest first, also before it was entered."""
    found = AssetSurvey.objects.filter(Q(asset=asset) | Q(ruling__asset=asset))
    return found.select_related("surveyor", "ruling__ruled_by", "kind").prefetch_related("files")


def list_held(viewer: User) -> QuerySet[AssetSurvey]:
    """Will list what waits for this keeper, the oldest first."""
    reach = area_scope_q(scope_for(viewer, permissions.RULE), "area__path")
    found = AssetSurvey.objects.filter(reach, ruling=None).exclude(hold="")
    return (
        found.select_related("asset__area", "kind", "area", "surveyor")
        .prefetch_related("files")
        .defer("area__boundary", "asset__area__boundary")
        .order_by("pk")
    )


def get_survey(viewer: User, *, pk: int) -> AssetSurvey:
    """Raises: NotFound (no such survey, or neither place nor thing is the viewer's)."""
    survey = AssetSurvey.objects.select_related("area", "asset").filter(pk=pk).first()
    if survey is None or not (
        scope_of(viewer).covers_area(survey.area.path)
        or list_assets(viewer).filter(pk=survey.asset_id or 0).exists()
    ):
        raise NotFound(_("没有这条普查记录"))
    return survey


def list_progress(viewer: User, *, area: Area | None, since: datetime) -> list[dict[str, Any]]:
    """Will give, per cell, how many things stand there and how many were seen since a moment.

    Each: area_id, code, name, total, seen, left, percent; those with most left first.
    """
    found = list_assets(viewer, area=area).exclude(state=AssetState.REMOVED)
    counted = (
        found.order_by()
        .values("area_id", "area__code", "area__name")
        .annotate(total=Count("pk"), seen=Count("pk", filter=Q(surveyed_at__gte=since)))
    )
    rows = [
        {
            "area_id": row["area_id"],
            "code": row["area__code"],
            "name": row["area__name"],
            "total": row["total"],
            "seen": row["seen"],
            "left": row["total"] - row["seen"],
            "percent": round(100 * row["seen"] / row["total"]),
        }
        for row in counted
    ]
    return sorted(rows, key=lambda row: (-row["left"], row["code"] or ""))


def counted_surveys(area: Area) -> QuerySet[AssetSurvey]:
    """Will list the surveys of known things in an area and below that count, by key."""
    counts = Q(hold="") | Q(ruling__is_accepted=True)
    found = AssetSurvey.objects.filter(counts, asset__isnull=False)
    return found.filter(area__path__startswith=area.path).order_by("pk")


def list_samples(viewer: User) -> QuerySet[SurveySample]:
    """Will list the samples drawn in areas of this keeper, the newest first."""
    reach = area_scope_q(scope_for(viewer, permissions.RULE), "area__path")
    found = SurveySample.objects.filter(reach).select_related("area", "drawn_by")
    return found.defer("area__boundary").order_by("-pk")


def get_sample(viewer: User, *, pk: int) -> SurveySample:
    """Raises: NotFound (no such sample, or not in an area of this keeper)."""
    sample = list_samples(viewer).filter(pk=pk).first()
    if sample is None:
        raise NotFound(_("没有这次抽查"))
    return sample


def compare_sample(sample: SurveySample) -> list[Compared]:
    """Will hold every sampled survey against the next one another person made of the thing."""
    drawn = list(
        sample.surveys.select_related("asset", "kind", "surveyor", "area")
        .defer("area__boundary")
        .order_by("pk")
    )
    later = (
        AssetSurvey.objects.filter(
            asset__in=[survey.asset_id for survey in drawn], made_at__gt=sample.drawn_at
        )
        .select_related("surveyor")
        .order_by("made_at", "pk")
    )
    by_asset: dict[int | None, list[AssetSurvey]] = defaultdict(list)
    for survey in later:
        by_asset[survey.asset_id].append(survey)
    return [_compared(survey, by_asset[survey.asset_id]) for survey in drawn]


def error_rates(compared: Sequence[Compared]) -> list[dict[str, Any]]:
    """Will give, per class, how many were looked at again and what share differed.

    Each: kind, drawn, again, differs, percent (None while nobody looked again).
    """
    rows: dict[str, list[Compared]] = defaultdict(list)
    for one in compared:
        rows[one.survey.kind.name].append(one)
    return [_rate(kind, ones) for kind, ones in sorted(rows.items())]


def _rate(kind: str, ones: list[Compared]) -> dict[str, Any]:
    again = sum(one.again is not None for one in ones)
    differs = sum(one.outcome == Outcome.DIFFERS for one in ones)
    return {
        "kind": kind,
        "drawn": len(ones),
        "again": again,
        "differs": differs,
        "percent": round(100 * differs / again, 1) if again else None,
    }


def _compared(survey: AssetSurvey, later: list[AssetSurvey]) -> Compared:
    again = next((one for one in later if one.surveyor_id != survey.surveyor_id), None)
    if again is None:
        return Compared(survey, None, Outcome.WAITING)
    allowed = SAME_PLACE_M + (survey.accuracy_m or 0) + (again.accuracy_m or 0)
    same = again.finding == survey.finding and distance_m(survey.point, again.point) <= allowed
    return Compared(survey, again, Outcome.AGREES if same else Outcome.DIFFERS)
