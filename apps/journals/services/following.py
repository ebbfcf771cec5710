"""Our own processes' files followed: each line kept once, whenever the reader dies.

A file is read from where it was left; the place moves on in the transaction that keeps the lines.
A line without its end is left for the next turn. Source: OP-07.
"""

import socket
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.common import clock
from apps.journals.enums import Origin
from apps.journals.models import FollowedFile
from apps.journals.parsing import LINE_MAX
from apps.journals.services.intake import MOST_LINES, take_lines

#: One turn reads so much and no more; the next one goes on.
MOST_BYTES = 4 * 2**20
#: Files of days nobody writes to any more are removed after so long.
KEPT = timedelta(days=7)


def follow_files() -> int:
    """Will keep what our processes wrote since the last turn; gives how many lines are new."""
    if not settings.LOG_FOLDER:
        return 0
    folder = Path(settings.LOG_FOLDER)
    return sum(_follow(path) for path in sorted(folder.glob("*.jsonl")))


def drop_old_files() -> int:
    """Will remove files not written to for a week, and what is known of them."""
    if not settings.LOG_FOLDER:
        return 0
    oldest = (clock.now() - KEPT).timestamp()
    gone = 0
    for path in Path(settings.LOG_FOLDER).glob("*.jsonl"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            gone += 1
    FollowedFile.objects.filter(read_at__lt=clock.now() - 2 * KEPT).delete()
    return gone


def _follow(path: Path) -> int:
    kept = left = 0
    while left < MOST_BYTES:
        read, new = _turn(path)
        kept, left = kept + new, left + read
        if not read:
            break
    return kept


@transaction.atomic
def _turn(path: Path) -> tuple[int, int]:
    """One batch: bytes read, lines kept anew. Locks the file's row, so that two never read it."""
    inode = path.stat().st_ino
    now = clock.now()
    FollowedFile.objects.bulk_create(
        [FollowedFile(path=str(path), inode=inode, read_at=now)], ignore_conflicts=True
    )
    place = FollowedFile.objects.select_for_update().get(path=str(path), inode=inode)
    lines: list[bytes] = []
    read = 0
    with path.open("rb") as file:
        file.seek(place.offset)
        while len(lines) < MOST_LINES:
            line = file.readline(LINE_MAX + 1)
            if not line.endswith(b"\n") and len(line) <= LINE_MAX:
                break  # still being written
            read += len(line)
            lines.append(line)
    if lines:
        batch = f"{path}:{inode}:{place.offset}"
        taken = take_lines(lines, origin=Origin.OWN, host=socket.gethostname()[:64], batch=batch)
        place.offset, place.read_at = place.offset + read, now
        place.save(update_fields=["offset", "read_at"])
        return read, taken.kept
    return 0, 0
