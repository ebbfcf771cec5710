"""Outside evidence chains: one that answers plain JSON over HTTP, and a simulated one.

What an alliance chain offers differs from city to city; the adapter hides it behind four
questions (``registry.OutsideChain``). The HTTP form here is small on purpose: a service of the
city beside its chain node, or a chain's own gateway, can speak it:

    GET  <url>/status                         {"height", "channel", "contracts"}
    POST <url>/records {"key", "digest", "kind"}   a receipt
    GET  <url>/records/<transaction>          the receipt again
    GET  <url>/records/<transaction>/certificate   a file for people

A receipt is {"transaction", "digest", "kind", "block", "previous", "at", "signature"}; the
signature (Ed25519, base64) is over the canonical JSON of the rest. The same key again gives the
first receipt.
"""

import base64
import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.common import clock, http
from apps.common.errors import InvalidInput
from apps.evidence.registry import ChainAccess, ChainFailed, ChainStatus, Receipt

TIMEOUT_S = 10
GENESIS = "0" * 64
_SIGNED = ("transaction", "digest", "kind", "block", "previous", "at")


class HttpChain:
    """A chain behind an HTTP service; the address must be one the operators listed."""

    label = _("HTTP 服务")

    def status(self, chain: ChainAccess) -> ChainStatus:
        said = self._json(chain, "/status")
        return ChainStatus(int(said["height"]), [str(c) for c in said.get("contracts", [])])

    def submit(self, chain: ChainAccess, *, key: str, digest: str, kind: str) -> Receipt:
        body = {"key": key, "digest": digest, "kind": kind}
        body |= {"channel": chain.channel, "contract": chain.contract}
        try:
            answer = http.post_json(f"{chain.url}/records", body, timeout_s=TIMEOUT_S)
        except (http.CallFailed, InvalidInput) as error:
            raise ChainFailed(str(error)) from error
        return _receipt(_parsed(answer))

    def query(self, chain: ChainAccess, *, transaction: str) -> Receipt:
        return _receipt(self._json(chain, f"/records/{transaction}"))

    def certificate(self, chain: ChainAccess, *, transaction: str) -> bytes:
        return self._get(chain, f"/records/{transaction}/certificate").body

    def _json(self, chain: ChainAccess, path: str) -> dict[str, Any]:
        return _parsed(self._get(chain, path))

    def _get(self, chain: ChainAccess, path: str) -> http.Answer:
        try:
            answer = http.get_bytes(f"{chain.url}{path}", timeout_s=TIMEOUT_S)
        except (http.CallFailed, InvalidInput) as error:
            raise ChainFailed(str(error)) from error
        if answer.status != 200:
            raise ChainFailed(f"HTTP {answer.status}")
        return answer


class SimulatedChain:
    """A chain in a file below the data folder; for the demo. It is no evidence outside."""

    label = _("模拟链")

    def status(self, chain: ChainAccess) -> ChainStatus:
        return ChainStatus(len(Book.of(chain.code).records()), ["evidence-v1"])

    def submit(self, chain: ChainAccess, *, key: str, digest: str, kind: str) -> Receipt:
        return _receipt(Book.of(chain.code).add(key=key, digest=digest, kind=kind))

    def query(self, chain: ChainAccess, *, transaction: str) -> Receipt:
        return _receipt(Book.of(chain.code).get(transaction))

    def certificate(self, chain: ChainAccess, *, transaction: str) -> bytes:
        return Book.of(chain.code).certificate(transaction)


class Book:
    """Blocks of one record each, every one naming the digest of the one before; in a file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)

    @classmethod
    def of(cls, code: str) -> "Book":
        """Will give the book of a simulated chain below the data folder."""
        return cls(Path(settings.EVIDENCE_DIR) / "simulated-chains" / code)

    @property
    def public_pem(self) -> str:
        """The key its receipts are signed with; made the first time."""
        public = self._key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def records(self) -> list[dict[str, Any]]:
        """Will give every record, the oldest first."""
        file = self.home / "records.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def add(self, *, key: str, digest: str, kind: str) -> dict[str, Any]:
        """Will keep a digest, once per key, and give its receipt."""
        with self._locked():
            records = self.records()
            for known in records:
                if known["key"] == key:
                    return self._told(known)
            previous = _digest(records[-1]) if records else GENESIS
            record: dict[str, Any] = {
                "digest": digest, "kind": kind, "block": len(records) + 1, "previous": previous,
                "at": clock.now().isoformat(),
            }  # fmt: skip
            record["transaction"] = hashlib.sha256(f"{key}{previous}".encode()).hexdigest()[:40]
            signature = self._key().sign(canonical(record))
            record |= {"signature": base64.b64encode(signature).decode(), "key": key}
            with (self.home / "records.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            return self._told(record)

    def get(self, transaction: str) -> dict[str, Any]:
        """Will give a receipt again. Raises: ChainFailed (unknown, or the blocks do not fit)."""
        previous = GENESIS
        for record in self.records():
            if record["previous"] != previous:
                raise ChainFailed("the blocks do not fit")
            if record["transaction"] == transaction:
                return self._told(record)
            previous = _digest(record)
        raise ChainFailed("unknown transaction")

    def certificate(self, transaction: str) -> bytes:
        """Will give a text for people that says what was kept and when."""
        record = self.get(transaction)
        text = json.dumps(record, indent=1, sort_keys=True)
        return f"模拟链存证证明（仅供演示）\n\n{text}\n\n{self.public_pem}".encode()

    def _told(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: record[name] for name in (*_SIGNED, "signature")}

    def _key(self) -> Ed25519PrivateKey:
        file = self.home / "key.pem"
        if not file.exists():
            made = Ed25519PrivateKey.generate()
            file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(file.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def canonical(receipt: dict[str, Any]) -> bytes:
    """Will give the bytes of a receipt that the chain signs."""
    said = {name: receipt[name] for name in _SIGNED}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(record)).hexdigest()


def _parsed(answer: http.Answer) -> dict[str, Any]:
    if answer.status not in (200, 201):
        raise ChainFailed(f"HTTP {answer.status}")
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise ChainFailed("no JSON") from error
    if not isinstance(found, dict):
        raise ChainFailed("no object")
    return found


def _receipt(said: dict[str, Any]) -> Receipt:
    try:
        at = parse_datetime(str(said["at"]))
        if at is None or at.tzinfo is None:
            raise ChainFailed("time without zone")
        return Receipt(
            transaction=str(said["transaction"])[:100],
            digest=str(said["digest"]),
            block=int(said["block"]),
            at=at,
            signed=canonical(said),
            signature=str(said["signature"]),
            raw=dict(said),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ChainFailed("incomplete receipt") from error
