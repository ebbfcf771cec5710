"""Seals and seal signatures as structures of GB/T 38540-2020, in ASN.1 and DER.

``SESeal`` is the seal itself, signed by whoever made it; ``SES_Signature`` is the seal put on
some data, signed by the seal's key. Version 4, after chapter 7 of the standard. What an
independent check proves here: the two signatures and the digest, by OpenSSL (docs/seals.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core, x509

from apps.seals.crypto.algorithms import SM2, SM3_WITH_SM2, algorithm_of, digest, is_signed_by

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


class CertificateDigest(core.Sequence):
    _fields = [("type", core.PrintableString), ("value", core.OctetString)]


class DigestList(core.SequenceOf):
    _child_spec = CertificateDigest


class SealProperty(core.Sequence):
    """type: 1 unit, 2 person. cert_list_type: 1 whole certificates, 2 their digests."""

    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", core.Any),
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
        ("ext_data", core.Any, {"explicit": 0, "optional": True}),
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
        ("ext_data", core.Any, {"explicit": 0, "optional": True}),
    ]


class SESSignature(core.Sequence):
    _fields = [
        ("to_sign", ToSign),
        ("cert", core.OctetString),
        ("signature_alg_id", core.ObjectIdentifier),
        ("signature", core.BitString),
        ("time_stamp", core.BitString, {"explicit": 0, "optional": True}),
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
                "cert_list": CertificateList([seal.certificate.dump()]),
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
    structure: bytes, *, over: bytes, where: str, at: datetime,
    certificate: x509.Certificate, sign: Callable[[bytes], bytes],
    stamp: Callable[[bytes], bytes | None] | None = None,
) -> bytes:  # fmt: skip
    """Will put the seal on data of the digest ``over`` (SM3 for SM2 keys) and give the DER.

    where: names the data: a file, a record. stamp: gives a time stamp token (RFC 3161, DER) over
    the signature, None for none.
    """
    body = ToSign(
        {
            "version": VERSION,
            "es_seal": SESeal.load(structure),
            "time_info": at.replace(microsecond=0),
            "data_hash": _bits(over),
            "property_info": where,
        }
    )
    signature = sign(body.dump())
    made = SESSignature(
        {
            "to_sign": body,
            "cert": certificate.dump(),
            "signature_alg_id": _OIDS[algorithm_of(certificate)],
            "signature": _bits(signature),
        }
    )
    token = stamp(signature) if stamp is not None else None
    if token is not None:
        made["time_stamp"] = _bits(token)
    return bytes(made.dump())


def read_signature(data: bytes) -> SESSignature:
    """Will read a seal put on data. Raises: ValueError (no structure of GB/T 38540, or more)."""
    found = SESSignature.load(data, strict=True)
    if found.dump(force=True) != data:
        raise ValueError("not the one way to write it")
    return found


def is_genuine(signed: SESSignature, leaf: x509.Certificate, *, at: datetime) -> bool:
    """Will tell whether a seal on data holds: both signatures, the certificate, the seal's time.

    leaf: the signer's certificate; that it is believed is judged elsewhere. at: the time it says.
    """
    seal = signed["to_sign"]["es_seal"]
    maker = x509.Certificate.load(seal["cert"].native, strict=True)
    told = seal["seal_info"]["property"]
    return (
        signed["signature_alg_id"].dotted == _OIDS[algorithm_of(leaf)]
        and seal["sign_alg_id"].dotted == _OIDS[algorithm_of(maker)]
        and is_signed_by(leaf.public_key, bytes_of(signed["signature"]), signed["to_sign"].dump())
        and is_signed_by(maker.public_key, bytes_of(seal["signed_value"]), seal["seal_info"].dump())
        and _names(told, leaf)
        and told["valid_start"].native <= at <= told["valid_end"].native
    )


def bytes_of(bits: core.BitString) -> bytes:
    """Will give what a string of whole bytes holds. Raises: ValueError (no whole bytes)."""
    if isinstance(bits.native, type(None)) or bits.contents[:1] != b"\0":
        raise ValueError("no whole bytes")
    return bytes(bits.contents[1:])


def _names(told: SealProperty, leaf: x509.Certificate) -> bool:
    """Whether the seal names the signer's certificate, whole or by its SM3 digest."""
    listed = told["cert_list"]
    if told["cert_list_type"].native == 1:
        return leaf.dump() in [bytes(each) for each in listed.parse(CertificateList).native]
    known = digest("sm3", leaf.dump())
    return known in [each["value"] for each in listed.parse(DigestList).native]


def _bits(data: bytes) -> core.BitString:
    return core.BitString.load(core.OctetBitString(data).dump())
