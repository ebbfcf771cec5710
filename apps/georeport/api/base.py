"""What every address of the interface does alike: who asks, which form, what a refusal is."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.models import Tenant
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.gateway.authentication import ApiKeyAuthentication
from apps.gateway.models import ApiClient
from apps.gateway.permissions import has_scope
from apps.georeport import documents
from apps.georeport.selectors import jurisdiction

logger = logging.getLogger(__name__)

#: How the standard numbers what we refuse with other numbers.
_STATUS = {401: 403, 409: 400}


class KeyParameter(ApiKeyAuthentication):
    """``api_key`` in the query or the form, as the standard has it; the header does as well."""

    def key_of(self, request: Request) -> str | None:
        plain = request._request
        given = plain.GET.get("api_key")
        if not given and plain.method == "POST":
            given = _form(request).get("api_key")
        return given.strip() if given and given.strip() else super().key_of(request)


class AnyForm(BaseContentNegotiation):
    """The address says the form; what the request accepts is not asked."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class OpenView(APIView):
    """One address of the interface. Whoever reads needs no key; ``self.client`` is who has one."""

    authentication_classes = [KeyParameter]
    permission_classes = [AllowAny]
    content_negotiation_class = AnyForm
    schema = None  # described by the standard, and by ``api.description``

    @property
    def form(self) -> str:
        named = str(self.kwargs.get("form", documents.JSON))
        return named if named in documents.TYPES else documents.JSON

    @property
    def caller(self) -> ApiClient | None:
        """The client that asks; None for a stranger."""
        auth = self.request.auth
        return auth if isinstance(auth, ApiClient) else None

    @property
    def said(self) -> QueryDict:
        """The parameters: of the form for POST, else of the query."""
        plain = self.request._request
        return _form(self.request) if plain.method == "POST" else plain.GET

    def tenant(self) -> Tenant:
        """The body that is asked: by ``jurisdiction_id``, else the caller's, else the public one.

        Raises: NotFound.
        """
        code = (self.said.get("jurisdiction_id") or "").strip()
        if not code and self.caller is not None:
            return self.caller.tenant
        return jurisdiction(code)

    def require(self, scope: str) -> ApiClient:
        """Will give the client, if it has a key and was granted this.

        Raises: NotAllowed (403 by the standard, also without any key).
        """
        client = self.caller
        if client is None:
            raise NotAllowed(_("缺少接口密钥"), field="api_key", code="key_missing")
        if not has_scope(client, scope):
            raise NotAllowed(
                _("接口客户端缺少授权范围：%(scope)s") % {"scope": scope},
                field="api_key",
                code="scope_missing",
            )
        return client

    def answer(
        self, root: str, item: str, rows: list[dict[str, Any]], *, status: int = 200
    ) -> HttpResponse:
        """Will give a list in the form of the address."""
        content = documents.render(self.form, root, item, rows)
        return self._response(content, documents.TYPES[self.form], status)

    def answer_one(self, root: str, values: dict[str, Any], *, bare: bool = False) -> HttpResponse:
        """Will give one document. bare: without a charset."""
        kinds = documents.BARE_TYPES if bare else documents.TYPES
        return self._response(documents.render_one(self.form, root, values), kinds[self.form], 200)

    def handle_exception(self, exc: Exception) -> Any:
        """Every refusal is a list of ``code`` and ``description``. Raises: what is no refusal."""
        refused = _refusal(exc)
        if refused is None:
            return super().handle_exception(exc)
        status, description, retry_after = refused
        response = self.answer(
            "errors",
            "error",
            [{"code": str(status), "description": description}],
            status=status,
        )
        if retry_after:
            response["Retry-After"] = str(retry_after)
        return response

    @staticmethod
    def _response(content: bytes, kind: str, status: int) -> HttpResponse:
        response = HttpResponse(content, content_type=kind, status=status)
        response["Cache-Control"] = "private, no-cache"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _form(request: Request) -> QueryDict:
    """What was posted, within Django's limits of size and number.

    Raises: InvalidInput (too large, too many, not a form).
    """
    try:
        return request._request.POST
    except SuspiciousOperation as error:
        raise InvalidInput(_("内容过大或参数过多"), field="description") from error
    except MultiPartParserError as error:
        raise InvalidInput(_("不是有效的 multipart 表单"), field="media") from error


def _refusal(exc: Exception) -> tuple[int, str, int | None] | None:
    """Status, sentence and seconds to wait; None for what is a fault of ours."""
    if isinstance(exc, DomainError):
        words = f"{exc.field}：{exc}" if exc.field else str(exc)
        return _STATUS.get(exc.status, exc.status), words, exc.data.get("retry_after")
    if isinstance(exc, Http404):
        return 404, _("没有找到"), None
    if isinstance(exc, PermissionDenied):
        return 403, _("没有权限"), None
    if isinstance(exc, exceptions.Throttled):
        return 429, str(exc.detail), int(getattr(exc, "wait", None) or 1)
    if isinstance(exc, exceptions.APIException):
        status = _STATUS.get(exc.status_code, exc.status_code)
        return status, str(exc.detail), None
    return None
