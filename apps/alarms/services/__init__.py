"""The only writers of alarms, rules and what is set about them.

``raise_alarm``, ``recover_alarm`` and ``silence_alarm`` are for whatever watches something;
the rest is what people do.
"""

from apps.alarms.rules import Reading
from apps.alarms.services._shared import SUBJECT
from apps.alarms.services.arranging import (
    NewSilence,
    add_dependency,
    add_silence,
    add_step,
    end_silence,
    remove_dependency,
    remove_step,
    set_warning_level,
)
from apps.alarms.services.cases import (
    follow_answer,
    follow_recovery,
    note_ended_case,
    open_case_for,
    open_ordered_case,
)
from apps.alarms.services.discoveries import follow_correction, judge_discovery
from apps.alarms.services.escalation import escalate_due
from apps.alarms.services.evaluation import evaluate_batch, tick_due
from apps.alarms.services.handling import (
    BulkOutcome,
    Handled,
    acknowledge,
    assign,
    comment,
    do_to_many,
    handle,
    shelve,
    take_up_due,
    unshelve,
)
from apps.alarms.services.life import hear_alarm, raise_alarm, recover_alarm, silence_alarm
from apps.alarms.services.quiet import follow_quiet
from apps.alarms.services.rehearsing import (
    cancel_rehearsal,
    drop_old_rehearsals,
    order_rehearsal,
    rehearse_due,
)
from apps.alarms.services.ruling import (
    NewRule,
    body_labels,
    level_name,
    publish_rule,
    read_body,
    save_rule,
    switch_rule,
)
from apps.alarms.services.shipping import adopt_rules, shipped_rules
from apps.alarms.services.warnings import ACT as ISSUE_ACT
from apps.alarms.services.warnings import (
    NewWarning,
    drop_warning,
    issue_warning,
    lift_warning,
    note_warnings_export,
    propose_warning,
)
from apps.alarms.services.watching import look_at_beat, watch_round

__all__ = [
    "ISSUE_ACT",
    "SUBJECT",
    "BulkOutcome",
    "Handled",
    "NewRule",
    "NewSilence",
    "NewWarning",
    "Reading",
    "acknowledge",
    "add_dependency",
    "add_silence",
    "add_step",
    "adopt_rules",
    "assign",
    "body_labels",
    "cancel_rehearsal",
    "comment",
    "do_to_many",
    "drop_old_rehearsals",
    "drop_warning",
    "end_silence",
    "escalate_due",
    "evaluate_batch",
    "follow_answer",
    "follow_correction",
    "follow_quiet",
    "follow_recovery",
    "handle",
    "hear_alarm",
    "issue_warning",
    "judge_discovery",
    "level_name",
    "lift_warning",
    "look_at_beat",
    "note_ended_case",
    "note_warnings_export",
    "open_case_for",
    "open_ordered_case",
    "order_rehearsal",
    "propose_warning",
    "publish_rule",
    "raise_alarm",
    "read_body",
    "recover_alarm",
    "rehearse_due",
    "remove_dependency",
    "remove_step",
    "save_rule",
    "set_warning_level",
    "shelve",
    "shipped_rules",
    "silence_alarm",
    "switch_rule",
    "take_up_due",
    "tick_due",
    "unshelve",
    "watch_round",
]
