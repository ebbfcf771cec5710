"""The only writers of cases and definitions.

``open_case`` begins a case, ``perform`` does one action on it, ``publish_version`` puts a
definition in force. Pages, REST, tasks, timers and importers call these and nothing else.
"""

from apps.matters.limits import write_limit
from apps.matters.services.bulk import BulkOutcome, perform_many
from apps.matters.services.definitions import (
    create_matter_type,
    ensure_domain,
    publish_version,
    save_draft,
)
from apps.matters.services.links import link_cases
from apps.matters.services.opening import NewCase, open_case
from apps.matters.services.performing import NewFile, Outcome, perform
from apps.matters.services.responsibilities import COLUMNS as RESPONSIBILITY_COLUMNS
from apps.matters.services.responsibilities import (
    NewLine,
    add_responsibility,
    end_responsibility,
    import_responsibilities,
)
from apps.matters.services.timers import fire_threshold

__all__ = [
    "RESPONSIBILITY_COLUMNS",
    "BulkOutcome",
    "NewCase",
    "NewFile",
    "NewLine",
    "Outcome",
    "add_responsibility",
    "create_matter_type",
    "end_responsibility",
    "ensure_domain",
    "fire_threshold",
    "import_responsibilities",
    "link_cases",
    "open_case",
    "perform",
    "perform_many",
    "publish_version",
    "save_draft",
    "write_limit",
]
