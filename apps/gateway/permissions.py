"""What a client may touch. A person with a session is bound by their own permissions only."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.common.errors import NotAllowed
from apps.gateway.models import ApiClient
from apps.gateway.payloads import mask_payload

EVERYTHING = "*"


def has_scope(client: ApiClient, scope: str) -> bool:
    """Will tell whether a client was given a scope, by name or by ``*``."""
    return scope in client.scopes or EVERYTHING in client.scopes


def clear_of(request: Request | None) -> frozenset[str]:
    """Will give the personal data the calling client sees as it is; none for a person."""
    auth = getattr(request, "auth", None)
    return auth.clear_now if isinstance(auth, ApiClient) else frozenset()


def masked_for(request: Request | None, values: dict[str, Any]) -> dict[str, Any]:
    """Will cover personal data in plain values but for what the caller was granted."""
    return dict(mask_payload(values, clear=clear_of(request)))


def HasScope(scope: str) -> type[BasePermission]:
    """Will make the permission class that asks API clients for ``scope``.

    ``permission_classes = [IsAuthenticated, HasScope("cases.report")]``. The refusal names the
    missing scope (code ``scope_missing``) and the key, so that the other side knows what to
    apply for. Nobody without a name passes, whatever other classes a view forgets.
    """

    class ScopePermission(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            if isinstance(request.auth, ApiClient) and not has_scope(request.auth, scope):
                key = getattr(request._request, "gateway_key", "")
                words = {"scope": scope, "key": key}
                raise NotAllowed(
                    _("接口客户端（密钥 %(key)s）缺少授权范围：%(scope)s") % words
                    if key
                    else _("接口客户端缺少授权范围：%(scope)s") % words,
                    code="scope_missing",
                    data={"scope": scope} | ({"key": key} if key else {}),
                )
            return bool(request.user and request.user.is_authenticated)

    ScopePermission.__name__ = f"HasScope[{scope}]"
    return ScopePermission
