"""What higher apps plug into the hotline's desk."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.accounts.models import User

#: A word beside likely duplicates at the desk: viewer, keys of cases -> words by key.
DuplicateNotes = Callable[["User", list[int]], dict[int, str]]

_duplicate_notes: list[DuplicateNotes] = []


def register_duplicate_notes(notes: DuplicateNotes) -> None:
    """Will show these words with the likely duplicates of what an agent types."""
    if notes not in _duplicate_notes:
        _duplicate_notes.append(notes)


def duplicate_notes(viewer: "User", case_ids: list[int]) -> dict[int, list[str]]:
    """Will give what is known of these cases beside their likeness."""
    found: dict[int, list[str]] = {}
    for notes in _duplicate_notes:
        for key, words in notes(viewer, case_ids).items():
            found.setdefault(key, []).append(words)
    return found
