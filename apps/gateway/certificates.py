"""Client certificates as the proxy in front of us tells them (mutual TLS).

The proxy ends TLS and checks that the caller holds the certificate's key; it hands the
certificate on in a header and strips that header from what callers send. We compute the
thumbprint ourselves and compare it with those registered for the client (RFC 8705, section 3:
``x5t#S256``), so a self-signed certificate is as good as one of a city's authority. Two forms
are read: ``Client-Cert`` of RFC 9440 (HAProxy, Envoy) and ``X-Client-Cert`` with the
URL-escaped PEM that nginx gives (deploy/nginx/citybrain.conf).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest

from apps.audit.middleware import comes_from_proxy

RFC_9440, NGINX = "Client-Cert", "X-Client-Cert"
MOST_BYTES = 16_000


class Untrusted(Exception):
    """The header came from somebody who is no trusted proxy."""


@dataclass(frozen=True)
class Facts:
    """What a certificate says. thumbprint: ``x5t#S256``; not_after: aware, UTC."""

    thumbprint: str
    subject: str
    not_after: datetime


def told_by(request: HttpRequest) -> str:
    """Will give the thumbprint of the certificate a request came with, "" without one.

    Raises: Untrusted (the header, not from a proxy of ``settings.TRUSTED_PROXIES``);
        ValueError (not a certificate).
    """
    modern, escaped = request.headers.get(RFC_9440, ""), request.headers.get(NGINX, "")
    if not (modern or escaped):
        return ""
    if not comes_from_proxy(request):
        raise Untrusted(RFC_9440 if modern else NGINX)
    if len(modern) + len(escaped) > MOST_BYTES:
        raise ValueError("certificate too long")
    if modern:
        if not (modern.startswith(":") and modern.endswith(":")):
            raise ValueError("not a byte sequence of RFC 8941")
        try:
            return _thumbprint(base64.b64decode(modern[1:-1], validate=True))
        except binascii.Error as error:
            raise ValueError("not base64") from error
    return facts_of(unquote(escaped)).thumbprint


def facts_of(pem: str) -> Facts:
    """Will read a certificate in PEM. Raises: ValueError."""
    found = x509.load_pem_x509_certificate(pem.strip().encode())
    return Facts(
        thumbprint=_thumbprint(found.public_bytes(Encoding.DER)),
        subject=found.subject.rfc4514_string()[:200],
        not_after=found.not_valid_after_utc,
    )


def _thumbprint(der: bytes) -> str:
    digest = hashlib.sha256(der).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
