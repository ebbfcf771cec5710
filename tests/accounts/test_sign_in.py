"""The entrance: locks, forced changes, languages, sessions, the second factor."""

import threading
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts import services
from apps.accounts.models import SignInCounter, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotAllowed, TooMany
from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "Winter-2032-snow"
LOGIN, CHANGE = "/accounts/login/", "/accounts/password/change/"


def sign_in(client: Client, username: str, password: str = PASSWORD, **kwargs):
    return client.post(LOGIN, {"login": username, "password": password}, **kwargs)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_sign_in_is_logged_with_its_address(client, clerk):
    response = sign_in(client, clerk.username, REMOTE_ADDR="10.1.2.3")
    assert response.status_code == 302
    entry = AuditEntry.objects.get(action="sign_in.succeeded")
    assert (entry.actor_id, entry.ip) == (clerk.pk, "10.1.2.3")
    client.post("/accounts/logout/")
    assert not signed_in(client)
    assert AuditEntry.objects.filter(action="sign_in.ended", actor_id=clerk.pk).exists()


def test_account_is_locked_after_five_failures_and_opens_again(client, clerk, guard, keeper):
    for _turn in range(5):
        sign_in(client, clerk.username, "wrong")
    response = sign_in(client, clerk.username)
    assert not signed_in(client)
    assert "已锁定" in response.content.decode()
    assert AuditEntry.objects.filter(action="sign_in.failed").count() == 5
    assert AuditEntry.objects.filter(action="sign_in.locked").count() == 1

    with clock.at(clock.now() + timedelta(minutes=16)):
        services.begin_attempt(services.Attempt(clerk.username, None))
    with pytest.raises(NotAllowed):
        services.unlock(keeper, user=clerk)
    services.unlock(guard, user=clerk)
    sign_in(client, clerk.username)
    assert signed_in(client)


def test_name_nobody_has_is_locked_the_same_way(client, db):
    pages = [sign_in(client, "nobody", "wrong").content.decode() for _turn in range(6)]
    assert "登录名或密码不正确" in pages[4]
    assert "已锁定" in pages[5]


def test_lock_does_not_depend_on_the_cache(client, clerk, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    for _turn in range(5):
        sign_in(client, clerk.username, "wrong")
    sign_in(client, clerk.username)
    assert not signed_in(client)


def test_address_is_locked_after_its_own_limit(client, clerk, settings):
    settings.SIGN_IN_ADDRESS_LIMIT = 3
    for turn in range(3):
        sign_in(client, f"guess{turn}", "wrong", REMOTE_ADDR="10.9.9.9")
    sign_in(client, clerk.username, REMOTE_ADDR="10.9.9.9")
    assert not signed_in(client)
    sign_in(client, clerk.username, REMOTE_ADDR="10.9.9.8")
    assert signed_in(client)


def test_success_clears_the_account_but_only_its_own_try_from_the_address(clerk):
    attempt = services.Attempt(clerk.username, "10.1.1.1")
    for _turn in range(2):
        services.begin_attempt(attempt)
        services.note_failure(attempt, user=clerk)
    services.begin_attempt(attempt)
    services.note_success(attempt)
    assert list(SignInCounter.objects.values_list("kind", "attempts")) == [("address", 2)]


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted():
    outcomes: list[str] = []

    def guess() -> None:
        try:
            services.begin_attempt(services.Attempt("zhang", None))
            outcomes.append("tried")
        except TooMany:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 3 + ["tried"] * 5


def test_old_counters_are_forgotten(clerk):
    with clock.at(clock.now() - timedelta(days=2)):
        services.begin_attempt(services.Attempt("a", None))
    services.begin_attempt(services.Attempt("b", None))
    assert services.forget_old_counters() == 1


def change_password(client: Client, new: str = NEW_PASSWORD, old: str = PASSWORD):
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


def test_who_must_change_the_password_gets_nowhere_else(client, clerk):
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    sign_in(client, clerk.username)
    assert client.get(reverse("accounts:profile")).url.startswith(f"{CHANGE}?next=")
    assert client.get("/api/v1/anything").status_code in (403, 404)
    assert change_password(client).status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 200
    clerk.refresh_from_db()
    assert not clerk.must_change_password


def test_password_expires(client, clerk, settings):
    settings.PASSWORD_DAYS = 90
    User.objects.filter(pk=clerk.pk).update(password_changed_at=clock.now() - timedelta(days=91))
    sign_in(client, clerk.username)
    assert client.get(reverse("accounts:profile")).url.startswith(f"{CHANGE}?next=")


def test_what_was_asked_for_goes_on_after_the_change(client, clerk):
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    sign_in(client, clerk.username)
    asked = client.get("/people/me/?tab=1&x=%26").url
    page = client.get(asked)
    assert page.context["redirect_field_value"] == "/people/me/?tab=1&x=%26"
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(CHANGE, form | {"next": "/people/me/?tab=1"}).url == "/people/me/?tab=1"


def test_change_of_the_password_leads_nobody_outside(client, clerk):
    client.force_login(clerk)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "evil" not in client.post(CHANGE, form | {"next": "https://evil.example/"}).url


def test_last_five_passwords_do_not_come_back(client, clerk):
    client.force_login(clerk)
    passwords = [f"Winter-{2030 + turn}-snow" for turn in range(6)]
    old = PASSWORD
    for new in passwords:
        assert change_password(client, new, old).status_code == 302
        old = new
    response = change_password(client, passwords[1], old)
    assert "最近 5 次" in response.content.decode()
    assert change_password(client, passwords[0], old).status_code == 302


def test_changing_the_password_ends_the_other_sessions(client, clerk):
    elsewhere = Client()
    sign_in(elsewhere, clerk.username)
    sign_in(client, clerk.username)
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    change_password(client)
    told = AuditEntry.objects.get(action="user.password_changed").data
    assert told["before"] == {"must_change_password": True, "password_changed_at": None}
    assert told["after"].keys() == told["before"].keys()
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert elsewhere.get(reverse("accounts:profile")).status_code == 302


def test_wrong_old_password_counts_as_a_failure(client, clerk):
    client.force_login(clerk)
    for _turn in range(5):
        change_password(client, old="wrong")
    response = change_password(client)
    assert "已锁定" in response.content.decode()


def test_deactivation_ends_the_session_at_once(client, clerk, keeper):
    sign_in(client, clerk.username)
    assert client.get(reverse("accounts:profile")).status_code == 200
    services.deactivate_user(keeper, user=clerk)
    assert not signed_in(client)
    assert client.get(reverse("accounts:profile")).status_code == 302
    response = sign_in(client, clerk.username, follow=True)
    assert "已停用" in response.content.decode()


def test_resetting_the_password_ends_the_session(client, clerk, keeper):
    clerk.appointments.all().delete()
    sign_in(client, clerk.username)
    services.reset_password(keeper, user=clerk)
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_one_session_is_ended_by_its_owner_only(client, clerk, keeper):
    sign_in(client, clerk.username)
    session = clerk.usersession_set.get()
    other = Client()
    other.force_login(keeper)
    url = reverse("accounts:session-end", args=[session.pk])
    assert other.post(url).status_code == 404
    mine = Client()
    sign_in(mine, clerk.username)
    assert mine.post(url).status_code == 302
    assert not signed_in(client)


def test_idle_session_ends(client, clerk, settings):
    sign_in(client, clerk.username)
    client.get(reverse("accounts:profile"))
    with clock.at(clock.now() + timedelta(minutes=settings.SESSION_IDLE_MINUTES + 1)):
        response = client.get(reverse("accounts:profile"))
    assert response.status_code == 302
    assert any("长时间未操作" in str(m) for m in get_messages(response.wsgi_request))


def test_language_of_the_user_is_spoken_after_sign_in(client, clerk):
    User.objects.filter(pk=clerk.pk).update(language="en")
    response = sign_in(client, clerk.username)
    assert response.cookies["django_language"].value == "en"
    assert client.get(reverse("accounts:profile")).headers["Content-Language"] == "en"


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "password/set/"])
def test_what_is_not_offered_is_not_there(client, db, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_sign_in_page_needs_no_outside_address(client, db):
    page = client.get(LOGIN).content.decode()
    assert "http://" not in page
    assert "https://" not in page


# --- The second factor ---


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06d}"


@pytest.fixture
def factor(clerk) -> str:
    secret = generate_totp_secret()
    TOTP.activate(clerk, secret)
    return secret


def test_seed_is_stored_encrypted(clerk, factor):
    stored = Authenticator.objects.get(user=clerk).data["secret"]
    assert factor not in stored


def test_sign_in_with_one_time_code(client, clerk, factor):
    response = sign_in(client, clerk.username)
    assert response.url == "/accounts/2fa/authenticate/"
    assert not signed_in(client)
    client.post(response.url, {"code": code_of(factor)})
    assert signed_in(client)


def test_wrong_codes_lock_like_wrong_passwords(client, clerk, factor):
    url = sign_in(client, clerk.username).url
    for _turn in range(5):
        client.post(url, {"code": "000000"})
    response = client.post(url, {"code": code_of(factor)})
    assert "已锁定" in response.content.decode()
    assert not signed_in(client)


def test_activating_in_the_browser(client, clerk):
    sign_in(client, clerk.username)
    asked = client.get("/accounts/2fa/totp/activate/").url
    assert asked.startswith("/accounts/reauthenticate/")
    assert client.get(asked).status_code == 200
    assert client.post(asked, {"password": PASSWORD}).status_code == 302
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response.status_code == 302
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"):
        assert client.get(f"/accounts/2fa/{path}").status_code == 200
    assert client.get("/accounts/sessions/").status_code == 200


def test_console_asks_for_the_second_factor(client, settings):
    settings.REQUIRE_ADMIN_MFA = True
    root = UserFactory(is_staff=True, is_superuser=True)
    assert LOGIN in client.get("/console/", follow=True).redirect_chain[-1][0]
    sign_in(client, root.username)
    assert (
        client.get("/console/", follow=True)
        .redirect_chain[-1][0]
        .startswith("/accounts/reauthenticate/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F")
    )
    secret = generate_totp_secret()
    TOTP.activate(root, secret)
    url = client.get("/console/", follow=True).redirect_chain[-1][0]
    assert url.startswith("/accounts/2fa/reauthenticate/")
    client.post(url, {"code": code_of(secret)})
    assert client.get("/console/").status_code == 200
    assert client.get("/console/accounts/user/").status_code == 200


def test_console_is_closed_to_others(client, clerk):
    client.force_login(clerk)
    assert client.get("/console/", follow=True).status_code == 403
