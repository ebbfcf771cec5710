"""What is forgotten: files and batches nobody will send again."""

from datetime import timedelta

from apps.common import clock
from apps.polling.enums import FileState
from apps.polling.models import EdgeBatch, ReadingFile

BATCH_DAYS = 90
FILE_DAYS = 180


def purge() -> int:
    """Will delete what was told of old batches and files and give how many rows.

    Should one come again nevertheless, its readings are duplicates and nothing changes.
    """
    now = clock.now()
    over = (FileState.DONE, FileState.FAILED)
    files = ReadingFile.objects.filter(
        state__in=over, created_at__lt=now - timedelta(days=FILE_DAYS)
    )
    old = EdgeBatch.objects.filter(received_at__lt=now - timedelta(days=BATCH_DAYS))
    return files.delete()[0] + old.delete()[0]
