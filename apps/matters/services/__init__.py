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
from apps.matters.services.deliveries import replay_delivery
from apps.matters.services.links import link_cases
from apps.matters.services.listeners import (
    approve_listener,
    create_listener,
    discard_listener,
    edit_listener,
    pause_listener,
    resume_listener,
    send_back_listener,
    submit_listener,
)
from apps.matters.services.opening import NewCase, open_case
from apps.matters.services.performing import NewFile, Outcome, perform
from apps.matters.services.timers import fire_threshold

__all__ = [
    "BulkOutcome",
    "NewCase",
    "NewFile",
    "Outcome",
    "approve_listener",
    "create_listener",
    "create_matter_type",
    "discard_listener",
    "edit_listener",
    "ensure_domain",
    "fire_threshold",
    "link_cases",
    "open_case",
    "pause_listener",
    "perform",
    "perform_many",
    "publish_version",
    "replay_delivery",
    "resume_listener",
    "save_draft",
    "send_back_listener",
    "submit_listener",
    "write_limit",
]
