"""Reads of plans and their points, scoped by viewer, and what they cover."""

from apps.siting.selectors.coverage import Coverage, coverage_of, proposals_of
from apps.siting.selectors.plans import (
    get_plan,
    get_point,
    list_built_near,
    list_plans,
    list_points,
    plannable_areas,
    plannable_units,
)

__all__ = [
    "Coverage",
    "coverage_of",
    "get_plan",
    "get_point",
    "list_built_near",
    "list_plans",
    "list_points",
    "plannable_areas",
    "plannable_units",
    "proposals_of",
]
