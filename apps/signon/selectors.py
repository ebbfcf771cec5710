"""Applications, sign-ons and words of signing out, as their viewers see them."""

from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import HeldChange, Organization, User
from apps.accounts.selectors import list_organizations, list_users, scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.signon.enums import OPEN_DELIVERIES, ApplicationState, DeliveryState
from apps.signon.models import (
    Application,
    Grant,
    LogoutDelivery,
    PushedPerson,
    PushTarget,
    SigningKey,
    UpstreamLink,
)
from apps.signon.permissions import MANAGE, meant_for


def list_applications(viewer: User) -> QuerySet[Application]:
    """Will give the applications of the bodies the viewer manages, with what waits and failed."""
    scope = scope_for(viewer, MANAGE)
    found = Application.objects.select_related("owner__tenant").annotate(
        waiting=Count("logouts", filter=Q(logouts__state__in=OPEN_DELIVERIES), distinct=True),
        dead=Count("logouts", filter=Q(logouts__state=DeliveryState.DEAD), distinct=True),
    )
    return found if scope.everything else found.filter(owner__tenant_id__in=scope.tenant_ids)


def get_application(viewer: User, application_id: int) -> Application:
    """Will give one application the viewer manages. Raises: NotFound."""
    found = list_applications(viewer).filter(pk=application_id).first()
    if found is None:
        raise NotFound(_("没有这个接入应用。"))
    return found


def list_owner_units(viewer: User) -> QuerySet[Organization]:
    """Will give the units whose applications the viewer may register."""
    scope = scope_for(viewer, MANAGE)
    found = list_organizations(viewer)
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def tiles_for(user: User) -> QuerySet[Application]:
    """Will give the live applications with an entrance that are meant for this person."""
    return (
        Application.objects.filter(meant_for(user), state=ApplicationState.LIVE)
        .exclude(start_url="")
        .distinct()
        .order_by("position", "name", "id")
    )


def find_live(client_id: str) -> Application | None:
    """Will give the live application of this client number."""
    return (
        Application.objects.filter(client_id=client_id, state=ApplicationState.LIVE)
        .select_related("owner")
        .first()
    )


def list_logouts(application: Application) -> QuerySet[LogoutDelivery]:
    """Will give the words of signing out sent to an application, the newest first."""
    return LogoutDelivery.objects.filter(application=application).select_related("grant__user")


def list_grants(application: Application) -> QuerySet[Grant]:
    """Will give who signed on to an application, the newest first."""
    return Grant.objects.filter(application=application).select_related("user")


def count_signed_on(application: Application) -> int:
    """Will give how many sign-ons at an application are open."""
    return Grant.objects.filter(
        application=application, redeemed_at__isnull=False, ended_at__isnull=True
    ).count()


def list_own_grants(user: User) -> QuerySet[Grant]:
    """Will give where a person is signed on now, the newest first."""
    return Grant.objects.filter(
        user=user, redeemed_at__isnull=False, ended_at__isnull=True
    ).select_related("application")


def count_open(user: User) -> int:
    """Will give at how many places this person is signed on."""
    return Grant.objects.filter(user=user, ended_at__isnull=True).count()


def pending_change(application: Application) -> HeldChange | None:
    """Will give the change of an application that waits for a second person."""
    return _pending("signon.application", application)


def pending_push(application: Application) -> HeldChange | None:
    """Will give the switching-on of its push that waits for a second person."""
    return _pending("signon.push", application)


def find_push(application: Application) -> PushTarget | None:
    """Will give where the people of an application are told to."""
    return PushTarget.objects.filter(application=application).select_related("set_by").first()


def list_pushed(target: PushTarget, *, text: str = "", state: str = "") -> QuerySet[PushedPerson]:
    """Will give the people told of, what failed first."""
    found = target.people.select_related("user").order_by("state", "-sent_at", "pk")
    if text:
        found = found.filter(Q(user__full_name__icontains=text) | Q(user__username__icontains=text))
    return found.filter(state=state) if state else found


def count_pushed(target: PushTarget) -> dict[str, int]:
    """Will give how many people are known and active there, wait, and were given up."""
    return target.people.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        waiting=Count("pk", filter=Q(state__in=OPEN_DELIVERIES)),
        dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
    )


def _pending(subject_type: str, application: Application) -> HeldChange | None:
    return HeldChange.objects.filter(
        subject_type=subject_type,
        subject_id=str(application.pk),
        state=HeldChange.State.PENDING,
        expires_at__gt=clock.now(),
    ).first()


def list_keys() -> Sequence[SigningKey]:
    """Will give the keys that are published, the newest first."""
    moment = clock.now()
    return list(SigningKey.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=moment)))


def find_upstream_person(issuer: str, subject: str) -> User | None:
    """Will give the active person linked to an identity of the platform above us."""
    link = (
        UpstreamLink.objects.filter(issuer=issuer, subject=subject, user__is_active=True)
        .select_related("user")
        .first()
    )
    return link.user if link else None


def get_logout(application: Application, delivery_id: int) -> LogoutDelivery:
    """Will give one word of signing out of this application. Raises: NotFound."""
    found = list_logouts(application).filter(pk=delivery_id).first()
    if found is None:
        raise NotFound(_("没有这条退出通知。"))
    return found


def list_links(viewer: User) -> QuerySet[UpstreamLink]:
    """Will give who of the viewer's people is linked to the platform above, the newest first."""
    return (
        UpstreamLink.objects.filter(user__in=list_users(viewer).order_by().values("pk"))
        .select_related("user")
        .order_by("-linked_at", "-id")
    )
