"""Grid management: classes of events and components, events, looks on the spot, proof."""

from apps.grid.models.classes import GridClass, GridClassLimit
from apps.grid.models.event import EventStage, GridEvent
from apps.grid.models.look import Look
from apps.grid.models.proof import PairVerdict, ScenePhoto

__all__ = [
    "EventStage",
    "GridClass",
    "GridClassLimit",
    "GridEvent",
    "Look",
    "PairVerdict",
    "ScenePhoto",
]
