"""Deeds with map data: bring a file, confirm it, go back, publish, retire, switch."""

from apps.geodata.services.analyses import (
    AnalysisOrder,
    delete_analysis,
    drop_expired,
    order_analysis,
    run_analyses,
)
from apps.geodata.services.confirming import Confirmation, confirm_import
from apps.geodata.services.datasets import (
    DatasetData,
    edit_dataset,
    publish_dataset,
    retire_dataset,
    show_version,
)
from apps.geodata.services.intake import cancel_import, reread_import, take_in
from apps.geodata.services.running import run_due
from apps.geodata.services.switch import is_unshift_allowed, switch_unshift

__all__ = [
    "AnalysisOrder",
    "Confirmation",
    "DatasetData",
    "cancel_import",
    "confirm_import",
    "delete_analysis",
    "drop_expired",
    "edit_dataset",
    "is_unshift_allowed",
    "order_analysis",
    "publish_dataset",
    "reread_import",
    "retire_dataset",
    "run_analyses",
    "run_due",
    "show_version",
    "switch_unshift",
    "take_in",
]
