"""Where private keys are: a token behind PKCS#11, or encrypted files; and what was done there.

A store makes a key (and gives the DER public key, SubjectPublicKeyInfo), signs with it (the data
itself; DER for the curves), destroys it (and gives the SHA-256 of what was destroyed, as proof);
nobody gets the key itself. Each use is one line of the store's own journal, written beside the
keys and not in the database, so that the two can be compared (ES-03). A device after GM/T 0016
has its place (``DeviceSlot``) and joins by the same four deeds: what it can sign with, make, sign,
destroy.
Source: ES-04, ES-06.
"""

import base64
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto import keys as asn1_keys
from asn1crypto.algos import DSASignature
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
from tongsuopy.crypto import hashes as sm_hashes
from tongsuopy.crypto import serialization as sm_serialization
from tongsuopy.crypto.asymciphers import ec as sm_ec

from apps.common import clock
from apps.common.errors import Refused
from apps.seals.crypto import workshop
from apps.seals.crypto.algorithms import ECDSA, RSA, SM2

SOFTWARE, TOKEN, DEVICE = "software", "token", "device"
_LABEL = re.compile(r"^[a-z0-9][a-z0-9-]{0,60}$")
_INFO = b"citybrain.seals.keys"


@dataclass(frozen=True)
class Used:
    """One line of the journal. digest: SHA-256 of the bytes that were signed."""

    at: str
    deed: str
    label: str
    digest: str


def stores() -> dict[str, "KeyStore"]:
    """Will give the stores of this installation by code; the token only where one is set."""
    found: dict[str, KeyStore] = {SOFTWARE: SoftwareStore(_folder()), DEVICE: DeviceSlot()}
    if settings.SEALS_PKCS11_MODULE:
        found[TOKEN] = TokenStore(
            settings.SEALS_PKCS11_MODULE, settings.SEALS_PKCS11_TOKEN, settings.SEALS_PKCS11_PIN
        )
    return found


def get_store(code: str) -> "KeyStore":
    """Raises: Refused (no such store here: a token that was pulled out of the settings)."""
    store = stores().get(code)
    if store is None:
        raise Refused(_("密钥存储“%(code)s”未接入本机") % {"code": code}, code="key_store_away")
    return store


def journal() -> Iterator[Used]:
    """Will give what was done with keys, in order."""
    path = _folder() / "journal.jsonl"
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Used(**json.loads(line))


class SoftwareStore:
    """Keys as files, each encrypted with AES-256-GCM under the installation's secret.

    For SM2 where no certified device is, and for tests; a seal in force belongs on a token.
    """

    code = SOFTWARE

    def __init__(self, folder: Path) -> None:
        self._keys = folder / "keys"

    def algorithms(self) -> frozenset[str]:
        """Will name all three."""
        return frozenset({RSA, ECDSA, SM2})

    def make(self, label: str, algorithm: str) -> bytes:
        """Raises: Refused (the label is taken)."""
        workshop.require_open()
        path = self._path(label)
        if path.exists():
            raise Refused(_("该密钥已存在"), code="key_exists")
        private, public = _pair(algorithm)
        document = json.dumps({"algorithm": algorithm, "key": base64.b64encode(private).decode()})
        self._write(path, self._box(label).encrypt(b"\0" * 12, document.encode(), label.encode()))
        _note("made", label, public)
        return public

    def sign(self, label: str, data: bytes) -> bytes:
        """Raises: Refused (no such key, or encrypted under another secret)."""
        workshop.require_open()
        algorithm, private = self._open(label)
        signature = _sign(algorithm, private, data)
        _note("signed", label, data)
        return signature

    def destroy(self, label: str) -> str:
        """Will overwrite and remove the file; gone already, it gives the empty text."""
        workshop.require_open()
        path = self._path(label)
        if not path.exists():
            return ""
        content = path.read_bytes()
        with path.open("r+b") as file:
            file.write(os.urandom(len(content)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _note("destroyed", label, content)
        return hashlib.sha256(content).hexdigest()

    def _path(self, label: str) -> Path:
        if not _LABEL.match(label):
            raise Refused(_("密钥名称不合规"), code="key_label")
        return self._keys / f"{label}.key"

    def _open(self, label: str) -> tuple[str, bytes]:
        try:
            sealed = self._path(label).read_bytes()
            told = json.loads(self._box(label).decrypt(b"\0" * 12, sealed, label.encode()))
        except FileNotFoundError as error:
            raise Refused(_("找不到该印章的密钥"), code="key_missing") from error
        except InvalidTag as error:
            raise Refused(_("该印章的密钥无法解密"), code="key_sealed") from error
        return str(told["algorithm"]), base64.b64decode(told["key"])

    @staticmethod
    def _box(label: str) -> AESGCM:
        """A key of its own for every file, so that a fixed nonce is used once."""
        secret = settings.SEALS_KEY_SECRET or settings.SECRET_KEY
        info = _INFO + label.encode()
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
        return AESGCM(derived.derive(secret.encode()))

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


class TokenStore:
    """Keys inside a token or module behind PKCS#11; they never leave it.

    One session per deed: a token that was pulled out fails that deed and no later one.
    """

    code = TOKEN

    def __init__(self, module: str, token: str, pin: str) -> None:
        self._module, self._token, self._pin = module, token, pin

    def algorithms(self) -> frozenset[str]:
        """Will name the two that PKCS#11 modules offer everywhere."""
        return frozenset({RSA, ECDSA})

    def make(self, label: str, algorithm: str) -> bytes:
        """Raises: Refused (the label is taken, the token is away, SM2)."""
        workshop.require_open()
        if algorithm not in self.algorithms():
            raise Refused(_("该密钥盘不支持这种算法"), code="key_algorithm")
        with self._session(writes=True) as session:
            if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
                raise Refused(_("该密钥已存在"), code="key_exists")
            public = self._generate(session, label, algorithm)
        _note("made", label, public)
        return public

    def sign(self, label: str, data: bytes) -> bytes:
        """Raises: Refused (the token is away, or has no such key)."""
        workshop.require_open()
        with self._session() as session:
            key: Any = self._private(session, label)
            if key.key_type == pkcs11.KeyType.RSA:
                signature = key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            else:
                raw = key.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA)
                signature = DSASignature.from_p1363(raw).dump()
        _note("signed", label, data)
        return bytes(signature)

    def destroy(self, label: str) -> str:
        """Will destroy both halves; gone already, it gives the empty text."""
        workshop.require_open()
        with self._session(writes=True) as session:
            found = list(session.get_objects({pkcs11.Attribute.LABEL: label}))
            for each in found:
                each.destroy()
        if not found:
            return ""
        _note("destroyed", label, label.encode())
        return hashlib.sha256(label.encode()).hexdigest()

    def _session(self, *, writes: bool = False) -> Any:
        try:
            token = pkcs11.lib(self._module).get_token(token_label=self._token)
            return token.open(user_pin=self._pin, rw=writes)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise Refused(_("密钥盘未插入或口令不对"), code="key_store_away") from error

    @staticmethod
    def _private(session: Any, label: str) -> Any:
        try:
            return session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
        except pkcs11.PKCS11Error as error:
            raise Refused(_("找不到该印章的密钥"), code="key_missing") from error

    @staticmethod
    def _generate(session: Any, label: str, algorithm: str) -> bytes:
        if algorithm == RSA:
            public, _private = session.generate_keypair(
                pkcs11.KeyType.RSA, 2048, label=label, store=True
            )
            bare = asn1_keys.RSAPublicKey.load(encode_rsa_public_key(public))
            return bytes(asn1_keys.PublicKeyInfo.wrap(bare, "rsa").dump())
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        public, _private = parameters.generate_keypair(label=label, store=True)
        return bytes(encode_ec_public_key(public))


class DeviceSlot:
    """The place of a device behind GM/T 0016 (SKF); closed, and it says so at every deed.

    No device and no library of a vendor was at hand to prove an adapter with, and a key that is
    lost by an unproved one is a seal lost. What an adapter has to do stands in docs/seals.md.
    """

    code = DEVICE

    def algorithms(self) -> frozenset[str]:
        """Will name none: nothing can be made here."""
        return frozenset()

    def make(self, label: str, algorithm: str) -> bytes:
        """Raises: Refused (always)."""
        raise self._closed()

    def sign(self, label: str, data: bytes) -> bytes:
        """Raises: Refused (always)."""
        raise self._closed()

    def destroy(self, label: str) -> str:
        """Raises: Refused (always)."""
        raise self._closed()

    @staticmethod
    def _closed() -> Refused:
        workshop.require_open()
        return Refused(
            _("GM/T 0016 密码设备的接口尚未接通：还没有可供验证的设备和厂商库"),
            code="device_closed",
        )


KeyStore = SoftwareStore | TokenStore | DeviceSlot


def _pair(algorithm: str) -> tuple[bytes, bytes]:
    """A new private key (PKCS#8) and its public half, both DER."""
    if algorithm == SM2:
        sm_key: Any = sm_ec.generate_private_key(sm_ec.SM2())
        form = sm_serialization
        return (
            sm_key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption()),
            sm_key.public_key().public_bytes(
                form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo
            ),
        )
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
        rsa.generate_private_key(65537, 2048)
        if algorithm == RSA
        else ec.generate_private_key(ec.SECP256R1())
    )
    der = serialization.Encoding.DER
    return (
        key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def _sign(algorithm: str, private: bytes, data: bytes) -> bytes:
    if algorithm == SM2:
        sm_key: Any = sm_serialization.load_der_private_key(private, None)
        return bytes(sm_key.sign(data, sm_ec.ECDSA(sm_hashes.SM3())))
    key: Any = serialization.load_der_private_key(private, None)
    if algorithm == RSA:
        return bytes(key.sign(data, padding.PKCS1v15(), hashes.SHA256()))
    return bytes(key.sign(data, ec.ECDSA(hashes.SHA256())))


def _note(deed: str, label: str, data: bytes) -> None:
    """Writes one line of the journal, whole, after those of other processes."""
    line = {
        "at": clock.now().isoformat(),
        "deed": deed,
        "label": label,
        "digest": hashlib.sha256(data).hexdigest(),
    }
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _folder() -> Path:
    return Path(settings.SEALS_DIR)
