"""The text a card signs: random, for one place and one purpose, taken once within two minutes.

Kept in the session of the browser that asked, so that a signature made elsewhere opens nothing
here; the digest of an answered one is a row, so that it is never taken twice.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.factors.checking import CertificateRefused
from apps.accounts.models import SpentChallenge
from apps.common import clock

KEY = "certificate_challenge"  # in the session
LIFE = timedelta(minutes=2)
_SHARED = timedelta(seconds=60)  # two pages opened one after the other show the same text


def issue(request: HttpRequest) -> str:
    """Will give the text to be signed in this browser."""
    kept = request.session.get(KEY)
    moment = clock.now()
    if kept and moment - _made_at(kept) < _SHARED:
        return _text(request, kept)
    kept = {"nonce": secrets.token_urlsafe(32), "at": moment.timestamp()}
    request.session[KEY] = kept
    return _text(request, kept)


def find(request: HttpRequest) -> str:
    """Will give the text this browser was asked to sign, "" when there is none."""
    kept = request.session.get(KEY)
    return _text(request, kept) if kept else ""


def take(request: HttpRequest) -> bytes:
    """Will give the text that was to be signed, and forget it: right or wrong, it is over.

    Raises: CertificateRefused (there is none, or too old).
    """
    kept = request.session.pop(KEY, None)
    if not kept or clock.now() - _made_at(kept) >= LIFE:
        raise CertificateRefused(_("验证文字已失效，请重新签名。"), why="challenge")
    return _text(request, kept).encode()


def spend(challenge: bytes) -> None:
    """Will note that a challenge was answered.

    Raises: CertificateRefused (it was answered before: a copy of the same session).
    """
    digest = hashlib.sha256(challenge).hexdigest()
    try:
        with transaction.atomic():
            SpentChallenge.objects.create(digest=digest, expires_at=clock.now() + 2 * LIFE)
    except IntegrityError as error:
        raise CertificateRefused(_("验证文字已用过，请重新签名。"), why="replay") from error


def forget_spent() -> int:
    """Will drop what is too old to be answered and give the number."""
    return SpentChallenge.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _text(request: HttpRequest, kept: dict[str, object]) -> str:
    """Says what it is for, so that it is no signature under anything else."""
    return "\n".join(("CityBrain sign-in", f"host={request.get_host()}", f"nonce={kept['nonce']}"))


def _made_at(kept: dict[str, float]) -> datetime:
    return datetime.fromtimestamp(kept["at"], tz=UTC)
