"""Writing rules and deciding with them.

``tables``: tables and their test cases. ``drafts``: wording. ``lifecycle``: submit, review,
publish, retire, roll back. ``decisions``: decide, try, test. ``replaying``: past decisions
again. Called by the pages here and by every app that lets a table decide.
"""

from apps.rules.services.decisions import TestResult, Trial, decide, evaluate, run_tests
from apps.rules.services.drafts import (
    check_draft,
    copy_to_draft,
    discard_draft,
    edit_draft,
    parse_condition,
    save_draft,
    undo_draft,
)
from apps.rules.services.forgetting import forget_subjects
from apps.rules.services.lifecycle import (
    publish,
    restore,
    retire,
    rollback,
    send_back,
    submit,
)
from apps.rules.services.replaying import Replay, Replayed, ReplayGroup, replay, replay_report
from apps.rules.services.tables import add_test_case, create_table, remove_test_case

__all__ = [
    "Replay",
    "ReplayGroup",
    "Replayed",
    "TestResult",
    "Trial",
    "add_test_case",
    "check_draft",
    "copy_to_draft",
    "create_table",
    "decide",
    "discard_draft",
    "edit_draft",
    "evaluate",
    "forget_subjects",
    "parse_condition",
    "publish",
    "remove_test_case",
    "replay",
    "replay_report",
    "restore",
    "retire",
    "rollback",
    "run_tests",
    "save_draft",
    "send_back",
    "submit",
    "undo_draft",
]
