"""Small makers of applications and of people at the door."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.signon import services
from apps.signon.enums import AccessMode, ApplicationState
from apps.signon.models import Application
from apps.signon.services.applications import needs_secret
from tests.cast import PASSWORD

CALLBACK = "https://app.example.cn/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")


@dataclass(frozen=True)
class Registered:
    """A live application and its secret ("" for a public one)."""

    row: Application
    secret: str

    @property
    def id(self) -> str:
        return self.row.client_id

    def as_basic(self) -> dict[str, str]:
        """The header by which it proves itself."""
        value = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"authorization": f"Basic {value}"}


def register(owner: Organization, **values: Any) -> Registered:
    """Registers an application that two people have admitted, and puts it live."""
    maker = User.objects.filter(username="registrar").first() or User.objects.create_user(
        username="registrar", full_name="登记人", is_superuser=True
    )
    checker = User.objects.filter(username="second").first() or User.objects.create_user(
        username="second", full_name="复核人"
    )
    moment = clock.now()
    given = {
        "name": "公文系统",
        "mode": AccessMode.SSO,
        "scopes": ["openid", "profile"],
        "redirect_uris": [CALLBACK],
        "start_url": "https://app.example.cn/",
        "client_id": f"client{Application.objects.count()}",
    } | values
    row = Application.objects.create(
        owner=owner,
        state=ApplicationState.APPROVED,
        applied_by=maker,
        approved_by=checker,
        applied_at=moment,
        approved_at=moment,
        **given,
    )
    secret = services.issue_secret(maker, application_id=row.pk) if needs_secret(row) else ""
    settle(row)
    return Registered(services.go_live(maker, application_id=row.pk), secret)


def settle(row: Application, *items: str) -> None:
    """Settles what is asked of an application before it goes live, or these items of it."""
    for item in items or row.asked:
        services.settle_item(
            row.applied_by, application_id=row.pk, item=item, note_text="核对过，没有问题"
        )


def sign_in(user: User, client: Client | None = None) -> Client:
    """Signs somebody in as people do, by name and password."""
    client = client or Client()
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def authorize(browser: Client, app: Registered, **more: Any) -> Any:
    """Asks for a code."""
    asked = {
        "client_id": app.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
    } | more
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return browser.get(f"/identity/o/authorize?{query}")


def query_of(answer: Any) -> dict[str, str]:
    """What an answer sends along to the application."""
    return {k: v[0] for k, v in parse_qs(urlsplit(answer["Location"]).query).items()}


def code_for(browser: Client, app: Registered, **more: Any) -> str:
    answer = authorize(browser, app, **more)
    assert answer.status_code == 302, answer.content.decode()
    return query_of(answer)["code"]


def exchange(app: Registered, **form: Any) -> Any:
    """Presents something at the token endpoint."""
    return Client().post("/identity/o/api/token", form, headers=app.as_basic())


def redeem(app: Registered, code: str, **more: Any) -> Any:
    return exchange(
        app,
        **{
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        | more,
    )


def refresh(app: Registered, token: str) -> Any:
    return exchange(app, grant_type="refresh_token", refresh_token=token)


def signed_on(browser: Client, app: Registered) -> dict[str, Any]:
    """Walks the whole way and gives the tokens."""
    answer = redeem(app, code_for(browser, app))
    assert answer.status_code == 200, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def userinfo(token: str) -> Any:
    return Client().get("/identity/o/api/userinfo", headers={"authorization": f"Bearer {token}"})
