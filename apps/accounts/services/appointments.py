"""People on posts, from a day to a day."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import AppointmentOverlaps
from apps.accounts.models import Appointment, AppointmentKind, Post, User
from apps.accounts.services.sensitive import (
    acts_for_system,
    checked_by,
    require_no_second_person,
    why_post,
)
from apps.accounts.services.separation import admin_kinds, require_separate
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused


@transaction.atomic
def appoint(
    actor: Actor,
    *,
    user: User,
    post: Post,
    from_on: date | None = None,
    to_on: date | None = None,
    is_primary: bool = True,
    kind: str = AppointmentKind.REGULAR,
) -> Appointment:
    """Will put a person on a post; several posts in the same time are part-time posts.

    from_on: first day (default today); to_on: last day, open if left out. A new main post
    makes the others of that time part-time. Locks the user.

    Raises: SecondPersonNeeded (the post carries a sensitive right); NotAllowed (not a unit
        of the actor's; a post of the three administrators needs the right over roles);
        Refused (oneself); InvalidInput (days reversed); AppointmentOverlaps;
        AdminRolesExclude.
    """
    # Locked before it is looked at: nobody gives it another role meanwhile.
    held = (
        Post.objects.select_for_update(of=("self",))
        .select_related("organization__tenant")
        .get(pk=post.pk)
    )
    _require_right_over(actor, held)
    if not acts_for_system(actor):
        require_no_second_person(why_post(held))
    return put_on_post(
        actor, user=user, post=post, from_on=from_on, to_on=to_on, is_primary=is_primary, kind=kind
    )


@transaction.atomic
def put_on_post(
    actor: Actor,
    *,
    user: User,
    post: Post,
    from_on: date | None = None,
    to_on: date | None = None,
    is_primary: bool = True,
    checker: User | None = None,
    kind: str = AppointmentKind.REGULAR,
) -> Appointment:
    """Will do what ``appoint`` does once nobody else need agree; for approved changes.

    checker: who agreed, for the log. Raises: as ``appoint``, but for SecondPersonNeeded.
    """
    first = from_on or clock.today()
    locked = User.objects.select_for_update().get(pk=user.pk)
    _require_right_over(actor, post)
    if actor.pk == locked.pk:
        raise Refused(_("不能任命自己。"), code="own_account")
    if to_on is not None and to_on < first:
        raise InvalidInput(_("离任日期不能早于任职日期。"), field="to_on")
    if not locked.is_active or not post.organization.is_active:
        raise Refused(_("人员或单位已停用,不能任职。"), code="inactive")
    meanwhile = _meanwhile(locked, first, to_on)
    if meanwhile.filter(post=post).exists():
        raise AppointmentOverlaps(_("该人员在这段时间已任此岗位。"), field="post")
    held = Post.objects.filter(appointments__in=meanwhile)
    require_separate([post, *held], person=locked.full_name)

    if is_primary:
        meanwhile.filter(is_primary=True).update(is_primary=False)
    appointment = Appointment.objects.create(
        user=locked, post=post, from_on=first, to_on=to_on, is_primary=is_primary, kind=kind
    )
    data = _span(appointment) | checked_by(checker)
    record(actor, "appointment.made", **_object(appointment), data=data)
    return appointment


@transaction.atomic
def end_appointment(
    actor: Actor, *, appointment: Appointment, on: date | None = None
) -> Appointment | None:
    """Will end an appointment: ``on`` is the last day that counts (default yesterday).

    By default the rights are gone at the person's next request. One that would end before
    it began never counted and is removed (None is given). Locks the appointment.

    Raises: NotAllowed (not a unit of the actor's; an administrators' post needs the right
        over roles).
    """
    locked = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("user", "post__organization")
        .get(pk=appointment.pk)
    )
    _require_right_over(actor, locked.post)
    last = on or date.fromordinal(clock.today().toordinal() - 1)
    if locked.to_on is not None and locked.to_on <= last:
        return locked
    data = _span(locked) | {"last_day": last.isoformat()}
    record(actor, "appointment.ended", **_object(locked), data=data)
    if last < locked.from_on:
        locked.delete()
        return None
    locked.to_on = last
    locked.save(update_fields=["to_on"])
    return locked


@transaction.atomic
def suspend_appointment(actor: Actor, *, appointment: Appointment, reason: str) -> Appointment:
    """Will let a post give no rights for now, although it is still held. Locks it.

    Counts at the person's next request; twice changes nothing. Raises: NotAllowed.
    """
    locked = _lock(appointment)
    _require_right_over(actor, locked.post)
    if locked.suspended_at is None:
        locked.suspended_at, locked.suspended_for = clock.now(), reason[:200]
        locked.save(update_fields=["suspended_at", "suspended_for"])
        record(actor, "appointment.suspended", **_object(locked), data={"reason": reason})
    return locked


@transaction.atomic
def resume_appointment(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Will let a suspended post give its rights again. Locks it. Raises: NotAllowed."""
    locked = _lock(appointment)
    _require_right_over(actor, locked.post)
    if locked.suspended_at is not None:
        locked.suspended_at, locked.suspended_for = None, ""
        locked.save(update_fields=["suspended_at", "suspended_for"])
        record(actor, "appointment.resumed", **_object(locked))
    return locked


def _lock(appointment: Appointment) -> Appointment:
    found = Appointment.objects.select_for_update(of=("self",))
    return found.select_related("user", "post__organization__tenant").get(pk=appointment.pk)


def _require_right_over(actor: Actor, post: Post) -> None:
    """Administrators' posts are the security administrator's affair, all others the keeper's."""
    if admin_kinds([post]):
        if not permissions.can_grant_in(actor, post.organization):
            raise NotAllowed(_("管理员岗位的任免须由安全管理员办理。"))
    elif not permissions.can_appoint_in(actor, post.organization):
        raise NotAllowed(_("您没有管理该单位任职的权限。"))


def _meanwhile(user: User, first: date, last: date | None) -> Any:
    found = Appointment.objects.filter(Q(to_on__isnull=True) | Q(to_on__gte=first), user=user)
    return found if last is None else found.filter(from_on__lte=last)


def _object(appointment: Appointment) -> dict[str, Any]:
    return {
        "object_type": "accounts.user",
        "object_id": appointment.user_id,
        "object_label": appointment.user.display_name,
    }


def _span(appointment: Appointment) -> dict[str, Any]:
    return {
        "post_id": appointment.post_id,
        "post": str(appointment.post),
        "from_on": appointment.from_on.isoformat(),
        "to_on": appointment.to_on.isoformat() if appointment.to_on else None,
        "is_primary": appointment.is_primary,
    }
