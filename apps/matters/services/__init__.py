"""The only writers of cases and definitions.

``open_case`` begins a case, ``perform`` does one action on it, ``submit_version`` and
``approve_version`` put a definition in force. Pages, REST, tasks, timers and importers call
these and nothing else.
"""

from apps.matters.limits import write_limit
from apps.matters.services.adding import add_files
from apps.matters.services.bulk import BulkOutcome, dispatch_data, perform_many
from apps.matters.services.catalogue import link_application, save_domain, set_offer
from apps.matters.services.definitions import (
    copy_version,
    create_matter_type,
    discard_draft,
    ensure_domain,
    ensure_shipped_matter,
    publish_version,
    save_draft,
)
from apps.matters.services.deliveries import ReplayOutcome, replay_deliveries, replay_delivery
from apps.matters.services.duties import ANSWERS, archive_old, tell_merged
from apps.matters.services.forgetting import Condemned, forget_cases, kept_of, sweep_people
from apps.matters.services.inventory import (
    check_item,
    confirm_item,
    import_items,
    return_item,
    save_item,
)
from apps.matters.services.lifecycle import (
    approve_version,
    retire_version,
    roll_back_version,
    send_back_version,
    submit_version,
)
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
from apps.matters.services.migrating import (
    approve_migration,
    propose_migration,
    refuse_migration,
    resume_migration,
)
from apps.matters.services.opening import NewCase, open_case
from apps.matters.services.outside import (
    ResultData,
    note_refused_result,
    receive_result,
    reprocess_result,
)
from apps.matters.services.performing import NewFile, Outcome, perform
from apps.matters.services.responsibilities import COLUMNS as RESPONSIBILITY_COLUMNS
from apps.matters.services.responsibilities import (
    NewLine,
    add_responsibility,
    end_responsibility,
    import_responsibilities,
)
from apps.matters.services.revealing import reveal_form
from apps.matters.services.scoring import score_acceptance, score_by_call
from apps.matters.services.spans import take_force
from apps.matters.services.timers import fire_threshold
from apps.matters.services.trust import require_to_reveal
from apps.matters.services.unplaced import collect_unplaced

__all__ = [
    "ANSWERS",
    "RESPONSIBILITY_COLUMNS",
    "BulkOutcome",
    "Condemned",
    "NewCase",
    "NewFile",
    "NewLine",
    "Outcome",
    "ReplayOutcome",
    "ResultData",
    "add_files",
    "add_responsibility",
    "approve_listener",
    "approve_migration",
    "approve_version",
    "archive_old",
    "check_item",
    "collect_unplaced",
    "confirm_item",
    "copy_version",
    "create_listener",
    "create_matter_type",
    "discard_draft",
    "discard_listener",
    "dispatch_data",
    "edit_listener",
    "end_responsibility",
    "ensure_domain",
    "ensure_shipped_matter",
    "fire_threshold",
    "forget_cases",
    "import_items",
    "import_responsibilities",
    "kept_of",
    "link_application",
    "link_cases",
    "note_refused_result",
    "open_case",
    "pause_listener",
    "perform",
    "perform_many",
    "propose_migration",
    "publish_version",
    "receive_result",
    "refuse_migration",
    "replay_deliveries",
    "replay_delivery",
    "reprocess_result",
    "require_to_reveal",
    "resume_listener",
    "resume_migration",
    "retire_version",
    "return_item",
    "reveal_form",
    "roll_back_version",
    "save_domain",
    "save_draft",
    "save_item",
    "score_acceptance",
    "score_by_call",
    "send_back_listener",
    "send_back_version",
    "set_offer",
    "submit_listener",
    "submit_version",
    "sweep_people",
    "take_force",
    "tell_merged",
    "write_limit",
]
