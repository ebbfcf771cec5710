"""What the city works out of what districts passed on, and gives each of them back.

A district sees its own figures, the city's sum and its place among the districts; no other
district's figures, and where fewer than ``LEAST_PEERS`` pass on, neither sum nor place: with two,
the sum less one's own is the other's. Source: IO-11.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from apps.common import clock
from apps.common.periods import Period
from apps.districts.enums import BackKind
from apps.districts.models import BackFigure, MirrorAlarm, MirrorCase, MirrorDevice, Peer
from apps.sensing.enums import DeviceState

LEAST_PEERS = 3
DAYS = 3  # late rows change the figures of a day that is over
Figures = dict[str, Any]


def work_out() -> int:
    """Will write what is given back of today and the days before, where it changed.

    Safe to run twice and by two workers: each district is locked, the newest figure compared.
    Gives how many figures were written.
    """
    written = 0
    for tenant_id in Peer.objects.order_by().values_list("tenant", flat=True).distinct():
        peers = list(
            Peer.objects.filter(tenant=tenant_id, is_active=True, heard_at__isnull=False)
            .defer("area__boundary")
            .order_by("pk")
        )
        for back in range(DAYS):
            written += _day(peers, clock.today() - timedelta(days=back))
    return written


def _day(peers: Sequence[Peer], day: date) -> int:
    period = Period(day, day)
    own: dict[BackKind, dict[int, Figures]] = {
        BackKind.ALARMS: _alarms(peers, period),
        BackKind.CASES: _cases(peers, period),
    }
    if day == clock.today():  # how many are online is known of now only
        own[BackKind.DEVICES] = _devices(peers)
    written = 0
    for kind, by_peer in own.items():
        told = _told(by_peer)
        for peer in peers:
            written += _write(peer, kind, day, told[peer.pk])
    return written


def _told(by_peer: Mapping[int, Figures]) -> dict[int, Figures]:
    """score: the higher the better; it orders, and is not told."""
    is_enough = len(by_peer) >= LEAST_PEERS
    scores = {pk: each["score"] for pk, each in by_peer.items()}
    told = {}
    for pk, each in by_peer.items():
        body: Figures = {"own": each["own"], "city": None, "rank": None, "of": None}
        if is_enough:
            body["city"] = _sum([one["own"] for one in by_peer.values()])
            body["of"] = len(by_peer)
            body["rank"] = 1 + sum(score > scores[pk] for score in scores.values())
        told[pk] = body
    return told


def _sum(figures: Sequence[Figures]) -> Figures:
    total: Figures = {}
    for each in figures:
        for name, value in each.items():
            if isinstance(value, dict):
                total[name] = _sum([total.get(name, {}), value])
            else:
                total[name] = total.get(name, 0) + value
    return total


def _alarms(peers: Sequence[Peer], period: Period) -> dict[int, Figures]:
    raised = MirrorAlarm.objects.filter(
        peer__in=peers, gone_at=None, raised_at__gte=period.start, raised_at__lt=period.end
    )
    found: dict[int, Figures] = {
        peer.pk: {"total": 0, "ended": 0, "by_level": {}} for peer in peers
    }
    counted = raised.order_by().values("peer", "level")
    for row in counted.annotate(n=Count("pk"), ended=Count("pk", filter=~Q(ended_at=None))):
        own = found[row["peer"]]
        own["total"] += row["n"]
        own["ended"] += row["ended"]
        own["by_level"][str(row["level"])] = row["n"]
    return {pk: {"own": own, "score": _share(own, "ended", "total")} for pk, own in found.items()}


def _devices(peers: Sequence[Peer]) -> dict[int, Figures]:
    found = {peer.pk: {"total": 0, "online": 0} for peer in peers}
    in_use = MirrorDevice.objects.filter(peer__in=peers, gone_at=None, is_active=True)
    counted = in_use.order_by().values("peer")
    online = Count("pk", filter=Q(state=DeviceState.ONLINE))
    for row in counted.annotate(n=Count("pk"), online=online):
        found[row["peer"]] = {"total": row["n"], "online": row["online"]}
    return {pk: {"own": own, "score": _share(own, "online", "total")} for pk, own in found.items()}


def _cases(peers: Sequence[Peer], period: Period) -> dict[int, Figures]:
    opened = MirrorCase.objects.filter(
        peer__in=peers, gone_at=None, opened_at__gte=period.start, opened_at__lt=period.end
    )
    found: dict[int, Figures] = {
        peer.pk: {"total": 0, "closed": 0, "by_class": {}} for peer in peers
    }
    counted = opened.order_by().values("peer", "class_code")
    for row in counted.annotate(n=Count("pk"), closed=Count("pk", filter=~Q(closed_at=None))):
        own = found[row["peer"]]
        own["total"] += row["n"]
        own["closed"] += row["closed"]
        own["by_class"][row["class_code"]] = row["n"]
    return {pk: {"own": own, "score": _share(own, "closed", "total")} for pk, own in found.items()}


def _share(own: Mapping[str, int], part: str, whole: str) -> float:
    """Where there was nothing to do, nothing was left undone."""
    return own[part] / own[whole] if own[whole] else 1.0


@transaction.atomic
def _write(peer: Peer, kind: BackKind, day: date, body: Figures) -> int:
    Peer.objects.select_for_update().get(pk=peer.pk)
    newest = BackFigure.objects.filter(peer=peer, kind=kind, day=day).order_by("-pk").first()
    if newest is not None and newest.body == body:
        return 0
    BackFigure.objects.create(peer=peer, kind=kind, day=day, body=body, made_at=clock.now())
    return 1
