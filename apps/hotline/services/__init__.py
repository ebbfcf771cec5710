"""The hotline's writers, by topic."""

from apps.hotline.learning.examples import import_examples
from apps.hotline.learning.keeping import submit as submit_text_model
from apps.hotline.learning.keeping import train_waiting
from apps.hotline.learning.reading import read_demand
from apps.hotline.learning.switching import ask_switch
from apps.hotline.rates.formula import DEFAULT as DEFAULT_FORMULA
from apps.hotline.rates.services import approve_formula, draft_formula, submit_formula
from apps.hotline.services.calls import (
    apply_event,
    end_call,
    give_call,
    record_playback,
    take_call,
)
from apps.hotline.services.desk import NextStep, submit_form
from apps.hotline.services.drafts import attach_file, detach_file, discard, save_draft
from apps.hotline.services.forgetting import forget_calls
from apps.hotline.services.knowledge import (
    Placing,
    Wording,
    create_article,
    edit_article,
    give_feedback,
    publish_article,
    record_hit,
    retire_article,
)
from apps.hotline.services.lines import open_line
from apps.hotline.services.registering import Intake, register_demand
from apps.hotline.services.revealing import Revealed, reveal_reporter
from apps.hotline.services.telling import refresh_publication, tell_reporter

__all__ = [
    "DEFAULT_FORMULA",
    "Intake",
    "NextStep",
    "Placing",
    "Revealed",
    "Wording",
    "apply_event",
    "approve_formula",
    "ask_switch",
    "attach_file",
    "create_article",
    "detach_file",
    "discard",
    "draft_formula",
    "edit_article",
    "end_call",
    "forget_calls",
    "give_call",
    "give_feedback",
    "import_examples",
    "open_line",
    "publish_article",
    "read_demand",
    "record_hit",
    "record_playback",
    "refresh_publication",
    "register_demand",
    "retire_article",
    "reveal_reporter",
    "save_draft",
    "submit_form",
    "submit_formula",
    "submit_text_model",
    "take_call",
    "tell_reporter",
    "train_waiting",
]
