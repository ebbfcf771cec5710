"""Reading rows that belong to somebody else: a view of a base library may fail in the middle."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import DatabaseError, connection, transaction

from apps.onemap.errors import VIEW_FAILED, LayerUnreadable

logger = logging.getLogger(__name__)


@contextmanager
def readable(label: object) -> Iterator[None]:
    """Will say which layer cannot be read where the database refuses its rows within the block.

    label: of the layer, told to the person. Inside a transaction the block is a savepoint, so
    what was asked before it still holds.
    Raises: LayerUnreadable.
    """
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield
    except DatabaseError as error:
        if not isinstance(error.__cause__, VIEW_FAILED):
            raise
        logger.warning("the rows of a layer cannot be read: %s", error)
        raise LayerUnreadable.told(label) from error
