"""The only writers of what is looked at in readings.

neighbours: values held against others'. fences, moving: where things may be, and where they are.
"""

from apps.observing.services.fences import FenceSpec, save_fence
from apps.observing.services.moving import follow_fixes
from apps.observing.services.neighbours import RuleSpec, check_neighbours, save_rule

__all__ = [
    "FenceSpec",
    "RuleSpec",
    "check_neighbours",
    "follow_fixes",
    "save_fence",
    "save_rule",
]
