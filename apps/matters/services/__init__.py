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
from apps.matters.services.duties import archive_old
from apps.matters.services.links import link_cases
from apps.matters.services.opening import NewCase, open_case
from apps.matters.services.performing import NewFile, Outcome, perform
from apps.matters.services.timers import fire_threshold

__all__ = [
    "BulkOutcome",
    "NewCase",
    "NewFile",
    "Outcome",
    "archive_old",
    "create_matter_type",
    "ensure_domain",
    "fire_threshold",
    "link_cases",
    "open_case",
    "perform",
    "perform_many",
    "publish_version",
    "save_draft",
    "write_limit",
]
