"""What the present browser session has proved, in the words of OpenID Connect."""

from django.http import HttpRequest

from apps.accounts.assurance.levels import Assurance, Method, level_of
from apps.common import clock
from apps.signon.services.grants import Standing, sid_of

_NAMES = {
    Method.PASSWORD: ("pwd",),
    Method.CODE: ("otp",),
    Method.RECOVERY_CODE: ("otp",),
    Method.PASSKEY: ("hwk", "user"),
    Method.SMS: ("sms",),
    Method.CERTIFICATE: ("pop",),
    Method.UPSTREAM: ("fed",),
}


def standing_of(request: HttpRequest, *, issuer: str) -> Standing:
    """Will say how surely and since when somebody sits there; they have signed in."""
    assurance = level_of(request)
    return Standing(
        level=max(assurance.level, 1),
        methods=methods_of(assurance),
        at=max((use.at for use in assurance.uses), default=clock.now()),
        sid=sid_of(request.session.session_key or ""),
        issuer=issuer,
    )


def methods_of(assurance: Assurance) -> tuple[str, ...]:
    """Will give the methods by their registered names (RFC 8176)."""
    names = [name for use in assurance.uses for name in _NAMES.get(use.method, ())]
    if len(assurance.uses) > 1:
        names.append("mfa")
    return tuple(dict.fromkeys(names))
