"""Signing in and signing on, against a bare check of one password in the same process."""

import base64
import hashlib
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.runner import Bench, Figure

DESCRIPTION = "sign-ins/s and tokens/s against a bare check of one password"
SIGN_IN_TARGET = 0.3
TOKEN_TARGET = 2.5
SECRET_TARGET = 100.0
ROUNDS, SIGN_INS, SIGN_ONS = 5, 4, 20
PASSWORD, CALLBACK, VERIFIER = "Bench-2026-pass", "https://app.example.cn/callback", "v" * 50


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    user, app, secret = _lay_down()
    from django.contrib.auth.hashers import check_password
    from django.test import Client

    browser = _signed_in(Client(SERVER_NAME="localhost"), user.username)
    header = base64.b64encode(f"{app.client_id}:{secret}".encode()).decode()
    machine = Client(SERVER_NAME="localhost", headers={"authorization": f"Basic {header}"})
    measured: dict[str, list[float]] = {"bare": [], "secret": [], "sign_in": [], "token": []}
    for number in range(ROUNDS):
        bench.progress(f"round {number + 1} of {ROUNDS}")
        measured["bare"].append(
            _rate(lambda: check_password(PASSWORD, user.password), times=SIGN_INS)
        )
        measured["secret"].append(
            _rate(lambda: check_password(secret, app.secret_hash), times=2000)
        )
        measured["sign_in"].append(
            _rate(
                lambda: _signed_in(Client(SERVER_NAME="localhost"), user.username), times=SIGN_INS
            )
        )
        codes = [_code(browser, app.client_id) for _turn in range(SIGN_ONS)]
        measured["token"].append(_tokens(machine, codes))
    rates = {name: median(found) for name, found in measured.items()}
    bare = rates["bare"]
    return [
        Figure("bare checks of a password", bare, "/s"),
        Figure("sign-ins", rates["sign_in"], "/s"),
        Figure("tokens", rates["token"], "/s"),
        Figure("sign-ins per bare check", rates["sign_in"] / bare, "x", ">=", SIGN_IN_TARGET),
        Figure("tokens per bare check", rates["token"] / bare, "x", ">=", TOKEN_TARGET),
        Figure("secrets per bare check", rates["secret"] / bare, "x", ">=", SECRET_TARGET),
    ]


def _rate(deed: Callable[[], Any], *, times: int) -> float:
    began = time.perf_counter()
    for _turn in range(times):
        deed()
    return times / (time.perf_counter() - began)


def _signed_in(client: Any, username: str) -> Any:
    answer = client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    assert answer.status_code == 302, answer.status_code
    return client


def _code(browser: Any, client_id: str) -> str:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    answer = browser.get(f"/identity/o/authorize?{urlencode(asked)}")
    return parse_qs(urlsplit(answer["Location"]).query)["code"][0]


def _tokens(machine: Any, codes: list[str]) -> float:
    """Exchanges every code and refreshes what it gave; gives answers with tokens a second."""
    began, answers = time.perf_counter(), 0
    for code in codes:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        given = machine.post("/identity/o/api/token", form)
        assert given.status_code == 200, given.content
        form = {"grant_type": "refresh_token", "refresh_token": given.json()["refresh_token"]}
        assert machine.post("/identity/o/api/token", form).status_code == 200
        answers += 2
    return answers / (time.perf_counter() - began)


def _lay_down() -> Any:
    """One person with a post, and one live application of their unit."""
    from apps.accounts.models import Appointment, Organization, Post, Tenant, User
    from apps.common import clock
    from apps.signon import services
    from apps.signon.models import Application

    tenant = Tenant.objects.create(code="bench", name="测试市")
    unit = Organization.objects.create(
        tenant=tenant, code="bench", name="受理中心", kind="center", path="/"
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    user = User.objects.create_user("clerk", PASSWORD, full_name="陈静", tenant=tenant)
    post = Post.objects.create(organization=unit, name="受理员")
    Appointment.objects.create(user=user, post=post, from_on=date(2020, 1, 1))
    keeper = User.objects.create_user("keeper", None, full_name="登记人", is_superuser=True)
    moment = clock.now()
    app = Application.objects.create(
        owner=unit,
        name="公文系统",
        mode="sso",
        scopes=["openid", "profile"],
        redirect_uris=[CALLBACK],
        state="approved",
        client_id="bench",
        applied_by=keeper,
        approved_by=user,
        applied_at=moment,
        approved_at=moment,
    )
    secret = services.issue_secret(keeper, application_id=app.pk)
    for item in app.asked:
        services.settle_item(keeper, application_id=app.pk, item=item, note_text="benchmark")
    return user, services.go_live(keeper, application_id=app.pk), secret
