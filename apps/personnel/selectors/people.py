"""Whom the viewer arranges matters for, and what stands open about them."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Post, User
from apps.accounts.selectors import in_force_q
from apps.audit.models import AuditSeal
from apps.common.errors import NotFound
from apps.personnel import permissions
from apps.personnel.enums import JoinState, LeavingState
from apps.personnel.models import JoinRequest, Leaving, Transfer


def list_units(viewer: User, *rights: str) -> QuerySet[Organization]:
    """Will give the active units the viewer has one of these rights over, in tree order."""
    wanted = permissions.reach_q(viewer, "", *(rights or permissions.ANY))
    return Organization.objects.filter(wanted, is_active=True).select_related("tenant")


def list_staff(viewer: User, *, query: str = "") -> QuerySet[User]:
    """Will give the active people with a post today in the viewer's units."""
    reach = permissions.reach_q(viewer, "post__organization", *permissions.ANY)
    held = Appointment.objects.filter(in_force_q(), reach, user=OuterRef("pk"))
    found = User.objects.filter(Exists(held), is_active=True).order_by("name_pinyin", "pk")
    if text := query.strip():
        latin = text.lower().replace(" ", "")
        found = found.filter(
            Q(full_name__contains=text)
            | Q(name_pinyin__startswith=latin)
            | Q(name_pinyin__contains=f" {latin}")
            | Q(username__icontains=text)
            | Q(employee_number__iexact=text)
        )
    return found


def get_staff(viewer: User, person_id: int) -> User:
    """Will give one of them. Raises: NotFound."""
    found = list_staff(viewer).filter(pk=person_id).first()
    if found is None:
        raise NotFound(_("没有找到该人员。"))
    return found


def list_posts(viewer: User, *rights: str) -> QuerySet[Post]:
    """Will give the posts of the active units the viewer has such a right over."""
    reach = permissions.reach_q(viewer, "organization", *(rights or permissions.ANY))
    return (
        Post.objects.filter(reach, organization__is_active=True)
        .select_related("organization__tenant", "standing__template")
        .order_by("organization__path", "name")
    )


def list_leavings(viewer: User, *, state: str = "", query: str = "") -> QuerySet[Leaving]:
    """Will give the leavings of the viewer's units, the latest first."""
    found = Leaving.objects.filter(permissions.reach_q(viewer, "unit", *permissions.ANY))
    if state in LeavingState.values:
        found = found.filter(state=state)
    if text := query.strip():
        found = found.filter(Q(person__full_name__contains=text) | Q(number__icontains=text))
    return found.select_related("person", "unit").order_by("-leaves_at", "-pk")


def get_leaving(viewer: User, leaving_id: int) -> Leaving:
    """Will give one leaving. Raises: NotFound."""
    found = list_leavings(viewer).filter(pk=leaving_id).select_related("unit__tenant", "person")
    leaving = found.first()
    if leaving is None:
        raise NotFound(_("没有找到该离职登记。"))
    return leaving


def seal_of(leaving: Leaving) -> AuditSeal | None:
    """Will give the seal of the log that covers the end of access, once there is one."""
    if leaving.audit_id is None:
        return None
    covers = AuditSeal.objects.filter(first_id__lte=leaving.audit_id, last_id__gte=leaving.audit_id)
    return covers.order_by("number").first()


def list_joinings(viewer: User, *, state: str = "", query: str = "") -> QuerySet[JoinRequest]:
    """Will give the requests for people of the viewer's units, the latest first."""
    reach = permissions.reach_q(viewer, "post__organization", *permissions.ANY)
    found = JoinRequest.objects.filter(reach)
    if state in JoinState.values:
        found = found.filter(state=state)
    if text := query.strip():
        found = found.filter(Q(full_name__contains=text) | Q(username__icontains=text))
    return found.select_related("post__organization__tenant", "requested_by", "account").order_by(
        "-requested_at", "-pk"
    )


def get_joining(viewer: User, request_id: int) -> JoinRequest:
    """Will give one request. Raises: NotFound."""
    found = list_joinings(viewer).filter(pk=request_id).first()
    if found is None:
        raise NotFound(_("没有找到该申请。"))
    return found


def list_transfers(viewer: User, *, state: str = "", query: str = "") -> QuerySet[Transfer]:
    """Will give the moves into or out of the viewer's units, the latest first."""
    reach = permissions.reach_q(
        viewer, "new_post__organization", *permissions.ANY
    ) | permissions.reach_q(viewer, "old_post__organization", *permissions.ANY)
    found = Transfer.objects.filter(reach)
    if state:
        found = found.filter(state=state)
    if text := query.strip():
        found = found.filter(person__full_name__contains=text)
    return found.select_related(
        "person", "old_post__organization", "new_post__organization__tenant"
    ).order_by("-on", "-pk")


def get_transfer(viewer: User, transfer_id: int) -> Transfer:
    """Will give one move. Raises: NotFound."""
    found = list_transfers(viewer).filter(pk=transfer_id).first()
    if found is None:
        raise NotFound(_("没有找到该调动。"))
    return found


def colleagues_for(person: User, unit: Organization | None) -> QuerySet[User]:
    """Will give who could take over the person's work: people of the unit and below."""
    if unit is None:
        return User.objects.none()
    held = Appointment.objects.filter(
        in_force_q(), post__organization__path__startswith=unit.path, user=OuterRef("pk")
    )
    leaving = Leaving.objects.filter(state=LeavingState.PLANNED, person=OuterRef("pk"))
    return (
        User.objects.filter(Exists(held), ~Exists(leaving), is_active=True)
        .exclude(pk=person.pk)
        .order_by("name_pinyin", "pk")
    )
