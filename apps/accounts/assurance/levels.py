"""How sure we are of who sits there: proofing x authentication x freshness.

Authentication (AAL), by method used since signing in:

    1  password; with or without a code by text message, which is no cryptographic factor
    2  password and a one-time code (from the application or the printed list)
    3  passkey that checked finger, face or PIN
    4  certificate whose key signed a challenge (U盾)

Proofing (IAL), on the person: 0 self-stated, 1 from the staff register, 2 document checked
against its authority, 3 in person. A session's level is never more than proofing + 1: a key
in the hand of somebody nobody has met says little. Freshness: when each method was last used.

allauth keeps the methods of a session; they are read here and not kept twice.
Source: AC-03; GB/T 22239-2019 8.1.4.1 d.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.assurance.acts import Act
from apps.accounts.models import Certificate, PhoneFactor, User
from apps.common import clock

HIGHEST = 4


class Method(models.TextChoices):
    """A way of proving who one is."""

    PASSWORD = "password", _("密码")
    CODE = "totp", _("动态口令")
    RECOVERY_CODE = "recovery_codes", _("备用码")
    PASSKEY = "webauthn", _("通行密钥")
    SMS = "sms", _("短信验证码")
    CERTIFICATE = "certificate", _("数字证书")
    UPSTREAM = "upstream", _("上级平台")


LEVEL_OF_METHOD = {
    Method.PASSWORD: 1,
    Method.CODE: 2,
    Method.RECOVERY_CODE: 2,
    Method.PASSKEY: 3,
    Method.SMS: 1,
    Method.CERTIFICATE: 4,
    Method.UPSTREAM: 1,  # at least; the record says how much the platform vouched for
}
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
#: What a role that requires a second factor is content with: a text message is not among them.
STRONG = frozenset({Method.CODE, Method.RECOVERY_CODE, Method.PASSKEY, Method.CERTIFICATE})
# What opens a session by itself; a code beside one of these is a second factor.
_OPENING = {Method.PASSWORD, Method.PASSKEY, Method.CERTIFICATE, Method.UPSTREAM}


@dataclass(frozen=True)
class Use:
    """A method used since signing in; at: the last time, aware."""

    method: Method
    level: int
    at: datetime


@dataclass(frozen=True)
class Assurance:
    """What a session has proved. uses: one per method, the newest first."""

    level: int
    uses: tuple[Use, ...]
    proofing: int

    @property
    def at(self) -> datetime | None:
        """When the level was last proved."""
        return next((use.at for use in self.uses if use.level == self.level), None)

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(use.method for use in self.uses)

    def satisfies(self, act: Act, moment: datetime) -> bool:
        """Will tell whether the act may be done now, without another proof."""
        since = moment - timedelta(minutes=act.minutes)
        return act.level <= 0 or any(
            use.level >= act.level and use.at > since and act.method in ("", use.method)
            for use in self.uses
        )


def level_of(request: HttpRequest) -> Assurance:
    """Will give what the present session has proved, level 0 when nobody signed in here."""
    user = request.user
    if not isinstance(user, User):
        return Assurance(level=0, uses=(), proofing=0)
    return _judge(get_authentication_records(request, user), user.proofing_level)


def best_level(proofing: int) -> int:
    """Will give the highest level somebody proved like this can reach."""
    return min(proofing + 1, HIGHEST)


def factors_of(user: User) -> set[Method]:
    """Will give the strong factors a person has, without the printed codes."""
    types = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS)
    found = {Method(kind) for kind in types.values_list("type", flat=True)}
    return found | {Method.CERTIFICATE} if live_certificates(user).exists() else found


def live_certificates(user: User) -> QuerySet[Certificate]:
    """Will give the certificates that speak for this person now."""
    return Certificate.objects.filter(user=user, ended_at=None, expires_at__gt=clock.now())


def proved_strongly(request: HttpRequest) -> bool:
    """Will tell whether the session was opened or confirmed with a strong factor."""
    return any(use.method in STRONG for use in level_of(request).uses)


def methods_for(act: Act, user: User) -> set[Method]:
    """Will give the methods this person has that reach what the act needs.

    A printed code stands in for the telephone, so it goes with ``Method.CODE``.
    """
    held = factors_of(user) | {Method.PASSWORD}
    if PhoneFactor.objects.filter(user=user).exists():
        held.add(Method.SMS)
    best = best_level(user.proofing_level)
    return {
        method
        for method in held
        if min(LEVEL_OF_METHOD[method], best) >= act.level and act.method in ("", method)
    }


def _judge(records: Iterable[dict[str, Any]], proofing: int) -> Assurance:
    last: dict[Method, datetime] = {}
    vouched = 0
    for record in records:
        name = record.get("type") if record.get("method") == "mfa" else record.get("method")
        if name in Method.values:
            last[Method(name)] = datetime.fromtimestamp(record["at"], tz=UTC)
            if name == Method.UPSTREAM:
                vouched = record["level"]
    uses = [
        Use(method, min(_level(method, last, vouched), best_level(proofing)), at)
        for method, at in last.items()
    ]
    uses.sort(key=lambda use: use.at, reverse=True)
    level = max((use.level for use in uses), default=0)
    return Assurance(level=level, uses=tuple(uses), proofing=proofing)


def _level(method: Method, used: dict[Method, datetime], vouched: int) -> int:
    """A code alone is one factor; it counts for two only beside another method.

    vouched: the level the platform above vouched for, already held down to our limit.
    """
    if method == Method.UPSTREAM:
        return max(vouched, LEVEL_OF_METHOD[method])
    alone = not _OPENING & used.keys()
    if method in (Method.CODE, Method.RECOVERY_CODE) and alone:
        return 1
    return LEVEL_OF_METHOD[method]


def minutes_since(at: datetime) -> int:
    """Will give whole minutes passed, for a sentence."""
    return max(0, int((clock.now() - at).total_seconds() // 60))
