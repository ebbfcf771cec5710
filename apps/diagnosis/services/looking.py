"""Who is looked at now: waiting looks claimed, looked through side by side, written down.

A claim names its worker and runs out, so a worker that dies costs minutes and a late one writes
nothing. No more at once on a recorder than it bears. No transaction is open while anybody is
looked at. Source: VD-06, docs/decisions/0066.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from apps.common import clock
from apps.decoding.enums import Ending
from apps.diagnosis.enums import LookState, RunState
from apps.diagnosis.models import Look
from apps.diagnosis.services.life import write_down
from apps.diagnosis.services.probing import probe
from apps.diagnosis.services.seeing import Eye, Seen, open_eye, watch
from apps.video.models import Camera

logger = logging.getLogger(__name__)

#: Cameras looked at side by side by one worker, and workers that look at once.
MOST_AT_ONCE = 8
MOST_WORKERS = 2
#: A claim outlives the longest look by far.
CLAIM = timedelta(minutes=3)
#: A look that killed its worker so often is given up.
MOST_ATTEMPTS = 3
#: Waiting looks searched for such whose recorder is free.
_SEARCHED = 400
_ONE_AT_A_TIME = 8_406_006  # the advisory lock of claiming: counts of a recorder must hold


@dataclass(frozen=True)
class Claimed:
    """A look that is ours until the claim runs out."""

    look_id: int
    claim: uuid.UUID
    camera: Camera
    probes: bool


def look_due() -> int:
    """Will look at cameras whose time has come and give how many results were written."""
    claimed = claim_due()
    if not claimed:
        return 0
    opened = [(one, open_eye(one.camera)) for one in claimed]
    count = 0
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        looking = {pool.submit(_watched, eye): one for one, eye in opened}
        for done in as_completed(looking):
            one, seen = looking[done], done.result()
            if one.probes and seen.numbers:
                seen = probe(one.camera, seen)
            count += write_down(one.look_id, one.claim, seen) is not None
    return count


def _watched(eye: Eye) -> Seen:
    """What a picture does to our own arithmetic is the camera's fault, not the round's."""
    try:
        return watch(eye)
    except Exception as error:
        logger.exception("a picture could not be measured")
        return Seen(clock.now(), Ending.CRASHED, type(error).__name__)


@transaction.atomic
def claim_due(*, most: int = MOST_AT_ONCE) -> list[Claimed]:
    """Will claim waiting looks, the longest due first, as many on a recorder as it bears.

    Looks that others have claimed are passed over; nothing is claimed while ``MOST_WORKERS``
    others look. Cameras without a recorder each stand for themselves.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    now = clock.now()
    held = Look.objects.filter(state=LookState.WAITING, claimed_until__gt=now)
    busy: Counter[int | None] = Counter(held.values_list("camera__recorder_id", flat=True))
    if held.values("claim").distinct().count() >= MOST_WORKERS:
        return []
    looked_at = set(held.values_list("camera_id", flat=True))
    claim, claimed = uuid.uuid4(), []
    for look in _free(now):
        recorder = look.camera.recorder
        if look.camera_id in looked_at:
            continue
        if recorder is not None and busy[recorder.pk] >= recorder.concurrency:
            continue
        looked_at.add(look.camera_id)
        busy[recorder.pk if recorder is not None else None] += 1
        claimed.append(_claim(look, claim, now))
        if len(claimed) == most:
            break
    return claimed


def _free(now: datetime) -> Iterator[Look]:
    free: QuerySet[Look] = (
        Look.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=LookState.WAITING, due_at__lte=now, run__state=RunState.RUNNING)
        .filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
        .select_related("camera__recorder", "camera__asset__area", "run")
        .defer("camera__asset__area__boundary")
        .order_by("due_at", "pk")[:_SEARCHED]
    )
    for look in free:
        if look.attempts >= MOST_ATTEMPTS:
            write_down(look.pk, None, Seen(now, Ending.CRASHED))
        else:
            yield look


def _claim(look: Look, claim: uuid.UUID, now: datetime) -> Claimed:
    look.claim, look.claimed_until, look.attempts = claim, now + CLAIM, look.attempts + 1
    look.save(update_fields=["claim", "claimed_until", "attempts"])
    return Claimed(look.pk, claim, look.camera, look.probes)
