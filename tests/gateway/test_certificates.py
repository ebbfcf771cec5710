"""Mutual TLS: a certificate is believed from the proxy alone, and bound to its client."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client

from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.gateway import services
from apps.gateway.models import ApiClient
from apps.gateway.services import ClientData
from tests.gateway.factories import UserFactory, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live")]
PROXY = "10.9.9.9"


def certificate(name: str = "water", *, days: int = 90) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
    )
    return builder.sign(key, hashes.SHA256())


def pem(found: x509.Certificate) -> str:
    return found.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def admin() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def bound(admin: User, settings: Any) -> tuple[ApiClient, str, x509.Certificate]:
    settings.TRUSTED_PROXIES = [f"{PROXY}/32"]
    client, key = issue()
    client.requires_certificate = True
    client.save()
    found = certificate()
    services.add_certificate(admin, client_id=client.pk, pem=pem(found))
    return client, key, found


def call(key: str, *, remote: str = PROXY, **headers: str) -> Any:
    http = Client(headers={"authorization": f"Api-Key {key}"} | headers, REMOTE_ADDR=remote)
    return http.get("/api/v1/services/")


def by_nginx(found: x509.Certificate) -> dict[str, str]:
    return {"x-client-cert": quote(pem(found))}


def by_standard(found: x509.Certificate) -> dict[str, str]:
    der = base64.b64encode(found.public_bytes(Encoding.DER)).decode()
    return {"client-cert": f":{der}:"}


def test_the_registered_certificate_is_let_in_and_no_other(bound: Any) -> None:
    client, key, found = bound
    assert call(key, **by_nginx(found)).status_code == 200
    assert call(key, **by_standard(found)).status_code == 200
    assert client.certificates.get().last_used_at is not None
    other = call(key, **by_nginx(certificate()))
    assert (other.status_code, other.json()["data"]["reason"]) == (401, "certificate")
    assert call(key).json()["data"]["reason"] == "uncertified"
    assert call(key, **{"client-cert": ":bm90:"}).status_code == 401
    assert call(key, **{"client-cert": "nonsense"}).status_code == 401


def test_a_strangers_header_is_refused_and_logged(bound: Any) -> None:
    _client, key, found = bound
    answer = call(key, remote="10.1.2.3", **by_nginx(found))
    assert (answer.status_code, answer.json()["data"]["reason"]) == (401, "forged")
    entry = AuditEntry.objects.filter(action="api_client.refused").latest("pk")
    assert (entry.data["reason"], entry.data["address"]) == ("forged", "10.1.2.3")


def test_an_ended_certificate_is_out_at_once(bound: Any, admin: User) -> None:
    client, key, found = bound
    row = client.certificates.get()
    for _twice in range(2):
        services.end_certificate(admin, client_id=client.pk, certificate_id=row.pk)
    assert call(key, **by_nginx(found)).json()["data"]["reason"] == "certificate"
    ended = AuditEntry.objects.filter(action="api_client.certificate_ended")
    assert ended.count() == 1


def test_an_expired_certificate_is_out(bound: Any) -> None:
    _client, key, found = bound
    with clock.at(clock.now() + timedelta(days=91)):
        assert call(key, **by_nginx(found)).json()["data"]["reason"] == "certificate"


def test_only_certificates_are_registered_once_and_at_most_four(bound: Any, admin: User) -> None:
    client, _key, found = bound
    private = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
    for text in ("nonsense", private, pem(found), pem(certificate(days=-1))):
        with pytest.raises(InvalidInput) as refusal:
            services.add_certificate(admin, client_id=client.pk, pem=text)
        assert refusal.value.field == "pem"
    for _n in range(3):
        services.add_certificate(admin, client_id=client.pk, pem=pem(certificate()))
    with pytest.raises(Refused):
        services.add_certificate(admin, client_id=client.pk, pem=pem(certificate()))


def test_asking_for_no_certificate_any_more_takes_two(bound: Any, admin: User) -> None:
    client, _key, _found = bound
    data = ClientData(client.name, scopes=client.scopes, requires_certificate=False)
    with pytest.raises(SecondPersonNeeded):
        services.edit_client(admin, client_id=client.pk, data=data)
