"""The calls of GeoReport v2 and of its two extensions. Source: GW-08."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.audit.middleware import client_address
from apps.common import clock, files, ratelimit
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import plain_cell
from apps.georeport import documents, selectors, services, told
from apps.georeport.api import params
from apps.georeport.api.base import OpenView
from apps.georeport.api.description import openapi
from apps.georeport.permissions import REPORT_SCOPE, UPDATE_SCOPE
from apps.georeport.selectors import Shown
from apps.hotline.citizen.selectors import public_tenant
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.models import Case
from apps.matters.selectors import get_open_matter
from apps.matters.services import NewFile

MOST_MEDIA = 9
BULK_PER_HOUR = 30  # of one address: each reads a year
MEDIA_NAMES = ("media", "media[]")


class DiscoveryView(OpenView):
    """Where the interface is, and in which forms."""

    def get(self, request: Request, form: str) -> HttpResponse:
        tenant = public_tenant()
        version = get_open_matter(MATTER_TYPE).current_version
        root = request.build_absolute_uri(reverse("open311:root")).rstrip("/")
        changed = version.published_at if version is not None else None
        row = told.discovery_row(root, changed=changed or clock.now(), contact=tenant.name)
        return self.answer_one("discovery", row, bare=True)


class ServicesView(OpenView):
    """What may be reported."""

    def get(self, request: Request, form: str) -> HttpResponse:
        offered, asks = selectors.offered(self.tenant()), selectors.matter_asks()
        rows = [
            told.service_row(each, metadata=selectors.has_metadata(each, matter_asks=asks))
            for each in offered
        ]
        return self.answer("services", "service", rows)


class DefinitionView(OpenView):
    """What one class asks."""

    def get(self, request: Request, code: str, form: str) -> HttpResponse:
        service = selectors.get_offered(self.tenant(), code)
        asked = selectors.asked_by(service)
        attributes = [told.attribute_row(each, number) for number, each in enumerate(asked, 1)]
        row = {"service_code": service.code, "attributes": attributes}
        return self.answer_one("service_definition", row)


class RequestsView(OpenView):
    """Reads the public requests; takes a report."""

    def get(self, request: Request, form: str) -> HttpResponse:
        given, tenant = self.said, self.tenant()
        found = selectors.find_requests(tenant, self.caller, params.wanted(given))
        extended = params.is_said(given, "extensions")
        shown = selectors.tell(
            tenant, found[params.page(given)], client=self.caller, with_notes=extended
        )
        rows = [told.request_row(each, extended=extended) for each in shown]
        return self.answer("service_requests", "request", rows)

    def post(self, request: Request, form: str) -> HttpResponse:
        client, given = self.require(REPORT_SCOPE), self.said
        code = params.text(given, "service_code")
        if not code:
            raise InvalidInput(_("缺少这个参数"), field="service_code")
        tenant = self.tenant()
        service = selectors.get_offered(tenant, code)
        report = params.report(given)
        receipt = services.take_report(
            client, tenant=tenant, service=service, report=report, files=_media(request)
        )
        row: dict[str, Any] = (
            {"token": receipt.token} if receipt.token else {"service_request_id": receipt.number}
        )
        row |= {"service_notice": service.description, "account_id": receipt.account_id or None}
        return self.answer("service_requests", "request", [row])


class RequestView(OpenView):
    """Reads one request."""

    def get(self, request: Request, number: str, form: str) -> HttpResponse:
        tenant, extended = self.tenant(), params.is_said(self.said, "extensions")
        found = selectors.find_requests(tenant, self.caller, selectors.Wanted(numbers=[number]))
        shown = selectors.tell(tenant, found[:1], client=self.caller, with_notes=extended)
        rows = [told.request_row(each, extended=extended) for each in shown]
        if not rows:
            raise NotFound(_("没有这个编号的诉求"), field="service_request_id")
        return self.answer("service_requests", "request", rows)


class TokenView(OpenView):
    """The receipt number of a report that was answered with a token."""

    def get(self, request: Request, token: str, form: str) -> HttpResponse:
        found = selectors.find_by_token(token, self.caller, self.tenant())
        if found is None:
            raise NotFound(_("没有这个凭证"), field="token")
        row = {"service_request_id": found.case.number, "token": str(found.token)}
        return self.answer("service_requests", "request", [row])


class UpdatesView(OpenView):
    """Reads what was said of requests; takes what another system says. FixMyStreet's extension."""

    def get(self, request: Request, form: str) -> HttpResponse:
        since, until = params.span(self.said)
        numbers = params.several(self.said, "service_request_id")
        found = selectors.find_updates(
            self.tenant(), self.caller, since=since, until=until, numbers=numbers
        )
        rows = [told.update_row(event) for event in found[params.page(self.said)]]
        return self.answer("service_request_updates", "request_update", rows)

    def post(self, request: Request, form: str) -> HttpResponse:
        client = self.require(UPDATE_SCOPE)
        taken = services.take_update(client, params.update(self.said))
        row = {"update_id": str(taken.pk), "account_id": None}
        return self.answer("service_request_updates", "request_update", [row])


class BulkView(OpenView):
    """Streams the public requests of up to a year. Source: GeoReport Bulk."""

    def get(self, request: Request, form: str) -> HttpResponseBase:
        whose = client_address(request._request) or ""
        ratelimit.hit("georeport.bulk", whose, limit=BULK_PER_HOUR, per_seconds=3600)
        tenant = self.tenant()
        wanted = params.wanted(self.said, longest=params.BULK_SPAN)
        found = selectors.find_requests(tenant, None, wanted)
        shown = selectors.tell(tenant, _streamed(found))
        written = {"csv": _csv, "json": _json, "xml": _xml}[form](shown)
        kind = "text/csv; charset=utf-8" if form == "csv" else documents.TYPES[form]
        response = StreamingHttpResponse(written, content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="requests.{form}"'
        response["Cache-Control"] = "private, no-cache"
        return response


class HelpView(OpenView):
    """Leads who looks for help to the description."""

    def get(self, request: Request) -> HttpResponseBase:
        return redirect("open311:description")


class DescriptionView(OpenView):
    """The interface as an OpenAPI document."""

    def get(self, request: Request) -> HttpResponse:
        root = request.build_absolute_uri(reverse("open311:root")).rstrip("/")
        return JsonResponse(openapi(root), json_dumps_params={"ensure_ascii": False})


def _media(request: Request) -> list[NewFile]:
    """The pictures of a report, kept by content. Raises: InvalidInput (field ``media``)."""
    plain = request._request
    uploads = [each for name in MEDIA_NAMES for each in plain.FILES.getlist(name)]
    if len(uploads) > MOST_MEDIA:
        raise InvalidInput(_("附件最多%(most)s个") % {"most": MOST_MEDIA}, field="media")
    try:
        return [NewFile(files.store(upload), upload.name or "") for upload in uploads]
    except InvalidInput as refusal:
        raise InvalidInput(str(refusal), field="media", code=refusal.code) from refusal


def _streamed(found: Any) -> Iterator[Case]:
    return iter(found.iterator(chunk_size=500))


def _csv(shown: Iterator[Shown]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.DictWriter(line, told.BULK_FIELDS)
    writer.writeheader()
    for each in shown:
        writer.writerow({name: plain_cell(value) for name, value in told.bulk_row(each).items()})
        yield _taken(line)
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    found = line.getvalue()
    line.seek(0)
    line.truncate()
    return found


def _json(shown: Iterator[Shown]) -> Iterator[bytes]:
    yield b"["
    for number, each in enumerate(shown):
        yield (b"," if number else b"") + documents.json_item(told.bulk_row(each))
    yield b"]"


def _xml(shown: Iterator[Shown]) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<service_requests>'
    for each in shown:
        yield documents.xml_item("request", told.bulk_row(each))
    yield b"</service_requests>"
