"""How much of a plan's area is covered, before and with its points, and why. Source: IO-01.

What is reckoned from what is told with it (``told``), so that anybody can follow a figure: the
assets that count are those of the kind the viewer may see, neither stopped nor removed.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import F, FloatField, Func, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.enums import AssetState
from apps.assets.selectors import list_assets
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.matters.selectors.visible import visible_cases
from apps.places.enums import MapFeatureKind
from apps.places.geometry import (
    WGS84,
    Point4326,
    all_to_plane,
    degrees_around,
    from_plane,
    in_plane,
)
from apps.places.models import BaseMapFeature
from apps.siting import coverage as engine
from apps.siting.enums import Demand
from apps.siting.models import Plan, PlannedPoint

#: More assets of one kind than that are a city's lamps, which nobody plans by discs.
MOST_EXISTING = 20_000
#: Buildings or cases that weigh; the newest of more.
MOST_WEIGHTS = 200_000
CASES_OF = timedelta(days=365)
MOST_GAPS, MOST_DUPLICATES = 20, 100
_OUT_OF_USE = (AssetState.REMOVED, AssetState.STOPPED)


@dataclass(frozen=True)
class Place:
    """A planned point or an asset. label: for people; url: its page."""

    label: str
    url: str
    is_planned: bool


@dataclass(frozen=True)
class Duplicate:
    """Two places nearer than the plan says. reason: in a sentence."""

    first: Place
    second: Place
    metres: float
    reason: str


@dataclass(frozen=True)
class GapLine:
    """A piece nobody covers. number: from 1, the largest; lost, won: percent of the demand.

    point: where one more point covers most of it, in degrees; reason: in a sentence.
    """

    number: int
    hectares: float
    lost: float
    won: float
    point: Point4326
    reason: str
    piece: engine.Gap


@dataclass(frozen=True)
class Worth:
    """A point of the plan. alone: percent of the demand nobody else covers."""

    point: PlannedPoint
    alone: float


@dataclass(frozen=True)
class Coverage:
    """What was reckoned of a plan. before, after: percent of the demand covered."""

    plan: Plan
    ground: engine.Ground
    existing: list[tuple[int, str, Point4326]]
    points: list[PlannedPoint]
    before: float
    after: float
    worths: list[Worth]
    duplicates: list[Duplicate]
    is_covered: engine.Flags

    @cached_property
    def gaps(self) -> list[GapLine]:
        """The largest pieces without cover, at most ``MOST_GAPS``."""
        found = engine.gaps_of(
            self.ground, self.is_covered, radius_m=self.plan.radius_m, most=MOST_GAPS
        )
        return [self._line(number, gap) for number, gap in enumerate(found, start=1)]

    @property
    def told(self) -> dict[str, Any]:
        """The figures and what they were reckoned from, as plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "demand": self.plan.demand,
            "weight": round(self.ground.total),
            "radius_m": self.plan.radius_m,
            "duplicate_m": self.plan.duplicate_m,
            "area": self.plan.area.code,
            "kind": self.plan.kind.code,
            "existing": len(self.existing),
            "planned": len(self.points),
            "duplicates": len(self.duplicates),
            "cell_m": round(self.ground.side_m, 1),
            "cells": int(self.ground.is_inside.sum()),
            "at": clock.now().isoformat(),
        }

    def _line(self, number: int, gap: engine.Gap) -> GapLine:
        lost, won = self._percent(gap.lost), self._percent(gap.won)
        hectares = round(gap.area_m2 / 10_000, 2)
        reason = _(
            "约 %(size)s 公顷在 %(radius)d 米内没有任何点位，占覆盖对象的 %(lost)s%%；"
            "在建议位置设一个点可新增覆盖 %(won)s%%"
        ) % {"size": hectares, "radius": self.plan.radius_m, "lost": lost, "won": won}
        return GapLine(number, hectares, lost, won, from_plane(*gap.place), reason, gap)

    def _percent(self, weight: float) -> float:
        return _share(weight, self.ground.total)


def coverage_of(viewer: User, plan: Plan) -> Coverage:
    """Will reckon the coverage of a plan by what the viewer may see.

    Raises: InvalidInput (field "area": no boundary, no demand in it, too many assets of the kind;
    "radius_m": too small for the area).
    """
    ground = _ground_of(viewer, plan)
    existing = _existing(viewer, plan)
    points = list(plan.points.select_related("asset").order_by("number"))
    standing = all_to_plane([point.coords for _pk, _label, point in existing])
    planned = all_to_plane([point.point.coords for point in points])
    radius = plan.radius_m
    times = engine.times_covered(ground, standing, radius_m=radius)
    before = float(ground.weights[times > 0].sum())
    times += engine.times_covered(ground, planned, radius_m=radius)
    after = float(ground.weights[times > 0].sum())
    alone = engine.alone_covered(ground, planned, times, radius_m=radius)
    total = ground.total
    return Coverage(
        plan=plan,
        ground=ground,
        existing=existing,
        points=points,
        before=_share(before, total),
        after=_share(after, total),
        worths=[
            Worth(point, _share(weight, total)) for point, weight in zip(points, alone, strict=True)
        ],
        duplicates=_duplicates(plan, points, planned, existing, standing),
        is_covered=times > 0,
    )


def proposals_of(found: Coverage, *, count: int, share: float) -> list[tuple[Point4326, float]]:
    """Will propose places for at most ``count`` more points, until ``share`` percent is covered.

    Gives the place in degrees and the percent it adds, the one that adds most first.
    """
    proposed = engine.propose(
        found.ground,
        found.is_covered,
        radius_m=found.plan.radius_m,
        count=count,
        share=share / 100,
    )
    return [(from_plane(*one.place), _share(one.won, found.ground.total)) for one in proposed]


def _share(weight: float, total: float) -> float:
    return round(100 * weight / total, 1)


def _ground_of(viewer: User, plan: Plan) -> engine.Ground:
    if plan.area.boundary is None:
        raise InvalidInput(_("规划区域没有边界，无法测算覆盖"), field="area")
    shape = shapely.from_wkb(bytes(in_plane(plan.area.boundary).wkb))
    try:
        ground = engine.lay_out(shape, radius_m=plan.radius_m)
    except engine.TooFine as error:
        told = _("区域过大，覆盖半径至少应为 %(least)d 米，或换一个较小的区域")
        raise InvalidInput(told % {"least": error.least_m}, field="radius_m") from error
    if plan.demand != Demand.GROUND:
        ground = engine.weighed(ground, all_to_plane(_weights(viewer, plan)))
    if ground.total <= 0:
        raise InvalidInput(
            _("规划区域内没有“%(demand)s”可计的对象") % {"demand": plan.get_demand_display()},
            field="area",
        )
    return ground


def _weights(viewer: User, plan: Plan) -> list[tuple[float, float]]:
    """Where buildings stand on the local map, or where the cases of a year happened."""
    rows: QuerySet[Any]
    place: Any
    if plan.demand == Demand.BUILDINGS:
        rows = BaseMapFeature.objects.filter(
            kind=MapFeatureKind.BUILDING, geometry__bboverlaps=plan.area.boundary
        )
        place = Func(F("geometry"), function="ST_Centroid")
    else:
        rows = visible_cases(viewer).filter(
            point__bboverlaps=plan.area.boundary, opened_at__gte=clock.now() - CASES_OF
        )
        place = F("point")
    found = rows.annotate(
        east=Func(place, function="ST_X", output_field=FloatField()),
        north=Func(place, function="ST_Y", output_field=FloatField()),
    )
    return list(found.order_by("-pk").values_list("east", "north")[:MOST_WEIGHTS])


def _existing(viewer: User, plan: Plan) -> list[tuple[int, str, Point4326]]:
    """Key, name and place of what stands in the area or reaches into it."""
    assert plan.area.boundary is not None, "the ground was laid out by it"
    west, south, east, north = plan.area.boundary.extent
    corners = (
        degrees_around((west, south), plan.radius_m),
        degrees_around((east, north), plan.radius_m),
    )
    box = Polygon.from_bbox((corners[0].west, corners[0].south, corners[1].east, corners[1].north))
    box.srid = WGS84
    found = (
        list_assets(viewer, kind=plan.kind.code)
        .filter(point__bboverlaps=box)
        .exclude(state__in=_OUT_OF_USE)
        .exclude(pk__in=plan.points.filter(asset__isnull=False).values("asset_id"))
    )
    rows = list(found.order_by("pk").values_list("pk", "name", "point")[: MOST_EXISTING + 1])
    if len(rows) > MOST_EXISTING:
        told = _("区域内同类部件超过 %(most)d 件，请换一个较小的区域")
        raise InvalidInput(told % {"most": MOST_EXISTING}, field="area")
    return rows


def _duplicates(
    plan: Plan,
    points: list[PlannedPoint],
    planned: engine.Floats,
    existing: list[tuple[int, str, Point4326]],
    standing: engine.Floats,
) -> list[Duplicate]:
    places = [
        Place(
            f"{p.number}. {p.label}", reverse("siting:point-edit", args=[plan.pk, p.number]), True
        )
        for p in points
    ] + [
        Place(name, reverse("assets:asset-detail", args=[pk]), False) for pk, name, _at in existing
    ]
    near = engine.nearest_of(np.concatenate([planned, standing]), within_m=plan.duplicate_m)
    return [
        _duplicate(plan, places[one.first], places[one.second], one.metres)
        for one in near[:MOST_DUPLICATES]
    ]


def _duplicate(plan: Plan, first: Place, second: Place, metres: float) -> Duplicate:
    words = {
        (True, True): _("规划点位“%(first)s”与规划点位“%(second)s”相距 %(m)s 米，小于 %(d)d 米"),
        (True, False): _("规划点位“%(first)s”与现有部件“%(second)s”相距 %(m)s 米，小于 %(d)d 米"),
        (False, False): _("现有部件“%(first)s”与现有部件“%(second)s”相距 %(m)s 米，小于 %(d)d 米"),
    }[first.is_planned, second.is_planned]
    said = {"first": first.label, "second": second.label, "m": metres, "d": plan.duplicate_m}
    return Duplicate(first, second, metres, words % said)
