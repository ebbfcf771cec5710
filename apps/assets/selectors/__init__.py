"""Reads of the register and of what was found on the spot, scoped by viewer."""

from apps.assets.selectors.register import (
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
    "Compared",
    "assets_in",
    "compare_sample",
    "counted_surveys",
    "error_rates",
    "get_asset",
    "get_sample",
    "get_survey",
    "list_assets",
    "list_assets_near",
    "list_held",
    "list_progress",
    "list_samples",
    "list_surveys",
    "reach_q",
]
