"""What is forgotten: single reads, tags nobody registered. Passages stay. Source: IO-14."""

from datetime import timedelta

from django.conf import settings

from apps.common import clock
from apps.tagging.models import TagRead, UnknownTag

#: Days after which an unknown tag that was not read again is forgotten.
UNKNOWN_DAYS = 90


def purge() -> int:
    """Will delete reads too old to be sent again and unknown tags unseen for long; gives both.

    A read is refused a day before it is deleted, so that none can count twice.
    """
    now = clock.now()
    reads = TagRead.objects.filter(at__lt=now - timedelta(days=settings.TAG_READ_KEEP_DAYS + 1))
    unseen = UnknownTag.objects.filter(last_at__lt=now - timedelta(days=UNKNOWN_DAYS))
    return reads.delete()[0] + unseen.delete()[0]
