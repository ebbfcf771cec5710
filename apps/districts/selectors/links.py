"""Reads of the district's side, scoped by viewer."""

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.districts.models import Batch, Link, ReceivedFigure, Stream
from apps.districts.permissions import MANAGE_LINKS, managed_q
from apps.gateway.enums import OPEN_DELIVERIES, DeliveryState


def list_links(viewer: User) -> QuerySet[Link]:
    """Will give the links of the viewer's bodies."""
    return (
        Link.objects.filter(managed_q(viewer, MANAGE_LINKS, "connector__tenant_id"))
        .select_related("connector__tenant", "area")
        .defer("area__boundary")
        .annotate(on_count=Count("streams", filter=Q(streams__is_on=True)))
        .order_by("connector__name", "pk")
    )


def get_link(viewer: User, *, pk: int) -> Link:
    """Will give one of them. Raises: NotFound."""
    found = list_links(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条链路"))
    return found


def get_stream(viewer: User, *, pk: int) -> Stream:
    """Will give a class of one of them. Raises: NotFound."""
    found = (
        Stream.objects.filter(managed_q(viewer, MANAGE_LINKS, "link__connector__tenant_id"))
        .select_related("link__connector", "link__area", "area")
        .defer("link__area__boundary", "area__boundary")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个类别"))
    return found


def list_streams(link: Link) -> QuerySet[Stream]:
    """Will give the classes of a link with what waits, died, and when one was last answered."""
    waiting = Q(batches__delivery__state__in=OPEN_DELIVERIES)
    return (
        link.streams.select_related("area", "clear_asked_by", "clear_approved_by")
        .defer("area__boundary")
        .annotate(
            backlog=Sum("batches__row_count", filter=waiting, default=0),
            dead=Count("batches", filter=Q(batches__delivery__state=DeliveryState.DEAD)),
            answered_at=Max("batches__answered_at"),
        )
        .order_by("pk")
    )


def list_batches(link: Link, *, kind: str = "") -> QuerySet[Batch]:
    """Will give the batches of a link, the newest first."""
    found = (
        Batch.objects.filter(stream__link=link)
        .select_related("stream", "delivery")
        .defer("body", "delivery__body", "delivery__sent_body")
        .order_by("-pk")
    )
    return found.filter(stream__kind=kind) if kind else found


def list_dead(link: Link) -> list[int]:
    """Will give the deliveries of a link that were given up, the oldest first, at most 500."""
    found = Batch.objects.filter(stream__link=link, delivery__state=DeliveryState.DEAD)
    return list(found.order_by("pk").values_list("delivery_id", flat=True)[:500])


def list_received(viewer: User, *, kind: str = "") -> QuerySet[ReceivedFigure]:
    """Will give what the cities gave back to the viewer's bodies, the newest day first."""
    managed = managed_q(viewer, MANAGE_LINKS, "link__connector__tenant_id")
    found = ReceivedFigure.objects.filter(managed).select_related("link__connector")
    found = found.order_by("-day", "kind", "pk")
    return found.filter(kind=kind) if kind else found
