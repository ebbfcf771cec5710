"""When something is asked next: its own place within the cycle, and how long a dead one waits.

Places are spread by the golden ratio, so however many there are and however long they
were not asked, they never come due together; and they stay where they are. Source: IO-10.
"""

from datetime import UTC, datetime, timedelta

GOLDEN = 0.6180339887498949
#: The first wait after a failure, doubled with each further one up to the longest.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def next_due(key: int, every_s: int, *, after: datetime) -> datetime:
    """Will give the first moment after ``after`` at which this key has its place. UTC."""
    place = (key * GOLDEN) % 1 * every_s
    gone = (after - _BEGIN).total_seconds() - place
    return _BEGIN + timedelta(seconds=(gone // every_s + 1) * every_s + place)


def missed_since(due_at: datetime, every_s: int, *, now: datetime) -> int:
    """Will give how many cycles went by unasked after the one that was due."""
    return max(0, int((now - due_at).total_seconds() // every_s))


def wait_after(failures: int, key: int) -> timedelta:
    """Will give how long something is left alone after so many failures in a row.

    Up to a tenth longer, by key, so that those that died together are not asked together.
    """
    doubled = FIRST_WAIT * 2 ** min(failures - 1, 20)
    return min(doubled, LONGEST_WAIT) * (1 + (key * GOLDEN) % 1 / 10)
