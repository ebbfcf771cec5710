"""Answers to "who are you" of cameras: HTTP Basic and Digest, the same words in RTSP.

Basic is sent only where it is asked for, and never where Digest is offered beside it.
Source: RFC 7616, RFC 7617.
"""

import base64
import hashlib
import re
import secrets

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"": hashlib.md5, "MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def answer_to(challenge: str, *, method: str, uri: str, username: str, password: str) -> str:
    """Will give the Authorization header for a WWW-Authenticate header; "" if none fits."""
    digest = re.search(r"\bDigest\s+(.*)", challenge, re.IGNORECASE | re.DOTALL)
    if digest:
        told = {name.lower(): a or b for name, a, b in _FIELD.findall(digest.group(1))}
        return _digest(told, method, uri, username, password)
    if re.search(r"\bBasic\b", challenge, re.IGNORECASE):
        plain = f"{username}:{password}".encode()
        return f"Basic {base64.b64encode(plain).decode()}"
    return ""


def _digest(told: dict[str, str], method: str, uri: str, username: str, password: str) -> str:
    algorithm = told.get("algorithm", "")
    make = _HASHES.get(algorithm.upper())
    if make is None:
        return ""

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    realm, nonce = told.get("realm", ""), told.get("nonce", "")
    one, two = hashed(username, realm, password), hashed(method, uri)
    fields = {"username": username, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in told.get("qop", "").replace(" ", "").split(","):
        mine, count = secrets.token_hex(8), "00000001"
        fields["response"] = hashed(one, nonce, count, mine, "auth", two)
        extra = f', qop=auth, nc={count}, cnonce="{mine}"'
    else:
        fields["response"] = hashed(one, nonce, two)
        extra = ""
    if algorithm:
        extra += f", algorithm={algorithm}"
    if "opaque" in told:
        fields["opaque"] = told["opaque"]
    quoted = ", ".join(f'{name}="{_plain(value)}"' for name, value in fields.items())
    return f"Digest {quoted}{extra}"


def _plain(value: str) -> str:
    """Within quotes and on one line."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
