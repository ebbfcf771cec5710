"""The worker's part of a use: everything asked again, signed, written down. ES-01, ES-03.

A request is claimed for some minutes, sealed outside any transaction, and finished in a second
one that asks once more. A worker that dies leaves a claim that lapses; the next one begins
anew. What the key signed is in the journal of the key store even then.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from asn1crypto import x509
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import clock, files
from apps.common.errors import DomainError, Refused
from apps.common.models import StoredFile
from apps.seals.crypto import stamps, workshop
from apps.seals.crypto.certificates import read_certificate
from apps.seals.crypto.stores import get_store
from apps.seals.enums import SignedForm, UseState
from apps.seals.models import Placement, Seal, SealGrant, SealIssue, SealUse
from apps.seals.ofd import sealing as ofd
from apps.seals.pdf import marking, signing
from apps.seals.pdf.impressions import Impression
from apps.seals.records import signing as records
from apps.seals.services import keeping
from apps.seals.services.documents import OFD_TYPE
from apps.seals.services.layout import spots_of
from apps.seals.services.logbook import Tried, note_try
from apps.seals.services.uses import lock_use, require_usable, usable_grant

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
RETRY = timedelta(minutes=1)
MOST_ATTEMPTS = 5
#: Away for now and perhaps back soon: a token that was pulled out, a time authority.
_PASSING = frozenset({"key_store_away", "no_stamp", "no_revocations"})
_MEDIA_TYPES: dict[str, str] = {
    SignedForm.CMS: "application/pkcs7-signature",
    SignedForm.JWS: "application/jose",
    SignedForm.OFD: OFD_TYPE,
}


@dataclass
class Job:
    """A claimed request with all that signing needs. signed: seal -> SHA-256 of what was signed."""

    use: SealUse
    placements: list[Placement]
    issues: dict[int, SealIssue]
    signed: dict[int, str] = field(default_factory=dict)


def seal_due(*, most: int = 200) -> int:
    """Will seal approved requests, oldest first, and give how many were sealed. In workers only."""
    workshop.require_open()
    done = 0
    for _number in range(most):
        claimed = _claim()
        if claimed is None:
            return done
        done += seal_one(claimed)
    return done


def seal_one(use_id: int) -> bool:
    """Will seal one claimed request; what forbids it is written down and ends it.

    Raises: KeysClosed (no worker).
    """
    workshop.require_open()
    job: Job | None = None
    try:
        job = _prepare(use_id)
        content = _sealed(job)
        _finish(job, content)
        return True
    except DomainError as error:
        _give_up(use_id, error, job)
        return False
    except Exception:
        logger.exception("a document could not be sealed")
        _give_up(use_id, Refused(_("盖章程序出错，已通知维护人员"), code="internal"), job)
        return False


def _claim() -> int | None:
    now = clock.now()
    with transaction.atomic():
        due = SealUse.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            Q(due_at__lte=now), state=UseState.APPROVED
        )
        use = due.order_by("due_at", "pk").first()
        if use is None:
            return None
        use.due_at, use.attempts = now + LEASE, use.attempts + 1
        use.save(update_fields=["due_at", "attempts"])
        return use.pk


def _prepare(use_id: int) -> Job:
    """Reads what is needed and asks everything before a key is touched."""
    found = SealUse.objects.select_related("document", "requested_by", "unit")
    use = found.get(pk=use_id)
    placements = list(use.placements.select_related("seal__unit").order_by("position"))
    issues = {p.seal_id: _usable_issue(use, p) for p in placements}
    return Job(use, placements, issues)


def _usable_issue(use: SealUse, placement: Placement) -> SealIssue:
    if use.approved_at is None or clock.now() < use.approved_at:
        raise Refused(_("系统时钟早于审批时间，请核对时钟"), code="clock_back")
    usable_grant(use.requested_by, placement.seal, use.matter)
    return placement.seal.issues.get(ended_at__isnull=True)


def _sealed(job: Job) -> bytes:
    use = job.use
    with files.open_stored(use.document) as source:
        original = source.read()
    if hashlib.sha256(original).hexdigest() != use.approved_digest:
        raise Refused(_("存储中的文件与批准的文件不一致，已停止盖章"), code="digest")
    if use.is_record:
        return _signed_record(job, original)
    if use.form == SignedForm.OFD:
        return _sealed_ofd(job, original)
    # Those with many appearances first: see ``signing``.
    ordered = sorted(job.placements, key=lambda p: (len(spots_of(p, use.pages)) == 1, p.position))
    fields = [_field(job, placement) for placement in ordered]
    code = "" if use.earlier else use.code
    marked = marking.mark(original, fields, code=code, address=verify_address(use.code))
    hands = [_hand(job, placement) for placement in ordered]
    content = signing.sign(
        marked, hands, at=clock.now(), timestamper=stamps.chosen(), joins=use.earlier > 0
    )
    level = keeping.highest(placement.seal.level for placement in ordered)
    return keeping.keep(content, level=level, issues=list(job.issues.values()))


def _sealed_ofd(job: Job, original: bytes) -> bytes:
    use = job.use
    seals = [
        ofd.Stamped(
            bytes(job.issues[placement.seal_id].structure), _hand(job, placement),
            [
                ofd.Look(
                    spot.page, spot.x_mm, spot.y_mm, placement.seal.width_mm,
                    placement.seal.height_mm, spot.strip,
                )
                for spot in spots_of(placement, use.pages)
            ],
        )
        for placement in job.placements
    ]  # fmt: skip
    address = verify_address(use.code)
    return ofd.seal(
        original, seals, at=clock.now(), code=use.code, address=address, stamp=stamps.token_over
    )


def _signed_record(job: Job, record: bytes) -> bytes:
    placement, now = job.placements[0], clock.now()
    hand = _hand(job, placement)
    if job.use.form == SignedForm.JWS:
        return records.sign_jws(record, hand, at=now, seal=placement.seal.code)
    return records.sign_cms(record, hand, at=now, timestamper=stamps.chosen())


def _stored(use: SealUse, content: bytes) -> StoredFile:
    if use.form in _MEDIA_TYPES:
        return files.keep(content, media_type=_MEDIA_TYPES[use.form])
    return files.store(ContentFile(content, name="sealed.pdf"), allow=frozenset({"document"}))


def _field(job: Job, placement: Placement) -> marking.Field:
    seal, issue = placement.seal, job.issues[placement.seal_id]
    look = Impression(bytes(issue.picture), seal.width_mm, seal.height_mm)
    spots = spots_of(placement, job.use.pages)
    return marking.Field(_field_name(job, placement), seal.name, look, spots)


def _field_name(job: Job, placement: Placement) -> str:
    """Beside fields of others the name of the request keeps ours apart."""
    name = f"Seal{placement.position}"
    return f"{name}-{job.use.number}" if job.use.earlier else name


def _hand(job: Job, placement: Placement) -> signing.Hand:
    issue = job.issues[placement.seal_id]
    store = get_store(issue.key_store)

    def sign(data: bytes) -> bytes:
        job.signed[placement.seal_id] = hashlib.sha256(data).hexdigest()
        return store.sign(issue.key_label, data)

    chain: list[x509.Certificate] = [read_certificate(issue.chain.encode())] if issue.chain else []
    return signing.Hand(
        field=_field_name(job, placement),
        certificate=read_certificate(issue.certificate.encode()),
        chain=chain,
        sign=sign,
        reason=f"{job.use.number} {job.use.code}",
    )


def _finish(job: Job, content: bytes) -> None:
    """Keeps the sealed copy if nothing changed meanwhile; takes the uses from the quotas.

    Locks the request, then the seals by key, so that nobody freezes one in between.
    """
    stored = _stored(job.use, content)
    until = keeping.proved_until(content, keeping.highest(p.seal.level for p in job.placements))
    with transaction.atomic():
        use = lock_use(job.use.pk)
        if use.state != UseState.APPROVED:
            raise Refused(_("该申请已经办理"), code="use_state")
        keys = sorted(job.issues)
        seals = {
            seal.pk: seal
            for seal in Seal.objects.select_for_update(of=("self",))
            .select_related("unit")
            .filter(pk__in=keys)
            .order_by("pk")
        }
        for placement in job.placements:
            seal, issue = seals[placement.seal_id], job.issues[placement.seal_id]
            require_usable(seal)
            _take_from_quota(usable_grant(use.requested_by, seal, use.matter), seal)
            placement.issue = issue
            placement.save(update_fields=["issue"])
            tried = Tried(
                is_done=True, issue=issue, sealed_digest=stored.sha256,
                key_digest=job.signed[seal.pk],
            )  # fmt: skip
            note_try(use.requested_by, use=use, seal=seal, tried=tried)
        use.sealed, use.sealed_digest, use.sealed_at = stored, stored.sha256, clock.now()
        use.state, use.failure, use.due_at = UseState.SEALED, "", None
        use.stamped_until = until
        use.save(
            update_fields=[
                "sealed", "sealed_digest", "sealed_at", "state", "failure", "due_at",
                "stamped_until",
            ]
        )  # fmt: skip


def _take_from_quota(grant: SealGrant, seal: Seal) -> None:
    free = SealGrant.objects.filter(Q(quota__isnull=True) | Q(used__lt=F("quota")), pk=grant.pk)
    if not free.update(used=F("used") + 1):
        raise Refused(_("“%(seal)s”的授权次数已用完") % {"seal": seal.name}, code="quota_spent")


def _give_up(use_id: int, error: DomainError, job: Job | None) -> None:
    """Ends the request, or lets it wait where what failed may come back. Always in the log."""
    with transaction.atomic():
        use = lock_use(use_id)
        if use.state != UseState.APPROVED:
            return
        use.failure = str(error)[:200]
        if error.code in _PASSING and use.attempts < MOST_ATTEMPTS:
            use.due_at = clock.now() + RETRY
        else:
            use.state, use.due_at = UseState.FAILED, None
        use.save(update_fields=["failure", "state", "due_at"])
        for placement in use.placements.select_related("seal__unit"):
            signed = job.signed.get(placement.seal_id, "") if job else ""
            issue = job.issues.get(placement.seal_id) if job else None
            tried = Tried(reason=str(error), issue=issue, key_digest=signed)
            note_try(use.requested_by, use=use, seal=placement.seal, tried=tried)


def verify_address(code: str) -> str:
    """Will give where a sealed copy is verified, for its QR code."""
    return f"{settings.SEALS_PUBLIC_ORIGIN}{reverse('seals-public:verify-code', args=[code])}"
