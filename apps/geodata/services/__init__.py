"""Deeds with map data: bring a file, confirm it, go back, publish, retire, switch."""

from apps.geodata.services.analyses import (
    AnalysisOrder,
    delete_analysis,
    drop_expired,
    order_analysis,
    run_analyses,
)
from apps.geodata.services.city_models import (
    ModelData,
    edit_model,
    import_links,
    link_object,
    register_model,
    retire_model,
    unlink_object,
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
from apps.geodata.services.views import (
    Reading,
    ViewData,
    edit_view,
    propose_reading,
    publish_view,
    register_view,
    reread_view,
    retire_view,
)

__all__ = [
    "AnalysisOrder",
    "Confirmation",
    "DatasetData",
    "ModelData",
    "Reading",
    "ViewData",
    "cancel_import",
    "confirm_import",
    "delete_analysis",
    "drop_expired",
    "edit_dataset",
    "edit_model",
    "edit_view",
    "import_links",
    "is_unshift_allowed",
    "link_object",
    "order_analysis",
    "propose_reading",
    "publish_dataset",
    "publish_view",
    "register_model",
    "register_view",
    "reread_import",
    "reread_view",
    "retire_dataset",
    "retire_model",
    "retire_view",
    "run_analyses",
    "run_due",
    "show_version",
    "switch_unshift",
    "take_in",
    "unlink_object",
]
