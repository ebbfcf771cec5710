"""Outages found by monitoring: of cameras, servers, recorders, networks. Source: OP-13, OP-16."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db.models import Min, Q

from apps.appraisal.enums import Cause, FactKind
from apps.appraisal.sources.rows import Source, Told, seconds
from apps.monitoring.enums import OutageKind
from apps.monitoring.models import Outage, Target

#: Lost recording and bad pictures are counted by their own rows, not as being offline.
_KINDS = (OutageKind.OFFLINE, OutageKind.UNKNOWN)


def watches(asset_ids: Sequence[int] | None) -> dict[int, datetime]:
    """Will give what is checked over the network, and what ever had an outage entered.

    A thing with outages but no checks of its own is watched by whoever enters them, from the
    first of them on.
    """
    outages = Outage.objects.filter(kind__in=_KINDS)
    targets = Target.objects.all()
    if asset_ids is not None:
        outages, targets = (
            outages.filter(asset_id__in=asset_ids),
            targets.filter(asset_id__in=asset_ids),
        )
    found = dict(outages.order_by().values_list("asset_id").annotate(first=Min("began_at")))
    for asset_id, at in targets.values_list("asset_id", "created_at"):
        found[asset_id] = min(at, found.get(asset_id, at))
    return found


def read(asset_ids: Sequence[int], begin: int, end: int) -> Iterable[Told]:
    """Will tell every outage that touches the span."""
    since, until = datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)
    found = Outage.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=since),
        asset_id__in=asset_ids, kind__in=_KINDS, began_at__lt=until,
    )  # fmt: skip
    for outage in found.order_by("pk").iterator():
        yield Told(
            outage.asset_id,
            FactKind.OUTAGE,
            f"outage:{outage.pk}",
            (outage.text or outage.get_kind_display())[:160],
            seconds(outage.began_at),
            None if outage.ended_at is None else seconds(outage.ended_at),
            cause=outage.cause if outage.cause in Cause.values else "",
            planned=outage.is_planned,
            known=outage.kind != OutageKind.UNKNOWN,
        )


SOURCE = Source("outages", True, watches, read)
