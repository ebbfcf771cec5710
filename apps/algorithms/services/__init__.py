"""The only writers of the warehouse.

registering: algorithms and versions. testing: check, trial, evaluation. publishing: two
people, aliases. queue: work and its leases. capabilities: other departments' services.
opening: own models called by programs outside. datasets: what is trained and measured on.
"""

from apps.algorithms.services.calling import Called, call_capability
from apps.algorithms.services.capabilities import (
    CapabilitySpec,
    ask_for,
    decide_request,
    revoke_request,
    save_capability,
    set_capability_active,
)
from apps.algorithms.services.datasets import (
    DataSetSpec,
    approve_data_set,
    end_data_grant,
    end_data_set,
    grant_data_set,
    is_open_to,
    note_training,
    save_data_set,
)
from apps.algorithms.services.opening import call_model, forget_pictures
from apps.algorithms.services.publishing import (
    end_canary,
    move_alias,
    promote_canary,
    publish,
    retire,
    roll_back,
)
from apps.algorithms.services.queue import (
    Lease,
    WorkSpec,
    cancel_work,
    claim,
    finish,
    save_quota,
    submit,
    work_once,
)
from apps.algorithms.services.registering import (
    add_sample,
    ensure_builtins,
    plugin_of,
    register_model,
    save_sample_set,
)
from apps.algorithms.services.testing import order_test

__all__ = [
    "Called",
    "CapabilitySpec",
    "DataSetSpec",
    "Lease",
    "WorkSpec",
    "add_sample",
    "approve_data_set",
    "ask_for",
    "call_capability",
    "call_model",
    "cancel_work",
    "claim",
    "decide_request",
    "end_canary",
    "end_data_grant",
    "end_data_set",
    "ensure_builtins",
    "finish",
    "forget_pictures",
    "grant_data_set",
    "is_open_to",
    "move_alias",
    "note_training",
    "order_test",
    "plugin_of",
    "promote_canary",
    "publish",
    "register_model",
    "retire",
    "revoke_request",
    "roll_back",
    "save_capability",
    "save_data_set",
    "save_quota",
    "save_sample_set",
    "set_capability_active",
    "submit",
    "work_once",
]
