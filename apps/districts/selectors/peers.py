"""Reads of the city's side, scoped by viewer."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.districts.models import (
    BackFigure,
    DayCount,
    MirrorAlarm,
    MirrorCase,
    MirrorDevice,
    Peer,
    RowRefusal,
)
from apps.districts.permissions import MANAGE_PEERS, managed_q


def list_peers(viewer: User) -> QuerySet[Peer]:
    """Will give the districts that pass on to the viewer's bodies."""
    return (
        Peer.objects.filter(managed_q(viewer, MANAGE_PEERS, "tenant_id"))
        .select_related("client", "area", "tenant")
        .defer("area__boundary")
        .order_by("name", "pk")
    )


def get_peer(viewer: User, *, pk: int) -> Peer:
    """Will give one of them. Raises: NotFound."""
    found = list_peers(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个来源区"))
    return found


def is_silent(peer: Peer) -> bool:
    """Will tell whether a district was not heard for longer than it promised."""
    last = peer.heard_at or peer.created_at
    return peer.is_active and clock.now() - last > timedelta(minutes=peer.promise_minutes)


def list_day_counts(peer: Peer) -> QuerySet[DayCount]:
    """Will give what came day by day, the newest first."""
    return peer.day_counts.order_by("-day", "kind")


def list_row_refusals(peer: Peer, *, kind: str = "") -> QuerySet[RowRefusal]:
    """Will give what was not taken, the newest first."""
    found = peer.refusals.order_by("-pk")
    return found.filter(kind=kind) if kind else found


def count_mirrored(peer: Peer) -> dict[str, int]:
    """Will give how many devices, standing alarms and open cases of a district are kept.

    gone: how many rows are kept besides that the district no longer passes on.
    """
    here = Q(gone_at=None)
    return {
        "devices": peer.devices.filter(here).count(),
        "alarms": peer.alarms.filter(here, ended_at=None).count(),
        "cases": peer.cases.filter(here, closed_at=None).count(),
        "gone": sum(rows.exclude(here).count() for rows in (peer.devices, peer.alarms, peer.cases)),
    }


def mirrored_devices(viewer: User) -> QuerySet[MirrorDevice]:
    """Will give the devices of the viewer's districts that are in use there."""
    return MirrorDevice.objects.filter(_here(viewer), is_active=True)


def standing_alarms(viewer: User) -> QuerySet[MirrorAlarm]:
    """Will give the alarms of the viewer's districts that stand."""
    return MirrorAlarm.objects.filter(_here(viewer), ended_at=None)


def open_cases(viewer: User) -> QuerySet[MirrorCase]:
    """Will give the cases of the viewer's districts that are open."""
    return MirrorCase.objects.filter(_here(viewer), closed_at=None)


def _here(viewer: User) -> Q:
    return managed_q(viewer, MANAGE_PEERS, "peer__tenant_id") & Q(gone_at=None)


def list_back(peer: Peer, *, after: int) -> QuerySet[BackFigure]:
    """Will give what a district is given back after a figure it knows, in order."""
    return peer.back_figures.filter(pk__gt=after).order_by("pk")
