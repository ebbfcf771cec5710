"""Leaving: everything a person could do ends at one moment, by one writer (AC-11).

``file_leaving`` plans it, ``carry_out`` does it, at once when the time is past, else by the
task ``personnel.follow_people``. Access ends first and never waits for work to be handed over;
what is still in hand when the limit is reached goes back to the unit's queue. The person's
file stays for ever.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.registry import endings, open_works
from apps.accounts.selectors import appointments_in_force
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.enums import LeavingReason, LeavingState
from apps.personnel.models import HandOver, Leaving, LeavingStep
from apps.personnel.services.telling import (
    clerks,
    heads,
    note,
    security_administrators,
    tell,
)

logger = logging.getLogger(__name__)
LONGEST_AHEAD = timedelta(days=366)
LONGEST_BACK = timedelta(days=366)


def limit() -> timedelta:
    """Will give how long after the leaving time the last access is gone at the latest."""
    return timedelta(hours=settings.LEAVING_LIMIT_HOURS)


@transaction.atomic
def file_leaving(
    actor: Actor, *, person: User, leaves_at: datetime, reason: str, note_text: str = ""
) -> Leaving:
    """Will plan that a person leaves; where the time is past, access ends now.

    leaves_at: aware. Locks the person. The unit's head and the clerks are told.

    Raises: NotAllowed; InvalidInput (time, reason); Refused (oneself, planned already, the
        account is closed and nothing is left to end).
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    unit = unit_of(locked)
    permissions.require(_may_file(actor, unit))
    if actor.pk is not None and actor.pk == locked.pk:
        raise Refused(_("不能为自己办理离职。"), code="own_account")
    now = clock.now()
    if not now - LONGEST_BACK <= leaves_at <= now + LONGEST_AHEAD:
        raise InvalidInput(_("离职时间须在前后一年之内。"), field="leaves_at")
    if reason not in LeavingReason.values:
        raise InvalidInput(_("请选择离职原因。"), field="reason")
    if Leaving.objects.filter(person=locked, state__in=_OPEN).exists():
        raise Refused(_("该人员已登记离职。"), code="filed_already", field="person")
    leaving = Leaving.objects.create(
        person=locked,
        unit=unit,
        number=_number(now),
        leaves_at=leaves_at,
        reason=reason,
        note=note_text.strip()[:300],
        filed_by_id=actor.pk,
        filed_by_name=actor.display_name[:100],
        filed_at=now,
    )
    note(actor, "leaving.filed", locked, number=leaving.number, at=leaves_at.isoformat())
    tell(
        [*heads(unit), *clerks(unit)],
        title=_("%(person)s将离职，请安排工作移交") % {"person": locked.full_name},
        body=_("离职时间 %(at)s。移交不影响到时注销全部权限。") % {"at": _local(leaves_at)},
        url=_url(leaving),
        key=f"leaving:{leaving.pk}:filed",
    )
    if leaves_at <= now:
        _end_access(leaving)
        settle(leaving)
    return leaving


_OPEN = (LeavingState.PLANNED, LeavingState.ENDED)


@transaction.atomic
def cancel_leaving(actor: Actor, *, leaving_id: int, reason: str) -> Leaving:
    """Will take a planned leaving back before its time. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (no reason); Refused (already carried out).
    """
    leaving = lock(leaving_id)
    permissions.require(_may_file(actor, leaving.unit))
    if not reason.strip():
        raise InvalidInput(_("请写明撤销理由。"), field="reason")
    if leaving.state != LeavingState.PLANNED or leaving.steps.filter(count__gt=0).exists():
        raise Refused(_("离职已经办理，不能撤销。"), code="carried_out")
    leaving.state = LeavingState.CANCELLED
    leaving.save(update_fields=["state"])
    note(actor, "leaving.cancelled", leaving.person, number=leaving.number, reason=reason.strip())
    return leaving


def carry_out_due() -> int:
    """Will end what is due, give back what was not handed over, and raise late alarms.

    For the worker, each minute; safe to run by several at once. One person's trouble does not
    hold up the next. Gives how many leavings moved on.
    """
    now = clock.now()
    due = Leaving.objects.filter(state__in=_OPEN, leaves_at__lte=now).order_by("leaves_at", "pk")
    return sum(carry_out(key) for key in list(due.values_list("pk", flat=True)))


def carry_out(leaving_id: int) -> bool:
    """Will take one leaving as far as it can go now; tells whether it moved.

    Access and work are two transactions: trouble with the work undoes no end of access. Each
    locks the leaving; somebody else at it means it is left alone.
    """
    moved = False
    for step in (_step_of_access, _step_of_work):
        try:
            moved = step(leaving_id) or moved
        except Exception:  # the loop's edge: the next minute tries again, the next person goes on
            logger.exception("leaving %s cannot go on", leaving_id)
    return moved


@transaction.atomic
def _step_of_access(leaving_id: int) -> bool:
    leaving = _claim(leaving_id, LeavingState.PLANNED)
    if leaving is None:
        return False
    _end_access(leaving)
    if leaving.ended_at is None and clock.now() >= leaving.leaves_at + limit():
        _raise_alarm(leaving)
    return leaving.ended_at is not None


@transaction.atomic
def _step_of_work(leaving_id: int) -> bool:
    leaving = _claim(leaving_id, LeavingState.ENDED)
    if leaving is None:
        return False
    if clock.now() >= leaving.leaves_at + limit():
        give_back(leaving)
    return settle(leaving)


def _claim(leaving_id: int, state: LeavingState) -> Leaving | None:
    found = Leaving.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "person", "unit__tenant"
    )
    return found.filter(pk=leaving_id, state=state, leaves_at__lte=clock.now()).first()


def settle(leaving: Leaving) -> bool:
    """Will close a leaving once nothing is in hand any more; tells whether it did."""
    if leaving.state != LeavingState.ENDED or any(
        work.list_of(leaving.person) for work in open_works()
    ):
        return False
    leaving.state, leaving.settled_at = LeavingState.SETTLED, clock.now()
    leaving.save(update_fields=["state", "settled_at"])
    note(SYSTEM, "leaving.settled", leaving.person, number=leaving.number)
    return True


def give_back(leaving: Leaving) -> int:
    """Will return what nobody was named for to the unit's queue; gives how many things."""
    count = 0
    for work in open_works():
        items = {item.key: item for item in work.list_of(leaving.person)}
        if not items:
            continue
        moved = work.hand_over(
            SYSTEM, leaving.person, None, sorted(items), _("已离职，逾期未指定接办人")
        )
        HandOver.objects.bulk_create(
            HandOver(
                leaving=leaving,
                work=work.code,
                item_key=key,
                item_label=items[key].label[:200],
                person=leaving.person,
                to=None,
                done_at=clock.now(),
                done_by_name=SYSTEM.display_name,
            )
            for key in moved
        )
        count += len(moved)
    if count:
        note(SYSTEM, "leaving.work_given_back", leaving.person, count=count)
        tell(
            [*heads(leaving.unit), *clerks(leaving.unit)],
            title=_("%(person)s未移交的工作已退回单位") % {"person": leaving.person.full_name},
            body=_("共 %(count)s 项，请尽快安排接办。") % {"count": count},
            url=_url(leaving),
            key=f"leaving:{leaving.pk}:given-back",
        )
    return count


def lock(leaving_id: int) -> Leaving:
    """Will lock a leaving until commit. Raises: NotFound."""
    found = Leaving.objects.select_for_update(of=("self",)).select_related("person", "unit__tenant")
    leaving = found.filter(pk=leaving_id).first()
    if leaving is None:
        raise NotFound(_("没有找到该离职登记。"))
    return leaving


def unit_of(person: User) -> Organization | None:
    """Will give the unit of the main post held today, else of the last post held."""
    held = appointments_in_force(person).first()
    if held is None:
        held = (
            person.appointments.select_related("post__organization__tenant")
            .order_by("-from_on", "-pk")
            .first()
        )
    return held.post.organization if held is not None else None


def _may_file(actor: Actor, unit: Organization | None) -> bool:
    return permissions.can_ask(actor, unit)


def _end_access(leaving: Leaving) -> None:
    """Runs every ending, each in a savepoint: one that fails holds no other up."""
    person = leaving.person
    done = set(leaving.steps.filter(error="").values_list("code", flat=True))
    failed = []
    for ending in endings():
        if ending.code in done:
            continue
        count, error = 0, ""
        try:
            with transaction.atomic():
                count = ending.end(SYSTEM, person)
        except DomainError as refused:
            error = str(refused)[:300]
        except Exception as trouble:
            logger.exception("ending %s of leaving %s failed", ending.code, leaving.pk)
            error = type(trouble).__name__
        LeavingStep.objects.update_or_create(
            leaving=leaving,
            code=ending.code,
            defaults={
                "label": str(ending.label)[:60],
                "position": ending.position,
                "count": count,
                "ended_at": None if error else clock.now(),
                "ended_by_name": SYSTEM.display_name,
                "error": error,
            },
        )
        if error:
            failed.append(str(ending.label))
    if failed:
        note(SYSTEM, "leaving.incomplete", person, number=leaving.number, failed=failed)
        return
    leaving.state, leaving.ended_at = LeavingState.ENDED, clock.now()
    note(
        SYSTEM,
        "leaving.access_ended",
        person,
        number=leaving.number,
        filed_by=leaving.filed_by_name,
        counts={s.code: s.count for s in leaving.steps.all()},
    )
    newest = AuditEntry.objects.filter(
        object_type="accounts.user", object_id=str(person.pk), action="leaving.access_ended"
    )
    leaving.audit_id = newest.order_by("-id").values_list("id", flat=True).first()
    leaving.save(update_fields=["state", "ended_at", "audit_id"])


def _raise_alarm(leaving: Leaving) -> None:
    """Tells the security administrators and the head, once, that access is still open."""
    if leaving.alarmed_at is not None:
        return
    leaving.alarmed_at = clock.now()
    leaving.save(update_fields=["alarmed_at"])
    failed = [step.label for step in leaving.steps.exclude(error="")]
    note(SYSTEM, "leaving.late", leaving.person, number=leaving.number, failed=failed)
    title = _("告警：%(person)s离职超过 %(hours)s 小时仍有权限未注销") % {
        "person": leaving.person.full_name,
        "hours": settings.LEAVING_LIMIT_HOURS,
    }
    body = _("未完成：%(failed)s。请立即处理。") % {"failed": series(failed) or _("全部")}
    key = f"leaving:{leaving.pk}:late"
    guards = security_administrators(leaving.unit)
    tell(guards, title=title, body=body, url=f"/people/{leaving.person_id}/", key=key)
    others = [*heads(leaving.unit), *clerks(leaving.unit)]
    tell(others, title=title, body=body, url=_url(leaving), key=key)


def _number(now: datetime) -> str:
    """LZ20261121-7F3A2C: the day and a random tail, so that two at once never meet."""
    return f"LZ{timezone.localtime(now):%Y%m%d}-{secrets.token_hex(3).upper()}"


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _url(leaving: Leaving) -> str:
    return f"/personnel/leavings/{leaving.pk}/"
