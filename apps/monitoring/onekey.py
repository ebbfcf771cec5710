"""What monitoring itself brings to the one-key check."""

from apps.monitoring import selectors
from apps.monitoring.enums import RunKind
from apps.monitoring.registry import register_check_kind


def register() -> None:
    """Will have targets, topology and the layers of the map looked at."""
    for kind in selectors.KINDS:
        register_check_kind(
            kind, "targets", points=selectors.points_of(kind), judge=selectors.judge_target
        )
    register_check_kind(
        RunKind.TOPOLOGY, "dependencies", points=selectors.topology_points,
        judge=selectors.judge_topology,
    )  # fmt: skip
    register_check_kind(
        RunKind.MAP, "layers", points=selectors.map_points, judge=selectors.judge_layer
    )
