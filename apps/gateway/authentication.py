"""Who calls the API: ``Authorization: Api-Key <prefix>.<secret>``, or who signed a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from apps.audit.middleware import client_address

if TYPE_CHECKING:  # the REST framework's views load this module while they are being loaded
    from rest_framework.request import Request

    from apps.accounts.models import User
    from apps.gateway.models import ApiClient

SCHEME = "Api-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """Makes the caller its service account; ``request.auth`` is the ``ApiClient``.

    A request without this scheme is left to the next way of signing in. Every refusal says the
    same, so that a caller cannot find out which part was right; the log says what it was.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        from django.utils.translation import gettext as _

        from apps.gateway import services

        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        client = services.identify(key.strip(), address=client_address(request._request))
        if client is None:
            raise AuthenticationFailed(_("接口密钥无效、已过期或来源地址不允许"))
        return client.service_user, client

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'


class SignedMessageAuthentication(BaseAuthentication):
    """Makes the caller the client of the connector in the address whose secret signed the body.

    For views whose address has ``code``. Headers and what is signed: ``gateway.signing``. Every
    refusal says the same; the audit log says what was wrong.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiClient]:
        from django.utils.translation import gettext as _

        from apps.gateway import services

        context = request.parser_context or {}
        client = services.identify_signed(
            context["kwargs"]["code"],
            sent=request.headers,
            body=request._request.body,
            address=client_address(request._request),
        )
        if client is None:
            raise AuthenticationFailed(_("签名无效、已过期或来源地址不允许"))
        return client.service_user, client

    def authenticate_header(self, request: Request) -> str:
        return 'Webhook-Signature realm="api"'
