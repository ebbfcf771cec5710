"""Outages as an appraisal or a page reads them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.monitoring.models import Outage
from apps.monitoring.permissions import reach_q


def outages_within(
    since: datetime, until: datetime, *, assets: Iterable[Asset] | QuerySet[Asset] | None = None
) -> QuerySet[Outage]:
    """Will give every outage that touches the half-open time [since, until), oldest first.

    Open ones included; not cut to the time. assets: of these only. No viewer: for reckoning.
    """
    found = Outage.objects.filter(began_at__lt=until)
    found = found.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
    if assets is not None:
        found = found.filter(asset__in=assets)
    return found.order_by("asset_id", "began_at", "pk")


def list_outages(
    viewer: User,
    *,
    text: str = "",
    kind: str = "",
    is_open: bool | None = None,
    asset: Asset | None = None,
) -> QuerySet[Outage]:
    """Will list the outages in the viewer's reach, newest first. text: of the thing's name."""
    found = Outage.objects.filter(reach_q(viewer)).select_related(
        "asset__area", "asset__kind", "asset__target"
    )
    if text:
        found = found.filter(Q(asset__name__icontains=text) | Q(asset__code__startswith=text))
    if kind:
        found = found.filter(kind=kind)
    if is_open is not None:
        found = found.filter(ended_at__isnull=is_open)
    if asset is not None:
        found = found.filter(asset=asset)
    return found.order_by("-began_at", "-pk")
