"""Deeds between departments: ask, decide, take back, keep cards, register services."""

from apps.onemap.sharing.services.cards import CardData, edit_card, note_update, remind_stale
from apps.onemap.sharing.services.outside import (
    ServiceData,
    check_service,
    check_services,
    edit_service,
    register_service,
    retire_service,
)
from apps.onemap.sharing.services.proxy import Tile, fetch_tile
from apps.onemap.sharing.services.requests import (
    ask_for_layer,
    decide_request,
    end_grant,
    withdraw_request,
)
from apps.onemap.sharing.services.uses import write_uses

__all__ = [
    "CardData",
    "ServiceData",
    "Tile",
    "ask_for_layer",
    "check_service",
    "check_services",
    "decide_request",
    "edit_card",
    "edit_service",
    "end_grant",
    "fetch_tile",
    "note_update",
    "register_service",
    "remind_stale",
    "retire_service",
    "withdraw_request",
    "write_uses",
]
