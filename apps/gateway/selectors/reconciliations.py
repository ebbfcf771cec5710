"""What the days looked like from both sides."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.gateway.models import Connector, Delivery, Reconciliation


def list_reconciliations(connector: Connector) -> QuerySet[Reconciliation]:
    """Will give the days of a connector the viewer may see, the newest first."""
    return connector.reconciliations.defer("missing", "unknown")


def get_reconciliation(connector: Connector, reconciliation_id: int) -> Reconciliation:
    """Will give one day of a connector the viewer may see. Raises: NotFound."""
    found = connector.reconciliations.filter(pk=reconciliation_id).first()
    if found is None:
        raise NotFound(_("没有这次对账"))
    return found


def list_missing(row: Reconciliation) -> QuerySet[Delivery]:
    """Will give the deliveries the other side lacks, without their bodies."""
    return (
        Delivery.objects.filter(connector_id=row.connector_id, public_id__in=row.missing)
        .select_related("connector")
        .defer("body", "sent_body")
        .order_by("-id")
    )
