"""Keys in files and in a token, certificates, and what OpenSSL alone makes of it. ES-04, ES-06."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from django.test import Client

from apps.common.errors import InvalidInput, Refused
from apps.seals import services
from apps.seals.crypto import certificates, national, workshop
from apps.seals.crypto.algorithms import digest, is_signed_by
from apps.seals.crypto.stores import TokenStore, get_store, journal
from apps.seals.models import Seal
from tests.cast import Cast
from tests.seals.factories import Hall, applied, content_of, in_use, sealed

ROOT = Path(__file__).resolve().parent.parent.parent
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
ALGORITHMS = ("rsa", "ecdsa", "sm2")


@pytest.fixture(scope="module")
def token(tmp_path_factory: Any) -> str:
    """A token of software behind PKCS#11, as the library wants it: one per process."""
    folder = tmp_path_factory.mktemp("token")
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}\nlog.level = ERROR\n")
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(configuration))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "seals"]
    subprocess.run([*command, "--pin", "1234", "--so-pin", "5678"], check=True, capture_output=True)
    yield MODULE
    patch.undo()


@pytest.fixture
def with_token(token: str, settings: Any) -> None:
    settings.SEALS_PKCS11_MODULE, settings.SEALS_PKCS11_TOKEN = token, "seals"
    settings.SEALS_PKCS11_PIN = "1234"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_in_a_file_signs_and_is_destroyed(algorithm: str, settings: Any) -> None:
    with workshop.opened():
        store = get_store("software")
        public = asn1_keys.PublicKeyInfo.load(store.make("seal-1", algorithm))
        signature = store.sign("seal-1", b"data")
        assert is_signed_by(public, signature, b"data")
        assert not is_signed_by(public, signature, b"date")
        assert not is_signed_by(public, b"nonsense", b"data")
        with pytest.raises(Refused):
            store.make("seal-1", algorithm)
        settings.SEALS_KEY_SECRET = "another secret than before"
        with pytest.raises(Refused):
            store.sign("seal-1", b"data")
        assert len(store.destroy("seal-1")) == 64
        assert store.destroy("seal-1") == ""
    assert [used.deed for used in journal()] == ["made", "signed", "destroyed"]


def test_a_key_file_is_closed_and_its_name_no_path() -> None:
    with workshop.opened():
        store = get_store("software")
        store.make("seal-1", "ecdsa")
        with pytest.raises(Refused):
            store.make("../seal", "ecdsa")
    files = list(Path(store._keys).rglob("*.key"))  # type: ignore[union-attr]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600"]
    assert b"PRIVATE" not in files[0].read_bytes()


@pytest.mark.parametrize("algorithm", ["rsa", "ecdsa"])
def test_a_seal_whose_key_never_leaves_its_token(
    cast: Cast, people: Hall, with_token: None, algorithm: str, tmp_path: Path
) -> None:
    seal = in_use(cast, people, algorithm=algorithm, key_store="token")
    use = sealed(people, seal)
    assert use.state == "sealed", use.failure
    assert services.verify_bytes(content_of(use)).is_good
    assert services.reconcile().agrees
    issue = seal.issues.get()
    with workshop.opened():
        assert len(get_store("token").destroy(issue.key_label)) == 64
        with pytest.raises(Refused) as refused:
            get_store("token").sign(issue.key_label, b"x")
    assert refused.value.code == "key_missing"


def test_a_token_that_is_away_or_locked_says_so(with_token: None) -> None:
    with workshop.opened():
        for store in (TokenStore(MODULE, "none", "1234"), TokenStore(MODULE, "seals", "0000")):
            with pytest.raises(Refused) as refused:
                store.sign("seal", b"x")
            assert refused.value.code == "key_store_away"
        with pytest.raises(Refused):
            get_store("token").make("seal", "sm2")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The program printed in docs/seals.md."""
    text = (ROOT / "docs" / "seals.md").read_text("utf-8")
    found = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    program = tmp_path / "check_seal.sh"
    program.write_text(found.group(1))
    return program


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_alone_accepts_the_seal_and_rejects_a_changed_byte(
    cast: Cast, people: Hall, client: Client, recipe: Path, tmp_path: Path, algorithm: str
) -> None:
    content = content_of(sealed(people, in_use(cast, people, algorithm=algorithm)))
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(client.get("/verify/authorities.pem").content)
    document = tmp_path / "sealed.pdf"

    def said(data: bytes) -> subprocess.CompletedProcess[str]:
        document.write_bytes(data)
        command = ["bash", str(recipe), str(document), str(authorities)]
        return subprocess.run(command, capture_output=True, text=True)

    good = said(content)
    assert (good.returncode, good.stdout.strip().endswith("Verified OK")) == (0, True), good.stderr
    assert said(content.replace(b"(Decision)", b"(Decisiom)")).returncode != 0
    assert said(content + b"\n").returncode != 0


@pytest.mark.parametrize("algorithm", ["rsa", "ecdsa"])
def test_pdfsig_trusts_the_seal_and_doubts_a_changed_byte(
    cast: Cast, people: Hall, client: Client, tmp_path: Path, algorithm: str
) -> None:
    """Poppler with a store of Mozilla's NSS that believes our authority, and nothing of ours."""
    content = content_of(sealed(people, in_use(cast, people, algorithm=algorithm)))
    store, authority, document = f"sql:{tmp_path}", tmp_path / "a.pem", tmp_path / "sealed.pdf"
    authority.write_bytes(client.get("/verify/authorities.pem").content)
    certificates = authority.read_text("ascii").split("-----END CERTIFICATE-----")[:-1]
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    for number, each in enumerate(certificates):
        authority.write_text(f"{each}-----END CERTIFICATE-----\n", "ascii")
        add = ["certutil", "-A", "-d", store, "-n", f"authority {number}", "-t", "CT,CT,CT"]
        subprocess.run([*add, "-a", "-i", str(authority)], check=True)

    def said(data: bytes) -> str:
        document.write_bytes(data)
        command = ["pdfsig", "-nssdir", str(tmp_path), str(document)]
        return subprocess.run(command, capture_output=True, text=True).stdout

    good = said(content)
    assert "Signature is Valid." in good
    assert "Certificate is Trusted." in good
    assert "Total document signed" in good
    changed = said(content.replace(b"(Decision)", b"(Decisiom)"))
    assert "Signature is Valid." not in changed
    assert "Digest Mismatch" in changed


def test_openssl_accepts_the_national_structures(cast: Cast, people: Hall, tmp_path: Path) -> None:
    """GB/T 38540: the seal signed by its maker, and the seal put on data by its key."""
    seal = in_use(cast, people, algorithm="sm2")
    issue = seal.issues.get()
    certificate = certificates.read_certificate(issue.certificate.encode())
    with workshop.opened():
        signed = national.seal_signature(
            bytes(issue.structure), over=digest("sm3", b"record"), where="record/1",
            at=issue.made_at, certificate=certificate,
            sign=lambda data: get_store("software").sign(issue.key_label, data),
        )  # fmt: skip
    inner = national.SESeal.load(bytes(issue.structure))
    outer = national.SESSignature.load(signed)
    assert inner["seal_info"]["picture"]["width"].native == 40
    assert outer["to_sign"]["data_hash"].native is not None
    key = tmp_path / "key.pem"
    key.write_bytes(pem.armor("PUBLIC KEY", certificate.public_key.dump()))
    for name, body, value in (
        ("seal", inner["seal_info"].dump(), inner["signed_value"]),
        ("signature", outer["to_sign"].dump(), outer["signature"]),
    ):
        data, signature = tmp_path / name, tmp_path / f"{name}.sig"
        data.write_bytes(body)
        signature.write_bytes(value.contents[1:])
        command = ["openssl", "dgst", "-sm3", "-sigopt", "distid:1234567812345678"]
        command += ["-verify", str(key), "-signature", str(signature), str(data)]
        told = subprocess.run(command, capture_output=True, text=True)
        assert told.stdout.strip() == "Verified OK", told.stderr
        data.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
        assert subprocess.run(command, capture_output=True).returncode != 0


def test_a_certificate_of_the_citys_authority(
    cast: Cast, people: Hall, settings: Any, tmp_path: Path
) -> None:
    """Without a test authority a request goes out and a certificate comes in."""
    with workshop.opened():
        authority, sign = certificates.authority_for("ecdsa")
    settings.SEALS_DEMO_AUTHORITY = False
    seal = applied(cast, people)
    services.approve_seal(people.approver, seal_id=seal.pk)
    services.order_making(people.keeper, seal_id=seal.pk)
    with workshop.opened():
        assert services.make_due() == 0
    seal.refresh_from_db()
    assert "CERTIFICATE REQUEST" in seal.pending_request
    with workshop.opened():
        other = get_store("software").make("other", "ecdsa")
        wrong = certificates.issue(public=other, unit="x", name="x", authority=(authority, sign))
        public = certificates.key_of_request(seal.pending_request).dump()
        right = certificates.issue(public=public, unit="x", name="x", authority=(authority, sign))
    with pytest.raises(InvalidInput):
        services.bring_certificate(people.keeper, seal_id=seal.pk, certificate=b"nonsense")
    for certificate, state in ((wrong, "making"), (right, "made")):
        services.bring_certificate(people.keeper, seal_id=seal.pk, certificate=certificate.dump())
        with workshop.opened():
            services.make_due()
        seal = Seal.objects.get(pk=seal.pk)
        assert seal.state == state


def test_a_device_of_gmt_0016_is_named_and_closed(cast: Cast, people: Hall) -> None:
    """Its place is in the register of media; nothing is made or signed there."""
    with pytest.raises(InvalidInput) as refused:
        applied(cast, people, algorithm="sm2", key_store="device")
    assert (refused.value.field, refused.value.code) == ("key_store", "device_closed")
    store = get_store("device")
    deeds = (lambda: store.make("seal-1", "sm2"), lambda: store.sign("seal-1", b"x"))
    for deed in (*deeds, lambda: store.destroy("seal-1")):
        with workshop.opened(), pytest.raises(Refused) as closed:
            deed()
        assert closed.value.code == "device_closed"
    new = services.NewMedium("SKF-0001", "device", cast.east_works)
    assert services.issue_medium(people.keeper, new=new).get_kind_display() == "GM/T 0016 密码设备"
