"""Commits that return before the disk has them.

For duties that are found again if they are lost: the database crashes, forgets the last moments of
such transactions whole, and what was to be done is waiting as before. A worker that is killed
loses nothing by it, and whatever is committed the usual way afterwards takes them along.
Source: PostgreSQL manual, Asynchronous Commit; docs/decisions/0102.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from apps.common import journeys
from apps.common.journeys import Statement

#: Sent with the first statement of a transaction, for that transaction only.
LIGHT: Statement = ("select set_config('synchronous_commit', 'off', true)", ())


@contextmanager
def light() -> Iterator[None]:
    """Will run the block in a transaction whose commit waits for no disk.

    Only for what is done again, to no harm, where the database forgets that it was done.
    """
    with transaction.atomic():
        journeys.send([LIGHT])
        yield
