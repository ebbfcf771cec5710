"""The writers of both sides: links and gathering in a district, peers and intake in the city."""

from apps.districts.services.gathering import gather, tidy
from apps.districts.services.giving_back import LEAST_PEERS, work_out
from apps.districts.services.intake import note_heard, peer_of, take_batch, tidy_intake
from apps.districts.services.links import (
    LinkSpec,
    approve_clear,
    ask_clear,
    create_link,
    edit_link,
    end_clear,
    pause_link,
    resend_stream,
    set_stream,
)
from apps.districts.services.peers import PeerSpec, save_peer
from apps.districts.services.telling import ask_back, tell_city

__all__ = [
    "LEAST_PEERS",
    "LinkSpec",
    "PeerSpec",
    "approve_clear",
    "ask_back",
    "ask_clear",
    "create_link",
    "edit_link",
    "end_clear",
    "gather",
    "note_heard",
    "pause_link",
    "peer_of",
    "resend_stream",
    "save_peer",
    "set_stream",
    "take_batch",
    "tell_city",
    "tidy",
    "tidy_intake",
    "work_out",
]
