"""The writers: what is offered, what comes in, what is passed on."""

from apps.georeport.services.asking import ask_peers
from apps.georeport.services.forwarding import follow, tell_peer
from apps.georeport.services.keeping import PeerSpec, create_peer, edit_peer, pass_on
from apps.georeport.services.offering import ServiceSpec, save_service, set_service_open
from apps.georeport.services.reporting import OpenReport, Receipt, take_report
from apps.georeport.services.updating import Update, take_update

__all__ = [
    "OpenReport",
    "PeerSpec",
    "Receipt",
    "ServiceSpec",
    "Update",
    "ask_peers",
    "create_peer",
    "edit_peer",
    "follow",
    "pass_on",
    "save_service",
    "set_service_open",
    "take_report",
    "take_update",
    "tell_peer",
]
