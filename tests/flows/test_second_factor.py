"""A passkey in a real browser: enrol, sign in, confirm a sensitive act and go on."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from apps.accounts.assurance import recovery
from apps.accounts.factors import certificates, simulator
from apps.accounts.models import Certificate, FactorRecovery, Role, User
from apps.audit.services import SYSTEM
from apps.common.memory import forget_all
from tests.accounts import factors
from tests.cast import PASSWORD, ROLES, _person
from tests.flows.conftest import Town
from tests.flows.crawl import Crawl

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guard(town: Town, settings: Any) -> User:
    """The security administrator of the town, met in person."""
    settings.STEP_UP = True
    ROLES.setdefault("guard", ["accounts.manage_roles", "accounts.unlock_users"])
    guard = _person("guard", "王安全", "guard", town.cast.center)
    User.objects.filter(pk=guard.pk).update(proofing_level=3)
    return guard


def with_key(page: Any) -> None:
    """Will give the browser a built-in authenticator that always recognises its person."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_passkey_from_enrolling_to_confirming(town: Town, guard: User) -> None:
    role = Role.objects.create(code="window", name="窗口人员")
    page = town.window()
    with_key(page)
    town.sign_in(page, guard)

    town.visit(page, "/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="确认").click()
    page.get_by_label("密钥名称").fill("办公电脑")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url("**/recovery-codes/")
    assert Authenticator.objects.get(type="webauthn").user == guard

    town.visit(page, "/accounts/2fa/webauthn/")
    page.get_by_role("link", name="改名").click()
    page.locator("main [name=name]").fill("窗口电脑")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("窗口电脑").first.wait_for()

    page.goto("about:blank")
    page.context.clear_cookies()
    town.visit(page, "/accounts/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)

    page.goto("about:blank")
    page.context.clear_cookies()
    town.visit(page, "/accounts/login/")
    page.fill("[name=login]", guard.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("button", name="改用通行密钥").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)

    age_sessions()
    town.visit(page, f"/people/roles/{role.pk}/")
    page.locator("[name=permissions][value='hotline.take_calls']").check()
    page.locator("main form button[type=submit]").first.click()
    page.get_by_text("需要 2 级可信等级").wait_for()
    page.get_by_role("button", name="用通行密钥确认").click()
    page.wait_for_url("**/people/roles/")
    assert role.permissions.filter(codename="take_calls").exists()


def test_pages_nobody_reaches_by_link_fit_and_are_quiet(
    town: Town, guard: User, settings: Any
) -> None:
    settings.DEMO = False
    User.objects.update(tenant=town.cast.tenant)
    factors.enrol(town.cast.handler)
    recovery.ask(username="handler", reason="手机丢失")
    lost, role = FactorRecovery.objects.get(), Role.objects.create(code="window", name="窗口人员")
    crawl = Crawl(town)
    page = town.window()
    crawl.open(page, "/accounts/login/", examine=True)
    crawl.open(page, "/people/recovery/ask/", examine=True)
    settings.CERTIFICATE_CHECKER = "simulator"
    crawl.open(page, "/people/factors/certificate/sign-in/", examine=True)
    settings.DEMO = True
    crawl.open(page, "/demo/card/", examine=True)
    settings.DEMO = False
    town.sign_in(page, guard)
    for path in ("", f"{lost.pk}/"):
        crawl.open(page, f"/people/recovery/{path}", examine=True)
    for path in ("assurance/", "me/", f"{town.cast.handler.pk}/proof/"):
        crawl.open(page, f"/people/{path}", examine=True)
    for path in ("", "webauthn/"):
        crawl.open(page, f"/accounts/2fa/{path}", examine=True)
    town.visit(page, f"/people/roles/{role.pk}/")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/step-up/**")
    confirmation = urlsplit(page.url).path
    crawl.open(page, confirmation, examine=True)  # nothing enrolled yet
    factors.enrol(guard)
    crawl.open(page, confirmation, examine=True)
    card = simulator.issue_card(guard.full_name, number="guard")
    certificates.bind(SYSTEM, user=guard, certificate=card, checked_by=None)
    crawl.open(page, confirmation, examine=True)  # with a card too
    for path in ("factors/sms/", "factors/certificates/", f"{guard.pk}/certificates/"):
        crawl.open(page, f"/people/{path}", examine=True)
    Authenticator.objects.filter(user=guard).delete()
    Certificate.objects.all().delete()
    settings.REQUIRE_ADMIN_MFA = True
    Role.objects.filter(code="guard").update(requires_second_factor=True)
    forget_all()
    crawl.open(page, "/people/factor-due/", examine=True)
    assert "\n".join(crawl.faults) == ""


def age_sessions() -> None:
    """Will let half an hour pass for what the open sessions have proved."""
    for row in Session.objects.all():
        data = row.get_decoded()
        for record in data.get("account_authentication_methods", []):
            record["at"] -= 1800
        row.session_data = Session.get_session_store_class()().encode(data)
        row.save()
