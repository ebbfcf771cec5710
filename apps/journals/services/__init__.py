"""The only writers of logs.

intake: lines kept. following: our own files. baselines: hours that depart. rules: what people
watch for. keeping: hosts, and what is forgotten. Source: OP-07.
"""

from apps.journals.services.baselines import DEVIATION, judge_hour, usual_of
from apps.journals.services.following import follow_files
from apps.journals.services.intake import MOST_LINES, Taken, take_lines
from apps.journals.services.keeping import keep_days, save_host
from apps.journals.services.rules import MATCHED, RuleSpec, save_rule, watch_lines

__all__ = [
    "DEVIATION",
    "MATCHED",
    "MOST_LINES",
    "RuleSpec",
    "Taken",
    "follow_files",
    "judge_hour",
    "keep_days",
    "save_host",
    "save_rule",
    "take_lines",
    "usual_of",
    "watch_lines",
]
