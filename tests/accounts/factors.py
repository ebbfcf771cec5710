"""Second factors for tests: enrol one, read its code, answer the confirmation."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from tests.accounts.factories import PASSWORD

_PERIOD_S = 30  # of a code


def enrol(user: User) -> str:
    """Will give the person an authenticator app and its seed."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """Will give the present code; the same one may be used again within a test.

    In the last two seconds of its half minute it waits for the next one: a slow machine would
    hand in a code that has just passed.
    """
    if (left := _PERIOD_S - time.time() % _PERIOD_S) < 2:
        time.sleep(left)
    counter = next(iter(yield_hotp_counters_from_time()))
    code = f"{hotp_value(secret, counter):06d}"
    for user_id in Authenticator.objects.values_list("user_id", flat=True):
        cache.delete(f"allauth.mfa.totp.used?user={user_id}&code={code}")
    return code


def sign_in(client: Client, user: User, secret: str | None = None) -> None:
    """Will sign in through the pages, with the code when there is a seed."""
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    if secret:
        client.post(answer.url, {"code": code_of(secret)})


def confirm(client: Client, page: str, secret: str) -> Any:
    """Will answer the confirmation page with the one-time code and give its answer."""
    return client.post(page, {"method": "totp", "code": code_of(secret)})
