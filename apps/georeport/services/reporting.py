"""A report by the standard becomes a demand. Source: GeoReport v2, POST requests; HL-02, HL-08."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.idempotency import once
from apps.gateway.models import ApiClient
from apps.georeport.enums import AnswerKind
from apps.georeport.models import OpenService, Report
from apps.georeport.selectors import Asked, asked_by
from apps.hotline.services import Intake, register_demand
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.enums import Channel
from apps.matters.selectors import get_open_matter, require_usable
from apps.matters.services import NewFile
from apps.places import selectors as places

TITLE_WORDS = 40
#: What FixMyStreet sends for a report whose reporter did not choose a place on its map.
NOT_PINPOINTED = "#NOTPINPOINTED#"
Values = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class OpenReport:
    """What a client sent, as it was sent. lon, lat: degrees WGS 84, both or neither.

    answers: by name of the question, a list where several were given. is_hidden: the client
    asks not to list it.
    """

    description: str
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    address_id: str = ""
    answers: Values = field(default_factory=dict)
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    account_id: str = ""
    device_id: str = ""
    media_url: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class Receipt:
    """What a report is answered with: a number, or a token to ask for it with."""

    number: str
    token: str
    account_id: str


def take_report(
    client: ApiClient,
    *,
    tenant: Tenant,
    service: OpenService,
    report: OpenReport,
    files: Sequence[NewFile] = (),
) -> Receipt:
    """Will register a report as a demand of the class the service stands for, once.

    The same report of the same client within 24 hours (every field and every file alike) gives
    the first receipt, also when two come at once. Acts as the client's service account; keeps
    the link in ``media_url`` without opening it.

    Raises: InvalidInput (field of the standard: description, lat, long, address_string,
        address_id, phone, media, ``attribute[…]``); NotAllowed (another body's client, the
        matter is closed to it).
    Source: GW-08, HL-02, HL-08.
    """
    if client.tenant_id != tenant.pk:
        raise NotAllowed(_("该密钥不能用于这个辖区"), code="foreign_jurisdiction")
    require_usable(client, get_open_matter(MATTER_TYPE))
    _require_said(service, report)
    digest = _digest(service, report, files)
    answer, _repeated = once(
        f"georeport:{client.pk}",
        digest,
        request_digest=digest,
        do=lambda: _register(client, tenant, service, report, files),
    )
    token = answer["token"] if service.answer == AnswerKind.BATCH else ""
    return Receipt("" if token else answer["number"], token, report.account_id)


def _require_said(service: OpenService, report: OpenReport) -> None:
    if not report.description:
        raise InvalidInput(_("请填写内容"), field="description")
    placed = report.lon is not None or report.address or _entry_id(report)
    if not placed:
        raise InvalidInput(
            _("须给出 lat 和 long，或 address_string，或 address_id"), field="address_string"
        )
    if not service.takes_anonymous and not report.phone:
        raise InvalidInput(_("这类诉求不接受匿名，请留联系电话"), field="phone")


def _register(
    client: ApiClient,
    tenant: Tenant,
    service: OpenService,
    report: OpenReport,
    files: Sequence[NewFile],
) -> dict[str, Any]:
    form, answers = _clean_answers(service, report)
    lon, lat, address = _place(report)
    token = uuid4()
    intake = Intake(
        title=_title(service, report),
        text=report.description,
        channel=Channel.API,
        reporter_name=_name(report),
        reporter_phone=report.phone,
        lon=lon,
        lat=lat,
        address=address,
        class_code=service.class_code,
        is_public=service.is_public and not report.is_hidden,
        source_key=f"open311:{token}",
        form_data=form,
    )
    try:
        case = register_demand(client.service_user, tenant=tenant, intake=intake, files=files).case
    except InvalidInput as refusal:
        raise _in_their_words(refusal, report) from refusal
    made = Report.objects.create(
        case=case,
        service=service,
        client=client,
        token=token,
        account_id=report.account_id,
        device_id=report.device_id,
        email=report.email,
        address_id=report.address_id,
        media_url=report.media_url,
        answers=answers,
        received_at=clock.now(),
    )
    return {"number": case.number, "token": str(made.token)}


def _clean_answers(
    service: OpenService, report: OpenReport
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What goes into the matter's form, and what stays with the report."""
    asked = asked_by(service)
    return (
        _clean([each for each in asked if each.is_matter], report.answers),
        _clean([each for each in asked if not each.is_matter], report.answers),
    )


def _clean(asked: Sequence[Asked], answers: Values) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for each in asked:
        value: Any = each.preset if each.preset is not None else answers.get(each.name)
        if value is not None:
            data[each.name] = _one_or_many(each, value)
    try:
        return forms_data.clean({"fields": [each.entry for each in asked]}, data)
    except InvalidInput as refusal:
        raise InvalidInput(str(refusal), field=f"attribute[{refusal.field}]") from refusal


def _one_or_many(asked: Asked, value: str | list[str]) -> Any:
    several = value if isinstance(value, list) else [value]
    if asked.is_many:
        return several
    if len(several) != 1:
        raise InvalidInput(_("只能有一个值"), field=f"attribute[{asked.name}]")
    if asked.entry["type"] == "date":
        return several[0][:10]  # the standard knows moments only
    if asked.entry["type"] == "boolean":
        if several[0] not in {"true", "false"}:
            raise InvalidInput(_("应为 true 或 false"), field=f"attribute[{asked.name}]")
        return several[0] == "true"
    return several[0]


def _place(report: OpenReport) -> tuple[float | None, float | None, str]:
    entry_id = _entry_id(report)
    if report.lon is not None or entry_id is None:
        return report.lon, report.lat, report.address
    try:
        entry = places.get_entry(pk=entry_id)
    except NotFound as refusal:
        raise InvalidInput(str(refusal), field="address_id") from refusal
    lon, lat = entry.point.coords
    return lon, lat, report.address or entry.name


def _entry_id(report: OpenReport) -> int | None:
    """The place name an ``address_id`` means. Raises: InvalidInput (no such number)."""
    told = report.address_id
    if not told or told == NOT_PINPOINTED:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 18):
        raise InvalidInput(_("地名不存在"), field="address_id")
    return int(told)


def _title(service: OpenService, report: OpenReport) -> str:
    words = " ".join((report.address or report.description).split())
    return f"{service.name}：{words[:TITLE_WORDS]}"


def _name(report: OpenReport) -> str:
    """Family name first where it is written without spaces between, as in Chinese."""
    both = report.last_name + report.first_name
    return f"{report.first_name} {report.last_name}".strip() if both.isascii() else both


def _in_their_words(refusal: InvalidInput, report: OpenReport) -> InvalidInput:
    """Names the field as the standard does; sees where latitude and longitude were swapped."""
    names = {
        "text": "description",
        "address": "address_string",
        "reporter_phone": "phone",
        "reporter_name": "first_name",
        "point": "lat",
    }
    message = str(refusal)
    if refusal.field == "point" and _is_swapped(report):
        message = _("%s（lat 与 long 似乎写反了）") % message
    return InvalidInput(message, field=names.get(refusal.field or "", refusal.field))


def _is_swapped(report: OpenReport) -> bool:
    if report.lon is None or report.lat is None or abs(report.lon) > 90:
        return False
    return places.locate(Point(report.lat, report.lon, srid=4326)) is not None


def _digest(service: OpenService, report: OpenReport, files: Sequence[NewFile]) -> str:
    pictures = sorted(new.file.sha256 for new in files)
    said = json.dumps([service.pk, vars(report), pictures], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
