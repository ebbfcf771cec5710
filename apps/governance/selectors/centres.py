"""Centres and what passed between them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for, staff_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.governance import permissions
from apps.governance.enums import LEVEL_ORDER, CentreLevel, Direction
from apps.governance.models import Centre, Dispute, FollowUp, Passing, ScoreNotice


@dataclass(frozen=True)
class Tallies:
    """What lies in a centre now and what came and went."""

    waiting: int
    mediating: int
    following: int
    closed: int
    overdue: int
    visits_due: int
    from_above: int
    from_below: int
    to_above: int
    to_below: int


def list_centres(viewer: User) -> list[Centre]:
    """Will give the centres the viewer sees, the highest level first."""
    found = (
        Centre.objects.filter(permissions.centres_q(viewer))
        .select_related("unit", "parent")
        .annotate(
            open_count=Count("disputes", filter=~Q(disputes__case__category="ended"), distinct=True)
        )
    )
    return sorted(found, key=lambda c: (LEVEL_ORDER[CentreLevel(c.level)], c.pk))


def get_centre(viewer: User, centre_id: int) -> Centre:
    """Will give one centre the viewer sees. Raises: NotFound."""
    found = (
        Centre.objects.filter(permissions.centres_q(viewer), pk=centre_id)
        .select_related("unit__area", "parent", "tenant")
        .defer("unit__area__boundary")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个综治中心"))
    return found


def own_centres(viewer: User) -> list[Centre]:
    """Will give the centres in use where the viewer mediates, the highest level first."""
    return [
        centre
        for centre in list_centres(viewer)
        if centre.is_active and permissions.can_mediate_in(viewer, centre)
    ]


def mediators_of(centre: Centre) -> list[User]:
    """Will give the people who may mediate in a centre, by name."""
    return sorted(staff_of(centre.unit, permissions.MEDIATE), key=lambda u: u.full_name)


def tallies_of(centre: Centre) -> Tallies:
    """Will count a centre's disputes; three statements."""
    now, today = clock.now(), clock.today()
    states = Dispute.objects.filter(centre=centre).aggregate(
        waiting=Count("pk", filter=Q(case__state__in=["filed", "assigned"])),
        mediating=Count("pk", filter=Q(case__state="mediating")),
        following=Count("pk", filter=Q(case__state="following")),
        closed=Count("pk", filter=Q(case__state="closed")),
        overdue=Count(
            "pk",
            filter=Q(case__state__in=["assigned", "mediating"], case__due_at__lt=now),
        ),
    )
    visits = FollowUp.objects.filter(
        dispute__centre=centre, done_at__isnull=True, due_on__lte=today
    ).count()
    went = Passing.objects.aggregate(
        from_above=Count("pk", filter=Q(target=centre, direction=Direction.DOWN)),
        from_below=Count("pk", filter=Q(target=centre, direction=Direction.UP)),
        to_above=Count("pk", filter=Q(source=centre, direction=Direction.UP)),
        to_below=Count("pk", filter=Q(source=centre, direction=Direction.DOWN)),
    )
    return Tallies(visits_due=visits, **states, **went)


def list_passings(centre: Centre, *, limit: int = 20) -> QuerySet[Passing]:
    """Will give what came to and went from a centre last."""
    return (
        Passing.objects.filter(Q(source=centre) | Q(target=centre))
        .select_related("dispute__case", "source", "target")
        .order_by("-id")[:limit]
    )


def list_scores(centre: Centre, *, limit: int = 24) -> QuerySet[ScoreNotice]:
    """Will give the scores a centre sent or received, the newest first."""
    return (
        ScoreNotice.objects.filter(Q(sender=centre) | Q(receiver=centre))
        .select_related("sender", "receiver")
        .order_by("-id")[:limit]
    )


def tenant_of(viewer: User) -> Tenant:
    """Will give the body the viewer works for in governance. Raises: NotFound."""
    scope = scope_for(viewer, *permissions.READERS)
    found = Tenant.objects.select_related("area").defer("area__boundary")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant: Any = found.order_by("pk").first()
    if tenant is None:
        raise NotFound(_("您没有所属单位"))
    assert isinstance(tenant, Tenant)
    return tenant
