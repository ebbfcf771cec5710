"""Links to a city platform: written by those who keep them, audited with before and after."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.districts.enums import DIALECT, Kind
from apps.districts.models import Link, Stream
from apps.districts.permissions import MANAGE_LINKS, require_manager
from apps.districts.shapes import UNCERTAIN
from apps.gateway import services as gateway
from apps.gateway.sealing import seal
from apps.gateway.services.connectors import ConnectorData
from apps.places.models import Area

#: How far back the first look goes.
FIRST_SPAN = {
    Kind.DEVICES: timedelta(0),
    Kind.READINGS: timedelta(days=1),
    Kind.ALARMS: timedelta(days=7),
    Kind.CASES: timedelta(days=30),
}
MOST_FILTERS = 50
LONGEST_CLEAR = timedelta(days=365)
_KEYID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_STATED = ("keyid", "area_id")
_STREAM_STATED = ("is_on", "filters", "area_id")
_CLEAR_STATED = ("clear_asked_by_id", "clear_purpose", "clear_until", "clear_approved_by_id")


@dataclass(frozen=True)
class LinkSpec:
    """A link as it shall be. url: of ``…/api/v1/districts``; secret: base64, "" keeps the old."""

    name: str
    url: str
    keyid: str
    area: Area
    secret: str = ""
    timeout_s: int = 10


@transaction.atomic
def create_link(actor: User, *, tenant: Tenant, code: str, spec: LinkSpec) -> Link:
    """Will name a city platform to pass on to, with every class switched off; audited.

    Raises: NotAllowed; InvalidInput (code, name, url, keyid, secret, area).
    """
    require_manager(actor, MANAGE_LINKS, tenant.pk)
    if not spec.secret:
        raise InvalidInput(_("请填写签名密钥"), field="secret")
    _check(tenant, spec)
    connector, _unused = gateway.create_connector(
        actor, code=code, tenant=tenant, data=_connector_data(spec), dialect=DIALECT
    )
    moment = clock.now()
    link = Link.objects.create(
        connector=connector,
        keyid=spec.keyid,
        secret=seal(spec.secret),
        area=spec.area,
        next_ask_at=moment,
    )
    Stream.objects.bulk_create(
        Stream(link=link, kind=kind, next_at=moment, whole_at=moment - FIRST_SPAN[kind])
        for kind in Kind
    )
    _record(
        actor, "districts.link_created", link, audit.changes({}, audit.snapshot(link, *_STATED))
    )
    return link


@transaction.atomic
def edit_link(actor: User, *, link_id: int, spec: LinkSpec) -> Link:
    """Will change a link; what waits goes by the new address and key; audited.

    Locks the link. Raises: NotAllowed; NotFound; InvalidInput (as ``create_link``).
    """
    link = _locked(actor, link_id)
    _check(link.connector.tenant, spec)
    before = audit.snapshot(link, *_STATED)
    gateway.edit_connector(actor, connector_id=link.connector_id, data=_connector_data(spec))
    link.keyid, link.area = spec.keyid, spec.area
    if spec.secret:
        link.secret = seal(spec.secret)
    link.save(update_fields=["keyid", "area", "secret"])
    changed = audit.changes(before, audit.snapshot(link, *_STATED))
    _record(actor, "districts.link_changed", link, {**changed, "secret": bool(spec.secret)})
    return link


def pause_link(actor: User, *, link_id: int, is_paused: bool) -> Link:
    """Will hold everything of a link back, or let it go on; nothing is lost; audited.

    Raises: NotAllowed; NotFound.
    """
    with transaction.atomic():
        link = _locked(actor, link_id)
        deed = gateway.pause_connector if is_paused else gateway.resume_connector
        deed(actor, connector_id=link.connector_id)
    return link


@transaction.atomic
def set_stream(
    actor: User,
    *,
    stream_id: int,
    is_on: bool,
    filters: Sequence[str] = (),
    area: Area | None = None,
) -> Stream:
    """Will switch a class on or off, and narrow it; what is new in it goes at once; audited.

    Locks the stream. Raises: NotAllowed; NotFound; InvalidInput (filters, area).
    """
    stream = _locked_stream(actor, stream_id)
    given = list(dict.fromkeys(code.strip() for code in filters if code.strip()))
    if len(given) > MOST_FILTERS or any(len(code) > 80 for code in given):
        raise InvalidInput(_("最多 50 项，每项不超过 80 个字符"), field="filters")
    if area is not None and not area.path.startswith(stream.link.area.path):
        raise InvalidInput(_("应在链路的范围内"), field="area")
    before = audit.snapshot(stream, *_STREAM_STATED)
    stream.is_on, stream.filters, stream.area = is_on, given, area
    _begin_anew(stream)
    changed = audit.changes(before, audit.snapshot(stream, *_STREAM_STATED))
    if changed.get("after"):
        stream.save()
        _record(actor, "districts.stream_set", stream.link, {"kind": stream.kind, **changed})
    return stream


@transaction.atomic
def resend_stream(actor: User, *, stream_id: int) -> Stream:
    """Will pass everything of the class on again, that something is gone included; audited.

    For a city that lost data, or did not understand it; what it has it calls unchanged. Goes back
    as far as at first, and as what was handed over is remembered. Locks the stream.
    Raises: NotAllowed; NotFound; Refused (switched off).
    """
    stream = _locked_stream(actor, stream_id)
    if not stream.is_on:
        raise Refused(_("请先启用这个类别"), code="stream_off")
    count = stream.sent_rows.update(digest=UNCERTAIN)
    stream.whole_at = clock.now() - FIRST_SPAN[Kind(stream.kind)]
    _begin_anew(stream)
    stream.save()
    _record(actor, "districts.stream_resent", stream.link, {"kind": stream.kind, "rows": count})
    return stream


@transaction.atomic
def ask_clear(actor: User, *, stream_id: int, purpose: str, days: int) -> Stream:
    """Will ask that texts of a class go as they are, until so many days from now; audited.

    Nothing changes before another person agrees. Locks the stream.
    Raises: NotAllowed; NotFound; InvalidInput (purpose, days); Refused (not of cases).
    """
    stream = _locked_stream(actor, stream_id)
    if stream.kind != Kind.CASES:
        raise Refused(_("只有案件含有需要脱敏的内容"), code="nothing_personal")
    if not 5 <= len(purpose.strip()) <= 200:
        raise InvalidInput(_("请写明用途（5 至 200 字）"), field="purpose")
    if not 1 <= days <= LONGEST_CLEAR.days:
        raise InvalidInput(_("期限应为 1 至 365 天"), field="days")
    before = audit.snapshot(stream, *_CLEAR_STATED)
    stream.clear_asked_by, stream.clear_purpose = actor, purpose.strip()
    stream.clear_until = clock.now() + timedelta(days=days)
    stream.clear_approved_by = stream.clear_approved_at = None
    return _clear_saved(actor, "districts.clear_asked", stream, before)


@transaction.atomic
def approve_clear(actor: User, *, stream_id: int) -> Stream:
    """Will agree to what another person asked for; audited. Locks the stream.

    Raises: NotAllowed; NotFound; Refused (nothing asked; by the same person; over already).
    """
    stream = _locked_stream(actor, stream_id)
    if stream.clear_asked_by_id is None or stream.clear_until is None:
        raise Refused(_("没有待批准的申请"), code="nothing_asked")
    if stream.clear_asked_by_id == actor.pk:
        raise Refused(_("须由另一人批准"), code="same_person")
    if stream.clear_until <= clock.now():
        raise Refused(_("申请的期限已过"), code="over")
    before = audit.snapshot(stream, *_CLEAR_STATED)
    stream.clear_approved_by, stream.clear_approved_at = actor, clock.now()
    return _clear_saved(actor, "districts.clear_approved", stream, before)


@transaction.atomic
def end_clear(actor: User, *, stream_id: int) -> Stream:
    """Will cover texts again from now on, or withdraw what was asked for; audited.

    Locks the stream. Raises: NotAllowed; NotFound.
    """
    stream = _locked_stream(actor, stream_id)
    before = audit.snapshot(stream, *_CLEAR_STATED)
    stream.clear_asked_by = stream.clear_approved_by = None
    stream.clear_purpose, stream.clear_until, stream.clear_approved_at = "", None, None
    return _clear_saved(actor, "districts.clear_ended", stream, before)


def _clear_saved(actor: User, action: str, stream: Stream, before: dict[str, object]) -> Stream:
    changed = audit.changes(before, audit.snapshot(stream, *_CLEAR_STATED))
    if changed.get("after"):
        stream.save()
        _record(actor, action, stream.link, {"kind": stream.kind, **changed})
    return stream


def _begin_anew(stream: Stream) -> None:
    stream.next_at, stream.scan_began_at, stream.scan_after = clock.now(), None, ""
    stream.compared_at = None


def _check(tenant: Tenant, spec: LinkSpec) -> None:
    if not _KEYID.fullmatch(spec.keyid):
        raise InvalidInput(_("请填写市级发来的签名密钥编号"), field="keyid")
    if spec.secret:
        try:
            is_long = len(base64.b64decode(spec.secret, validate=True)) >= 32
        except (binascii.Error, ValueError):
            is_long = False
        if not is_long:
            raise InvalidInput(_("签名密钥应为市级发来的 Base64 文本"), field="secret")
    if tenant.area is not None and not spec.area.path.startswith(tenant.area.path):
        raise InvalidInput(_("应在本租户的范围内"), field="area")


def _connector_data(spec: LinkSpec) -> ConnectorData:
    return ConnectorData(name=spec.name, url=spec.url.strip().rstrip("/"), timeout_s=spec.timeout_s)


def _locked(actor: User, link_id: int) -> Link:
    link = (
        Link.objects.select_for_update(of=("self",))
        .select_related("connector__tenant__area", "area")
        .defer("connector__tenant__area__boundary", "area__boundary")
        .filter(pk=link_id)
        .first()
    )
    if link is None:
        raise NotFound(_("没有这条链路"))
    require_manager(actor, MANAGE_LINKS, link.connector.tenant_id)
    return link


def _locked_stream(actor: User, stream_id: int) -> Stream:
    stream = (
        Stream.objects.select_for_update(of=("self",))
        .select_related("link__connector", "link__area", "area")
        .defer("link__area__boundary", "area__boundary")
        .filter(pk=stream_id)
        .first()
    )
    if stream is None:
        raise NotFound(_("没有这个类别"))
    require_manager(actor, MANAGE_LINKS, stream.link.connector.tenant_id)
    return stream


def _record(actor: User, action: str, link: Link, data: Mapping[str, object]) -> None:
    audit.record(
        actor,
        action,
        object_type="districts.link",
        object_id=link.pk,
        object_label=link.connector.name,
        data=dict(data),
    )
