"""Connectors and deliveries as their managers see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import Scope, scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.gateway.enums import OPEN_DELIVERIES, ConnectorState, DeliveryState
from apps.gateway.models import Connector, Delivery, InboundSecret

MANAGE = "gateway.manage_connectors"
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Health:
    """How a connector does. since: when its oldest waiting message was written."""

    connector: Connector
    waiting: int
    dead: int
    sent: int
    since: datetime | None
    last_sent_at: datetime | None

    @property
    def is_broken(self) -> bool:
        """Whether the circuit is open now."""
        until = self.connector.open_until
        return until is not None and until > clock.now()


def list_tenants(viewer: User) -> QuerySet[Tenant]:
    """Will give the tenants whose connectors the viewer manages."""
    scope = scope_for(viewer, MANAGE)
    return Tenant.objects.filter(_tenant_q(scope, "pk")).order_by("name")


def list_connectors(viewer: User) -> QuerySet[Connector]:
    """Will give the connectors the viewer manages, by name."""
    return Connector.objects.filter(_tenant_q(scope_for(viewer, MANAGE), "tenant_id"))


def get_connector(viewer: User, connector_id: int) -> Connector:
    """Will give one connector the viewer manages. Raises: NotFound."""
    found = (
        list_connectors(viewer)
        .filter(pk=connector_id)
        .select_related("tenant", "inbound_client")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个对接系统"))
    return found


def health_of(connectors: QuerySet[Connector]) -> list[Health]:
    """Will count the deliveries of each: waiting and dead ones all, sent ones of seven days."""
    rows = list(connectors.select_related("tenant"))
    counted = {
        row["connector_id"]: row
        for row in Delivery.objects.filter(connector__in=[c.pk for c in rows])
        .filter(~Q(state=DeliveryState.SENT) | Q(sent_at__gte=clock.now() - RECENT))
        .order_by()
        .values("connector_id")
        .annotate(
            waiting=Count("pk", filter=Q(state__in=OPEN_DELIVERIES)),
            dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
            sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
            since=Min("created_at", filter=Q(state__in=OPEN_DELIVERIES)),
            last=Max("sent_at"),
        )
    }
    nothing: dict[str, Any] = {"waiting": 0, "dead": 0, "sent": 0, "since": None, "last": None}
    found = []
    for connector in rows:
        n = counted.get(connector.pk, nothing)
        found.append(Health(connector, n["waiting"], n["dead"], n["sent"], n["since"], n["last"]))
    return found


def list_deliveries(
    viewer: User,
    *,
    connector: Connector | None = None,
    state: str = "",
    topic: str = "",
    since: datetime | None = None,
) -> QuerySet[Delivery]:
    """Will give deliveries of the viewer's connectors, newest first, without their bodies."""
    found = Delivery.objects.filter(_tenant_q(scope_for(viewer, MANAGE), "connector__tenant_id"))
    if connector is not None:
        found = found.filter(connector=connector)
    if state in DeliveryState.values:
        found = found.filter(state=state)
    if topic:
        found = found.filter(topic__startswith=topic)
    if since is not None:
        found = found.filter(created_at__gte=since)
    return found.select_related("connector").defer("body", "sent_body").order_by("-id")


def get_delivery(viewer: User, public_id: Any) -> Delivery:
    """Will give one delivery of the viewer's connectors. Raises: NotFound."""
    found = (
        Delivery.objects.filter(_tenant_q(scope_for(viewer, MANAGE), "connector__tenant_id"))
        .select_related("connector", "mapping")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这条投递"))
    return found


def is_sending(connector: Connector) -> bool:
    """Will tell whether deliveries go out now."""
    broken = connector.open_until is not None and connector.open_until > clock.now()
    return connector.state == ConnectorState.ACTIVE and not broken


def list_inbound(connector: Connector) -> list[InboundSecret]:
    """Will give the newest secrets for messages to us, ended ones too."""
    return list(connector.inbound_secrets.all()[:10])


def has_valid_inbound(connector: Connector) -> bool:
    """Will tell whether a message to us can be signed now."""
    return _valid_inbound(connector).exists()


def inbound_overlap_until(connector: Connector) -> datetime | None:
    """Will tell until when a replaced secret is still good beside the new one."""
    found = _valid_inbound(connector).filter(ends_at__isnull=False).order_by("-ends_at").first()
    return found.ends_at if found is not None else None


def _valid_inbound(connector: Connector) -> QuerySet[InboundSecret]:
    moment = clock.now()
    return connector.inbound_secrets.filter(Q(ends_at=None) | Q(ends_at__gt=moment))


def _tenant_q(scope: Scope, field: str) -> Q:
    return Q() if scope.everything else Q(**{f"{field}__in": scope.tenant_ids})
