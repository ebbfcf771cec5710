"""What every address of the service does alike: who asks, in which format, how it is refused."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.audit.services import SYSTEM, Actor
from apps.common.errors import DomainError, InvalidInput
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.ogc import links, questions
from apps.ogc.links import Addresses
from apps.ogc.resources import READ

_FORMS = {"json": "json", "geojson": "json", "html": "html"}


class MapReader(BasePermission):
    """Everybody may ask, a client only with its scope; layers say what each of them is given."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiClient):
            return HasScope(READ)().has_permission(request, view)
        return True


class OneRenderer(BaseContentNegotiation):
    """Leaves the format to the view; refusals are always problem documents."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class OgcView(APIView):
    """One document, as JSON for machines and as a page for people.

    template: of the page; it gets ``document`` beside what ``page`` adds. media: of the JSON.
    parameters: those of the address besides ``f``.
    """

    permission_classes = [MapReader]
    content_negotiation_class = OneRenderer
    http_method_names = ["get", "head", "options"]
    schema = None  # described by a document of its own (ogc.openapi)
    template = "ogc/document.html"
    media = links.JSON
    parameters: tuple[str, ...] = ("f",)

    def get(self, request: Request, **named: str) -> HttpResponse:
        shown = self.shown
        questions.require_known(request.query_params, self.parameters)
        document = self.document(request, **named)
        if shown == "html":
            return self.as_page(document, **self.page(request, document, **named))
        return self.as_json(document)

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        """Will give what is answered."""
        raise NotImplementedError

    def page(self, request: Request, document: dict[str, Any], **named: str) -> dict[str, Any]:
        """Will give what the page shows besides the document."""
        pretty = json.dumps(document, ensure_ascii=False, indent=2)
        return {"heading": document.get("title", ""), "pretty": pretty}

    @property
    def at(self) -> Addresses:
        return Addresses(self.plain)

    @property
    def plain(self) -> HttpRequest:
        """The request as Django has it."""
        return self.request._request

    @property
    def actor(self) -> Actor:
        """Who is named in the log: the client, else the person."""
        auth, user = self.request.auth, self.request.user
        if isinstance(auth, ApiClient):
            return auth
        return user if isinstance(user, User) else SYSTEM

    @property
    def shown(self) -> str:
        """The format asked for: by ``f``, else by ``Accept``; JSON unless a page is liked better.

        Raises: InvalidInput.
        """
        asked = self.plain.GET.get("f")
        if asked is None:
            liked = self.plain.get_preferred_type([links.JSON, links.GEOJSON, links.HTML])
            return "html" if liked == links.HTML else "json"
        if asked not in _FORMS:
            raise InvalidInput(_("f 应为 json 或 html"), field="f")
        return _FORMS[asked]

    def as_json(self, document: Any, **headers: str) -> HttpResponse:
        """Will answer JSON, given as values or as text, with a strong ETag."""
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        body = text.encode()
        etag = quote_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
        asked = parse_etags(self.plain.headers.get("If-None-Match", ""))
        response: HttpResponse
        if etag in asked or "*" in asked:
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(body, content_type=self.media)
        response["ETag"] = etag
        return self._marked(response, headers)

    def as_page(self, document: Any, **context: Any) -> HttpResponse:
        """Will answer a page in the frame of the signed-in, or of the public."""
        is_inside = self.request.user.is_authenticated
        base = "portal/base.html" if is_inside else "portal/public_base.html"
        json_url = self.at.here(f="json")
        found = {"base": base, "document": document, "json_url": json_url} | context
        return self._marked(render(self.plain, self.template, found), {})

    def handle_exception(self, exc: Exception) -> Any:
        """Refuses a page with a page: it is left to the middleware."""
        if isinstance(exc, DomainError) and self._wants_page():
            raise exc
        return super().handle_exception(exc)

    def _wants_page(self) -> bool:
        try:
            return self.shown == "html"
        except InvalidInput:
            return False

    def _marked(self, response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
        for name, value in headers.items():
            response[name] = value
        # Whoever asks may be given something else, and so may they a moment later.
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Accept", "Accept-Language", "Authorization", "Cookie"))
        return response
