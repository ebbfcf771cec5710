"""The only writers of upkeep: backups and restore tests."""

from apps.upkeep.services.backups import ask_backup, due_policies, run_next_backup, save_policy
from apps.upkeep.services.files import keep_files
from apps.upkeep.services.restores import ask_restore_test, run_next_restore_test
from apps.upkeep.services.runbooks import Article, check_step, publish_runbook, write_runbook
from apps.upkeep.services.starting import ensure_policies

__all__ = [
    "Article",
    "ask_backup",
    "ask_restore_test",
    "check_step",
    "due_policies",
    "ensure_policies",
    "keep_files",
    "publish_runbook",
    "run_next_backup",
    "run_next_restore_test",
    "save_policy",
    "write_runbook",
]
