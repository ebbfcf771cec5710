"""One round of all that is due with keys: what workers do, and programs started by hand."""

from apps.seals.crypto import workshop
from apps.seals.services.batches import enter_due
from apps.seals.services.keeping import refresh_lists
from apps.seals.services.making import end_due, make_due
from apps.seals.services.reading import read_due
from apps.seals.services.sealing import seal_due


def work_through() -> int:
    """Will enter what batches bring, make and destroy keys, seal what is approved; gives how many.

    What was destroyed or replaced is told in the test authority's list at once.

    Raises: KeysClosed (not in a worker).
    """
    entered = enter_due() + read_due()
    changed = make_due() + end_due()
    if changed:
        refresh_lists()
    return entered + changed + seal_due()


def open_keys_and_work() -> int:
    """Will do one round in a program started by hand (the loading of a demo); never in a page."""
    with workshop.opened():
        return work_through()
