"""Pictures are kept as long as their class says, then they go; the finding stays. Source: VD-09."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, Q

from apps.analysis.models import Finding, JobRun
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.models import StoredFile

KEEP_RUNS = timedelta(days=30)
MOST = 2000


def purge() -> int:
    """Will forget pictures whose time is over and runs older than a month; gives how many."""
    due = Finding.objects.filter(keep_until__lt=clock.today()).exclude(picture=None, plain=None)
    gone = 0
    for pk in list(due.values_list("pk", flat=True)[:MOST]):
        gone += _forget(pk)
    old = JobRun.objects.filter(ended_at__lt=clock.now() - KEEP_RUNS)
    old.filter(pk__in=list(old.values_list("pk", flat=True)[:MOST])).delete()
    if gone:
        audit.record(SYSTEM, "findings.pictures_purged", data={"count": gone})
    return gone


@transaction.atomic
def _forget(pk: int) -> int:
    finding = Finding.objects.select_for_update().get(pk=pk)
    held = [one for one in (finding.picture_id, finding.plain_id) if one is not None]
    finding.picture = finding.plain = None
    finding.save(update_fields=["picture", "plain"])
    for stored in StoredFile.objects.filter(pk__in=held):
        _drop(stored)
    return 1


def _drop(stored: StoredFile) -> None:
    """A picture somebody else cites as well stays."""
    if Finding.objects.filter(Q(picture=stored) | Q(plain=stored)).exists():
        return
    told = (stored.path, stored.thumbnail_path)
    paths = [Path(settings.MEDIA_ROOT) / path for path in told if path]
    try:
        with transaction.atomic():
            stored.delete()
    except ProtectedError:
        return
    transaction.on_commit(partial(_unlink, paths))


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
