"""Connectors: what may be registered, by whom; secrets and signatures."""

import base64
import hashlib
import hmac
import ipaddress
from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.common import clock, http
from apps.common.errors import InvalidInput, NotAllowed
from apps.gateway import services, signing
from apps.gateway.models import Connector
from apps.gateway.payloads import mask_payload
from apps.gateway.services.connectors import ConnectorData
from tests.gateway.factories import TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


def make(admin, url, *, code="water", **more):
    data = ConnectorData(name="水务平台", url=url, **{"topics": ["case.state"]} | more)
    tenant = TenantFactory()
    return services.create_connector(admin, code=code, tenant=tenant, data=data)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://user@127.0.0.1/",
        "http://93.184.216.34/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "",
    ],
)
def test_addresses_nobody_listed_are_refused(admin, settings, url):
    settings.OUTGOING_HOSTS = []
    with pytest.raises(InvalidInput) as refusal:
        make(admin, url)
    assert refusal.value.field == "url"
    assert not Connector.objects.exists()


def test_plain_http_only_inside_the_city_network(admin, settings, monkeypatch):
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    inside, _secret = make(admin, "http://127.0.0.1:9009/hook")
    settings.OUTGOING_HOSTS = ["localhost", "127.0.0.0/8", "::1/128"]
    by_name, _secret = make(admin, "http://localhost:9009/hook", code="two")
    settings.OUTGOING_HOSTS = ["water.example"]
    outside = [ipaddress.ip_address("93.184.216.34")]  # a name of the internet needs one
    monkeypatch.setattr(http, "_resolve", lambda host, port: outside)
    safe, _secret = make(admin, "https://water.example/hook", code="three")
    with pytest.raises(InvalidInput) as refusal:
        make(admin, "http://water.example/hook", code="four")
    assert str(refusal.value) == "接收地址须为 https"
    assert {c.url for c in Connector.objects.all()} == {inside.url, by_name.url, safe.url}


def test_the_secret_is_shown_once_and_kept_encrypted(admin, receiver):
    connector, secret = make(admin, receiver.url)
    assert secret.startswith("whsec_")
    assert secret not in str(vars(Connector.objects.get()))
    assert services.valid_secrets(connector) == [secret]
    assert AuditEntry.objects.get().action == "connector.created"
    assert secret not in str(AuditEntry.objects.get().data)


def test_both_secrets_sign_until_the_other_side_has_changed_over(admin, receiver):
    connector, old = make(admin, receiver.url)
    new = services.rotate_secret(admin, connector_id=connector.pk)
    connector.refresh_from_db()
    assert services.valid_secrets(connector) == [new, old]
    with clock.at(clock.now() + timedelta(days=8)):
        assert services.valid_secrets(connector) == [new]


def test_strangers_manage_nothing(admin, receiver):
    connector, _secret = make(admin, receiver.url)
    stranger = UserFactory()
    with pytest.raises(NotAllowed):
        make(stranger, receiver.url, code="other")
    with pytest.raises(NotAllowed):
        services.rotate_secret(stranger, connector_id=connector.pk)
    with pytest.raises(NotAllowed):
        services.ping(stranger, connector_id=connector.pk)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"topics": ["Case State"]}, "topics"),
        ({"topics": ["a"] * 1 + [f"t{n}" for n in range(60)]}, "topics"),
        ({"timeout_s": 31}, "timeout_s"),
    ],
)
def test_what_cannot_be_accepted_names_its_field(admin, receiver, more, field):
    with pytest.raises(InvalidInput) as refusal:
        make(admin, receiver.url, **more)
    assert refusal.value.field == field


def test_a_code_is_taken_once(admin, receiver):
    make(admin, receiver.url)
    with pytest.raises(InvalidInput) as refusal:
        make(admin, receiver.url)
    assert refusal.value.field == "code"


def test_the_signature_is_what_the_standard_says():
    """The example is computed by hand from the text of Standard Webhooks."""
    secret, body, at = signing.new_secret(), '{"a":"井盖"}'.encode(), clock.now()
    headers = signing.headers([secret], message_id="m1", at=at, body=body)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"m1.{int(at.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda h: h | {"webhook-id": "m2"},
        lambda h: h | {"webhook-timestamp": str(int(h["webhook-timestamp"]) + 1)},
        lambda h: h | {"webhook-timestamp": "soon"},
        lambda h: h | {"webhook-signature": "v1,AAAA"},
        lambda h: h | {"webhook-signature": ""},
        lambda h: {},
    ],
)
def test_a_spoiled_message_is_not_valid(spoil):
    secret, at = signing.new_secret(), clock.now()
    headers = signing.headers([secret], message_id="m1", at=at, body=b"{}")
    assert signing.is_valid([secret], headers, body=b"{}", at=at)
    assert not signing.is_valid([secret], spoil(headers), body=b"{}", at=at)
    assert not signing.is_valid([secret], headers, body=b"[]", at=at)
    assert not signing.is_valid([signing.new_secret()], headers, body=b"{}", at=at)


def test_an_old_message_is_a_replay():
    secret, at = signing.new_secret(), clock.now()
    headers = signing.headers([secret], message_id="m1", at=at, body=b"{}")
    assert signing.is_valid([secret], headers, body=b"{}", at=at + timedelta(seconds=290))
    assert not signing.is_valid([secret], headers, body=b"{}", at=at + timedelta(seconds=310))


def test_personal_data_is_covered_in_any_shape():
    masked = mask_payload(
        {
            "unit_name": "东区城市管理局",
            "reporter_name": "张三丰",
            "people": [{"phone": "13812345678"}],
            "text": "请拨打 13812345678 联系",
            "count": 3,
        }
    )
    assert masked == {
        "unit_name": "东区城市管理局",
        "reporter_name": "张*丰",
        "people": [{"phone": "138****5678"}],
        "text": "请拨打 138****5678 联系",
        "count": 3,
    }
