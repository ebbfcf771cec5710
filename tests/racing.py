"""Deeds of several people at the same moment, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from apps.common.errors import DomainError


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """Will do deeds in threads of their own and give what each was refused with, "" for done."""
    start = Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> str:
        try:
            start.wait(10)
            deed()
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))
