"""The only writers of evidence: keys, checkpoints, stamps, witnesses, verifications, packages,
archives, alarms and the board of clauses. Called by pages, the API, commands and tasks."""

from apps.evidence.services.alarms import (
    RuleSettings,
    close_alarm,
    see_alarm,
    seed_rules,
    set_rule,
    watch_log,
)
from apps.evidence.services.archives import archive_old, make_archive
from apps.evidence.services.board import (
    NewFinding,
    NewNote,
    add_finding,
    add_note,
    ask_checks,
    close_finding,
    close_month,
)
from apps.evidence.services.checkpoints import (
    LogBroken,
    latest_checkpoint,
    make_checkpoint,
    stamp,
    write_copy,
)
from apps.evidence.services.keys import active_key, is_signed, rotate_key, sign
from apps.evidence.services.packages import build_package, program_text
from apps.evidence.services.rows import accept_row, check_rows, note_row, note_rows
from apps.evidence.services.verification import ask_verification, run_verification, verify_now
from apps.evidence.services.witnesses import NewWitness, end_witness, register_witness, testify

__all__ = [
    "LogBroken",
    "NewFinding",
    "NewNote",
    "NewWitness",
    "RuleSettings",
    "accept_row",
    "active_key",
    "add_finding",
    "add_note",
    "archive_old",
    "ask_checks",
    "ask_verification",
    "build_package",
    "check_rows",
    "close_alarm",
    "close_finding",
    "close_month",
    "end_witness",
    "is_signed",
    "latest_checkpoint",
    "make_archive",
    "make_checkpoint",
    "note_row",
    "note_rows",
    "program_text",
    "register_witness",
    "rotate_key",
    "run_verification",
    "see_alarm",
    "seed_rules",
    "set_rule",
    "sign",
    "stamp",
    "testify",
    "verify_now",
    "watch_log",
    "write_copy",
]
