"""The writers of this app: pools, call-backs, links, objections, bulletins."""

from apps.callbacks.services.bulletins import (
    approve_bulletin,
    edit_bulletin,
    send_back_bulletin,
    start_bulletin,
    submit_bulletin,
)
from apps.callbacks.services.by_hand import begin_call_back
from apps.callbacks.services.calling import (
    Answer,
    DialOrder,
    claim_next,
    give_back,
    note_call,
    order_dial,
    reassign,
    record_attempt,
)
from apps.callbacks.services.disputes import file_dispute, rule_dispute
from apps.callbacks.services.filling import (
    fill_pools,
    is_drawn,
    take_back_forgotten,
    void_overtaken,
)
from apps.callbacks.services.links import (
    answer_link,
    find_link,
    give_up_links,
    is_open,
    send_links,
)
from apps.callbacks.services.pools import (
    PoolSpec,
    ScriptSpec,
    find_script,
    publish_script,
    save_pool,
)

__all__ = [
    "Answer",
    "DialOrder",
    "PoolSpec",
    "ScriptSpec",
    "answer_link",
    "approve_bulletin",
    "begin_call_back",
    "claim_next",
    "edit_bulletin",
    "file_dispute",
    "fill_pools",
    "find_link",
    "find_script",
    "give_back",
    "give_up_links",
    "is_drawn",
    "is_open",
    "note_call",
    "order_dial",
    "publish_script",
    "reassign",
    "record_attempt",
    "rule_dispute",
    "save_pool",
    "send_back_bulletin",
    "send_links",
    "start_bulletin",
    "submit_bulletin",
    "take_back_forgotten",
    "void_overtaken",
]
