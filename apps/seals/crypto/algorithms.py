"""The three ways seals sign, and how each is checked from the public key alone.

rsa: RSA-2048 PKCS#1 v1.5 with SHA-256. ecdsa: P-256 with SHA-256. sm2: SM2 with SM3 and the
default identifier 1234567812345678, without which nobody else's verifier agrees.
Source: GB/T 32918, GM/T 0009-2012, GM/T 0006-2012 (identifiers); ES-06.
"""

import hashlib
from typing import Any

from asn1crypto import algos, keys, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from tongsuopy.crypto import hashes as sm_hashes
from tongsuopy.crypto import serialization as sm_serialization
from tongsuopy.crypto.asymciphers import ec as sm_ec
from tongsuopy.crypto.exceptions import InternalError as SmInternalError
from tongsuopy.crypto.exceptions import InvalidSignature as SmInvalidSignature

RSA, ECDSA, SM2 = "rsa", "ecdsa", "sm2"
SM2_CURVE, SM3_ID, SM3_WITH_SM2 = (
    "1.2.156.10197.1.301",
    "1.2.156.10197.1.401",
    "1.2.156.10197.1.501",
)
SM2_NAME = "sm3_sm2"
#: Name of the digest, and of the mechanism, as CMS and X.509 call them.
DIGESTS = {RSA: "sha256", ECDSA: "sha256", SM2: "sm3"}
MECHANISMS = {RSA: "sha256_rsa", ECDSA: "sha256_ecdsa", SM2: SM2_NAME}


def know_national_names() -> None:
    """Will teach the ASN.1 library the identifiers of SM2 and SM3; again changes nothing."""
    for kind, oid, name in (
        (algos.DigestAlgorithmId, SM3_ID, "sm3"),
        (algos.SignedDigestAlgorithmId, SM3_WITH_SM2, SM2_NAME),
    ):
        kind._map[oid] = name
        if kind._reverse_map is not None:
            kind._reverse_map[name] = oid
    algos.SignedDigestAlgorithmId._reverse_map = None
    algos.DigestAlgorithmId._reverse_map = None
    if SM2_CURVE not in keys.NamedCurve._map:
        keys.NamedCurve.register("sm2", SM2_CURVE, 32)


know_national_names()


def digest(name: str, data: bytes) -> bytes:
    """Will give the digest of some bytes. name: "sha256" or "sm3"."""
    if name == "sm3":
        hasher = hashes.Hash(hashes.SM3())
        hasher.update(data)
        return hasher.finalize()
    return hashlib.new(name, data).digest()


def algorithm_of(certificate: x509.Certificate) -> str:
    """Will tell with which algorithm the key of a certificate signs. Raises: ValueError."""
    return algorithm_of_key(certificate.public_key)


def algorithm_of_key(key: keys.PublicKeyInfo) -> str:
    """Will tell the same of a bare public key. Raises: ValueError (one not taken here)."""
    if key.algorithm == "rsa":
        return RSA
    if key.algorithm == "ec":
        curve = key["algorithm"]["parameters"].chosen.native
        if curve in ("sm2", SM2_CURVE):
            return SM2
        if curve == "secp256r1":
            return ECDSA
    raise ValueError(f"a key of this kind signs nothing here: {key.algorithm}")


def mechanism_of(algorithm: str) -> algos.SignedDigestAlgorithm:
    """Will name the way of signing as CMS and X.509 do."""
    return algos.SignedDigestAlgorithm({"algorithm": MECHANISMS[algorithm]})


def is_signed_by(key: keys.PublicKeyInfo, signature: bytes, data: bytes) -> bool:
    """Will tell whether a signature over the data was made with the key's private half."""
    try:
        _check(key, signature, data)
    except (InvalidSignature, SmInvalidSignature, SmInternalError, ValueError):
        return False  # the last but one: what was given is no signature at all
    return True


def _check(key: keys.PublicKeyInfo, signature: bytes, data: bytes) -> None:
    algorithm = algorithm_of_key(key)
    if algorithm == SM2:
        sm_key: Any = sm_serialization.load_der_public_key(key.dump())
        sm_key.verify(signature, data, sm_ec.ECDSA(sm_hashes.SM3()))
        return
    loaded: Any = serialization.load_der_public_key(key.dump())
    if isinstance(loaded, rsa.RSAPublicKey):
        loaded.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        loaded.verify(signature, data, ec.ECDSA(hashes.SHA256()))
