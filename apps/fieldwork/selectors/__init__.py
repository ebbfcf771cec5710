"""Reading field work. Others use what is named here."""

from apps.fieldwork.selectors.duty import OnDuty, load_of, nearest_on_duty, on_duty
from apps.fieldwork.selectors.patrols import get_patrol, patrols_for
from apps.fieldwork.selectors.roster import rostered
from apps.fieldwork.selectors.workers import cells_of, worker_of

__all__ = [
    "OnDuty",
    "cells_of",
    "get_patrol",
    "load_of",
    "nearest_on_duty",
    "on_duty",
    "patrols_for",
    "rostered",
    "worker_of",
]
