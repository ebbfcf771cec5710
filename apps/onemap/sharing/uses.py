"""Counting what is read under a grant: beside the database, written down now and then."""

from datetime import date

from django.core.cache import cache

from apps.common import clock

_SECONDS = 3 * 24 * 3600


def key_of(grant_id: int, day: date) -> str:
    """Will name the counter of a grant on a day."""
    return f"onemap:use:{grant_id}:{day:%Y%m%d}"


def count_use(grant_ids: list[int]) -> None:
    """Will count one use of each grant; without a cache nothing is counted and nothing fails."""
    today = clock.today()
    for grant_id in grant_ids:
        key = key_of(grant_id, today)
        if not cache.add(key, 1, _SECONDS):
            try:
                cache.incr(key)
            except ValueError:
                cache.set(key, 1, _SECONDS)
