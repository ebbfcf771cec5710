"""How far the worker is with an import: kept beside the transaction, which nobody sees into."""

from django.core.cache import cache

_SECONDS = 3600


def tell(job_id: int, done: int, total: int, words: str) -> None:
    """Will say how far a job is; without a cache nobody hears of it and nothing else happens."""
    cache.set(f"geodata:job:{job_id}", [done, total, words], _SECONDS)


def ask(job_id: int) -> tuple[int, int, str]:
    """Will give (done, total, what is being done); zeros and "" where nothing was said."""
    done, total, words = cache.get(f"geodata:job:{job_id}") or (0, 0, "")
    return int(done), int(total), str(words)
