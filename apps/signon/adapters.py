"""Where allauth's provider asks us: names, levels, keys and what it tells about itself."""

from collections.abc import Iterable
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey, Token
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.common import clock
from apps.signon.models import GivenToken, Grant
from apps.signon.services.applications import SCOPES
from apps.signon.services.grants import is_over
from apps.signon.services.keys import open_keys

GRANT = "signon_grant"  # attribute of the request: the sign-on a token is given out of


class ProviderAdapter(DefaultOIDCAdapter):
    """Tells applications who somebody is, how surely, and where they work."""

    scope_display = {
        "openid": _("您的用户编号"),
        "profile": _("您的姓名和登录名"),
        "email": _("您的电子邮箱"),
        "phone": _("您的手机号"),
        "organization": _("您的单位和岗位"),
    }

    def get_issuer(self) -> str:
        issuer: str = settings.SIGNON_ISSUER or super().get_issuer()
        return issuer.rstrip("/")

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Any,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        asked = set(scopes)
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "profile" in asked:
            claims |= {"name": user.full_name, "preferred_username": user.username}
        if "email" in asked and user.email:
            claims |= {"email": user.email, "email_verified": False}
        if "phone" in asked and user.phone:
            claims |= {"phone_number": user.phone, "phone_number_verified": False}
        if "organization" in asked:
            claims["organizations"] = organizations_of(user)
        return claims

    def populate_id_token(
        self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **kwargs: Any
    ) -> None:
        grant: Grant | None = getattr(self.request, GRANT, None)
        if grant is not None:
            id_token |= standing_claims(grant)

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data |= {
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "scopes_supported": list(SCOPES),
            "acr_values_supported": ["1", "2", "3", "4"],
            "prompt_values_supported": ["none", "login", "consent"],
            "claims_supported": [
                *("sub", "name", "preferred_username", "email", "phone_number"),
                *("organizations", "acr", "amr", "auth_time", "sid"),
            ],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }

    def list_private_keys(
        self,
        *,
        did_activate: Literal[True] | None = None,
        is_active: Literal[True] | None = None,
    ) -> list[PrivateKey]:
        moment = clock.now()
        return [
            PrivateKey(
                pem=pem,
                not_before=key.not_before,
                expires_at=key.expires_at,
                issued_at=key.not_before,
            )
            for key, pem in open_keys()
            if not did_activate or key.not_before <= moment
        ]

    def is_introspection_allowed(self, token: Token, *, caller_client: Client) -> bool:
        grant = _grant_of(token)
        return grant is None or not is_over(grant)

    def populate_introspection_response(self, *, response: dict[str, Any], token: Token) -> None:
        grant = _grant_of(token)
        if grant is not None:
            response |= standing_claims(grant) | {"username": grant.user.username}

    def validate_resource_uris(self, *, uris: list[str], **kwargs: Any) -> None:
        if uris:
            raise ValidationError("Resource indicators are not supported.")


def standing_claims(grant: Grant) -> dict[str, Any]:
    """Will say what a sign-on rests on: level, methods, when, and which browser session."""
    return {
        "acr": str(grant.acr),
        "amr": list(grant.amr),
        "auth_time": int(grant.auth_time.timestamp()),
        "sid": grant.sid,
    }


def organizations_of(user: User) -> list[dict[str, Any]]:
    """Will give the units a person works in today, the main one first."""
    return [
        {
            "code": held.post.organization.code,
            "name": held.post.organization.name,
            "body": held.post.organization.tenant.code,
            "post": held.post.name,
            "is_primary": held.is_primary,
        }
        for held in appointments_in_force(user)
    ]


def _grant_of(token: Token) -> Grant | None:
    given = (
        GivenToken.objects.filter(hash=token.hash)
        .select_related("grant__user", "grant__application")
        .first()
    )
    return given.grant if given else None
