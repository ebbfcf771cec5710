import pytest

from tests.gateway.factories import UserFactory, issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(UserFactory())
    return client


def test_root_leads_on(page):
    assert page.get("/api/").json()["schema"] == "/api/schema/"


def test_schema_names_problems(client):
    key = issue()[1]
    headers = {"authorization": f"Api-Key {key}"}
    schema = client.get("/api/schema/?format=json", headers=headers).json()
    assert "Problem" in schema["components"]["schemas"]


def test_schema_needs_a_key_and_docs_a_session(client):
    assert client.get("/api/schema/").status_code == 401
    assert client.get("/api/docs/").status_code == 302


def test_docs_page_has_no_inline_script_and_no_outside_address(page):
    text = page.get("/api/docs/").content.decode()
    assert "<script>" not in text
    assert "http://" not in text.replace("http://testserver", "")
    assert "https://" not in text


def test_problems_are_listed_for_everybody(client):
    assert "idempotency_key_reused" in client.get("/api/problems/").content.decode()
    assert "请求过于频繁" in client.get("/api/problems/throttled/").content.decode()
    assert "业务规则" in client.get("/api/problems/seal_revoked/").content.decode()
