"""The only writers of what phones send."""

from apps.phone.services.deeds import BATCH_LIMIT, jittered, take_batch
from apps.phone.services.intake import read_moment
from apps.phone.services.kept import open_kept, settle_kept
from apps.phone.services.photos import (
    PIECE_LIMIT_BYTES,
    find_photo,
    receive_piece,
    remove_abandoned,
)
from apps.phone.services.tickets import Home, give_ticket, read_ticket

__all__ = [
    "BATCH_LIMIT",
    "PIECE_LIMIT_BYTES",
    "Home",
    "find_photo",
    "give_ticket",
    "jittered",
    "open_kept",
    "read_moment",
    "read_ticket",
    "receive_piece",
    "remove_abandoned",
    "settle_kept",
    "take_batch",
]
