"""Signed requests by RFC 9421, the part systems need: one signature over a request.

Pure functions over what a request says; keys, nonces and clients are the business of
``services.identifying``. Accepted: one signature per request, components without parameters
(fields by name, and ``@method @target-uri @authority @scheme @request-target @path @query``),
parameters created, expires, keyid, nonce, alg, tag. What must be covered: the method, the
whole address (``@target-uri``, or ``@path`` with ``@query``), and the digest of a body (RFC
9530, SHA-256 or SHA-512). Everything else is refused, not ignored. Source: RFC 9421, RFC 9530.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FRESH_SECONDS = 300  # how far ``created`` may be off, and how long a nonce is remembered
AHEAD_SECONDS = 60  # a clock that runs ahead
NONCE_SHORTEST, NONCE_LONGEST = 8, 100
MOST_HEADER = 4096
MOST_COMPONENTS = 20
_INPUT = re.compile(
    r"(?P<label>[a-z*][a-z0-9_.*-]*)=(?P<value>\((?P<inner>[^()]*)\)(?P<params>.*))"
)
_COMPONENT = re.compile(r'"(@?[a-z0-9-]+)"')
_PARAM = re.compile(
    r';(?P<name>[a-z*][a-z0-9_.*-]*)=(?:(?P<number>\d{1,15})|"(?P<text>[ -!#-\[\]-~]*)")'
)
_DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}
_DIGEST = re.compile(r"(?P<name>[a-z0-9-]+)=:(?P<value>[A-Za-z0-9+/=]*):")


class Malformed(Exception):
    """What came is not a signature this side takes; the words say why, for the log."""


@dataclass(frozen=True)
class Request:
    """What is signed of a request. url: absolute; headers: case-insensitive."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Signed:
    """A signature as it was sent. parameters: the text that stands in the signature base."""

    components: tuple[str, ...]
    parameters: str
    signature: bytes
    created: int
    keyid: str
    nonce: str
    algorithm: str = ""
    expires: int | None = None


def parse(headers: Mapping[str, str]) -> Signed:
    """Will read the two headers. Raises: Malformed."""
    sent, signatures = headers.get("Signature-Input", ""), headers.get("Signature", "")
    if len(sent) > MOST_HEADER or len(signatures) > MOST_HEADER:
        raise Malformed("header too long")
    found = _INPUT.fullmatch(sent.strip())
    if found is None:
        raise Malformed("Signature-Input")
    params = _params(found["params"])
    components = _components(found["inner"])
    label, _equals, value = signatures.strip().partition("=")
    if label != found["label"] or not re.fullmatch(r":[A-Za-z0-9+/=]+:", value):
        raise Malformed("Signature")
    try:
        return Signed(
            components=components,
            parameters=found["value"],
            signature=base64.b64decode(value.strip(":"), validate=True),
            created=_number(params, "created"),
            keyid=_text(params, "keyid"),
            nonce=_nonce(params),
            algorithm=_text(params, "alg") if "alg" in params else "",
            expires=_number(params, "expires") if "expires" in params else None,
        )
    except binascii.Error as error:
        raise Malformed("Signature") from error


def is_fresh(signed: Signed, *, at: float) -> bool:
    """Will tell whether a signature was made within five minutes and has not expired."""
    if signed.expires is not None and at > signed.expires:
        return False
    return -AHEAD_SECONDS <= at - signed.created <= FRESH_SECONDS


def require_covered(signed: Signed, request: Request) -> None:
    """Will refuse a signature that leaves open what it should fix. Raises: Malformed."""
    covered = set(signed.components)
    if "@method" not in covered:
        raise Malformed("@method not covered")
    if "@target-uri" not in covered and not {"@path", "@query"} <= covered:
        raise Malformed("address not covered")
    if request.body and "content-digest" not in covered:
        raise Malformed("content-digest not covered")
    if "content-digest" in covered:
        _require_digest(request)


def base_of(signed: Signed, request: Request) -> bytes:
    """Will give the bytes that were signed. Raises: Malformed (a covered field is missing)."""
    lines = [f'"{name}": {_value(name, request)}' for name in signed.components]
    lines.append(f'"@signature-params": {signed.parameters}')
    return "\n".join(lines).encode()


def is_valid(signed: Signed, base: bytes, *, algorithm: str, key: bytes) -> bool:
    """Will tell whether the signature is right. key: raw public key, or the shared secret."""
    if algorithm == "hmac-sha256":
        return hmac.compare_digest(hmac.digest(key, base, "sha256"), signed.signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, base)
    except InvalidSignature:
        return False
    return True


def sign(
    request: Request, *, keyid: str, secret: bytes, nonce: str, created: int
) -> dict[str, str]:
    """Will give the headers that sign a request with a shared secret (HMAC-SHA256).

    Covers method, path, query and the digest of the body, but not the host: a proxy before the
    other side may call it differently. created: seconds since 1970; nonce: never used before.
    """
    digest = base64.b64encode(_DIGESTS["sha-256"](request.body)).decode()
    told = {"Content-Digest": f"sha-256=:{digest}:"}
    components = ("@method", "@path", "@query", "content-digest")
    inner = " ".join(f'"{name}"' for name in components)
    parameters = f'({inner});created={created};keyid="{keyid}";nonce="{nonce}";alg="hmac-sha256"'
    signed = Signed(components, parameters, b"", created, keyid, nonce)
    covered = {name.lower(): value for name, value in told.items()}
    base = base_of(signed, Request(request.method, request.url, covered, request.body))
    made = base64.b64encode(hmac.digest(secret, base, "sha256")).decode()
    return told | {"Signature-Input": f"sig={parameters}", "Signature": f"sig=:{made}:"}


def _components(inner: str) -> tuple[str, ...]:
    names = tuple(inner.split(" ")) if inner else ()
    found = [_COMPONENT.fullmatch(name) for name in names]
    components = tuple(match[1] for match in found if match is not None)
    if len(components) != len(names) or len(names) > MOST_COMPONENTS:
        raise Malformed("components")
    if len(set(components)) != len(components) or "@signature-params" in components:
        raise Malformed("components")
    return components


def _params(text: str) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    position = 0
    while position < len(text):
        match = _PARAM.match(text, position)
        if match is None or match["name"] in found:
            raise Malformed("parameters")
        found[match["name"]] = int(match["number"]) if match["number"] else match["text"] or ""
        position = match.end()
    if found.keys() - {"created", "expires", "keyid", "nonce", "alg", "tag"}:
        raise Malformed("parameters")
    return found


def _number(params: Mapping[str, int | str], name: str) -> int:
    value = params.get(name)
    if not isinstance(value, int):
        raise Malformed(name)
    return value


def _text(params: Mapping[str, int | str], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(name)
    return value


def _nonce(params: Mapping[str, int | str]) -> str:
    nonce = _text(params, "nonce")
    if not NONCE_SHORTEST <= len(nonce) <= NONCE_LONGEST:
        raise Malformed("nonce")
    return nonce


def _value(name: str, request: Request) -> str:
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    derived = {
        "@method": request.method.upper(),
        "@target-uri": request.url,
        "@authority": _authority(parts.netloc, parts.scheme),
        "@scheme": parts.scheme,
        "@request-target": target,
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
    }
    if name.startswith("@"):
        if name not in derived:
            raise Malformed(f"{name} not supported")
        return derived[name]
    value = request.headers.get(name)
    if value is None:
        raise Malformed(f"{name} is missing")
    return re.sub(r"\s*\r?\n\s*", " ", value).strip()


def _authority(netloc: str, scheme: str) -> str:
    usual = {"http": ":80", "https": ":443"}[scheme]
    return netloc.lower().removesuffix(usual)


def _require_digest(request: Request) -> None:
    """At least one digest of a known kind, and every one of those right."""
    known = [
        (match["name"], match["value"])
        for part in request.headers.get("Content-Digest", "").split(",")
        if (match := _DIGEST.fullmatch(part.strip())) and match["name"] in _DIGESTS
    ]
    if not known:
        raise Malformed("content-digest is missing")
    for name, value in known:
        expected = base64.b64encode(_DIGESTS[name](request.body)).decode()
        if not hmac.compare_digest(expected, value):
            raise Malformed("content-digest does not match the body")
