"""Going on duty and off, and the positions in between.

A position is taken only while its worker is on duty and agreed to it for this duty; any other
fix is refused and leaves nothing but a count. Source: GR-02, PIPL art. 6, 29, 47.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import SYSTEM, Actor, record, record_row
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, Refused
from apps.fieldwork import consent as consent_text
from apps.fieldwork.enums import OPEN_PATROLS, PatrolState, SessionEnd
from apps.fieldwork.errors import NoConsent, OffDuty
from apps.fieldwork.models import (
    DutySession,
    LastPosition,
    Patrol,
    Position,
    PositionBatch,
    Worker,
)
from apps.fieldwork.services._shared import AHEAD, key_of, moment_of, place_of, skew_of, working
from apps.fieldwork.services.plausibility import Fix, Judged, judge
from apps.places.geometry import point

LONGEST_DUTY = timedelta(hours=16)
MOST_FIXES = 1000
MOST_BATCHES = 120  # a minute and person; an outbox of a whole day goes in well below it


@transaction.atomic
def start_duty(actor: User, *, key: UUID | str, at: datetime, consent: bool) -> DutySession:
    """Will put the actor on duty from ``at``; positions are taken only with ``consent``.

    consent: the worker was shown ``consent.TEXT`` and agreed, for this duty. The same key again
    gives the first answer. Locks the worker.
    Raises: NotAWorker; InvalidInput (key, at); Refused (on duty already, or then).
    """
    worker, now = working(actor), clock.now()
    known = DutySession.objects.filter(worker=worker, key=key_of(key)).first()
    if known is not None:
        return known
    began = moment_of(at, now)
    if worker.sessions.filter(ended_at__isnull=True).exists():
        raise Refused(_("您已在岗，无需重复上岗"), code="on_duty")
    if worker.sessions.filter(ended_at__gt=began).exists():
        raise Refused(_("上岗时间与已有上岗记录重叠"), code="duty_overlaps")
    session = DutySession.objects.create(
        worker=worker,
        key=key_of(key),
        started_at=began,
        received_at=now,
        consent_version=consent_text.VERSION if consent else "",
    )
    record_row(actor, "duty.started", session, consent=session.consent_version)
    return session


@transaction.atomic
def end_duty(actor: User, *, key: UUID | str, at: datetime) -> DutySession:
    """Will take the actor off duty from ``at``; the last position is forgotten.

    A duty that was ended because nobody ended it may still get its true end, from a phone that
    was offline. The same key again gives the first answer. Locks the worker and the session.
    Raises: NotAWorker; InvalidInput (key, at: before the start); OffDuty.
    """
    worker, now = working(actor), clock.now()
    known = DutySession.objects.filter(worker=worker, end_key=key_of(key)).first()
    if known is not None:
        return known
    ended = moment_of(at, now)
    endable = Q(ended_at__isnull=True) | Q(ended_by=SessionEnd.TIMEOUT, end_key__isnull=True)
    session = worker.sessions.select_for_update().filter(endable).order_by("-started_at").first()
    if session is None:
        raise OffDuty(_("您当前不在岗"))
    if ended < session.started_at:
        raise InvalidInput(_("下岗时间早于上岗时间"), field="at")
    if session.ended_at is not None and ended > session.ended_at:
        ended = session.ended_at
    _end(actor, session, ended_at=ended, by=SessionEnd.WORKER, end_key=key_of(key))
    return session


@transaction.atomic
def withdraw_consent(actor: User, *, at: datetime) -> DutySession:
    """Will take no more positions of the actor's present duty; the duty itself goes on.

    Locks the worker. Raises: NotAWorker; InvalidInput (at); OffDuty; NoConsent (none given).
    """
    worker, now = working(actor), clock.now()
    session = worker.sessions.select_for_update().filter(ended_at__isnull=True).first()
    if session is None:
        raise OffDuty(_("您当前不在岗"))
    if not session.consent_version or session.consent_ended_at is not None:
        raise NoConsent(_("本次上岗未同意收集位置"))
    session.consent_ended_at = max(moment_of(at, now), session.started_at)
    session.save(update_fields=["consent_ended_at"])
    LastPosition.objects.filter(worker=worker).delete()
    record_row(actor, "duty.consent_withdrawn", session, before=session.consent_version, after="")
    return session


def report_positions(
    actor: User, *, key: UUID | str, fixes: Sequence[Fix], sent_at: datetime | None = None
) -> int:
    """Will keep the fixes that lie within the actor's duty and consent, and give their number.

    sent_at: the phone's clock when it sent; from 30 s on its times are put right by the
    difference, which is kept with the batch. Fixes that cannot be true (see ``plausibility``)
    are kept and marked. Fixes outside duty, before consent or ahead of time are refused: only
    their number is kept. The same key again gives the first answer. Locks the worker.

    Raises: NotAWorker; InvalidInput (key, fixes, sent_at); OffDuty, NoConsent (no fix at all
        could be kept; the refusal stands in the log); TooMany (batches in a minute).
    """
    ratelimit.hit("fieldwork.positions", str(actor.pk), limit=MOST_BATCHES, per_seconds=60)
    try:
        return _report(actor, key_of(key), list(fixes), sent_at)
    except (OffDuty, NoConsent) as error:
        # Outside the transaction that was rolled back, so that the refusal stays.
        worker = Worker.objects.get(user_id=actor.pk)
        record_row(actor, "positions.refused", worker, why=error.code, fixes=len(fixes))
        raise


@transaction.atomic
def _report(actor: User, key: UUID, fixes: list[Fix], sent_at: datetime | None) -> int:
    worker, now = working(actor), clock.now()
    known = PositionBatch.objects.filter(worker=worker, key=key).first()
    if known is not None:
        return known.stored
    skew = skew_of(sent_at, now)
    shifted = [_checked(fix, skew) for fix in fixes]
    if not 1 <= len(shifted) <= MOST_FIXES:
        raise InvalidInput(_("一次上报的位置应为 1 至 1000 个"), field="fixes")
    kept, counts = _sorted_out(worker, shifted, now)
    if not kept:
        if counts["without_consent"]:
            raise NoConsent(_("本次上岗未同意收集位置，位置未保存"))
        if counts["outside"]:
            raise OffDuty(_("不在岗期间不收集位置，位置未保存"))
        raise InvalidInput(_("位置时间晚于当前时间，请校准手机时钟"), field="fixes")
    batch = PositionBatch.objects.create(
        worker=worker, key=key, received_at=now, skew_s=round(skew.total_seconds()), **counts
    )
    for session, own in kept.items():
        stored, doubtful = _keep(batch, session, own)
        batch.stored, batch.doubtful = batch.stored + stored, batch.doubtful + doubtful
    batch.save(update_fields=["stored", "doubtful"])
    _measure_anew(worker, [fix.at for own in kept.values() for fix in own])
    return batch.stored


def _checked(fix: Fix, skew: timedelta) -> Fix:
    if fix.at.tzinfo is None:
        raise InvalidInput(_("时间缺少时区"), field="fixes")
    place_of(fix.lon, fix.lat, fix.accuracy_m)
    return Fix(fix.at + skew, fix.lon, fix.lat, fix.accuracy_m)


def _sorted_out(
    worker: Worker, fixes: Iterable[Fix], now: datetime
) -> tuple[dict[DutySession, list[Fix]], Counter[str]]:
    """The fixes to keep by session, and how many are refused for which reason."""
    oldest = min((fix.at for fix in fixes), default=now)
    sessions = list(worker.sessions.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=oldest)))
    kept: dict[DutySession, list[Fix]] = {}
    counts: Counter[str] = Counter(outside=0, without_consent=0, future=0)
    for fix in fixes:
        if fix.at > now + AHEAD:
            counts["future"] += 1
            continue
        session = next((one for one in sessions if _covers(one, fix.at)), None)
        if session is None:
            counts["outside"] += 1
        elif not _agreed(session, fix.at):
            counts["without_consent"] += 1
        else:
            kept.setdefault(session, []).append(fix)
    return kept, counts


def _covers(session: DutySession, at: datetime) -> bool:
    return session.started_at <= at and (session.ended_at is None or at <= session.ended_at)


def _agreed(session: DutySession, at: datetime) -> bool:
    ended = session.consent_ended_at
    return bool(session.consent_version) and (ended is None or at < ended)


def _keep(batch: PositionBatch, session: DutySession, fixes: list[Fix]) -> tuple[int, int]:
    """Judges and writes the fixes of one session; gives how many are new and doubted."""
    taken = set(session.positions.filter(at__in=[f.at for f in fixes]).values_list("at", flat=True))
    new = {fix.at: fix for fix in fixes if fix.at not in taken}
    if not new:
        return 0, 0
    judged = list(judge(new.values(), last=_last_trusted(session, min(new))))
    Position.objects.bulk_create(
        Position(
            worker_id=session.worker_id,
            session=session,
            batch=batch,
            at=one.fix.at,
            point=point(one.fix.lon, one.fix.lat),
            accuracy_m=one.fix.accuracy_m,
            speed_kmh=one.speed_kmh,
            doubt=one.doubt or "",
        )
        for one in judged
    )
    if session.ended_at is None and session.consent_ended_at is None:
        _seen_last(session, judged)
    return len(judged), sum(one.doubt is not None for one in judged)


def _last_trusted(session: DutySession, before: datetime) -> Fix | None:
    trusted = session.positions.filter(at__lt=before, doubt="").order_by("-at")
    last = trusted.first()
    return Fix(last.at, last.point.x, last.point.y, last.accuracy_m) if last is not None else None


def _seen_last(session: DutySession, judged: Sequence[Judged]) -> None:
    trusted = [one.fix for one in judged if one.doubt is None]
    if not trusted:
        return
    newest = max(trusted, key=lambda fix: fix.at)
    known = LastPosition.objects.filter(worker_id=session.worker_id).first()
    if known is not None and known.session_id == session.pk and known.at >= newest.at:
        return
    LastPosition.objects.update_or_create(
        worker_id=session.worker_id,
        defaults={
            "session": session,
            "at": newest.at,
            "point": point(newest.lon, newest.lat),
            "accuracy_m": newest.accuracy_m,
        },
    )


def _measure_anew(worker: Worker, times: list[datetime]) -> None:
    """Patrols walked at these times are measured again; also those long closed."""
    walked = Patrol.objects.filter(worker=worker, started_at__lte=max(times))
    walked = walked.exclude(state=PatrolState.UNASSIGNED).filter(
        Q(finished_at__isnull=True) | Q(finished_at__gte=min(times))
    )
    walked.exclude(state__in=OPEN_PATROLS).update(measured_at=None)


def _end(
    actor: Actor,
    session: DutySession,
    *,
    ended_at: datetime,
    by: SessionEnd,
    end_key: UUID | None = None,
) -> None:
    before = session.ended_at.isoformat() if session.ended_at else None
    session.ended_at, session.ended_by, session.end_key = ended_at, by, end_key
    session.end_received_at = clock.now()
    session.save(update_fields=["ended_at", "ended_by", "end_key", "end_received_at"])
    LastPosition.objects.filter(session=session).delete()
    record_row(
        actor, "duty.ended", session,
        by=by, before={"ended_at": before}, after={"ended_at": ended_at.isoformat()},
    )  # fmt: skip


@transaction.atomic
def end_for(actor: Actor, *, worker: Worker, by: SessionEnd) -> int:
    """Will end the running duty of somebody who leaves or is paused; gives how many."""
    running = list(worker.sessions.select_for_update().filter(ended_at__isnull=True))
    for session in running:
        _end(actor, session, ended_at=max(clock.now(), session.started_at), by=by)
    return len(running)


@transaction.atomic
def end_forgotten() -> int:
    """Will end duties nobody ended for 16 hours, at that hour; gives how many."""
    stale = DutySession.objects.filter(
        ended_at__isnull=True, started_at__lt=clock.now() - LONGEST_DUTY
    )
    forgotten = list(stale.select_for_update(skip_locked=True).order_by("pk"))
    for session in forgotten:
        _end(SYSTEM, session, ended_at=session.started_at + LONGEST_DUTY, by=SessionEnd.TIMEOUT)
    return len(forgotten)


def purge_positions() -> int:
    """Will delete positions older than ``settings.POSITION_RETENTION_DAYS``; gives how many."""
    before = clock.now() - timedelta(days=settings.POSITION_RETENTION_DAYS)
    with transaction.atomic():
        deleted = Position.objects.filter(at__lt=before).delete()[0]
        Patrol.objects.filter(ends_at__lt=before, track__isnull=False).update(track=None)
        unused = PositionBatch.objects.filter(received_at__lt=before)
        unused.exclude(pk__in=Position.objects.values("batch")).delete()
        if deleted:
            told = {"deleted": deleted, "until": before.isoformat()}
            record(SYSTEM, "positions.purged", data=told)
    return deleted
