"""The kinds of deeds a phone may send, a module each; importing this makes them known."""

from apps.phone.deeds import duty, files, grid, note, patrol, repair, survey
from apps.phone.deeds.base import DeedKind, Outcome, Spot, Work, find_kind, label_of, register

__all__ = ["KINDS", "DeedKind", "Outcome", "Spot", "Work", "find_kind", "label_of", "register"]

KINDS = (
    duty.START,
    duty.END,
    duty.POSITIONS,
    patrol.CHECK_IN,
    grid.REPORT,
    grid.LOOK,
    files.VISIT,
    files.EDIT,
    survey.SURVEY,
    note.NOTE,
    repair.REPAIR,
)
