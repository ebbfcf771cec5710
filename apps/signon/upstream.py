"""The platform above us (province, extranet) as a provider: what it says, and whether it is so.

Its address, our number there and our secret stand in the settings; everything else it says
about itself. Called through ``apps.common.http``, so only where the operators allow it.
Every token is checked: signature by a published key, RS256 alone, issuer, audience, times.
Source: AC-15; OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import DomainError, Refused
from apps.common.http import CallFailed, get_bytes, post_bytes
from apps.signon.services.logouts import EVENT

REMEMBER_SECONDS = 300
LEEWAY_SECONDS = 30
LOGOUT_TOKEN_LIFE_SECONDS = 300
TIMEOUT_S = 5.0


class NotTrusted(Refused):
    """What the platform above says cannot be believed; ``str`` is for the log."""

    code = "upstream_not_trusted"


@dataclass(frozen=True)
class Identity:
    """Whom the platform above vouches for.

    subject: by the claim agreed upon; sub: its own; level: as it says, held down to our limit.
    """

    subject: str
    sub: str
    sid: str
    level: int


def is_configured() -> bool:
    """Will tell whether people may come in through a platform above us."""
    return bool(settings.UPSTREAM_ISSUER and settings.UPSTREAM_CLIENT_ID)


def metadata() -> dict[str, Any]:
    """Will give what the platform says about itself, as of five minutes ago.

    Raises: NotTrusted (unreachable, or it calls itself otherwise than configured).
    """
    issuer = settings.UPSTREAM_ISSUER.rstrip("/")
    found = _read(f"{issuer}/.well-known/openid-configuration", "metadata")
    if found.get("issuer") != issuer:
        raise NotTrusted(_("上级平台的发现信息与配置不一致，请联系系统管理员。"))
    return found


def identity_of(code: str, *, verifier: str, nonce: str, callback: str) -> Identity:
    """Will exchange a code and give whom it stands for. Raises: NotTrusted."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "code_verifier": verifier,
        "client_id": settings.UPSTREAM_CLIENT_ID,
        "client_secret": settings.UPSTREAM_CLIENT_SECRET,
    }
    try:
        answer = post_bytes(
            metadata()["token_endpoint"],
            urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout_s=TIMEOUT_S,
            total_s=2 * TIMEOUT_S,
        )
        token = answer.json()["id_token"] if answer.status == 200 else ""
    except (CallFailed, DomainError, ValueError, KeyError, TypeError) as error:
        raise NotTrusted(_("上级平台没有给出身份，请稍后再试。")) from error
    claims = checked(token)
    if not nonce or claims.get("nonce") != nonce:
        raise NotTrusted(_("上级平台给出的身份与本次登录不符，请重新登录。"))
    subject = claims.get(settings.UPSTREAM_CLAIM)
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        raise NotTrusted(_("上级平台没有给出约定的人员标识，请联系系统管理员。"))
    return Identity(
        subject,
        sub=str(claims.get("sub", ""))[:200],
        sid=str(claims.get("sid", ""))[:200],
        level=level_of(claims.get("acr")),
    )


def level_of(acr: Any) -> int:
    """Will read a level from what the platform says; never above our limit, at least 1."""
    told = settings.UPSTREAM_LEVELS.get(acr, 1) if isinstance(acr, str) else 1
    return max(1, min(int(told), settings.UPSTREAM_MAX_LEVEL))


def checked_logout(token: str) -> dict[str, Any]:
    """Will give what a logout token says, if it is one. Raises: NotTrusted."""
    claims = checked(token)
    refused = NotTrusted(_("退出令牌无效。"))
    issued = claims.get("iat")
    age = clock.now().timestamp() - issued if isinstance(issued, int | float) else None
    if age is None or not -LEEWAY_SECONDS <= age <= LOGOUT_TOKEN_LIFE_SECONDS:
        raise refused
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise refused
    if "nonce" in claims or not claims.get("jti") or not (claims.get("sub") or claims.get("sid")):
        raise refused
    return claims


def checked(token: str) -> dict[str, Any]:
    """Will give the claims of a token the platform signed for us. Raises: NotTrusted."""
    refused = NotTrusted(_("上级平台给出的令牌无法核实，请重新登录。"))
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(kid),
            algorithms=["RS256"],
            issuer=settings.UPSTREAM_ISSUER.rstrip("/"),
            audience=settings.UPSTREAM_CLIENT_ID,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "iat"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise refused from error
    if "exp" in claims or "events" in claims:  # an identity token must end; a logout token may
        return claims
    raise refused


def _key(kid: Any) -> Any:
    for again in (False, True):
        listed = _read(metadata()["jwks_uri"], "keys", again=again)
        for jwk in listed.get("keys", []):
            if jwk.get("kid") == kid and jwk.get("kty") == "RSA":
                return jwt.PyJWK(jwk, algorithm="RS256").key
    raise KeyError(kid)


def _read(url: str, what: str, *, again: bool = False) -> dict[str, Any]:
    """Reads a document; ``again`` past what is remembered, but not twice in ten seconds."""
    name = f"signon:upstream:{what}:{settings.UPSTREAM_ISSUER}"
    kept = cache.get(name)
    if kept is not None and not (again and cache.add(f"{name}:again", 1, 10)):
        return json.loads(kept)
    try:
        answer = get_bytes(url, timeout_s=TIMEOUT_S)
        found = answer.json()
    except (CallFailed, DomainError, ValueError) as error:
        raise NotTrusted(_("上级平台暂时无法访问，请用本地账号登录。")) from error
    if answer.status != 200 or not isinstance(found, dict):
        raise NotTrusted(_("上级平台暂时无法访问，请用本地账号登录。"))
    cache.set(name, json.dumps(found), REMEMBER_SECONDS)
    return found
