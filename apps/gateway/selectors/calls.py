"""What was called: the list, one call's story, figures by client and hour. Source: GW-01."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, Max, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotFound
from apps.gateway.models import ApiCall, ApiClient, Delivery
from apps.gateway.selectors.clients import client_scope, list_clients

#: Entries of a call are written while it runs; clocks of servers differ by less than this.
SLACK = timedelta(seconds=30)
MOST_ENTRIES = 200

_FIGURES = """
    SELECT client_id, count(*), count(*) FILTER (WHERE status >= 400),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms)
    FROM gateway_apicall WHERE client_id = ANY(%s) AND at >= %s GROUP BY client_id
"""


@dataclass(frozen=True)
class CallSearch:
    """What narrows the list. result: "" all, "ok", "refused" or a status as text.

    slower_ms: took at least so long. number: request or trace number, whole.
    """

    client: ApiClient | None = None
    path: str = ""
    result: str = ""
    slower_ms: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""


@dataclass(frozen=True)
class ClientFigures:
    """How a client did in a span. p50_ms, p95_ms: of all its calls, refused ones included."""

    calls: int = 0
    refused: int = 0
    p50_ms: int = 0
    p95_ms: int = 0


@dataclass(frozen=True)
class Story:
    """All a call did that is on record. entries: of the audit log; deliveries: to connectors."""

    call: ApiCall
    entries: list[AuditEntry]
    deliveries: list[Delivery]
    same_trace: list[ApiCall]


def list_calls(viewer: User, search: CallSearch) -> QuerySet[ApiCall]:
    """Will give calls of the viewer's clients, newest first.

    Calls that belong to no client (an unknown key) are shown to whoever manages everything.
    """
    found = _visible(viewer)
    if search.client is not None:
        found = found.filter(client=search.client)
    if search.path:
        found = found.filter(path__startswith=search.path)
    if search.result == "ok":
        found = found.filter(status__lt=400)
    elif search.result == "refused":
        found = found.filter(status__gte=400)
    elif search.result:
        found = found.filter(status=int(search.result))
    if search.slower_ms is not None:
        found = found.filter(duration_ms__gte=search.slower_ms)
    if search.since is not None:
        found = found.filter(at__gte=search.since)
    if search.until is not None:
        found = found.filter(at__lt=search.until)
    if search.number:
        found = found.filter(Q(request_id=search.number) | Q(trace_id=search.number))
    return found.select_related("client").order_by("-at", "-id")


def get_call(viewer: User, request_id: str) -> ApiCall:
    """Will give one call of the viewer's clients. Raises: NotFound."""
    found = _visible(viewer).filter(request_id=request_id).select_related("client").first()
    if found is None:
        raise NotFound(_("没有这次调用"))
    return found


def story_of(call: ApiCall) -> Story:
    """Will gather what a call left behind; for a viewer who may see the call."""
    end = call.at + timedelta(milliseconds=call.duration_ms) + SLACK
    entries = AuditEntry.objects.filter(
        at__gte=call.at - SLACK, at__lte=end, request_id=call.request_id
    ).order_by("id")[:MOST_ENTRIES]
    deliveries = Delivery.objects.filter(request_id=call.request_id).select_related("connector")
    same: list[ApiCall] = []
    if call.trace_id and call.client_id:
        found = ApiCall.objects.filter(trace_id=call.trace_id, client_id=call.client_id)
        same = list(found.exclude(pk=call.pk).order_by("at")[:MOST_ENTRIES])
    ours = deliveries.filter(connector__tenant_id=call.client.tenant_id) if call.client else None
    return Story(
        call=call,
        entries=list(entries),
        deliveries=list(ours.defer("body").order_by("id")[:MOST_ENTRIES]) if ours else [],
        same_trace=same,
    )


def figures_of(viewer: User, *, since: timedelta) -> dict[int, ClientFigures]:
    """Will give how each of the viewer's clients did lately, by key of the client."""
    ids = list(list_clients(viewer).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [ids, clock.now() - since])
        return {row[0]: ClientFigures(*row[1:]) for row in cursor.fetchall()}


def hourly(viewer: User, *, client: ApiClient, since: timedelta) -> list[dict[str, Any]]:
    """Will give one client's calls by hour: hour, calls, refused, average and longest ms."""
    return list(
        _visible(viewer)
        .filter(client=client, at__gte=clock.now() - since)
        .annotate(hour=TruncHour("at"))
        .order_by("hour")
        .values("hour")
        .annotate(
            calls=Count("pk"),
            refused=Count("pk", filter=Q(status__gte=400)),
            average_ms=Avg("duration_ms"),
            longest_ms=Max("duration_ms"),
        )
    )


def _visible(viewer: User) -> QuerySet[ApiCall]:
    scope = client_scope(viewer)
    if scope.everything:
        return ApiCall.objects.all()
    return ApiCall.objects.filter(client__tenant_id__in=scope.tenant_ids)
