"""How long things are kept: results for ever, what only served the work a while."""

from datetime import timedelta

from apps.common import clock
from apps.diagnosis.enums import LookState
from apps.diagnosis.models import Look

#: Looks that are done are told by their result.
LOOKS_KEPT = timedelta(days=30)


def purge() -> int:
    """Will forget looks done long ago and give how many; results stay. Safe to run twice."""
    before = clock.now() - LOOKS_KEPT
    old = Look.objects.exclude(state=LookState.WAITING).filter(due_at__lt=before)
    return old.delete()[0]
