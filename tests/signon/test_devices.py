"""A device without a keyboard: let in by the person's own browser, or not."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.signon.models import Grant
from tests.signon.factories import register, sign_in, userinfo

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(cast, key, settings):
    settings.IDP_OIDC_DEVICE_CODE_INTERVAL = 0
    return register(cast.east_works, is_public=True, allows_device=True)


def begin(app):
    answer = ask(app)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ask(app):
    """As a device does: an encoded form, its character set beside it."""
    form = urlencode({"client_id": app.id, "scope": "openid profile"})
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    return Client().post("/identity/o/api/device/code", form, content_type=kind)


def poll(app, begun):
    return Client().post(
        "/identity/o/api/token",
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "client_id": app.id,
            "device_code": begun["device_code"],
        },
    )


def page_of(begun):
    return f"/identity/o/device?code={begun['user_code']}"


def test_let_in(device, cast):
    begun = begin(device)
    assert poll(device, begun).json()["error"] == "authorization_pending"
    browser = sign_in(cast.handler)
    assert begun["user_code"] in browser.get(page_of(begun)).content.decode()
    assert "设备已登录" in browser.post(page_of(begun), {"action": "confirm"}).content.decode()
    tokens = poll(device, begun).json()
    assert userinfo(tokens["access_token"]).json()["preferred_username"] == "handler"
    assert Grant.objects.get().kind == "device"
    assert AuditEntry.objects.filter(action="sign_on.granted").exists()


def test_signing_out_takes_it_back(device, cast):
    begun, browser = begin(device), sign_in(cast.handler)
    browser.post(page_of(begun), {"action": "confirm"})
    tokens = poll(device, begun).json()
    browser.post("/accounts/logout/")
    assert userinfo(tokens["access_token"]).status_code == 401


def test_turned_down(device, cast):
    begun = begin(device)
    sign_in(cast.handler).post(page_of(begun), {"action": "deny"})
    assert poll(device, begun).json()["error"] == "access_denied"
    assert not Grant.objects.exists()


def test_not_for_a_stranger(device, cast):
    begun = begin(device)
    assert sign_in(cast.outsider).post(page_of(begun), {"action": "confirm"}).status_code == 403
    assert poll(device, begun).json()["error"] == "authorization_pending"


def test_a_level_is_asked_for(device, cast):
    device.row.minimum_level = 2
    device.row.save()
    begun = begin(device)
    answer = sign_in(cast.handler).post(page_of(begun), {"action": "confirm"})
    assert answer["Location"].startswith("/people/step-up/")
    assert not Grant.objects.exists()


def test_a_form_of_another_site_lets_nobody_in(device, cast):
    begun = begin(device)
    browser = sign_in(cast.handler, Client(enforce_csrf_checks=False))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(page_of(begun), {"action": "confirm"}).status_code == 403
    assert not Grant.objects.exists()


def test_a_wrong_code_is_said_so(device, cast):
    page = sign_in(cast.handler).get("/identity/o/device?code=WRONG").content.decode()
    assert "验证码不正确" in page


def test_an_ordinary_application_has_no_devices(cast, key):
    app = register(cast.east_works, is_public=True)
    begun = ask(app)
    if begun.status_code == 200:
        page = page_of(begun.json())
        assert sign_in(cast.handler).get(page).status_code == 404
        assert poll(app, begun.json()).status_code == 400


def test_nonsense_is_refused_politely(device):
    for form, query in (("", ""), ("scope=openid", f"?client_id={device.id}"), ("client_id=x", "")):
        kind = "application/x-www-form-urlencoded"
        answer = Client().post(f"/identity/o/api/device/code{query}", form, content_type=kind)
        assert answer.status_code in (400, 401), (form, query)
