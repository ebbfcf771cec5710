"""Proving to be the applicant: receipt number and telephone, then a signed cookie for two hours.

A wrong number and a wrong telephone get the same answer after the same work.
"""

import uuid

from django.core import signing
from django.http import HttpRequest, HttpResponse

from apps.audit.middleware import client_address
from apps.common import ratelimit, tokens
from apps.guides.models import Application
from apps.guides.selectors.applications import find_application
from apps.guides.services import normalise_phone

COOKIE, SALT, FORM_SALT = "cb_applications", "guides.applications", "guides.form"
COOKIE_SECONDS, FORM_SECONDS = 2 * 3600, 24 * 3600
NUMBERS_MOST = 5
TRIES_OF_ADDRESS, TRIES_OF_NUMBER, TRIES_SECONDS = 20, 10, 600
FORMS_PER_HOUR = 60


def new_form() -> str:
    """Will give the identity of an empty form; sent twice it makes one application."""
    return signing.dumps(str(uuid.uuid4()), salt=FORM_SALT)


def form_id(token: str) -> str | None:
    """Will give the identity of a form we gave out within a day, else None."""
    try:
        return str(signing.loads(token, salt=FORM_SALT, max_age=FORM_SECONDS))
    except signing.BadSignature:
        return None


def count_form(request: HttpRequest) -> None:
    """Will count one posted form of an address. Raises: TooMany."""
    address = client_address(request) or ""
    ratelimit.hit("guides.form", address, limit=FORMS_PER_HOUR, per_seconds=3600)


def count_try(request: HttpRequest, number: str) -> None:
    """Will count an attempt. Raises: TooMany (of this address, or for this number)."""
    address = client_address(request) or ""
    ratelimit.hit("guides.track.address", address, limit=TRIES_OF_ADDRESS, per_seconds=600)
    ratelimit.hit("guides.track.number", number, limit=TRIES_OF_NUMBER, per_seconds=TRIES_SECONDS)


def is_proven(*, number: str, phone: str) -> bool:
    """Will tell whether the telephone belongs to the application of this number."""
    application = find_application(number)
    kept = application.applicant_phone if application is not None else ""
    fits = tokens.matches(normalise_phone(phone) or "-", tokens.digest(kept or "no phone"))
    return bool(kept) and fits


def grant(request: HttpRequest, response: HttpResponse, number: str) -> None:
    """Will let this browser follow the application for two hours."""
    numbers = [number, *(n for n in granted(request) if n != number)][:NUMBERS_MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(numbers, salt=SALT),
        max_age=COOKIE_SECONDS,
        path="/guides/",
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


def proven_application(request: HttpRequest, number: str) -> Application | None:
    """Will give the application if this browser has proven to be its applicant's."""
    return find_application(number) if number in granted(request) else None
