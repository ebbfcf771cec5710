"""Certificates (U盾): bound by two, proved by a signature, refused in every other way."""

import base64
import subprocess
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction
from django.test import Client

from apps.accounts.approvals import services as approvals
from apps.accounts.assurance import enforcement, levels
from apps.accounts.endings import _CERTIFICATES
from apps.accounts.factors import acts, certificates, challenges, checking, simulator
from apps.accounts.factors.x509 import X509Checker, pem_of
from apps.accounts.models import Certificate, Role, User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from tests.accounts.factors import enrol, sign_in

pytestmark = pytest.mark.django_db
SIGN_IN = "/people/factors/certificate/sign-in/"


@pytest.fixture(autouse=True)
def simulated(settings: Any, live: str) -> None:
    settings.CERTIFICATE_CHECKER = "simulator"


@pytest.fixture
def holder(clerk: User) -> User:
    """The clerk, met in person, with a card."""
    User.objects.filter(pk=clerk.pk).update(proofing_level=3)
    clerk.refresh_from_db()
    card = simulator.issue_card(clerk.full_name, number="clerk")
    certificates.bind(SYSTEM, user=clerk, certificate=card, checked_by=None)
    return clerk


def answer_of(client: Client, number: str = "clerk") -> dict[str, str]:
    """Will sign what this browser was asked to sign."""
    session = client.session
    kept = session[challenges.KEY]
    text = "\n".join(("CityBrain sign-in", "host=testserver", f"nonce={kept['nonce']}"))
    proof = simulator.sign(number, text.encode())
    return {"signature": proof.signature, "certificate": proof.certificate}


def whys() -> list[str]:
    found = AuditEntry.objects.filter(action="second_factor.certificate_refused")
    return [entry.data["why"] for entry in found.order_by("id")]


# --- Signing in ---


def test_card_alone_signs_in_at_level_4(client, holder):
    assert "nonce=" in client.get(SIGN_IN).content.decode()
    answer = client.post(SIGN_IN + "?next=/people/me/", answer_of(client))
    assert answer.url == "/people/me/"
    assert client.session["_auth_user_id"] == str(holder.pk)
    assert "4 级" in client.get("/people/me/").content.decode()
    assert AuditEntry.objects.filter(action="second_factor.certificate_used").exists()


def test_card_after_the_password(holder):
    client = Client()
    sign_in(client, holder)
    assert "_auth_user_id" not in client.session
    client.get("/people/factors/certificate/enter/")
    client.post("/people/factors/certificate/enter/", answer_of(client))
    assert client.session["_auth_user_id"] == str(holder.pk)


def test_card_in_place_of_the_application(holder):
    enrol(holder)
    client = Client()
    sign_in(client, holder)
    assert "改用数字证书" in client.get("/accounts/2fa/authenticate/").content.decode()
    client.get("/people/factors/certificate/enter/")
    client.post("/people/factors/certificate/enter/", answer_of(client))
    assert client.session["_auth_user_id"] == str(holder.pk)


def test_nobody_is_led_outside(client, holder):
    client.get(SIGN_IN)
    answer = client.post(SIGN_IN + "?next=https://evil.example/", answer_of(client))
    assert "evil" not in answer.url


def test_replayed_old_or_foreign_challenge_is_refused(client, holder):
    client.get(SIGN_IN)
    kept = client.session[challenges.KEY]
    first = answer_of(client)
    client.post(SIGN_IN, first)
    again = Client()
    again.get(SIGN_IN)
    assert "不符" in again.post(SIGN_IN, first).content.decode()
    copy = Client()
    copy.get(SIGN_IN)
    session = copy.session
    session[challenges.KEY] = kept
    session.save()
    assert "已用过" in copy.post(SIGN_IN, first).content.decode()
    late = Client()
    late.get(SIGN_IN)
    signed = answer_of(late)
    with clock.at(clock.now() + timedelta(seconds=121)):
        assert "已失效" in late.post(SIGN_IN, signed).content.decode()
    assert whys() == ["signature", "replay", "challenge"]
    assert all("_auth_user_id" not in other.session for other in (again, copy, late))


def test_wrong_answer_uses_the_challenge_up(client, holder):
    client.get(SIGN_IN)
    right = answer_of(client)
    client.post(SIGN_IN, right | {"signature": base64.b64encode(b"x" * 70).decode()})
    assert "_auth_user_id" not in client.session
    client.post(SIGN_IN, right)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("junk", ["", "not base64 !", "AAAA"])
def test_junk_is_refused_in_words(client, holder, junk):
    client.get(SIGN_IN)
    answer = client.post(SIGN_IN, {"signature": junk, "certificate": junk})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_card_of_nobody_and_of_a_closed_account(client, holder):
    simulator.issue_card("路人", number="stranger")
    client.get(SIGN_IN)
    told = client.post(SIGN_IN, answer_of(client, "stranger")).content.decode()
    User.objects.filter(pk=holder.pk).update(is_active=False)
    client.get(SIGN_IN)
    told_closed = client.post(SIGN_IN, answer_of(client)).content.decode()
    sentence = "该证书没有登记到可用的账号"
    assert sentence in told
    assert sentence in told_closed


def test_somebody_elses_card_does_not_confirm(holder, keeper):
    other = simulator.issue_card(keeper.full_name, number="keeper")
    certificates.bind(SYSTEM, user=keeper, certificate=other, checked_by=None)
    client = Client()
    sign_in(client, holder)
    client.get("/people/factors/certificate/enter/")
    client.post("/people/factors/certificate/enter/", answer_of(client, "keeper"))
    assert "_auth_user_id" not in client.session


def test_closed_where_the_city_takes_none(client, holder, settings):
    settings.CERTIFICATE_CHECKER = "closed"
    assert client.get(SIGN_IN).status_code == 404
    assert "数字证书" not in client.get("/accounts/login/").content.decode()


# --- Stepping up ---


def test_step_up_by_card_resumes(client, guard, settings):
    settings.STEP_UP = True
    settings.STEP_UP_ACTS = {"rights.change": {"level": 4, "minutes": 5}}
    User.objects.filter(pk=guard.pk).update(proofing_level=3)
    card = simulator.issue_card(guard.full_name, number="clerk")
    certificates.bind(SYSTEM, user=guard, certificate=card, checked_by=None)
    client.force_login(guard)
    role = Role.objects.get(posts__appointments__user=guard)
    page = client.post(f"/people/roles/{role.pk}/", {"permissions": []}).url
    text = client.get(page).content.decode()
    assert "用数字证书确认" in text
    onwards = client.post(page, answer_of(client) | {"method": "certificate"})
    assert "resume=" in onwards.url


def test_level_is_no_more_than_the_proofing_bears(client, holder, settings):
    User.objects.filter(pk=holder.pk).update(proofing_level=1)
    client.get(SIGN_IN)
    client.post(SIGN_IN, answer_of(client))
    assert "2 级" in client.get("/people/me/").content.decode()


def test_counts_where_a_role_requires_a_factor(guard, settings):
    settings.REQUIRE_ADMIN_MFA = True
    Role.objects.filter(posts__appointments__user=guard).update(requires_second_factor=True)
    assert guard in enforcement.holders_without_factor()
    card = simulator.issue_card(guard.full_name, number="guard")
    bound = certificates.bind(SYSTEM, user=guard, certificate=card, checked_by=None)
    assert guard not in enforcement.holders_without_factor()
    certificates.end(guard, certificate_id=bound.pk, reason="遗失")
    assert guard in enforcement.holders_without_factor()


# --- Binding and ending ---


def test_bound_by_two_people(client, clerk, guard, second_guard):
    card = simulator.issue_card(clerk.full_name, number="clerk")
    client.force_login(guard)
    page = f"/people/{clerk.pk}/certificates/"
    client.post(page, {"certificate": card, "reason": "新配发，已当面核对"})
    assert not Certificate.objects.exists()
    change = clerk.pk and approvals.selectors._all().get(act=acts.BIND)
    with pytest.raises(NotAllowed):
        approvals.approve_change(guard, change_id=change.pk, digest=change.digest)
    approvals.approve_change(second_guard, change_id=change.pk, digest=change.digest)
    bound = Certificate.objects.get()
    assert (bound.user, bound.registered_by, bound.checked_by) == (clerk, "王安全", "周复核")
    assert clerk.full_name in client.get(page).content.decode()


def test_only_who_unlocks_there_binds(clerk, keeper, neighbour):
    card = simulator.issue_card(clerk.full_name, number="clerk")
    for actor in (keeper, neighbour, clerk):
        with pytest.raises(NotAllowed):
            certificates.bind(actor, user=clerk, certificate=card, checked_by=None)


def test_one_certificate_speaks_for_one_account(holder, keeper):
    card = simulator.sign("clerk", b"").certificate
    with pytest.raises(Refused):
        certificates.bind(SYSTEM, user=keeper, certificate=card, checked_by=None)
    bound = Certificate.objects.get()
    bound.pk = None
    bound.user = keeper
    with pytest.raises(IntegrityError), transaction.atomic():
        bound.save()


def test_ended_by_the_holder_and_with_all_access(client, holder, keeper):
    client.force_login(keeper)
    bound = Certificate.objects.get()
    end = f"/people/factors/certificates/{bound.pk}/end/"
    assert client.post(end, {"reason": "遗失"}).status_code == 404
    client.force_login(holder)
    client.post(end, {"reason": ""})
    assert levels.live_certificates(holder).exists()
    client.post(end, {"reason": "遗失"})
    assert not levels.live_certificates(holder).exists()
    with pytest.raises(Refused):
        certificates.end(holder, certificate_id=bound.pk, reason="遗失")
    again = simulator.issue_card(holder.full_name, number="clerk")
    certificates.bind(SYSTEM, user=holder, certificate=again, checked_by=None)
    assert _CERTIFICATES.count(holder) == 1
    assert _CERTIFICATES.end(SYSTEM, holder) == 1
    assert _CERTIFICATES.count(holder) == 0


def test_revoked_card_signs_in_no_more(client, holder):
    simulator.revoke("clerk")
    client.get(SIGN_IN)
    assert "吊销" in client.post(SIGN_IN, answer_of(client)).content.decode()
    with pytest.raises(InvalidInput):
        certificates.read_certificate(simulator.sign("clerk", b"").certificate)


# --- The header of mutual TLS ---


def test_header_is_believed_from_the_proxy_only(client, holder, settings):
    settings.CERTIFICATE_TLS_HEADER = "X-Client-Cert"
    settings.TRUSTED_PROXIES = ["10.9.0.1"]
    sent = {"X-Client-Cert": quote(simulator.sign("clerk", b"").certificate)}
    forged = client.post(SIGN_IN, {"by_tls": "1"}, headers=sent, REMOTE_ADDR="10.9.0.2")
    assert "已拒绝并记录" in forged.content.decode()
    assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.filter(action="certificate.header_forged").count() == 1
    client.post(SIGN_IN, {"by_tls": "1"}, REMOTE_ADDR="10.9.0.1")
    assert "_auth_user_id" not in client.session
    client.post(SIGN_IN, {"by_tls": "1"}, headers=sent, REMOTE_ADDR="10.9.0.1")
    assert client.session["_auth_user_id"] == str(holder.pk)


def test_header_is_nothing_where_the_city_names_none(client, holder):
    sent = {"X-Client-Cert": quote(simulator.sign("clerk", b"").certificate)}
    client.post(SIGN_IN, {"by_tls": "1"}, headers=sent, REMOTE_ADDR="127.0.0.1")
    assert "_auth_user_id" not in client.session


# --- The judgement of X.509 ---


class Authority:
    """A small authority with one intermediate, and cards of any kind below it."""

    def __init__(self, folder: Any, settings: Any) -> None:
        self.folder = folder
        self.root_key, self.sub_key = ec.generate_private_key(ec.SECP256R1()), None
        self.root = self._make("根", "根", self.root_key.public_key(), self.root_key, is_ca=True)
        self.sub_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.sub = self._make(
            "子", "根", self.sub_key.public_key(), self.root_key, is_ca=True, path=0
        )
        (folder / "anchors.pem").write_text(pem_of(self.root))
        (folder / "above.pem").write_text(pem_of(self.sub))
        settings.CERTIFICATE_CHECKER = "x509"
        settings.CERTIFICATE_ANCHORS = str(folder / "anchors.pem")
        settings.CERTIFICATE_INTERMEDIATES = str(folder / "above.pem")
        settings.CERTIFICATE_CRLS = [str(folder / "root.crl"), str(folder / "sub.crl")]
        self.publish()

    def publish(self, *revoked: x509.Certificate, days: int = 7) -> None:
        for name, key in (("root", self.root_key), ("sub", self.sub_key)):
            issuer = self.root if name == "root" else self.sub
            builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
            moment = clock.now()
            builder = builder.last_update(moment - timedelta(days=8))
            builder = builder.next_update(moment + timedelta(days=days))
            for each in revoked if name == "sub" else ():
                entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number)
                builder = builder.add_revoked_certificate(entry.revocation_date(moment).build())
            (self.folder / f"{name}.crl").write_bytes(
                builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
            )

    def card(self, key: Any, **how: Any) -> x509.Certificate:
        return self._make("李持证", "子", key.public_key(), self.sub_key, **how)

    def _make(self, name, issuer, public, key, *, is_ca=False, path=None, days=30, signs=True):
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        usage = {
            "digital_signature": signs and not is_ca,
            "content_commitment": False,
            "key_encipherment": not signs,
            "data_encipherment": False,
            "key_agreement": False,
            "key_cert_sign": is_ca,
            "crl_sign": is_ca,
            "encipher_only": False,
            "decipher_only": False,
        }
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        own = x509.SubjectKeyIdentifier.from_public_key(public)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(clock.now() - timedelta(days=60))
            .not_valid_after(clock.now() + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=path), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(own, critical=False)
            .add_extension(above, critical=False)
            .sign(key, hashes.SHA256())
        )


@pytest.fixture
def authority(tmp_path, settings) -> Authority:
    return Authority(tmp_path, settings)


def prove(signature: bytes, certificate: x509.Certificate | None = None) -> checking.Holder:
    proof = checking.Proof(
        base64.b64encode(signature).decode(), pem_of(certificate) if certificate else ""
    )
    return X509Checker().prove(b"the text", proof, at=clock.now())


def test_rsa_and_ecdsa_raw_and_cms(authority):
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    curve_key = ec.generate_private_key(ec.SECP256R1())
    rsa_card, curve_card = authority.card(rsa_key), authority.card(curve_key)
    signed = rsa_key.sign(b"the text", padding.PKCS1v15(), hashes.SHA256())
    assert prove(signed, rsa_card).subject == "CN=李持证"
    curve_signed = curve_key.sign(b"the text", ec.ECDSA(hashes.SHA256()))
    assert prove(curve_signed, curve_card).serial == f"{curve_card.serial_number:x}"
    for key, card in ((rsa_key, rsa_card), (curve_key, curve_card)):
        assert prove(cms(b"the text", key, card)).serial == f"{card.serial_number:x}"
    for wrong in (cms(b"another text", rsa_key, rsa_card), b"no cms"):
        with pytest.raises(checking.CertificateRefused) as refusal:
            prove(wrong)
        assert refusal.value.why == "signature"


def cms(text: bytes, key: Any, card: x509.Certificate) -> bytes:
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(text).add_signer(card, key, hashes.SHA256())
    return builder.sign(Encoding.DER, options)


@pytest.mark.parametrize(
    ("why", "how"),
    [("expired", {"days": -1}), ("key usage", {"signs": False})],
)
def test_certificate_not_in_force_is_refused(authority, why, how):
    key = ec.generate_private_key(ec.SECP256R1())
    card = authority.card(key, **how)
    with pytest.raises(checking.CertificateRefused) as refusal:
        prove(key.sign(b"the text", ec.ECDSA(hashes.SHA256())), card)
    assert refusal.value.why == why


def test_strangers_weak_and_foreign_keys_are_refused(authority, tmp_path, settings):
    for key in (
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 1024),  # noqa: S505  refused, that is the point
    ):
        with pytest.raises(checking.CertificateRefused) as refusal:
            X509Checker().holder_of(pem_of(authority.card(key)), at=clock.now())
        assert refusal.value.why == "weak key"
    key = ec.generate_private_key(ec.SECP256R1())
    stranger = authority._make("李持证", "子", key.public_key(), key)
    with pytest.raises(checking.CertificateRefused) as refusal:
        X509Checker().holder_of(pem_of(stranger), at=clock.now())
    assert refusal.value.why.startswith("chain")


def test_sm2_is_refused_in_words(authority, tmp_path):
    certificate = tmp_path / "sm2.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "sm2", "-nodes", "-sm3", "-subj", "/CN=SM2",
         "-keyout", str(tmp_path / "key"), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert _why(certificate.read_text()) == "algorithm"


def test_revoked_and_unknown_are_both_refused(authority):
    card = authority.card(ec.generate_private_key(ec.SECP256R1()))
    text = pem_of(card)
    assert X509Checker().holder_of(text, at=clock.now())
    authority.publish(card)
    assert _why(text) == "revoked"
    authority.publish(days=-1)
    assert _why(text) == "no list"


def test_broken_settings_refuse(authority, settings):
    settings.CERTIFICATE_ANCHORS = "/nowhere"
    card = authority.card(ec.generate_private_key(ec.SECP256R1()))
    assert _why(pem_of(card)).startswith("trust")


def _why(certificate: str) -> str:
    with pytest.raises(checking.CertificateRefused) as refusal:
        X509Checker().holder_of(certificate, at=clock.now())
    return refusal.value.why


# --- The demo's card ---


def test_demo_card_signs_for_this_browser(client, holder, settings):
    settings.DEMO = True
    assert "没有等待签名的文字" in client.get("/demo/card/").content.decode()
    client.get(SIGN_IN)
    page = client.post("/demo/card/", {"card": "clerk", "target": SIGN_IN})
    proof = page.context["proof"]
    client.post(SIGN_IN, {"signature": proof.signature, "certificate": proof.certificate})
    assert client.session["_auth_user_id"] == str(holder.pk)
    settings.DEMO = False
    assert client.get("/demo/card/").status_code == 404
