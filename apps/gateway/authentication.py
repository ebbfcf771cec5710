"""Who calls the API: by key, by a signed request (RFC 9421), or by a signed message.

``Authorization: Api-Key <prefix>.<secret>``, or ``Signature-Input`` and ``Signature``. A
request that carries a signature is judged by it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from apps.audit.middleware import client_address

if TYPE_CHECKING:  # the REST framework's views load this module while they are being loaded
    from rest_framework.request import Request

    from apps.accounts.models import User
    from apps.gateway.models import ApiClient
    from apps.gateway.services.identifying import Caller, KeyRefused

SCHEME = "Api-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """Makes the caller its service account; ``request.auth`` is the ``ApiClient``.

    A request without this scheme, or with a signature, is left to the next way of signing in.
    schemes: how the header may begin, in small letters.
    """

    schemes: tuple[str, ...] = (SCHEME.lower(),)

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        from apps.gateway import services

        key = self.key_of(request)
        if key is None or is_signed(request):
            return None
        try:
            caller = services.identify(
                key,
                address=client_address(request._request),
                certificate=_certificate_of(request),
            )
        except services.KeyRefused as refusal:
            raise _failed(request, refusal) from refusal
        return _let_in(request, caller)

    def key_of(self, request: Request) -> str | None:
        """Will give the key a request comes with; None: none of this scheme."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.lower() in self.schemes else None

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'


class SignedRequestAuthentication(BaseAuthentication):
    """The same for a request signed by RFC 9421; see ``gateway.httpsig`` for what is signed."""

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        from django.core.exceptions import RequestDataTooBig

        from apps.gateway import httpsig, services

        if not is_signed(request):
            return None
        plain = request._request
        try:
            body = plain.body
        except RequestDataTooBig:
            body = b""  # does not match its digest
        sent = httpsig.Request(
            request.method or "", plain.build_absolute_uri(), request.headers, body
        )
        try:
            caller = services.identify_signature(
                sent, address=client_address(plain), certificate=_certificate_of(request)
            )
        except services.KeyRefused as refusal:
            raise _failed(request, refusal) from refusal
        return _let_in(request, caller)

    def authenticate_header(self, request: Request) -> str:
        return 'Signature realm="api"'


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
            certificate=_certificate_of(request),
        )
        if client is None:
            raise AuthenticationFailed(_("签名无效、已过期或来源地址不允许"))
        return client.service_user, client

    def authenticate_header(self, request: Request) -> str:
        return 'Webhook-Signature realm="api"'


def _certificate_of(request: Request) -> str:
    """The thumbprint a trusted proxy told. Raises: AuthenticationFailed (a stranger's header)."""
    from django.utils.translation import gettext as _

    from apps.gateway import certificates, services

    try:
        return certificates.told_by(request._request)
    except certificates.Untrusted as error:
        address = client_address(request._request)
        refusal = services.refuse_certificate(address, detail=str(error))
        if isinstance(refusal, services.KeyRefused):
            raise _failed(request, refusal) from error
        raise refusal from error
    except ValueError as error:
        raise AuthenticationFailed(_("代理转交的客户端证书无法读取")) from error


def is_signed(request: Request) -> bool:
    """Will tell whether a request carries a signature by RFC 9421."""
    return "Signature-Input" in request.headers


def _let_in(request: Request, caller: Caller) -> tuple[User, ApiClient]:
    """Denies what nobody registered, before the view is asked. Source: AC-07."""
    from django.utils.translation import gettext as _

    from apps.common.errors import NotAllowed
    from apps.gateway import trial
    from apps.gateway.registry import resource_of

    plain = request._request
    plain.gateway_key = caller.key  # type: ignore[attr-defined]  # for the record of the call
    plain.gateway_client = caller.client  # type: ignore[attr-defined]
    if resource_of(plain.path) is None:
        raise NotAllowed(
            _("密钥 %(key)s 不能调用该地址：它没有登记为受保护资源") % {"key": caller.key},
            code="resource_unregistered",
            data={"key": caller.key},
        )
    if caller.client.is_trial:
        trial.begin(plain)
    return caller.client.service_user, caller.client


def _failed(request: Request, refusal: KeyRefused) -> AuthenticationFailed:
    request._request.gateway_key = refusal.data["key"]  # type: ignore[attr-defined]
    failed = AuthenticationFailed(str(refusal))
    failed.data = refusal.data  # type: ignore[attr-defined]  # told in the problem document
    return failed
