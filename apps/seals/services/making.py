"""What workers do with keys: make, certify, destroy. Never called by a page. ES-04, ES-05.

Each round takes one seal under lock. A worker that dies midway leaves the seal in its state;
the next round goes on with the key that is there.
"""

from datetime import datetime
from typing import Any

from asn1crypto import x509
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, Refused
from apps.seals.crypto import certificates, national, workshop
from apps.seals.crypto.stores import KeyStore, get_store, journal
from apps.seals.enums import SealKind, SealState
from apps.seals.models import Seal, SealIssue
from apps.seals.services._shared import before, lock_seal, note


def make_due() -> int:
    """Will go on with every making and give how many seals were finished. In workers only."""
    workshop.require_open()
    due = Seal.objects.filter(state=SealState.MAKING).order_by("pk")
    return sum(_tried(pk, _make) for pk in due.values_list("pk", flat=True))


def end_due() -> int:
    """Will destroy the keys of seals whose end was approved and give how many. In workers only."""
    workshop.require_open()
    due = Seal.objects.filter(state=SealState.DESTROYING).order_by("pk")
    return sum(_tried(pk, _end) for pk in due.values_list("pk", flat=True))


def _tried(seal_id: int, deed: Any) -> int:
    """One seal in a transaction of its own; why it failed stays on it."""
    try:
        with transaction.atomic():
            return int(deed(lock_seal(seal_id)))
    except InvalidInput as error:  # of a certificate that was brought: another one may come
        Seal.objects.filter(pk=seal_id).update(failure=str(error)[:200], pending_certificate="")
        return 0
    except DomainError as error:
        Seal.objects.filter(pk=seal_id).update(failure=str(error)[:200])
        return 0


def _make(seal: Seal) -> bool:
    if seal.state != SealState.MAKING:
        return False  # another worker was quicker
    store = get_store(seal.key_store)
    if not seal.pending_label:
        _make_key(seal, store)
    if seal.pending_certificate:
        _finish(seal, store, *_brought(seal))
        return True
    if settings.SEALS_DEMO_AUTHORITY:
        _finish(seal, store, *_issued(seal, store))
        return True
    return False


def _make_key(seal: Seal, store: KeyStore) -> None:
    number = seal.issues.count() + 1
    # A name of its own for every try: a key left over by a worker that died is never met again.
    label = f"seal-{seal.pk}-{number}-{clock.now():%Y%m%d%H%M%S%f}"
    public = store.make(label, seal.algorithm)
    seal.pending_label = label
    seal.pending_request = certificates.request_for(
        public=public,
        unit=seal.unit_name,
        name=seal.name,
        algorithm=seal.algorithm,
        sign=lambda data: store.sign(label, data),
    )
    seal.failure = ""
    seal.save(update_fields=["pending_label", "pending_request", "failure"])


def _issued(seal: Seal, store: KeyStore) -> tuple[x509.Certificate, x509.Certificate]:
    issuer, sign = certificates.authority_for(seal.algorithm)
    public = certificates.key_of_request(seal.pending_request)
    made = certificates.issue(
        public=public.dump(), unit=seal.unit_name, name=seal.name, authority=(issuer, sign)
    )
    return made, issuer


def _brought(seal: Seal) -> tuple[x509.Certificate, x509.Certificate]:
    made = certificates.read_certificate(seal.pending_certificate.encode())
    public = certificates.key_of_request(seal.pending_request)
    if made.public_key.dump() != public.dump():
        raise InvalidInput(_("证书与本印章的密钥不符"), field="certificate")
    if made.not_valid_after <= clock.now():
        raise InvalidInput(_("证书已过期"), field="certificate")
    for issuer in certificates.trusted():
        if certificates.is_issued_by(made, issuer):
            return made, issuer
    raise InvalidInput(_("签发证书的机构不在信任名单中"), field="certificate")


def _finish(
    seal: Seal, store: KeyStore, certificate: x509.Certificate, issuer: x509.Certificate
) -> None:
    was, now, label = before(seal), clock.now(), seal.pending_label
    _retire(seal, _("重新制作"), now)
    assert seal.ordered_by is not None
    described = national.Described(
        seal.code, seal.name, seal.kind == SealKind.PERSON, certificate, bytes(seal.picture),
        seal.width_mm, seal.height_mm, now,
    )  # fmt: skip
    structure = national.seal_structure(
        described, maker=certificate, sign=lambda data: store.sign(label, data)
    )
    SealIssue.objects.create(
        seal=seal, number=seal.issues.count() + 1, key_label=label, key_store=seal.key_store,
        algorithm=seal.algorithm, certificate=certificates.pem_of(certificate.dump()),
        chain=certificates.pem_of(issuer.dump()), serial=certificates.serial_of(certificate),
        fingerprint=certificates.fingerprint_of(certificate),
        not_before=certificate.not_valid_before, not_after=certificate.not_valid_after,
        picture=bytes(seal.picture), structure=structure, made_by=seal.ordered_by, made_at=now,
    )  # fmt: skip
    seal.state, seal.filed_on, seal.filing_number = SealState.MADE, None, ""
    seal.pending_label = seal.pending_request = seal.pending_certificate = seal.failure = ""
    seal.save(
        update_fields=[
            "state", "filed_on", "filing_number", "pending_label", "pending_request",
            "pending_certificate", "failure",
        ]
    )  # fmt: skip
    note(SYSTEM, seal, "made", was, text=certificates.serial_of(certificate))


def _end(seal: Seal) -> bool:
    if seal.state != SealState.DESTROYING:
        return False
    was, now = before(seal), clock.now()
    proof = _retire(seal, seal.ending_reason, now)
    seal.grants.filter(ended_at__isnull=True).update(ended_at=now)
    seal.state, seal.ended_at, seal.failure = SealState.DESTROYED, now, ""
    seal.save(update_fields=["state", "ended_at", "failure"])
    note(SYSTEM, seal, "destroyed", was, text=proof)
    return True


def _retire(seal: Seal, reason: str, now: datetime) -> str:
    """Destroys the key of the issue in force and gives the proof, "" where there was none."""
    issue = seal.issues.select_for_update().filter(ended_at__isnull=True).first()
    if issue is None:
        return ""
    proof = get_store(issue.key_store).destroy(issue.key_label) or _destroyed(issue.key_label)
    if not proof:
        raise Refused(_("找不到要销毁的密钥，请核对密钥存储"), code="key_missing")
    issue.ended_at, issue.end_reason, issue.proof = now, reason[:200], proof
    issue.save(update_fields=["ended_at", "end_reason", "proof"])
    return proof


def _destroyed(label: str) -> str:
    """The proof of a worker that died after the deed and before it was written down."""
    return next((u.digest for u in journal() if u.deed == "destroyed" and u.label == label), "")
