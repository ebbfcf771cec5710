"""Reads of monitoring, scoped by viewer where a viewer is named."""

from apps.monitoring.selectors.outages import list_outages, outages_within
from apps.monitoring.selectors.points import (
    KINDS,
    judge_layer,
    judge_target,
    judge_topology,
    map_points,
    points_of,
    topology_points,
)
from apps.monitoring.selectors.runs import (
    Compared,
    KindSummary,
    compare,
    get_run,
    list_findings,
    list_plans,
    list_runs,
    run_areas,
    summary_of,
)

__all__ = [
    "KINDS",
    "Compared",
    "KindSummary",
    "compare",
    "get_run",
    "judge_layer",
    "judge_target",
    "judge_topology",
    "list_findings",
    "list_outages",
    "list_plans",
    "list_runs",
    "map_points",
    "outages_within",
    "points_of",
    "run_areas",
    "summary_of",
    "topology_points",
]
