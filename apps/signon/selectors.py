"""Applications, sign-ons and words of signing out, as their viewers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import HeldChange, Organization, User
from apps.accounts.selectors import list_organizations, list_users, scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.signon.enums import (
    HINTS,
    OPEN_DELIVERIES,
    AccessMode,
    ApplicationState,
    CheckItem,
    DeliveryState,
)
from apps.signon.models import (
    Application,
    ApplicationCheck,
    Grant,
    LogoutDelivery,
    PushedPerson,
    PushTarget,
    SigningKey,
    UpstreamLink,
)
from apps.signon.permissions import MANAGE, meant_for


@dataclass(frozen=True)
class CheckLine:
    """An item of the check list. check: by whom it was settled, None where it is open."""

    item: CheckItem
    hint: str
    check: ApplicationCheck | None


@dataclass(frozen=True)
class Access:
    """How an application is reached now. level: of the state: "done", "soon", "over", ""."""

    level: str
    text: str
    at: datetime | None = None


def list_applications(
    viewer: User, *, text: str = "", state: str = "", mode: str = ""
) -> QuerySet[Application]:
    """Will give the applications of the bodies the viewer manages, with what waits and failed.

    Each has ``settled``: how many items of its check list are, and ``used_at``: when somebody
    last signed on. text: part of the name.
    """
    scope = scope_for(viewer, MANAGE)
    found = Application.objects.select_related("owner__tenant").annotate(
        waiting=Count("logouts", filter=Q(logouts__state__in=OPEN_DELIVERIES), distinct=True),
        dead=Count("logouts", filter=Q(logouts__state=DeliveryState.DEAD), distinct=True),
    )
    if text:
        found = found.filter(name__icontains=text)
    if state:
        found = found.filter(state=state)
    if mode:
        found = found.filter(mode=mode)
    used = Grant.objects.filter(application=OuterRef("pk"), redeemed_at__isnull=False)
    found = found.annotate(
        settled=Count("checks", filter=Q(checks__undone_at=None), distinct=True),
        used_at=Subquery(used.order_by("-id").values("redeemed_at")[:1]),
    )
    return found if scope.everything else found.filter(owner__tenant_id__in=scope.tenant_ids)


def checklist_of(application: Application) -> list[CheckLine]:
    """Will give what has to be settled with an application, in the order it is asked."""
    rows = application.checks.filter(undone_at=None).select_related("by")
    settled = {check.item: check for check in rows}
    return [CheckLine(item, str(HINTS[item]), settled.get(item)) for item in application.asked]


def missing_of(application: Application) -> list[CheckItem]:
    """Will give the items that are not settled yet."""
    return [line.item for line in checklist_of(application) if line.check is None]


def access_of(application: Application) -> Access:
    """Will tell how an application of ``list_applications`` is reached now. Source: GW-04."""
    if not application.is_live:
        return Access("", application.get_state_display())
    if application.failures:
        told = _("退出通知连续 %(n)d 次未送达") % {"n": application.failures}
        return Access("over", told)
    if application.mode == AccessMode.SSO:
        used_at: datetime | None = getattr(application, "used_at", None)
        if used_at is None:
            return Access("soon", _("还没有人登录"))
        return Access("done", _("最近登录"), used_at)
    if application.mode == AccessMode.PAGE:
        return Access("done", _("用户直接打开，不经平台"))
    if application.mode == AccessMode.DATA:
        return Access("done", _("按协议提供数据"), application.live_at)
    return Access("done", _("可凭密钥换取令牌"), application.secret_issued_at)


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
