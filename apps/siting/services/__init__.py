"""The only writers of plans of points.

plans: what is to be covered. points: where. files: points of a spreadsheet. deciding: handed in,
approved or returned by another person, finished.
"""

from apps.siting.services.deciding import approve_plan, finish_plan, return_plan, submit_plan
from apps.siting.services.files import COLUMNS, import_points, read_file
from apps.siting.services.plans import PlanSpec, save_plan
from apps.siting.services.points import (
    PointSpec,
    add_points,
    change_point,
    clear_built,
    mark_built,
    remove_point,
)

__all__ = [
    "COLUMNS",
    "PlanSpec",
    "PointSpec",
    "add_points",
    "approve_plan",
    "change_point",
    "clear_built",
    "finish_plan",
    "import_points",
    "mark_built",
    "read_file",
    "remove_point",
    "return_plan",
    "save_plan",
    "submit_plan",
]
