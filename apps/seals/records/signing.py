"""Detached signatures on a record: the bytes stay as they are, the signature lies beside them.

CMS: SignedData without content, DER, as ``openssl cms -verify -content`` takes it. JWS: compact,
the payload neither carried nor encoded, the certificates in the header. Source: RFC 5652, RFC
5035 (signing certificate), RFC 7515 appendix F, RFC 7797; ES-01.
"""

import asyncio
import base64
import json
from datetime import datetime

from asn1crypto.algos import DSASignature
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper

from apps.seals.crypto.algorithms import ECDSA, RSA, algorithm_of
from apps.seals.pdf.signing import Hand, StoreSigner

#: Names of RFC 7518. SM2 has none there, so that nobody else's program could read it.
JWS_NAMES = {RSA: "RS256", ECDSA: "ES256"}


def sign_cms(
    record: bytes, hand: Hand, *, at: datetime, timestamper: TimeStamper | None = None
) -> bytes:
    """Will give the signature as DER. Raises: what the hand's ``sign`` raises."""
    signer = StoreSigner(hand)
    return asyncio.run(
        signer.async_sign_general_data(
            record,
            signer.digest_name,
            detached=True,
            timestamper=timestamper,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=at),
        )
    ).dump()


def sign_jws(record: bytes, hand: Hand, *, at: datetime, seal: str) -> bytes:
    """Will give the signature as ASCII, "header..signature". seal: its code, as the key's name.

    Raises: KeyError (the key's algorithm has no name in RFC 7518).
    """
    algorithm = algorithm_of(hand.certificate)
    chain = [hand.certificate, *hand.chain]
    header = {
        "alg": JWS_NAMES[algorithm],
        "b64": False,
        "crit": ["b64"],
        "kid": seal,
        "iat": int(at.timestamp()),
        "x5t#S256": _url(hand.certificate.sha256),
        "x5c": [base64.b64encode(each.dump()).decode() for each in chain],
    }
    head = _url(json.dumps(header, separators=(",", ":")).encode())
    signature = hand.sign(head.encode() + b"." + record)
    if algorithm == ECDSA:
        # Always twice 32 bytes, leading noughts kept (RFC 7518 3.4).
        points = DSASignature.load(signature)
        signature = b"".join(points[each].native.to_bytes(32, "big") for each in ("r", "s"))
    return f"{head}..{_url(signature)}".encode()


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
