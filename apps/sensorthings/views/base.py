"""What every address of the service does alike: who asks, how much is sent, what is answered."""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.gateway.models import ApiClient
from apps.gateway.payloads import Masker
from apps.sensorthings.desk import Answer, Desk, TooLarge
from apps.sensorthings.permissions import ReaderOrWriter

MOST_BYTES = 8 * 1024 * 1024


class BoundedJson(BaseParser):
    """JSON up to ``MOST_BYTES``, whatever the request calls it."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge(_("一次上报不能超过 %(mb)d MB，请分批") % {"mb": MOST_BYTES // 2**20})
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error") from error


class OneForm(BaseContentNegotiation):
    """Everything is JSON; refusals are problem documents."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class DeskView(APIView):
    """One address of the service."""

    permission_classes = [ReaderOrWriter]
    content_negotiation_class = OneForm
    parser_classes = [BoundedJson]
    schema = None  # described by the standard

    @property
    def desk(self) -> Desk:
        """Who serves this caller."""
        request = self.request
        user = request.user
        assert isinstance(user, User), "strangers are not let in"
        masker = None
        if isinstance(request.auth, ApiClient):
            masker = Masker(request.auth.clear_now, places=False)
            request._request.gateway_masker = masker  # type: ignore[attr-defined]
        root = request.build_absolute_uri(reverse("sensorthings:root")).rstrip("/")
        return Desk(user, root, masker)

    def answer(self, found: Answer) -> HttpResponse:
        """Will give an answer as it goes out."""
        response = HttpResponse(status=found.status, headers=dict(found.headers))
        if found.text is not None:
            response["Content-Type"] = "text/plain; charset=utf-8"
            response.content = found.text.encode()
        else:
            response["Content-Type"] = "application/json"
            response.content = json.dumps(found.document, ensure_ascii=False).encode()
        response["Cache-Control"] = "private, no-cache"
        return response
