"""Reads of grid management, by topic."""

from apps.grid.selectors.classes import (
    ClassChoice,
    class_choices,
    event_classes,
    find_class,
    limit_of,
    list_classes,
    season_of,
    stages_of,
)
from apps.grid.selectors.evaluation import STAGES, Line, counted, evaluate, span_of, totals
from apps.grid.selectors.events import (
    event_of,
    events_near,
    get_event,
    narrowed,
    tenant_of,
    visible_events,
    waiting,
)
from apps.grid.selectors.looks import get_look, look_of_task, looks_for
from apps.grid.selectors.proof import blocking_verdicts, photos_of, verdicts_of

__all__ = [
    "STAGES",
    "ClassChoice",
    "Line",
    "blocking_verdicts",
    "class_choices",
    "counted",
    "evaluate",
    "event_classes",
    "event_of",
    "events_near",
    "find_class",
    "get_event",
    "get_look",
    "limit_of",
    "list_classes",
    "look_of_task",
    "looks_for",
    "narrowed",
    "photos_of",
    "season_of",
    "span_of",
    "stages_of",
    "tenant_of",
    "totals",
    "verdicts_of",
    "visible_events",
    "waiting",
]
