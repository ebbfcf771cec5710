"""The only writers of grid management, by topic."""

from apps.grid.services.classes import (
    COLUMNS,
    KIND_WORDS,
    LimitData,
    NewClass,
    ensure_classes,
    import_classes,
    retire_class,
    save_class,
)
from apps.grid.services.desk import Outcome, ask_many, close_many, file_many, send_many
from apps.grid.services.following import FOLLOW, follow_event
from apps.grid.services.looks import (
    LAPSE,
    answer_look,
    lapse_look,
    offer_look,
    require_verified,
    take_look,
    waive_look,
)
from apps.grid.services.matter import ensure_dispatch_table
from apps.grid.services.proof import judge, override_proof, require_proof
from apps.grid.services.reporting import EventReport, report_event
from apps.grid.services.stages import finish_stage, start_stages

__all__ = [
    "COLUMNS",
    "FOLLOW",
    "KIND_WORDS",
    "LAPSE",
    "EventReport",
    "LimitData",
    "NewClass",
    "Outcome",
    "answer_look",
    "ask_many",
    "close_many",
    "ensure_classes",
    "ensure_dispatch_table",
    "file_many",
    "finish_stage",
    "follow_event",
    "import_classes",
    "judge",
    "lapse_look",
    "offer_look",
    "override_proof",
    "report_event",
    "require_proof",
    "require_verified",
    "retire_class",
    "save_class",
    "send_many",
    "start_stages",
    "take_look",
    "waive_look",
]
