"""Proving to be the reporter: receipt number and phone, then a signed cookie for two hours.

A wrong number and a wrong phone get the same answer after the same work. A reporter who left
no phone proves it with the code that was shown with the receipt; the code follows from the
number and the server's secret and is kept nowhere.
"""

import base64
import re
import unicodedata

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from apps.common import ratelimit, tokens
from apps.hotline import phones
from apps.hotline.models import Demand
from apps.matters.models import Case

COOKIE, SALT = "cb_receipts", "citizen.receipts"
COOKIE_SECONDS = 2 * 3600
RECEIPTS_MOST = 5
TRIES_OF_ADDRESS, TRIES_OF_NUMBER, TRIES_SECONDS = 20, 10, 600
CODE_LENGTH = 10
_NUMBER = re.compile(r"(\d{8})-?(\d{7,11})")


def clean_number(typed: str) -> str:
    """Will give a receipt number as it is kept: full-width digits and a lost dash are mended."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))[:40]
    found = _NUMBER.fullmatch(re.sub(r"[‐‑‒–—―−－]", "-", text))
    return f"{found[1]}-{found[2]}" if found else text


def receipt_code(number: str) -> str:
    """Will give the ten letters and digits that stand in for a phone."""
    mac = salted_hmac("citizen.receipt-code", number, algorithm="sha256").digest()
    return base64.b32encode(mac).decode()[:CODE_LENGTH]


def count_try(*, address: str, number: str) -> None:
    """Will count an attempt. Raises: TooMany (of this address, or for this number)."""
    ratelimit.hit(
        "citizen.track.address", address, limit=TRIES_OF_ADDRESS, per_seconds=TRIES_SECONDS
    )
    ratelimit.hit("citizen.track.number", number, limit=TRIES_OF_NUMBER, per_seconds=TRIES_SECONDS)


def is_proven(*, number: str, secret: str) -> bool:
    """Will tell whether ``secret`` is the phone, or the code, that belongs to the number."""
    kept = (
        Demand.objects.filter(case__number=number).values_list("reporter_phone", flat=True).first()
    )
    phone = phones.parse(secret) or "-"
    is_phone = tokens.matches(phone, tokens.digest(kept or "no phone"))
    code = "".join(secret.split()).upper()
    is_code = tokens.matches(code, tokens.digest(receipt_code(number)))
    return kept is not None and (is_phone or (is_code and not kept))


def grant(request: HttpRequest, response: HttpResponse, number: str) -> None:
    """Will let this browser follow the case for two hours."""
    numbers = [number, *(n for n in granted(request) if n != number)][:RECEIPTS_MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(numbers, salt=SALT),
        max_age=COOKIE_SECONDS,
        path="/citizen/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def granted(request: HttpRequest) -> list[str]:
    """Will give the receipt numbers this browser has proven."""
    try:
        return list(
            signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_SECONDS)
        )
    except signing.BadSignature:
        return []


def forget(response: HttpResponse) -> None:
    """Will end it: for telephones and computers others use too."""
    response.delete_cookie(COOKIE, path="/citizen/", samesite="Lax")


def proven_case(request: HttpRequest, number: str) -> Case | None:
    """Will give the case if this browser has proven to be its reporter's."""
    if number not in granted(request):
        return None
    return (
        Case.objects.filter(number=number)
        .select_related("version", "unit", "tenant", "matter_type", "area")
        .first()
    )
