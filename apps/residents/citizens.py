"""Who calls: an API client with the scope, and behind it a citizen with a token.

Views of this app and of higher ones stand on these; ``citizen_of`` is for a view that also
answers callers without a citizen.
"""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.audit.middleware import client_address
from apps.common.errors import NotAllowed
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope, has_scope
from apps.residents import services
from apps.residents.enums import SCOPE, TOKEN_HEADER
from apps.residents.models import PublicToken

TOKEN = OpenApiParameter(
    TOKEN_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The token given by sessions/; good for the client that got it only",
)


class IsClient(BasePermission):
    """Citizens speak through a registered program; staff with a session have pages."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiClient):
            raise NotAllowed(_("请以接口客户端调用公众账户接口"))
        return True


class ClientView(APIView):
    """For anybody behind a client: codes and signing in."""

    permission_classes = [IsAuthenticated, HasScope(SCOPE), IsClient]

    @property
    def client(self) -> ApiClient:
        client = self.request.auth
        assert isinstance(client, ApiClient)
        return client

    def address(self, told: str | None) -> str:
        """Will give the citizen's address as the client tells it, else the client's own."""
        return told or client_address(self.request._request) or "unknown"


class CitizenView(ClientView):
    """For a citizen signed in: ``self.session``. Raises: SignInRefused before anything else."""

    session: PublicToken

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.session = services.require_session(self.client, request.headers.get(TOKEN_HEADER, ""))


def citizen_of(request: Request) -> PublicToken | None:
    """Will give the citizen behind this call, None where the client names none.

    Raises: NotAllowed (no client, or without the scope); SignInRefused (a token that is none).
    """
    token = request.headers.get(TOKEN_HEADER)
    if token is None:
        return None
    client = request.auth
    if not isinstance(client, ApiClient) or not has_scope(client, SCOPE):
        raise NotAllowed(
            _("接口客户端缺少授权范围：%(scope)s") % {"scope": SCOPE},
            code="scope_missing",
            data={"scope": SCOPE},
        )
    return services.require_session(client, token)
