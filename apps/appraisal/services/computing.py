"""Computing a month: ordered by the manager, worked through by the worker, shown when done.

Points are taken a few hundred at a time and their figures written as they come, under a new
computation that nobody sees until it is whole. A worker that dies leaves rows nobody shows; the
next one begins anew. The same rows give the same figures, whoever computes them. Source: OP-16.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.appraisal import permissions
from apps.appraisal.counting import Counted, Ruling, counted, figures, inputs_digest
from apps.appraisal.enums import OPEN_PASSES, AppealState, PassState, RunState
from apps.appraisal.models import Appeal, Pass, PointFact, PointFigure, Run
from apps.appraisal.reckoning import PointSlice, Rate, score_of
from apps.appraisal.schemes import Terms, read_terms
from apps.appraisal.selectors.points import Point, areas_of, gather, point_ids
from apps.appraisal.selectors.runs import month_of
from apps.appraisal.selectors.schemes import find_scheme
from apps.appraisal.services._shared import require_in
from apps.appraisal.services.ranking import finish
from apps.audit.services import SYSTEM, Actor, record_row
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, Refused
from apps.common.waking import Waker
from apps.places.models import Area

logger = logging.getLogger(__name__)

BATCH = 300
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
_computers = Waker("appraisal.compute_due", expires=60)


class _TakenOver(Exception):
    """Another worker has this computation now: what is known so far is nobody's."""


@transaction.atomic
def order_pass(actor: Actor, *, tenant: Tenant, month: date) -> Pass:
    """Will queue the computation of a month by the scheme in force; audited.

    Ordered again while one waits or runs, it is the same one. Locks the body, then the month.
    Raises: NotAllowed; InvalidInput (field "month": not begun yet); Refused (no scheme; frozen).
    """
    if isinstance(actor, User):
        require_in(actor, permissions.KEEP, tenant.pk)
    period = month_of(month)
    if period.first > clock.today():
        raise InvalidInput(_("考核月还没有开始"), field="month")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    scheme = find_scheme(tenant, period.first)
    if scheme is None:
        raise Refused(_("该月没有已发布的考核方案，不能计算"))
    Run.objects.get_or_create(tenant=tenant, month=period.first)
    run = Run.objects.select_for_update().get(tenant=tenant, month=period.first)
    if run.state == RunState.FROZEN:
        raise Refused(_("该月考核已封存，不再变化"))
    found = run.passes.filter(state__in=OPEN_PASSES).first()
    if found is not None:
        return found
    made = run.passes.create(
        scheme=scheme,
        asked_at=clock.now(),
        asked_by_id=actor.pk,
        asked_by_name=actor.log_name[:100] if isinstance(actor, User) else SYSTEM.display_name,
    )
    record_row(actor, "ops_appraisal.ordered", run, computation=made.pk, scheme=str(scheme))
    _computers.wake_after_commit()
    return made


def compute_due(*, limit: int = 3) -> int:
    """Will work through queued computations and give their number; any number of workers may."""
    done = 0
    for _turn in range(limit):
        found = _claim()
        if found is None:
            break
        _run(found)
        done += 1
    return done


@transaction.atomic
def _claim() -> Pass | None:
    now = clock.now()
    free = Q(state=PassState.QUEUED) | Q(state=PassState.RUNNING, claimed_until__lt=now)
    found = (
        Pass.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("run__tenant__area", "scheme")
        .filter(free)
        .order_by("pk")
        .first()
    )
    if found is not None:
        found.state, found.attempt = PassState.RUNNING, found.attempt + 1
        found.claimed_until, found.done, found.read_at = now + LEASE, 0, now
        found.save(update_fields=["state", "attempt", "claimed_until", "done", "read_at"])
        found.points.all().delete()
        found.facts.all().delete()
    return found


def _run(one: Pass) -> None:
    try:
        if one.attempt > MOST_ATTEMPTS:
            raise Refused(_("计算多次中断，请联系管理员"))
        _compute(one)
    except _TakenOver:
        logger.info("a computation was taken over", extra={"computation": one.pk})
    except DomainError as error:
        _fail(one, str(error))
    except Exception:  # the loop's edge: this one is parked, the round goes on
        logger.exception("a computation failed", extra={"computation": one.pk})
        _fail(one, _("计算未能完成，请稍后重试"))


def _compute(one: Pass) -> None:
    terms = read_terms(one.scheme.body)
    begin, end = span_of(one.run.month)
    rulings = rulings_of(one.run)
    ids = point_ids(one.run.tenant, kinds=terms.kinds)
    _tell(one, 0, total=len(ids))
    for nth in range(0, len(ids), BATCH):
        points = gather(ids[nth : nth + BATCH], begin, end)
        with transaction.atomic():
            _tell(one, min(nth + BATCH, len(ids)))
            _write(one, points, terms, rulings)
    finish(one, terms, rulings)


def span_of(month: date) -> tuple[int, int]:
    """Will give begin and end of a month in seconds since 1970; of this one, up to now."""
    period = month_of(month)
    end = min(period.end, clock.now().replace(microsecond=0))
    return int(period.start.timestamp()), int(max(end, period.start).timestamp())


def rulings_of(run: Run) -> dict[str, Ruling]:
    """Will give what granted appeals of the month say, by row."""
    granted = Appeal.objects.filter(
        tenant_id=run.tenant_id, month=run.month, state=AppealState.GRANTED
    )
    return {one.key: Ruling(one.pk, one.wish, one.cause) for one in granted}


def _tell(one: Pass, done: int, *, total: int | None = None) -> None:
    """Says how far it is, which renews the claim. Raises: _TakenOver."""
    own = Pass.objects.filter(pk=one.pk, state=PassState.RUNNING, attempt=one.attempt)
    more = {} if total is None else {"total": total}
    if not own.update(done=done, claimed_until=clock.now() + LEASE, **more):
        raise _TakenOver


def _write(one: Pass, points: Sequence[Point], terms: Terms, rulings: dict[str, Ruling]) -> None:
    areas = areas_of(points)
    rows: list[PointFact] = []
    shown: list[PointFigure] = []
    for point in points:
        told = counted(point.told, rulings)
        digest = inputs_digest(point.slices, told, point.watched_from)
        parts = figures(point.slices, told, rules=terms.rules, watched_from=point.watched_from)
        rows.extend(_fact(one, row) for row in told)
        shown.extend(_figure(one, point, part, areas, terms, digest) for part in parts)
    PointFact.objects.bulk_create(rows, batch_size=2000)
    PointFigure.objects.bulk_create(shown, batch_size=1000)


def _fact(one: Pass, row: Counted) -> PointFact:
    told = row.told
    return PointFact(
        of=one,
        asset_id=told.asset_id,
        kind=told.kind,
        key=told.key,
        label=told.label[:160],
        began_at=moment(told.began),
        ended_at=None if told.ended is None else moment(told.ended),
        cause=row.cause,
        planned=told.planned,
        known=told.known,
        left_out=row.left_out,
        ruled_id=row.ruled_id,
        detail=told.detail,
    )


def _figure(
    one: Pass,
    point: Point,
    part: PointSlice,
    areas: dict[str, Area],
    terms: Terms,
    digest: str,
) -> PointFigure:
    area = areas.get(part.slice.area)
    return PointFigure(
        of=one,
        asset=point.asset,
        code=point.asset.code,
        name=point.asset.name,
        kind_name=point.asset.kind.name,
        area_id=area.pk if area else None,
        area_name=area.name if area else "",
        area_path=area.path if area else "",
        vendor=part.slice.vendor,
        began_at=moment(part.slice.began),
        ended_at=moment(part.slice.ended),
        seconds=asdict(part.ledger),
        causes=part.causes,
        outages=part.outages,
        rates=as_json(part.rates),
        score=score_of(part.rates, terms.weights),
        bar=[[p.began, p.ended, p.condition, p.cause, list(p.keys)] for p in part.pieces],
        digest=digest,
    )


def as_json(rates: dict[str, Rate]) -> dict[str, list[int]]:
    """Will give good and due by indicator, as kept."""
    return {code: [rate.good, rate.due] for code, rate in rates.items()}


def moment(seconds: int) -> datetime:
    """Will give the moment of seconds since 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


@transaction.atomic
def _fail(one: Pass, error: str) -> None:
    own = Pass.objects.filter(pk=one.pk, state=PassState.RUNNING, attempt=one.attempt)
    if own.update(
        state=PassState.FAILED, error=error[:300], finished_at=clock.now(), claimed_until=None
    ):
        one.points.all().delete()
        one.facts.all().delete()
        record_row(SYSTEM, "ops_appraisal.failed", one.run, computation=one.pk, error=error)
