"""Reading tables, versions and decisions, and explaining them.

``tables``: what there is, in which version, and what the check says. ``decisions``: what was
decided, why, and why not otherwise; in the language of whoever asks. ``history``: who did
what to a table.
"""

from apps.rules.choices import find_area_path
from apps.rules.selectors.decisions import (
    Alternative,
    Explanation,
    RowExplanation,
    describe_facts,
    explain,
    explain_rows,
    get_decision,
    lender_of,
    list_alternatives,
    list_decisions,
    list_subject_decisions,
    told,
    why_not,
)
from apps.rules.selectors.history import Deed, list_history
from apps.rules.selectors.tables import (
    RowChange,
    check_version,
    diff,
    get_in_force,
    get_published,
    get_table,
    get_version,
    in_force_question,
    list_tables,
    list_versions,
    may_view,
    table_of,
    vocabulary_of,
)

__all__ = [
    "Alternative",
    "Deed",
    "Explanation",
    "RowChange",
    "RowExplanation",
    "check_version",
    "describe_facts",
    "diff",
    "explain",
    "explain_rows",
    "find_area_path",
    "get_decision",
    "get_in_force",
    "get_published",
    "get_table",
    "get_version",
    "in_force_question",
    "lender_of",
    "list_alternatives",
    "list_decisions",
    "list_history",
    "list_subject_decisions",
    "list_tables",
    "list_versions",
    "may_view",
    "table_of",
    "told",
    "vocabulary_of",
    "why_not",
]
