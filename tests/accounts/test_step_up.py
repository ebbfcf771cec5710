"""Sensitive acts: what they ask, how they resume, and every way they must not."""

import threading
from datetime import timedelta

import pytest
from allauth.account.authentication import get_authentication_records
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.assurance import acts, levels, tickets
from apps.accounts.assurance.demands import StepUpRequired, require
from apps.accounts.models import Role, StepUpTicket, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import Refused
from tests.accounts.factories import PASSWORD, RoleFactory
from tests.accounts.factors import code_of, confirm, enrol, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(settings):
    settings.STEP_UP = True


@pytest.fixture
def role():
    return RoleFactory(name="受理员")


def grant_url(role: Role) -> str:
    return reverse("accounts:role-permissions", args=[role.pk])


GRANTED = {"permissions": ["matters.accept_case"]}


def granted(role: Role) -> bool:
    return role.permissions.filter(codename="accept_case").exists()


def later(minutes: int):
    return clock.at(clock.now() + timedelta(minutes=minutes))


# --- Levels ---


def level_in(client: Client, user: User) -> levels.Assurance:
    request = RequestFactory().get("/")
    request.user, request.session = user, SessionStore(client.session.session_key)
    assert get_authentication_records(request, user) is not None
    return levels.level_of(request)


def test_password_is_level_1_and_code_beside_it_level_2(client, guard):
    sign_in(client, guard)
    assert level_in(client, guard).level == 1
    secret = enrol(guard)
    other = Client()
    sign_in(other, guard, secret)
    found = level_in(other, guard)
    assert found.level == 2
    assert set(found.methods) == {levels.Method.PASSWORD, levels.Method.CODE}


def test_session_without_a_record_is_level_0(client, guard):
    client.force_login(guard)
    assert level_in(client, guard).level == 0


@pytest.mark.parametrize(("proofing", "level"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_a_passkey_is_worth_what_the_proofing_bears(proofing, level):
    found = levels._judge([{"method": "mfa", "type": "webauthn", "at": 1.0}], proofing)
    assert found.level == level


def test_code_without_password_is_one_factor():
    assert levels._judge([{"method": "mfa", "type": "totp", "at": 1.0}], 3).level == 1


def test_freshness_is_of_the_method_that_gives_the_level():
    moment = clock.now()
    old, new = (moment - timedelta(minutes=40)).timestamp(), moment.timestamp()
    records = [
        {"method": "mfa", "type": "totp", "at": old},
        {"method": "password", "at": new},
    ]
    found = levels._judge(records, 3)
    assert found.level == 2
    assert not found.satisfies(acts.act_of("rights.change"), moment)


def test_the_city_changes_single_acts(settings):
    settings.STEP_UP_ACTS = {"rights.change": {"level": 3, "minutes": 5}}
    act = acts.act_of("rights.change")
    assert (act.level, act.minutes) == (3, 5)


# --- The page ---


def test_kept_request_resumes_where_it_stopped(client, guard, role):
    secret = enrol(guard)
    sign_in(client, guard, secret)
    with later(20):
        page = client.post(grant_url(role), GRANTED)
        assert page.status_code == 302
        assert not granted(role)
        text = client.get(page.url).content.decode()
        assert "需要 2 级可信等级" in text
        assert "动态口令" in text
    page = client.post(grant_url(role), GRANTED)
    assert granted(role)  # within the minutes nothing is asked


def stale_post(client, guard, role) -> tuple[str, str]:
    """Will sign in with the password only, and give the confirmation page and the seed."""
    sign_in(client, guard)
    secret = enrol(guard)
    return client.post(grant_url(role), GRANTED).url, secret


def test_confirmation_leads_back_and_does_it_once(client, guard, role):
    page, secret = stale_post(client, guard, role)
    onwards = confirm(client, page, secret)
    assert onwards.url.startswith(grant_url(role))
    assert not granted(role)
    assert client.get(onwards.url).status_code == 302
    assert granted(role)
    kinds = AuditEntry.objects.filter(action__startswith="step_up.").values_list(
        "action", flat=True
    )
    assert set(kinds) == {"step_up.confirmed", "step_up.resumed"}

    role.permissions.clear()
    again = client.get(onwards.url)
    assert again.status_code == 409
    assert "已经执行过一次" in again.content.decode()
    assert not granted(role)


def test_what_was_sent_is_kept_encrypted_and_wiped(client, guard, role):
    page, secret = stale_post(client, guard, role)
    ticket = StepUpTicket.objects.get()
    assert "read_audit" not in ticket.sealed
    client.get(confirm(client, page, secret).url)
    ticket.refresh_from_db()
    assert ticket.sealed == ""


def test_password_alone_does_not_confirm(client, guard, role):
    page, _secret = stale_post(client, guard, role)
    answer = client.post(page, {"method": "password", "password": PASSWORD})
    assert answer.status_code == 200
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert "/step-up/" in client.post(grant_url(role), GRANTED).url
    assert not granted(role)


def test_wrong_codes_are_counted_and_lock(client, guard, role):
    page, secret = stale_post(client, guard, role)
    for _turn in range(5):
        client.post(page, {"method": "totp", "code": "000000"})
    answer = confirm(client, page, secret)
    assert "已锁定" in answer.content.decode()
    assert not granted(role)


def test_resuming_without_confirming_asks_again(client, guard, role):
    page, _secret = stale_post(client, guard, role)
    token = page.rstrip("/").rpartition("/")[2]
    answer = client.get(f"{grant_url(role)}?resume={token}")
    assert "/step-up/" in answer.url
    assert not granted(role)


def test_raised_level_goes_stale(client, guard, role):
    page, secret = stale_post(client, guard, role)
    client.get(confirm(client, page, secret).url)
    role.permissions.clear()
    with later(11):
        assert "/step-up/" in client.post(grant_url(role), GRANTED).url
    assert not granted(role)


def test_ticket_of_another_session_is_refused(client, guard, role):
    page, secret = stale_post(client, guard, role)
    other = Client()
    sign_in(other, guard, secret)
    token = page.rstrip("/").rpartition("/")[2]
    assert other.get(page).status_code == 409
    assert other.get(f"{grant_url(role)}?resume={token}").status_code == 409
    assert not granted(role)


def test_ticket_of_another_person_is_refused(client, guard, keeper, role):
    page, _secret = stale_post(client, guard, role)
    other = Client()
    sign_in(other, keeper)
    assert other.get(page).status_code == 409


def test_lost_session_means_the_door(client, guard, role):
    page, _secret = stale_post(client, guard, role)
    client.logout()
    assert client.get(page).url.startswith("/accounts/login/")
    token = page.rstrip("/").rpartition("/")[2]
    assert client.get(f"{grant_url(role)}?resume={token}").url.startswith("/accounts/login/")
    assert not granted(role)


def test_ticket_does_not_open_another_page(client, guard, role):
    page, secret = stale_post(client, guard, role)
    onwards = confirm(client, page, secret).url
    other = RoleFactory(name="派单员")
    answer = client.get(onwards.replace(grant_url(role), grant_url(other)))
    assert answer.status_code == 409
    assert not granted(other)


def test_changed_payload_is_refused(client, guard, role):
    page, secret = stale_post(client, guard, role)
    onwards = confirm(client, page, secret).url
    ticket = StepUpTicket.objects.get()
    ticket.sealed = ticket.sealed[:-6] + "AAAAAA"
    ticket.save()
    assert client.get(onwards).status_code == 409
    assert not granted(role)


def test_old_ticket_is_refused(client, guard, role):
    page, _secret = stale_post(client, guard, role)
    with later(16):
        assert client.get(page).status_code == 409


def test_download_says_so_and_keeps_its_filters(client, keeper):
    sign_in(client, keeper)
    secret = enrol(keeper)
    page = client.get("/people/export/?q=zhang").url
    answer = confirm(client, page, secret)
    assert "下载即将开始" in answer.content.decode()
    target = answer.context["target"]
    assert client.get(target)["Content-Type"].startswith("application/vnd")
    assert AuditEntry.objects.get(action="people.exported").data["query"] == "zhang"


def test_files_are_not_kept_and_this_is_said(client, guard, role, tmp_path):
    sign_in(client, guard)
    secret = enrol(guard)
    sheet = tmp_path / "a.txt"
    sheet.write_text("x")
    with sheet.open() as file:
        page = client.post(
            grant_url(role),
            GRANTED | {"sheet": file},
            headers={"referer": "http://testserver/people/"},
        ).url
    assert "附件不会保留" in client.get(page).content.decode()
    assert confirm(client, page, secret).url == "http://testserver/people/"


def test_page_outside_is_never_returned_to(client, guard, role):
    sign_in(client, guard)
    client.post(grant_url(role), GRANTED, headers={"referer": "https://evil.example/"})
    assert StepUpTicket.objects.get().return_to == "/"


# --- Machines ---


def test_part_of_a_page_is_led_away(client, guard, role):
    sign_in(client, guard)
    enrol(guard)
    answer = client.post(
        grant_url(role), GRANTED, headers={"HX-Request": "true", "HX-Current-URL": "/people/"}
    )
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert "/step-up/" in answer["HX-Redirect"]
    assert not StepUpTicket.objects.get().replays


def test_json_caller_gets_the_demand(client, guard, role):
    sign_in(client, guard)
    enrol(guard)
    answer = client.post(grant_url(role), GRANTED, headers={"Accept": "application/json"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "step_up_required")
    assert problem["data"] == {
        "act": "rights.change",
        "level": 2,
        "minutes": 10,
        "methods": ["totp"],
        "present_level": 1,
    }
    assert not StepUpTicket.objects.exists()


# --- People without a factor ---


@pytest.mark.django_db(transaction=True)
def test_without_a_factor_one_is_led_to_enrol_and_back(client, guard, role):
    sign_in(client, guard)
    page = client.post(grant_url(role), GRANTED).url
    assert "启用动态口令" in client.get(page).content.decode()
    client.post(client.get("/accounts/2fa/totp/activate/").url, {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).url
    assert page in client.get(codes).content.decode()
    onwards = client.get(page)
    client.get(onwards.url)
    assert granted(role)


def test_too_little_proofing_is_said(client, guard, role, settings):
    settings.STEP_UP_ACTS = {"rights.change": {"level": 3}}
    page, _secret = stale_post(client, guard, role)
    text = client.get(page).content.decode()
    assert "当面核验" in text
    assert "启用动态口令" not in text


def test_own_factor_is_not_removed_by_password(client, guard):
    sign_in(client, guard)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = enrol(guard)
    page = client.post("/accounts/2fa/totp/deactivate/").url
    assert "/step-up/" in page
    client.get(confirm(client, page, secret).url)
    assert not levels.factors_of(guard)


def test_off_means_nothing_is_asked(client, guard, role, settings):
    settings.STEP_UP = False
    client.force_login(guard)
    client.post(grant_url(role), GRANTED)
    assert granted(role)


def test_level_0_switches_one_act_off(client, guard, role, settings):
    settings.STEP_UP_ACTS = {"rights.change": {"level": 0}}
    client.force_login(guard)
    client.post(grant_url(role), GRANTED)
    assert granted(role)


# --- Two at once ---


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_a_ticket_up_once(guard):
    request = RequestFactory().post("/people/roles/1/", {"a": "1"})
    request.user, request.session = guard, SessionStore()
    request.session.create()
    token = tickets.open_ticket(request, guard, act=acts.act_of("rights.change"))
    outcomes: list[str] = []

    def take() -> None:
        try:
            tickets.take_up(request, guard, token=token)
            outcomes.append("taken")
        except Refused as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["taken", "ticket_used", "ticket_used", "ticket_used"]


def test_require_raises_with_the_demand(guard):
    request = RequestFactory().get("/")
    request.user, request.session = guard, SessionStore()
    with pytest.raises(StepUpRequired) as refusal:
        require(request, "secret.issue")
    assert refusal.value.status == 403
    assert "签发对接密钥" in str(refusal.value)
