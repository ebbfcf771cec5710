"""What anybody may learn of a sealed document: who, when, intact, believed, in force. ES-02.

A document is judged in a bounded program of its own; names of people are not told, nor the
content. Offline the same is proved with OpenSSL alone: docs/seals.md.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotFound
from apps.seals.enums import SealState, UseState
from apps.seals.models import SealEvent, SealIssue, SealUse
from apps.seals.ofd.package import is_package
from apps.seals.pdf import child
from apps.seals.services.documents import REASONS, judges_head

CODE = re.compile(r"^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$")


@dataclass(frozen=True)
class Verdict:
    """One signature, for everybody. state_then, state_now: of the seal, "" if not of this city.

    is_good: intact, by whom it says, believed here, and a seal of this city was in use then.
    level: B, T, LT or LTA of PAdES (ETSI EN 319 142-1), of records B or T.
    at: of the time stamp where there is one (is_stamped), else as the signer says.
    """

    field: str
    seal_name: str
    seal_code: str
    unit: str
    serial: str
    algorithm: str
    is_intact: bool
    is_genuine: bool
    is_trusted: bool
    covers: str
    level: str
    at: datetime | None
    is_stamped: bool
    not_after: datetime
    is_revoked: bool
    state_then: str
    state_now: str
    is_good: bool


@dataclass(frozen=True)
class Verified:
    """The verdict on a document. use: the request it came from, if it is ours byte by byte."""

    digest: str
    verdicts: list[Verdict] = field(default_factory=list)
    use: SealUse | None = None

    @property
    def is_good(self) -> bool:
        """Whether there is a seal of this city, and every signature is good."""
        ours = any(each.seal_code for each in self.verdicts)
        return ours and all(each.is_good for each in self.verdicts)


def verify_upload(upload: File) -> Verified:
    """Will judge the seals of a PDF or OFD somebody hands in; keeps nothing of it.

    Raises: InvalidInput (field "file": too large, empty, neither, encrypted, broken).
    """
    content = _whole(upload, "file")
    if b"%PDF-" not in content[:1024] and not is_package(content):
        raise InvalidInput(_("请上传盖章后的 PDF 或 OFD 文件"), field="file", code="not_pdf")
    return verify_bytes(content)


def verify_record(upload: File, signature: File) -> Verified:
    """Will judge a record with its detached signature, keeping neither.

    Raises: InvalidInput (field "file": too large; field "signature": neither CMS nor JWS).
    """
    data, beside = _whole(upload, "file"), _whole(signature, "signature")
    told = _judged("apps.seals.records.checking", data, beside)
    if "refused" in told:
        raise InvalidInput(
            _("不是可以核验的签名文件（.p7s 或 .jws）"), field="signature", code=told["refused"]
        )
    digest = hashlib.sha256(beside).hexdigest()
    record = hashlib.sha256(data).hexdigest()
    use = SealUse.objects.filter(sealed_digest=digest, digest=record, state=UseState.SEALED).first()
    return _concluded(record, told, use)


def _whole(upload: File, name: str) -> bytes:
    limit = settings.UPLOAD_MAX_BYTES
    upload.seek(0)
    content: bytes = upload.read(limit + 1)
    if len(content) > limit:
        raise InvalidInput(
            _("文件超过 %(limit)d MB 上限") % {"limit": limit // 2**20},
            field=name, code="file_too_large",
        )  # fmt: skip
    return content


def verify_bytes(content: bytes) -> Verified:
    """Will judge the seals of a PDF or OFD. Raises: InvalidInput (as ``verify_upload``)."""
    program = "apps.seals.ofd.checking" if is_package(content) else "apps.seals.pdf.checking"
    told = _judged(program, content)
    if "refused" in told:
        raise InvalidInput(REASONS[told["refused"]], field="file", code=told["refused"])
    digest = hashlib.sha256(content).hexdigest()
    # A copy fetched before its archive stamp was renewed is as much ours as the one of today.
    ours = Q(sealed_digest=digest) | Q(renewals__before=digest)
    use = SealUse.objects.filter(ours, state=UseState.SEALED).first()
    return _concluded(digest, told, use)


def _judged(program: str, content: bytes, beside: bytes = b"") -> dict[str, Any]:
    """What the bounded program says."""
    given = judges_head(record=len(content)) + content + beside
    try:
        found: dict[str, Any] = json.loads(child.run_python(program, given=given))
    except (child.ChildFailed, ValueError) as error:
        raise InvalidInput(REASONS["too_heavy"], field="file", code="too_heavy") from error
    return found


def _concluded(digest: str, told: dict[str, Any], use: SealUse | None) -> Verified:
    verdicts = [_verdict(each) for each in told["signatures"]]
    audit.record(
        SYSTEM, "seal.verified", object_type="seals.use", object_id=use.pk if use else "",
        data={"digest": digest, "good": [each.is_good for each in verdicts]},
    )  # fmt: skip
    return Verified(digest, verdicts, use)


def find_by_code(code: str) -> SealUse:
    """Will give what was sealed under a verification code.

    Raises: InvalidInput (field "code": not of the right form); NotFound.
    """
    wanted = code.strip().upper()
    if not CODE.match(wanted):
        raise InvalidInput(
            _("验证码应为 4 组 4 位字母数字，例如 ABCD-EFGH-JKLM-NPQR"), field="code"
        )
    found = SealUse.objects.select_related("unit", "sealed").filter(
        code=wanted, state=UseState.SEALED
    )
    use = found.first()
    if use is None:
        raise NotFound(_("没有这个验证码对应的盖章文件"))
    return use


def seals_of(use: SealUse) -> list[dict[str, Any]]:
    """Will tell of each seal on a sealed document: unit, serial, state then and now."""
    assert use.sealed_at is not None
    told = []
    for placement in use.placements.select_related("seal__unit", "issue"):
        issue = placement.issue
        assert issue is not None
        told.append(
            {
                "seal": placement.seal,
                "issue": issue,
                "state_then": _state_at(issue, use.sealed_at),
                "state_now": placement.seal.get_state_display(),
                "is_revoked": issue.ended_at is not None,
            }
        )
    return told


def _verdict(told: dict[str, Any]) -> Verdict:
    issue = (
        SealIssue.objects.select_related("seal__unit")
        .filter(fingerprint=told["fingerprint"])
        .first()
    )
    stamped = told["stamped_at"]
    at = (
        datetime.fromisoformat(stamped or told["claimed_at"])
        if stamped or told["claimed_at"]
        else None
    )
    then = _state_at(issue, at) if issue and at else ""
    is_whole = told["covers"] in ("whole", "later")
    was_in_use = then == str(SealState.ACTIVE.label)
    subject = told["subject"]
    return Verdict(
        field=told["field"],
        seal_name=issue.seal.name if issue else str(subject.get("common_name", "")),
        seal_code=issue.seal.code if issue else "",
        unit=issue.seal.unit_name if issue else str(subject.get("organization_name", "")),
        serial=told["serial"],
        algorithm=issue.get_algorithm_display() if issue else "",
        is_intact=told["intact"],
        is_genuine=told["valid"],
        is_trusted=told["trusted"],
        covers=told["covers"],
        level=told["level"],
        at=at,
        is_stamped=bool(stamped),
        not_after=datetime.fromisoformat(told["not_after"]),
        is_revoked=bool(issue and issue.ended_at),
        state_then=then,
        state_now=issue.seal.get_state_display() if issue else "",
        is_good=told["intact"]
        and told["valid"]
        and told["trusted"]
        and is_whole
        and (was_in_use or issue is None),  # of others, their authority alone vouches
    )


def _state_at(issue: SealIssue, at: datetime) -> str:
    """The seal's state at a moment, from its history; "" before there was any."""
    if issue.ended_at is not None and issue.ended_at <= at:
        return _("已作废")
    history = SealEvent.objects.filter(seal_id=issue.seal_id).order_by("-at", "-pk")
    # A time stamp counts whole seconds: what began within that second had begun.
    within = history.filter(at__gt=at, at__lte=at + timedelta(seconds=1))
    if within.filter(state=SealState.ACTIVE).exists():
        return str(SealState.ACTIVE.label)
    last = history.filter(at__lte=at).first()
    return last.get_state_display() if last else ""
