"""How a gateway is logged in to over HTTP: basic (RFC 7617) or digest (RFC 7616).

A gateway entered for digest never gets the password itself, whatever it asks for.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.request import parse_http_list, parse_keqv_list

from django.utils.translation import gettext as _

from apps.polling.enums import LoginScheme
from apps.polling.wire import Unanswered

_ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass
class Login:
    """The log-in of one session. secret: of the endpoint; see ``forms.GatewayForm``."""

    secret: Mapping[str, str] = field(repr=False)
    _challenge: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def header(self, path: str) -> dict[str, str]:
        """Will give what goes with a GET of this path; nothing before a challenge is known."""
        scheme = self.secret.get("scheme", "")
        if scheme == LoginScheme.BASIC:
            plain = f"{self.secret.get('login', '')}:{self.secret.get('password', '')}"
            return {"Authorization": f"Basic {base64.b64encode(plain.encode()).decode()}"}
        if scheme == LoginScheme.DIGEST:
            return {"Authorization": self._digest(path)} if self._challenge else {}
        told = self.secret.get("Authorization", "")
        return {"Authorization": told} if told else {}

    def take(self, challenge: str) -> bool:
        """Will take what a gateway asked for; False where asking again is of no use.

        Raises: Unanswered (it asks for what cannot be answered).
        """
        if self.secret.get("scheme") != LoginScheme.DIGEST:
            return False
        kind, _space, rest = challenge.partition(" ")
        if kind.lower() != "digest":
            raise Unanswered(_("网关不接受摘要登录"))
        asked = parse_keqv_list(parse_http_list(rest))
        if asked.get("algorithm", "MD5").upper() not in _ALGORITHMS or "nonce" not in asked:
            raise Unanswered(_("网关要求的摘要算法不受支持"))
        is_new = asked["nonce"] != self._challenge.get("nonce")
        self._challenge, self._count = asked, 0
        return is_new

    def _digest(self, path: str) -> str:
        asked = self._challenge
        algorithm = asked.get("algorithm", "MD5").upper()
        hashed = _ALGORITHMS[algorithm]

        def digest(*parts: str) -> str:
            return hashed(":".join(parts).encode("latin-1", "replace")).hexdigest()

        # As header fields travel: bytes of UTF-8 told as Latin-1, so that what the gateway
        # wrote into its challenge is hashed and sent back byte for byte.
        name, password = (
            self.secret.get(part, "").encode().decode("latin-1") for part in ("login", "password")
        )
        realm, nonce = asked.get("realm", ""), asked["nonce"]
        ha1 = digest(name, realm, password)
        ha2 = digest("GET", path)
        given = {"username": name, "realm": realm, "nonce": nonce, "uri": path}
        told = [f'{key}="{_quoted(value)}"' for key, value in given.items()]
        if "auth" in [one.strip() for one in asked.get("qop", "").split(",")]:
            self._count += 1
            count, ours = f"{self._count:08x}", secrets.token_hex(8)
            answer = digest(ha1, nonce, count, ours, "auth", ha2)
            told += ["qop=auth", f"nc={count}", f'cnonce="{ours}"']
        else:
            answer = digest(ha1, nonce, ha2)
        told += [f'response="{answer}"', f"algorithm={algorithm}"]
        if "opaque" in asked:
            told.append(f'opaque="{_quoted(asked["opaque"])}"')
        return "Digest " + ", ".join(told)


def _quoted(text: str) -> str:
    clean = "".join(letter for letter in text if letter not in "\r\n\0")
    return clean.replace("\\", "\\\\").replace('"', '\\"')
