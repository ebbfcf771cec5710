"""How long a reading may take before it is given up."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class OutOfTime(Exception):
    """The database was not done in time; nothing was changed."""


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Will give up a statement of the block that takes longer, in a savepoint of its own.

    Told by its code: the words are in whatever language the server speaks.
    Raises: OutOfTime.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [int(seconds * 1000)])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise OutOfTime from error
