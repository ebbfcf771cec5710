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
from apps.evidence.services.chains import (
    NewChain,
    chain_certificate,
    check_chains,
    collect_events,
    order_receipts,
    register_chain,
    set_chain,
    set_kind,
    simulated_chain_key,
    submit_receipt,
)
from apps.evidence.services.checkpoints import (
    LogBroken,
    latest_checkpoint,
    make_checkpoint,
    stamp,
    write_copy,
)
from apps.evidence.services.filings import (
    NewFiling,
    NewTest,
    add_filing,
    end_filing,
    note_test,
    remind,
)
from apps.evidence.services.keys import active_key, is_signed, rotate_key, sign
from apps.evidence.services.packages import build_package, program_text
from apps.evidence.services.rows import accept_row, check_rows, note_row, note_rows
from apps.evidence.services.verification import ask_verification, run_verification, verify_now
from apps.evidence.services.witnesses import NewWitness, end_witness, register_witness, testify

__all__ = [
    "LogBroken",
    "NewChain",
    "NewFiling",
    "NewFinding",
    "NewNote",
    "NewTest",
    "NewWitness",
    "RuleSettings",
    "accept_row",
    "active_key",
    "add_filing",
    "add_finding",
    "add_note",
    "archive_old",
    "ask_checks",
    "ask_verification",
    "build_package",
    "chain_certificate",
    "check_chains",
    "check_rows",
    "close_alarm",
    "close_finding",
    "close_month",
    "collect_events",
    "end_filing",
    "end_witness",
    "is_signed",
    "latest_checkpoint",
    "make_archive",
    "make_checkpoint",
    "note_row",
    "note_rows",
    "note_test",
    "order_receipts",
    "program_text",
    "register_chain",
    "register_witness",
    "remind",
    "rotate_key",
    "run_verification",
    "see_alarm",
    "seed_rules",
    "set_chain",
    "set_kind",
    "set_rule",
    "sign",
    "simulated_chain_key",
    "stamp",
    "submit_receipt",
    "testify",
    "verify_now",
    "watch_log",
    "write_copy",
]
