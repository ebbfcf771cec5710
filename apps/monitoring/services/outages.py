"""Outages begun and ended by whoever watches, and judged by a person.

The exact meaning of an interval stands at ``Outage``. Whoever finds outages by other means (a
recorder without pictures, a device that fell silent) writes them here too, under its own source.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.alarms.enums import DependencyKind, SilenceKind
from apps.alarms.models import Dependency, Silence
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.monitoring import permissions
from apps.monitoring.enums import OutageCause, OutageKind
from apps.monitoring.models import Outage

_BY_DEPENDENCY = {
    DependencyKind.POWER: OutageCause.POWER,
    DependencyKind.NETWORK: OutageCause.NETWORK,
}


@transaction.atomic
def begin_outage(
    asset: Asset,
    *,
    kind: OutageKind,
    at: datetime,
    source: str,
    text: str = "",
    heard_at: datetime | None = None,
    silent_at: datetime | None = None,
) -> Outage:
    """Will enter that a thing is out since a moment; where it is already, that one is given.

    at: aware, of this server's clock. Where what it hangs on is out too, power or network is
    noted as the cause; a person may say otherwise. Locks the open outage.
    Raises: InvalidInput (at: without zone).
    """
    _require_zone(at, "at")
    found = _open(asset, kind)
    if found is not None:
        if silent_at is not None:
            found.silent_at = silent_at
            found.save(update_fields=["silent_at"])
        return found
    made, _is_new = Outage.objects.get_or_create(
        asset=asset,
        kind=kind,
        ended_at=None,
        defaults={
            "began_at": at, "source": source, "text": text[:300], "heard_at": heard_at,
            "silent_at": silent_at, "cause": _cause_above(asset),
            "is_planned": _is_announced(asset, at),
        },
    )  # fmt: skip
    return made


@transaction.atomic
def end_outage(asset: Asset, *, kind: OutageKind, at: datetime) -> Outage | None:
    """Will end the open outage of a thing; None where none is open. Locks it.

    An end before its begin ends it at its begin. Raises: InvalidInput (at: without zone).
    """
    _require_zone(at, "at")
    found = _open(asset, kind)
    if found is not None:
        found.ended_at = max(at, found.began_at)
        found.save(update_fields=["ended_at"])
    return found


def note_unknown(
    asset: Asset, *, since: datetime, until: datetime, source: str, text: str
) -> Outage:
    """Will enter an interval in which nobody asked, so that it counts neither as up nor as down.

    Raises: InvalidInput (since, until: without zone, or the wrong way round).
    """
    _require_zone(since, "since")
    _require_zone(until, "until")
    if until < since:
        raise InvalidInput(_("结束时间早于开始时间"), field="until")
    return Outage.objects.create(
        asset=asset, kind=OutageKind.UNKNOWN, began_at=since, ended_at=until, source=source,
        text=text[:300],
    )  # fmt: skip


@transaction.atomic
def judge_outage(
    actor: Actor, *, outage_id: int, cause: str, is_planned: bool, text: str = ""
) -> Outage:
    """Will note why a thing was out, as a person who knows says. Audited; locks the outage.

    Its moments stay as they were measured.
    Raises: NotFound; NotAllowed; InvalidInput (cause).
    """
    found = (
        Outage.objects.select_for_update(of=("self",))
        .select_related("asset__area")
        .filter(pk=outage_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这条中断记录"))
    permissions.require_keep_asset(actor, found.asset)
    if cause not in OutageCause.values:
        raise InvalidInput(_("请选择原因"), field="cause")
    before = _card(found)
    found.cause, found.is_planned, found.text = cause, is_planned, text.strip()[:300]
    found.judged_by_name, found.judged_at = actor.display_name, clock.now()
    found.save(update_fields=["cause", "is_planned", "text", "judged_by_name", "judged_at"])
    audit.record(
        actor, "outage.judged", object_type="monitoring.outage", object_id=found.pk,
        object_label=str(found.asset), data=audit.changes(before, _card(found)),
    )  # fmt: skip
    return found


def _card(outage: Outage) -> dict[str, Any]:
    return audit.snapshot(outage, "cause", "is_planned", "text")


def _open(asset: Asset, kind: OutageKind) -> Outage | None:
    found = Outage.objects.select_for_update(of=("self",))
    return found.filter(asset=asset, kind=kind, ended_at__isnull=True).first()


def _cause_above(asset: Asset) -> OutageCause:
    """Power before network: without power a network is out as well."""
    out = Outage.objects.filter(kind=OutageKind.OFFLINE, ended_at__isnull=True)
    kinds = set(
        Dependency.objects.filter(child=asset, parent__in=out.values("asset")).values_list(
            "kind", flat=True
        )
    )
    for kind, cause in _BY_DEPENDENCY.items():
        if kind in kinds:
            return cause
    return OutageCause.UNKNOWN


def _is_announced(asset: Asset, at: datetime) -> bool:
    """Whether announced work covers the thing: named by itself, by its area or by its unit."""
    units = [unit.path for unit in (asset.maintainer, asset.owner_unit) if unit is not None]
    path = asset.area.path if asset.area is not None else ""
    running = Silence.objects.filter(
        kind=SilenceKind.MAINTENANCE, starts_at__lte=at, ends_at__gt=at
    ).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    return any(
        one.asset_id in (None, asset.pk)
        and (one.area is None or path.startswith(one.area.path))
        and (one.unit is None or any(own.startswith(one.unit.path) for own in units))
        for one in running.select_related("area", "unit")
        if one.asset_id or one.area or one.unit
    )


def _require_zone(moment: datetime, field: str) -> None:
    if moment.tzinfo is None:
        raise InvalidInput(_("时间缺少时区"), field=field)
