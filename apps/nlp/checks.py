"""Can this database read Chinese? With ``lc_ctype=C`` trigram search finds nothing, silently."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

WRONG_CTYPE = "nlp.E001"


@register(Tags.database)
def check_character_type(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Will refuse a database whose character type takes Chinese for punctuation."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            if not reads_chinese(cursor):
                problems.append(
                    Error(
                        "The database cannot search Chinese: encoding or lc_ctype is not UTF-8.",
                        hint="Create it with ENCODING 'UTF8' LC_CTYPE 'C.UTF-8'.",
                        obj=alias,
                        id=WRONG_CTYPE,
                    )
                )
    return problems


def reads_chinese(cursor: Any) -> bool:
    """Will tell whether the database takes a Chinese character for a letter."""
    cursor.execute("SHOW server_encoding")
    if cursor.fetchone()[0] != "UTF8":
        return False
    cursor.execute("SELECT '噪' ~ '^[[:alpha:]]$'")
    return bool(cursor.fetchone()[0])
