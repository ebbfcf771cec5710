"""What is forgotten: files and batches nobody will send again, old changes of links."""

from datetime import timedelta

from apps.common import clock
from apps.polling.enums import FileState
from apps.polling.models import EdgeBatch, LinkChange, ReadingFile
from apps.polling.services.links import CHANGE_DAYS

BATCH_DAYS = 90
FILE_DAYS = 180


def purge() -> int:
    """Will delete what was told of old batches, files and links and give how many rows.

    Should one come again nevertheless, its readings are duplicates and nothing changes.
    """
    now = clock.now()
    over = (FileState.DONE, FileState.FAILED)
    files = ReadingFile.objects.filter(
        state__in=over, created_at__lt=now - timedelta(days=FILE_DAYS)
    )
    old = EdgeBatch.objects.filter(received_at__lt=now - timedelta(days=BATCH_DAYS))
    changes = LinkChange.objects.filter(at__lt=now - timedelta(days=CHANGE_DAYS))
    return files.delete()[0] + old.delete()[0] + changes.delete()[0]
