"""Seals and seal signatures as structures of GB/T 38540-2020, in ASN.1 and DER.

``SESeal`` is the seal itself, signed by whoever made it; ``SES_Signature`` is the seal put on
some data, signed by the seal's key. Version 4, after chapter 7 of the standard. What an
independent check proves here: the two signatures and the digest, by OpenSSL (docs/seals.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core, x509

from apps.seals.crypto.algorithms import SM2, SM3_WITH_SM2, algorithm_of

VENDOR = "CityBrain"
VERSION = 4
_OIDS = {
    SM2: SM3_WITH_SM2,
    "rsa": "1.2.840.113549.1.1.11",
    "ecdsa": "1.2.840.10045.4.3.2",
}


class SealHeader(core.Sequence):
    _fields = [("id", core.IA5String), ("version", core.Integer), ("vid", core.IA5String)]


class CertificateList(core.SequenceOf):
    _child_spec = core.OctetString


class SealProperty(core.Sequence):
    """type: 1 unit, 2 person. cert_list_type: 1, whole certificates."""

    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", CertificateList),
        ("create_date", core.GeneralizedTime),
        ("valid_start", core.GeneralizedTime),
        ("valid_end", core.GeneralizedTime),
    ]


class SealPicture(core.Sequence):
    """Width and height in whole millimetres."""

    _fields = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class SealInfo(core.Sequence):
    _fields = [
        ("header", SealHeader),
        ("es_id", core.IA5String),
        ("property", SealProperty),
        ("picture", SealPicture),
    ]


class SESeal(core.Sequence):
    _fields = [
        ("seal_info", SealInfo),
        ("cert", core.OctetString),
        ("sign_alg_id", core.ObjectIdentifier),
        ("signed_value", core.BitString),
    ]


class ToSign(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("es_seal", SESeal),
        ("time_info", core.GeneralizedTime),
        ("data_hash", core.BitString),
        ("property_info", core.IA5String),
    ]


class SESSignature(core.Sequence):
    _fields = [
        ("to_sign", ToSign),
        ("cert", core.OctetString),
        ("signature_alg_id", core.ObjectIdentifier),
        ("signature", core.BitString),
    ]


@dataclass(frozen=True)
class Described:
    """A seal to be written down. Lengths in millimetres, times aware."""

    code: str
    name: str
    is_person: bool
    certificate: x509.Certificate
    png: bytes
    width_mm: float
    height_mm: float
    made_at: datetime


def seal_structure(
    seal: Described, *, maker: x509.Certificate, sign: Callable[[bytes], bytes]
) -> bytes:
    """Will give the seal as DER, signed by its maker over the seal information."""
    info = SealInfo(
        {
            "header": {"id": "ES", "version": VERSION, "vid": VENDOR},
            "es_id": seal.code,
            "property": {
                "type": 2 if seal.is_person else 1,
                "name": seal.name,
                "cert_list_type": 1,
                "cert_list": [seal.certificate.dump()],
                "create_date": seal.made_at.replace(microsecond=0),
                "valid_start": seal.certificate.not_valid_before,
                "valid_end": seal.certificate.not_valid_after,
            },
            "picture": {
                "type": "png",
                "data": seal.png,
                "width": round(seal.width_mm),
                "height": round(seal.height_mm),
            },
        }
    )
    made = SESeal(
        {
            "seal_info": info,
            "cert": maker.dump(),
            "sign_alg_id": _OIDS[algorithm_of(maker)],
            "signed_value": _bits(sign(info.dump())),
        }
    )
    return bytes(made.dump())


def seal_signature(
    structure: bytes, *, digest: bytes, where: str, at: datetime,
    certificate: x509.Certificate, sign: Callable[[bytes], bytes],
) -> bytes:  # fmt: skip
    """Will put the seal on data of this digest (SM3 for SM2 keys) and give the DER.

    where: names the data: a file, a record.
    """
    body = ToSign(
        {
            "version": VERSION,
            "es_seal": SESeal.load(structure),
            "time_info": at.replace(microsecond=0),
            "data_hash": _bits(digest),
            "property_info": where,
        }
    )
    made = SESSignature(
        {
            "to_sign": body,
            "cert": certificate.dump(),
            "signature_alg_id": _OIDS[algorithm_of(certificate)],
            "signature": _bits(sign(body.dump())),
        }
    )
    return bytes(made.dump())


def _bits(data: bytes) -> core.BitString:
    return core.BitString.load(core.OctetBitString(data).dump())
