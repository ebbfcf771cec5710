"""Reads of the register and of what was found on the spot, scoped by viewer."""

from apps.assets.selectors.cards import (
    CardChange,
    Rate,
    asset_as_of,
    list_card_changes,
    list_pictures,
    list_rates,
)
from apps.assets.selectors.register import (
    asset_scope_q,
    assets_in,
    get_asset,
    list_assets,
    list_assets_near,
    reach_q,
)
from apps.assets.selectors.surveys import (
    Compared,
    compare_sample,
    counted_surveys,
    error_rates,
    get_sample,
    get_survey,
    list_held,
    list_progress,
    list_samples,
    list_surveys,
)

__all__ = [
    "CardChange",
    "Compared",
    "Rate",
    "asset_as_of",
    "asset_scope_q",
    "assets_in",
    "compare_sample",
    "counted_surveys",
    "error_rates",
    "get_asset",
    "get_sample",
    "get_survey",
    "list_assets",
    "list_assets_near",
    "list_card_changes",
    "list_held",
    "list_pictures",
    "list_progress",
    "list_rates",
    "list_samples",
    "list_surveys",
    "reach_q",
]
