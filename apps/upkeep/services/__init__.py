"""The only writers of upkeep."""

from apps.upkeep.services.backups import ask_backup, due_policies, run_next_backup, save_policy
from apps.upkeep.services.capacity import hold_review, note_load_test, take_sample
from apps.upkeep.services.counting import drop_old_minutes
from apps.upkeep.services.cycles import (
    NewItem,
    check_item,
    close_item,
    do_item,
    drop_item,
    link_evidence,
    move_item,
    plan_item,
)
from apps.upkeep.services.exercises import (
    NewExercise,
    NewImprovement,
    add_improvement,
    begin_exercise,
    close_exercise,
    end_exercise,
    finish_improvement,
    note_event,
    plan_exercise,
    revise_plan,
)
from apps.upkeep.services.files import keep_files
from apps.upkeep.services.reminding import remind
from apps.upkeep.services.restores import ask_restore_test, run_next_restore_test
from apps.upkeep.services.runbooks import Article, check_step, publish_runbook, write_runbook
from apps.upkeep.services.servers import explain_switch, note_server
from apps.upkeep.services.starting import ensure_policies

__all__ = [
    "Article",
    "NewExercise",
    "NewImprovement",
    "NewItem",
    "add_improvement",
    "ask_backup",
    "ask_restore_test",
    "begin_exercise",
    "check_item",
    "check_step",
    "close_exercise",
    "close_item",
    "do_item",
    "drop_item",
    "drop_old_minutes",
    "due_policies",
    "end_exercise",
    "ensure_policies",
    "explain_switch",
    "finish_improvement",
    "hold_review",
    "keep_files",
    "link_evidence",
    "move_item",
    "note_event",
    "note_load_test",
    "note_server",
    "plan_exercise",
    "plan_item",
    "publish_runbook",
    "remind",
    "revise_plan",
    "run_next_backup",
    "run_next_restore_test",
    "save_policy",
    "take_sample",
    "write_runbook",
]
