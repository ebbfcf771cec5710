"""Rehearsals: ordered by whoever writes rules, worked through by the worker, one at a time each.

Nothing a rehearsal reads is changed by it, so one whose worker died is simply done again.
Source: RU-06.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import OPEN_REHEARSALS, RehearsalState
from apps.alarms.models import AlarmRule, RuleRehearsal
from apps.alarms.rehearsal import DAYS, Rehearsal, rehearse
from apps.alarms.rules import read_rule
from apps.alarms.selectors.rules import calendar_of, get_rule
from apps.alarms.services.ruling import NewRule, read_body, require_edit
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, NotFound, Refused
from apps.common.waking import Waker
from apps.notices import services as notices

logger = logging.getLogger(__name__)

MOST_THINGS = 5000
MOST_OPEN = 3  # of one person
MOST_ATTEMPTS = 3
#: A worker says that it lives each time it tells how far it is; the first rows may take a while.
LEASE = timedelta(minutes=5)
LONGEST = timedelta(minutes=20)
KEPT = timedelta(days=30)
_rehearsers = Waker("alarms.rehearse_due", expires=60)


class _Stopped(Exception):
    """It was cancelled, or another worker has taken it up: what is known so far is nobody's."""


@transaction.atomic
def order_rehearsal(
    actor: User, *, unit: Organization, new: NewRule, rule_id: int | None = None
) -> RuleRehearsal:
    """Will queue a rehearsal of a rule as filled in over the last thirty days; audited.

    The same ordered again while it waits or runs is the same rehearsal.
    Raises: NotAllowed; NotFound; InvalidInput (a field of the rule); Refused (too many at once).
    """
    require_edit(actor, unit)
    read_body(unit, new.area, new.body)
    rule = get_rule(actor, pk=rule_id) if rule_id is not None else None
    digest = _digest(unit, new, rule)
    same = _find_open(actor, digest)
    if same is not None:
        return same
    # Orders of one person queue behind one another, so that two at once are counted.
    User.objects.select_for_update().get(pk=actor.pk)
    waiting = RuleRehearsal.objects.filter(maker=actor, state__in=OPEN_REHEARSALS).count()
    if waiting >= MOST_OPEN:
        raise Refused(_("您已有%d次试算未完成，请等待或取消") % waiting, code="too_many")
    made = _make(actor, unit, new, rule, digest)
    if made is None:
        found = _find_open(actor, digest)
        assert found is not None  # the same, asked for at the same moment
        return found
    _note(actor, "alarm_rule.rehearsal_ordered", made, {"profile": new.profile})
    _rehearsers.wake_after_commit()
    return made


def _make(
    actor: User, unit: Organization, new: NewRule, rule: AlarmRule | None, digest: str
) -> RuleRehearsal | None:
    in_force = rule.current if rule is not None else None
    try:
        with transaction.atomic():
            return RuleRehearsal.objects.create(
                unit=unit, rule=rule, name=new.name.strip()[:60], profile=new.profile,
                area=new.area, asset_class=new.asset_class, body=new.body,
                before=in_force.body if in_force is not None else {}, digest=digest,
                until=clock.now(), maker=actor, created_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        if "alarm_rehearsal_once" not in str(error):
            raise
        return None


@transaction.atomic
def cancel_rehearsal(actor: User, *, rehearsal_id: int) -> RuleRehearsal:
    """Will end a rehearsal of one's own; the worker stops at its next thing. Locks it.

    Raises: NotFound; Refused (over already).
    """
    found = (
        RuleRehearsal.objects.select_for_update(of=("self",))
        .filter(pk=rehearsal_id, maker=actor)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这次试算"))
    if not found.is_open:
        raise Refused(_("该试算已结束（%s）") % found.get_state_display(), field="state")
    found.state, found.finished_at, found.claimed_until = (
        RehearsalState.CANCELLED, clock.now(), None,
    )  # fmt: skip
    found.save(update_fields=["state", "finished_at", "claimed_until"])
    _note(actor, "alarm_rule.rehearsal_cancelled", found, {})
    return found


def rehearse_due(*, limit: int = 5) -> int:
    """Will work through queued rehearsals, one after another, and give their number.

    Any number of workers may do so at once. One whose worker died is taken up again, three
    times at most.
    """
    done = 0
    for _turn in range(limit):
        found = _claim()
        if found is None:
            break
        _run(found)
        done += 1
    return done


def drop_old_rehearsals() -> int:
    """Will delete what is older than thirty days, and give its number."""
    old = RuleRehearsal.objects.filter(created_at__lt=clock.now() - KEPT)
    return old.delete()[0]


@transaction.atomic
def _claim() -> RuleRehearsal | None:
    now = clock.now()
    free = Q(state=RehearsalState.QUEUED) | Q(state=RehearsalState.RUNNING, claimed_until__lt=now)
    found = (
        RuleRehearsal.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("unit__tenant__area", "area", "asset_class", "maker")
        .filter(free)
        .order_by("pk")
        .first()
    )
    if found is not None:
        found.state, found.attempt = RehearsalState.RUNNING, found.attempt + 1
        found.claimed_until, found.done = now + LEASE, 0
        found.save(update_fields=["state", "attempt", "claimed_until", "done"])
    return found


def _run(run: RuleRehearsal) -> None:
    try:
        if run.attempt > MOST_ATTEMPTS:
            raise Refused(_("试算多次中断，请缩小范围后重试"))
        _finish(run, RehearsalState.DONE, result=_rehearse(run))
    except _Stopped:
        logger.info("a rehearsal was cancelled or taken over", extra={"rehearsal": run.pk})
    except DomainError as error:
        _finish(run, RehearsalState.FAILED, error=str(error))
    except Exception:  # the loop's edge: this one is parked, the round goes on
        logger.exception("a rehearsal failed", extra={"rehearsal": run.pk})
        _finish(run, RehearsalState.FAILED, error=_("试算未能完成，请缩小范围后重试"))


def _rehearse(run: RuleRehearsal) -> Rehearsal:
    assets = list(_things(run))
    own = RuleRehearsal.objects.filter(pk=run.pk, state=RehearsalState.RUNNING, attempt=run.attempt)
    started = clock.now()

    def tell(done: int) -> None:
        now = clock.now()
        if now - started > LONGEST:
            raise Refused(_("试算超过20分钟，请缩小范围后重试"))
        if not own.update(done=done, claimed_until=now + LEASE):
            raise _Stopped

    own.update(total=len(assets))
    calendar = calendar_of(run.unit.tenant, run.area)
    return rehearse(
        read_rule(run.body, calendar),
        profile=run.profile,
        assets=assets,
        until=run.until,
        tenant=run.unit.tenant,
        before=read_rule(run.before, calendar) if run.before else None,
        days=DAYS,
        tell=tell,
    )


def _things(run: RuleRehearsal) -> list[Asset]:
    ground = run.area or run.unit.tenant.area
    found = Asset.objects.select_related("maintainer", "owner_unit")
    if ground is not None:
        found = found.filter(area__path__startswith=ground.path)
    if run.asset_class is not None:
        found = found.filter(kind=run.asset_class)
    return list(found.order_by("pk")[:MOST_THINGS])


@transaction.atomic
def _finish(
    run: RuleRehearsal, state: RehearsalState, *, result: Rehearsal | None = None, error: str = ""
) -> None:
    """Writes the end, if it is still this worker's to write."""
    said = asdict(result) | {"busiest": result.busiest} if result is not None else {}
    own = RuleRehearsal.objects.filter(pk=run.pk, state=RehearsalState.RUNNING, attempt=run.attempt)
    if not own.update(
        state=state, result=said, error=error[:300], finished_at=clock.now(),
        claimed_until=None, done=F("total"),
    ):  # fmt: skip
        return
    told = {"total": result.total, "readings": result.readings} if result is not None else {}
    _note(run.maker, "alarm_rule.rehearsed", run, told | {"state": str(state)})
    notices.notify(
        recipients=[run.maker],
        kind="alarms",
        title=_("规则试算“%(name)s”：%(state)s") % {"name": run.name, "state": state.label},
        body=error,
        url=f"/alarms/rehearsals/{run.pk}/",
        key=f"alarm-rehearsal:{run.pk}:{state}",
    )


def _find_open(actor: User, digest: str) -> RuleRehearsal | None:
    found = RuleRehearsal.objects.filter(maker=actor, digest=digest, state__in=OPEN_REHEARSALS)
    return found.first()


def _digest(unit: Organization, new: NewRule, rule: AlarmRule | None) -> str:
    area, kind = new.area, new.asset_class
    said = [
        unit.pk, rule.pk if rule else None, rule.current_id if rule else None, new.profile,
        area.pk if area else None, kind.pk if kind else None, new.body,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _note(actor: User, action: str, run: RuleRehearsal, data: dict[str, object]) -> None:
    audit.record(
        actor, action, object_type="alarms.rehearsal", object_id=run.pk, object_label=run.name,
        data=data,
    )  # fmt: skip
