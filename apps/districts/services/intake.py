"""Taking in what a district passes on: every row for itself, the same row twice is one.

A row the district passes on no longer stays as gone, without its words: it is neither counted
nor drawn, and the version it has refuses what was sent earlier and comes later.
Source: IO-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.districts.enums import Kind, Verdict
from apps.districts.models import (
    DayCount,
    MirrorAlarm,
    MirrorCase,
    MirrorDevice,
    MirrorFigure,
    Peer,
    Placed,
    RowRefusal,
)
from apps.districts.shapes import MOST_ROWS, Row, WrongRow, origin_of, read_row
from apps.gateway.models import ApiClient
from apps.matters.enums import StateCategory
from apps.places.models import Area
from apps.sensing.enums import DeviceState

MirrorModel = type[MirrorDevice] | type[MirrorFigure] | type[MirrorAlarm] | type[MirrorCase]
#: Where a class is kept, and which of its fields have columns.
_KEPT: Mapping[Kind, tuple[MirrorModel, tuple[str, ...]]] = {
    Kind.DEVICES: (MirrorDevice, ("profile", "state", "is_active")),
    Kind.READINGS: (MirrorFigure, ("device", "field", "hour")),
    Kind.ALARMS: (MirrorAlarm, ("kind", "level", "raised_at", "ended_at")),
    Kind.CASES: (MirrorCase, ("class_code", "category", "opened_at", "closed_at")),
}
REFUSALS_KEPT = 20  # of one batch
KEPT_REFUSALS, KEPT_FIGURES = timedelta(days=30), timedelta(days=400)
#: Alarms and cases that are over, and what is gone: a year is compared with the year before.
#: The district has them.
KEPT_ENDED = timedelta(days=760)
HEARD_EVERY = timedelta(seconds=30)  # hardly more often is it written that a district was heard


@dataclass(frozen=True)
class Outcome:
    """What was said of one row."""

    origin: str
    verdict: Verdict
    field: str = ""
    reason: str = ""


def peer_of(client: ApiClient | None) -> Peer:
    """Will give the district a client speaks for. Raises: NotAllowed (none, or shut out)."""
    peer = None
    if client is not None:
        peer = Peer.objects.select_related("area").filter(client=client).first()
    if peer is None or not peer.is_active:
        raise NotAllowed(_("这个调用方不是登记的来源区，或已停止接收"), code="not_a_peer")
    return peer


def note_heard(peer: Peer) -> None:
    """Will remember that a district was heard just now."""
    moment = clock.now()
    if peer.heard_at is None or moment - peer.heard_at > HEARD_EVERY:
        Peer.objects.filter(pk=peer.pk).update(heard_at=moment)


@transaction.atomic
def take_batch(peer: Peer, *, kind: str, rows: Any) -> dict[str, Any]:
    """Will keep the rows that are in order and say of each what became of it.

    rows: a list of at most ``shapes.MOST_ROWS``. A row older than what is kept, or saying the
    same, is unchanged; one that says it is gone is kept as gone; one outside of the district's
    area or of another shape is refused with its field, and hinders no other row. Locks the
    district: its batches come one by one.
    Raises: InvalidInput (rows: no list, empty, too many).
    """
    if not isinstance(rows, list) or not rows:
        raise InvalidInput(_("rows 应为至少一行的列表"), field="rows")
    if len(rows) > MOST_ROWS:
        raise InvalidInput(_("一次最多 %d 行") % MOST_ROWS, field="rows", code="too_many_rows")
    Peer.objects.select_for_update().get(pk=peer.pk)
    outcomes = _Taking(peer, Kind(kind)).take(rows)
    counted = _count(peer, kind, outcomes)
    note_heard(peer)
    return counted | {
        "results": [
            {
                "origin": each.origin,
                "verdict": each.verdict.value,
                "field": each.field,
                "reason": each.reason,
            }
            for each in outcomes
        ]
    }


def tidy_intake() -> int:
    """Will drop refusals, hourly figures, and what was over or gone too long ago."""
    moment = clock.now()
    over = moment - KEPT_ENDED
    old = (
        RowRefusal.objects.filter(at__lt=moment - KEPT_REFUSALS),
        MirrorFigure.objects.filter(hour__lt=moment - KEPT_FIGURES),
        MirrorDevice.objects.filter(gone_at__lt=over),
        MirrorAlarm.objects.filter(Q(ended_at__lt=over) | Q(gone_at__lt=over)),
        MirrorCase.objects.filter(Q(closed_at__lt=over) | Q(gone_at__lt=over)),
    )
    return sum(rows.delete()[0] for rows in old)


class _Taking:
    """One batch of one district: what is kept of it already, and where it may lie."""

    def __init__(self, peer: Peer, kind: Kind) -> None:
        self.peer, self.kind = peer, kind
        self.model, self.columns = _KEPT[kind]
        self.is_placed = issubclass(self.model, Placed)
        boundary = peer.area.boundary
        self.ground = boundary.prepared if boundary is not None else None
        self.moment = clock.now()

    def take(self, rows: Sequence[Any]) -> list[Outcome]:
        known = [row for row in rows if isinstance(row, dict)]
        codes = {row["area"] for row in known if isinstance(row.get("area"), str)}
        areas = self._areas(codes)
        origins = {origin for row in known if (origin := origin_of(row))}
        manager: Any = self.model.objects
        kept = {each.origin: each for each in manager.filter(peer=self.peer, origin__in=origins)}
        made: dict[str, Any] = {}
        changed: dict[str, Any] = {}
        outcomes = []
        for given in rows:
            try:
                row = read_row(self.kind, given)
                area = self.peer.area if row.is_gone else self._place(row, areas)
            except WrongRow as wrong:
                outcomes.append(
                    Outcome(origin_of(given), Verdict.REFUSED, wrong.field, wrong.reason)
                )
                continue
            before = kept.get(row.origin)
            if before is not None and row.version <= before.version:
                outcomes.append(Outcome(row.origin, Verdict.UNCHANGED))
                continue
            is_same = before is not None and before.digest == row.digest
            mirror = before or self.model(
                peer=self.peer, origin=row.origin, first_received_at=self.moment
            )
            if row.is_gone:
                self._leave(mirror, row)
            else:
                self._fill(mirror, row, area)
            kept[row.origin] = mirror
            (made if mirror.pk is None else changed)[row.origin] = mirror
            outcomes.append(Outcome(row.origin, Verdict.UNCHANGED if is_same else Verdict.ACCEPTED))
        manager.bulk_create(made.values())
        manager.bulk_update(
            changed.values(),
            [
                *("version", "digest", "data", "received_at", "area", *self.columns),
                *(("point", "gone_at") if self.is_placed else ()),
            ],
        )
        return outcomes

    def _areas(self, codes: set[str]) -> dict[str, Area]:
        clean = [code for code in codes if "\x00" not in code and len(code) <= 40]
        found = Area.objects.valid_on(clock.today()).filter(
            code__in=clean, path__startswith=self.peer.area.path
        )
        return {area.code: area for area in found.defer("boundary")}

    def _place(self, row: Row, areas: Mapping[str, Area]) -> Area:
        """Raises: WrongRow (area, lon: not of this district)."""
        area = areas.get(row.values["area"])
        if area is None:
            raise WrongRow("area", _("不在本区辖区内：%s") % row.values["area"])
        point = _point(row)
        if self.ground is not None and point is not None and not self.ground.covers(point):
            raise WrongRow("lon", _("位置不在本区辖区内"))
        return area

    def _fill(self, mirror: Any, row: Row, area: Area) -> None:
        self._say(mirror, row)
        mirror.area = area
        for name in self.columns:
            setattr(mirror, name, row.values[name])
        if self.is_placed:
            mirror.point, mirror.gone_at = _point(row), None

    def _leave(self, mirror: Any, row: Row) -> None:
        self._say(mirror, row)
        mirror.point, mirror.gone_at = None, mirror.gone_at or self.moment
        if mirror.area_id is None:
            mirror.area = self.peer.area
            for name, value in _never_seen(self.kind, self.moment).items():
                setattr(mirror, name, value)

    def _say(self, mirror: Any, row: Row) -> None:
        mirror.version, mirror.digest, mirror.data = row.version, row.digest, dict(row.data)
        mirror.received_at = self.moment


def _point(row: Row) -> Point | None:
    lon, lat = row.values.get("lon"), row.values.get("lat")
    return None if lon is None else Point(lon, lat, srid=4326)


def _never_seen(kind: Kind, moment: datetime) -> Mapping[str, Any]:
    """The columns of a row of which nothing is known but that it is gone."""
    columns: Mapping[Kind, Mapping[str, Any]] = {
        Kind.DEVICES: {"profile": "", "state": DeviceState.UNKNOWN, "is_active": False},
        Kind.ALARMS: {"kind": "", "level": 1, "raised_at": moment, "ended_at": moment},
        Kind.CASES: {
            "class_code": "",
            "category": StateCategory.ENDED,
            "opened_at": moment,
            "closed_at": moment,
        },
    }
    return columns[kind]


def _count(peer: Peer, kind: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Gives how many rows had each verdict."""
    refused = [each for each in outcomes if each.verdict == Verdict.REFUSED]
    counted = {
        verdict.value: sum(each.verdict == verdict for each in outcomes) for verdict in Verdict
    }
    day, _is_new = DayCount.objects.get_or_create(peer=peer, kind=kind, day=clock.today())
    DayCount.objects.filter(pk=day.pk).update(
        **{name: F(name) + count for name, count in counted.items()}
    )
    RowRefusal.objects.bulk_create(
        RowRefusal(
            peer=peer,
            kind=kind,
            origin=each.origin,
            field=each.field[:40],
            reason=each.reason[:200],
            at=clock.now(),
        )
        for each in refused[:REFUSALS_KEPT]
    )
    return counted
