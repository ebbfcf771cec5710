"""What there is to pass on, page by page in the order of its keys, as rows of ``shapes``.

Of every class one query says what fits: lies in the stream's area, passes its filters, may leave
the house. Looks for what changed, for what came back and for what left all go by it. Covering of
personal data is part of a row: it leaves here only as it may leave the house. Source: IO-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, CharField, Exists, Field, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime

from apps.alarms.models import Alarm
from apps.common.personal import mask_personal
from apps.districts.enums import Kind
from apps.districts.models import Stream
from apps.districts.shapes import GONE, GONE_DIGEST, UNCERTAIN
from apps.hotline.enums import ComplaintFamily
from apps.matters.models import Case
from apps.sensing.models import Datastream, Device, HourFigure

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Found:
    """One row with the key after which the next page begins."""

    key: str
    origin: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """A page that is asked for. now: of the look; is_clear: texts go as they are."""

    stream: Stream
    path: str
    since: datetime
    after: str
    limit: int
    now: datetime
    is_clear: bool

    def said(self, text: str, most: int) -> str:
        """Will give a text as it may leave, no longer than the other side takes."""
        return (text if self.is_clear else mask_personal(text))[:most]


def read_page(wanted: Wanted) -> list[Found]:
    """Will give one page of what a stream is to pass on; fewer than the limit: the last one."""
    kind = Kind(wanted.stream.kind)
    if kind not in _SOURCES:
        return _readings(wanted)
    source = _SOURCES[kind]
    changed = source.fitting(wanted).filter(source.changed(wanted), pk__gt=int(wanted.after or 0))
    return [source.row(wanted, each) for each in changed.order_by("pk")[: wanted.limit]]


def read_returned(wanted: Wanted) -> list[Found]:
    """Will give what fits and was told as gone, or may never have arrived; at most a page."""
    source = _SOURCES.get(Kind(wanted.stream.kind))
    if source is None:
        return []
    unsaid = wanted.stream.sent_rows.filter(digest__in=[UNCERTAIN, GONE_DIGEST])
    origins = unsaid.filter(source.is_named_by(source.fitting(wanted)))
    named = [each.origin for each in origins.order_by("pk")[: wanted.limit]]
    back = source.fitting(wanted).filter(**{f"{source.identity}__in": named})
    return [source.row(wanted, each) for each in back.order_by("pk")]


def read_left(wanted: Wanted) -> list[Found]:
    """Will give marks for what was passed on and fits no longer; at most a page."""
    source = _SOURCES.get(Kind(wanted.stream.kind))
    if source is None:
        return []
    told = wanted.stream.sent_rows.exclude(digest=GONE_DIGEST)
    left = told.exclude(source.is_named_by(source.fitting(wanted)))
    return [Found("", each.origin, GONE) for each in left.order_by("pk")[: wanted.limit]]


def is_standing(kind: Kind) -> Exists:
    """Will give the condition on rows handed over "its alarm or case is not over"."""
    standing = {
        Kind.ALARMS: Alarm.objects.filter(ended_at=None),
        Kind.CASES: Case.objects.filter(closed_at=None),
    }
    return _SOURCES[kind].is_named_by(standing[kind])


def _devices(wanted: Wanted) -> QuerySet[Any]:
    found = Device.objects.filter(asset__area__path__startswith=wanted.path)
    if wanted.stream.filters:
        found = found.filter(profile__code__in=wanted.stream.filters)
    return found.select_related("asset__area", "profile", "presence").defer("asset__area__boundary")


def _device(wanted: Wanted, each: Device) -> Found:
    return Found(
        str(each.pk),
        each.node,
        {
            "area": each.asset.area.code if each.asset.area else "",
            **_place(each.asset.point),
            "code": each.asset.code,
            "name": wanted.said(each.asset.name, 80),
            "profile": each.profile.code,
            "profile_name": each.profile.name,
            "state": each.presence.state if hasattr(each, "presence") else "unknown",
            "is_active": each.is_active,
        },
    )


def _readings(wanted: Wanted) -> list[Found]:
    series = Datastream.objects.filter(device__asset__area__path__startswith=wanted.path)
    if wanted.stream.filters:
        series = series.filter(device__profile__code__in=wanted.stream.filters)
    figures = HourFigure.objects.filter(
        hour__gte=wanted.since, hour__lte=wanted.now - HOUR, series_id__in=series.values("pk")
    )
    if wanted.after:
        text, _bar, number = wanted.after.partition("|")
        hour = parse_datetime(text)
        figures = figures.filter(Q(hour__gt=hour) | Q(hour=hour, series_id__gt=int(number)))
    page = list(figures.order_by("hour", "series_id")[: wanted.limit])
    known = (
        Datastream.objects.select_related("device__asset__area", "field")
        .defer("device__asset__area__boundary")
        .in_bulk({each.series_id for each in page})
    )
    return [_reading(each, known[each.series_id]) for each in page]


def _reading(figure: HourFigure, series: Datastream) -> Found:
    area = series.device.asset.area
    hour = figure.hour.isoformat()
    return Found(
        f"{hour}|{figure.series_id}",
        f"{series.device.node}/{series.field.code}/{figure.hour:%Y%m%d%H}",
        {
            "area": area.code if area else "",
            "device": series.device.node,
            "field": series.field.code,
            "name": series.field.name,
            "unit": series.field.unit,
            "hour": hour,
            "count": figure.count,
            "suspects": figure.suspects,
            "low": figure.low,
            "high": figure.high,
            "mean": figure.mean,
        },
    )


def _alarms(wanted: Wanted) -> QuerySet[Any]:
    found = Alarm.objects.filter(
        tenant=wanted.stream.link.connector.tenant_id, area_path__startswith=wanted.path
    )
    if wanted.stream.filters:
        found = found.filter(source__in=wanted.stream.filters)
    return found.select_related("area").defer("area__boundary")


def _alarm(wanted: Wanted, each: Alarm) -> Found:
    return Found(
        str(each.pk),
        str(each.pk),
        {
            "area": each.area.code if each.area else "",
            **_place(each.point),
            "source": each.source,
            "kind": each.kind,
            "title": wanted.said(each.title, 120),
            "about": wanted.said(each.about, 120),
            "sentence": wanted.said(each.sentence, 500),
            "level": each.level,
            "raised_at": each.raised_at.isoformat(),
            "ended_at": _iso(each.ended_at),
        },
    )


def _cases(wanted: Wanted) -> QuerySet[Any]:
    """What the reporter wanted kept and complaints of a family stay in the district."""
    found = (
        Case.objects.filter(
            tenant=wanted.stream.link.connector.tenant_id,
            area_path__startswith=wanted.path,
            is_confidential=False,
        )
        .exclude(demand__is_secret=True)
        .filter(Q(demand=None) | Q(demand__family=ComplaintFamily.NONE))
    )
    if wanted.stream.filters:
        found = found.filter(matter_type__code__in=wanted.stream.filters)
    kept_out = ("search", "form_data", "area__boundary")
    return found.select_related("area", "matter_type").defer(*kept_out)


def _case(wanted: Wanted, each: Case) -> Found:
    return Found(
        str(each.pk),
        each.number,
        {
            "area": each.area.code,
            **_place(each.point),
            "number": each.number,
            "matter": each.matter_type.code,
            "matter_name": each.matter_type.name[:80],
            "class_code": each.class_code,
            "class_label": each.class_label,
            "category": each.category,
            "title": wanted.said(each.title, 200),
            "text": wanted.said(each.text, 4000),
            "address": wanted.said(each.address, 200),
            "opened_at": each.opened_at.isoformat(),
            "accepted_at": _iso(each.accepted_at),
            "due_at": _iso(each.due_at),
            "closed_at": _iso(each.closed_at),
        },
    )


def _place(point: Any) -> dict[str, float | None]:
    """Six digits: a tenth of a metre."""
    if point is None:
        return {"lon": None, "lat": None}
    return {"lon": round(point.x, 6), "lat": round(point.y, 6)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


@dataclass(frozen=True)
class _Source:
    """Where the rows of a class come from that may leave again.

    fitting: what is to be passed on. changed: of it, what may differ from when it went last.
    identity: the field whose value is the origin of a row; typed: as what it is compared.
    """

    identity: str
    typed: "Field[Any, Any]"
    fitting: Callable[[Wanted], QuerySet[Any]]
    changed: Callable[[Wanted], Q]
    row: Callable[[Wanted, Any], Found]

    def is_named_by(self, rows: QuerySet[Any]) -> Exists:
        """Will give the condition on rows handed over "its origin is among these"."""
        origin = Cast(OuterRef("origin"), self.typed)
        return Exists(rows.filter(**{self.identity: origin}))


_SOURCES: Mapping[Kind, _Source] = {
    Kind.DEVICES: _Source("node", CharField(), _devices, lambda wanted: Q(), _device),
    Kind.ALARMS: _Source(
        "id",
        BigIntegerField(),
        _alarms,
        lambda wanted: Q(ended_at=None) | Q(ended_at__gte=wanted.since),
        _alarm,
    ),
    Kind.CASES: _Source(
        "number", CharField(), _cases, lambda wanted: Q(updated_at__gte=wanted.since), _case
    ),
}
