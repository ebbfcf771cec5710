"""Moving: old rights end and new ones begin on a day, written when it is filed (AC-13, AC-14)."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, AppointmentKind, Organization, Post, User
from apps.accounts.registry import open_works
from apps.accounts.services import appoint, end_appointment
from apps.accounts.services.sensitive import why_post
from apps.accounts.services.separation import admin_kinds
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.enums import LeavingState, TransferState
from apps.personnel.models import HandOver, Leaving, Transfer
from apps.personnel.selectors.training import missing_courses
from apps.personnel.services.telling import clerks, heads, note, tell, tell_person

LONGEST_OVERLAP = 14
FURTHEST = timedelta(days=366)
DAY = timedelta(days=1)
#: These come back to the old post, so they have an end.
FOR_A_TIME = frozenset({AppointmentKind.SECONDED, AppointmentKind.ACTING})


@transaction.atomic
def file_transfer(
    actor: Actor,
    *,
    appointment: Appointment,
    new_post: Post,
    kind: str,
    on: date,
    reason: str,
    overlap_days: int = 0,
    ends_on: date | None = None,
) -> Transfer:
    """Will move a person from a post to another on a day, or give a second one for a time.

    kind: REGULAR and SECONDED end the old post the day before ``on`` (or ``overlap_days``
    later); a seconded person has it again after ``ends_on``. PART_TIME and ACTING leave it.
    Locks the person. Both units' heads are told.

    Raises: NotAllowed (both units must be the actor's); InvalidInput (a field); Refused (a
        sensitive post, training missing, about to leave, oneself); AppointmentOverlaps.
    """
    person = User.objects.select_for_update().get(pk=appointment.user_id)
    old = _fresh(appointment)
    permissions.require(permissions.can_manage(actor, old.post.organization))
    permissions.require(permissions.can_manage(actor, new_post.organization))
    if actor.pk is not None and actor.pk == person.pk:
        raise Refused(_("不能为自己办理调动。"), code="own_account")
    _check(old, new_post, kind, on, overlap_days, ends_on, reason)
    _require_ordinary(person, old, new_post)
    transfer = Transfer(
        person=person,
        kind=kind,
        new_post=new_post,
        on=on,
        ends_on=ends_on,
        reason=reason.strip()[:300],
        filed_by_name=actor.display_name[:100],
        filed_at=clock.now(),
    )
    ends_old = kind in (AppointmentKind.REGULAR, AppointmentKind.SECONDED)
    if ends_old:
        transfer.old_post, transfer.old_appointment_id = old.post, old.pk
        transfer.old_to_on, transfer.overlap_days = old.to_on, overlap_days
        end_appointment(SYSTEM, appointment=old, on=on - DAY + timedelta(days=overlap_days))
    transfer.new_appointment_id = appoint(
        SYSTEM, user=person, post=new_post, from_on=on, to_on=ends_on,
        is_primary=ends_old and not overlap_days, kind=kind,
    ).pk  # fmt: skip
    comes_back = ends_on is not None and (old.to_on is None or old.to_on > ends_on)
    if kind == AppointmentKind.SECONDED and ends_on is not None and comes_back:
        transfer.return_appointment_id = appoint(
            SYSTEM, user=person, post=old.post, from_on=ends_on + DAY, to_on=old.to_on
        ).pk
    if on <= clock.today():
        transfer.state = TransferState.DONE
    if not ends_old:
        transfer.settled_at = clock.now()
    transfer.save()
    note(
        actor, "transfer.filed", person, transfer=transfer.pk, kind=str(kind),
        old=str(old.post), new=str(new_post), on=on.isoformat(), reason=transfer.reason,
    )  # fmt: skip
    _tell(transfer, old.post.organization)
    return transfer


@transaction.atomic
def cancel_transfer(actor: Actor, *, transfer_id: int, reason: str) -> Transfer:
    """Will take a move back before its day: everything is as it was. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (no reason); Refused (its day has come).
    """
    transfer = _lock(transfer_id)
    permissions.require(permissions.can_manage(actor, transfer.new_post.organization))
    if not reason.strip():
        raise InvalidInput(_("请写明撤销理由。"), field="reason")
    if transfer.state != TransferState.PLANNED or transfer.on <= clock.today():
        raise Refused(_("调动已生效，不能撤销，请另行办理调动。"), code="in_force")
    booked = [transfer.return_appointment_id, transfer.new_appointment_id]
    for made in Appointment.objects.filter(pk__in=[key for key in booked if key]).order_by("pk"):
        end_appointment(SYSTEM, appointment=made)
    if transfer.old_appointment_id is not None:
        _restore(transfer)
    transfer.state = TransferState.CANCELLED
    transfer.save(update_fields=["state"])
    note(actor, "transfer.cancelled", transfer.person, transfer=transfer.pk, reason=reason)
    return transfer


def follow_transfers() -> int:
    """Will mark moves whose day has come, and give back work nobody took over in time.

    For the worker, hourly; safe at any time. Gives how many moves changed.
    """
    today = clock.today()
    Transfer.objects.filter(state=TransferState.PLANNED, on__lte=today).update(
        state=TransferState.DONE
    )
    wait = timedelta(hours=settings.LEAVING_LIMIT_HOURS)
    waiting = Transfer.objects.filter(
        state=TransferState.DONE, settled_at__isnull=True, on__lte=today - wait
    )
    return sum(_settle(pk) for pk in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _settle(transfer_id: int) -> int:
    transfer = _lock(transfer_id)
    over = transfer.on + timedelta(days=transfer.overlap_days)
    if transfer.settled_at is not None or clock.today() <= over:
        return 0
    person, count = transfer.person, 0
    for work in open_works():
        left = {i.key: i for i in work.list_of(person) if work.why_not(person, i)}
        moved = work.hand_over(SYSTEM, person, None, sorted(left), _("已调离")) if left else []
        HandOver.objects.bulk_create(
            HandOver(
                transfer=transfer, work=work.code, item_key=key, person=person, to=None,
                item_label=left[key].label[:200], done_at=clock.now(),
                done_by_name=SYSTEM.display_name,
            )
            for key in moved
        )  # fmt: skip
        count += len(moved)
    transfer.settled_at = clock.now()
    transfer.save(update_fields=["settled_at"])
    unit = transfer.old_post.organization if transfer.old_post else None
    if count:
        note(SYSTEM, "transfer.work_given_back", person, transfer=transfer.pk, count=count)
        tell(
            [*heads(unit), *clerks(unit)],
            title=_("%(person)s调离，未移交的工作已退回单位") % {"person": person.full_name},
            body=_("共 %(count)s 项，请尽快安排接办。") % {"count": count},
            url=f"/personnel/transfers/{transfer.pk}/",
            key=f"transfer:{transfer.pk}:given-back",
        )
    return 1


def _check(
    old: Appointment,
    new_post: Post,
    kind: str,
    on: date,
    overlap_days: int,
    ends_on: date | None,
    reason: str,
) -> None:
    today = clock.today()
    if kind not in AppointmentKind.values:
        raise InvalidInput(_("请选择调动方式。"), field="kind")
    if not today <= on <= today + FURTHEST:
        raise InvalidInput(_("生效日期须在今天至一年之内。"), field="on")
    if old.from_on >= on:
        raise InvalidInput(_("生效日期须晚于原岗位的任职日期。"), field="on")
    if new_post.pk == old.post_id:
        raise InvalidInput(_("调入岗位与原岗位相同。"), field="new_post")
    if not 0 <= overlap_days <= LONGEST_OVERLAP:
        raise InvalidInput(
            _("交接天数最多 %(days)s 天。") % {"days": LONGEST_OVERLAP}, field="overlap_days"
        )
    if kind in FOR_A_TIME and ends_on is None:
        raise InvalidInput(_("借调、代理须填写结束日期。"), field="ends_on")
    if ends_on is not None and ends_on < on:
        raise InvalidInput(_("结束日期不能早于生效日期。"), field="ends_on")
    if not reason.strip():
        raise InvalidInput(_("请填写事由。"), field="reason")


def _require_ordinary(person: User, old: Appointment, new_post: Post) -> None:
    if why_post(new_post) or admin_kinds([new_post]) or admin_kinds([old.post]):
        raise Refused(
            _("涉及敏感权限或管理员岗位，须由安全管理员按双人复核任免。"),
            code="sensitive_post",
            field="new_post",
        )
    if missing := missing_courses(person, new_post):
        raise Refused(
            _("尚缺调入岗位要求的培训考核：%(courses)s。") % {"courses": series(missing)},
            code="training_missing",
            field="new_post",
        )
    if Leaving.objects.filter(person=person, state=LeavingState.PLANNED).exists():
        raise Refused(_("该人员已登记离职。"), field="person")


def _restore(transfer: Transfer) -> None:
    """The old post is held as long as before; nothing else has used those days."""
    kept = (
        Appointment.objects.filter(pk=transfer.old_appointment_id or 0)
        .select_related("post")
        .first()
    )
    if kept is None:
        return
    first = transfer.on + timedelta(days=transfer.overlap_days)
    if transfer.old_to_on is None or transfer.old_to_on >= first:
        appoint(SYSTEM, user=transfer.person, post=kept.post, from_on=first,
                to_on=transfer.old_to_on, is_primary=True)  # fmt: skip


def _fresh(appointment: Appointment) -> Appointment:
    found = Appointment.objects.select_for_update(of=("self",)).select_related(
        "post__organization__tenant", "user"
    )
    fresh = found.filter(pk=appointment.pk).first()
    if fresh is None or (fresh.to_on is not None and fresh.to_on < clock.today()):
        raise Refused(_("原任职已结束。"), field="person")
    return fresh


def _lock(transfer_id: int) -> Transfer:
    found = Transfer.objects.select_for_update(of=("self",)).select_related(
        "person", "old_post__organization__tenant", "new_post__organization__tenant"
    )
    transfer = found.filter(pk=transfer_id).first()
    if transfer is None:
        raise NotFound(_("没有找到该调动。"))
    return transfer


def _tell(transfer: Transfer, old_unit: Organization) -> None:
    new_unit = transfer.new_post.organization
    title = _("%(person)s自 %(day)s 起任%(post)s") % {
        "person": transfer.person.full_name,
        "day": transfer.on,
        "post": transfer.new_post,
    }
    body = _("原岗位的权限按日自动结束，请及时移交在办工作。")
    url, key = f"/personnel/transfers/{transfer.pk}/", f"transfer:{transfer.pk}"
    tell_person(transfer.person, title=title, body=body, key=key)
    tell([*heads(old_unit), *heads(new_unit)], title=title, body=body, url=url, key=key)
