"""How long a sealed document stays verifiable: the level of its seals, and what it needs.

Called by the worker that seals. Source: ETSI EN 319 142-1; ES-06.
"""

from collections.abc import Iterable
from datetime import datetime

from asn1crypto import x509
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import Refused
from apps.seals.crypto import certificates, revocations, stamps
from apps.seals.crypto.algorithms import ECDSA
from apps.seals.enums import Algorithm, KeepingLevel, SealState
from apps.seals.models import Seal, SealIssue
from apps.seals.pdf import keeping
from apps.seals.services._shared import before, lock_seal, note

_ORDER = [KeepingLevel.BASIC, KeepingLevel.LONG, KeepingLevel.ARCHIVE]


def refresh_lists() -> int:
    """Will have the test authority write what was revoked, and give how many lists are new.

    In workers only; nothing where the certificates come from the city's authority.
    """
    if not settings.SEALS_DEMO_AUTHORITY:
        return 0
    ended = SealIssue.objects.filter(ended_at__isnull=False).order_by("pk")
    told = list(ended.values_list("algorithm", "serial", "ended_at"))
    done = 0
    # The authority of time stamps is there before anybody has asked for a seal of its kind.
    for algorithm in Algorithm.values:
        if algorithm != ECDSA and not certificates.has_authority(algorithm):
            continue
        revoked = [(int(serial, 16), at) for a, serial, at in told if a == algorithm and at]
        done += revocations.write_list(algorithm, revoked)
    return done


def keep(content: bytes, *, level: str, issues: Iterable[SealIssue]) -> bytes:
    """Will add what the level asks for to a document that was just sealed.

    Raises: Refused (code "no_authority": no time authority; "no_revocations": an authority of these
    seals has no list in force; "old_authority": it shares its name with others).
    """
    if level == KeepingLevel.BASIC:
        return content
    timestamper = stamps.chosen()
    if timestamper is None:
        raise Refused(_("长期验证的印章需要时间戳机构，本系统未接入"), code="no_authority")
    refresh_lists()
    now, lists = clock.now(), revocations.lists()
    for issuer in {_issuer_of(each).dump(): _issuer_of(each) for each in issues}.values():
        if certificates.is_old_authority(issuer):
            raise Refused(
                _("印章证书由旧的演示证书机构签发（三种算法同名），重制印章后才能用长期或归档级别"),
                code="old_authority",
            )
        if revocations.list_of(issuer, now) is None:
            raise Refused(_("证书机构的吊销列表缺失或已过期，稍后再试"), code="no_revocations")
    believed = certificates.trusted()
    held = [certificates.read_certificate(each.certificate.encode()) for each in issues]
    content = keeping.embed(content, certificates=[*held, *believed], lists=lists)
    if level == KeepingLevel.ARCHIVE:
        content = keeping.stamp(content, timestamper, certificates=believed, lists=lists)
    return content


def proved_until(content: bytes, level: str) -> datetime | None:
    """Will tell to when the archive stamp of a document just sealed holds; None without one."""
    return keeping.stamped_until(content) if level == KeepingLevel.ARCHIVE else None


def settle_authorities() -> int:
    """Will replace test authorities that are all called alike, and say so on their seals.

    Their lists of revocation cannot be told apart, so that nothing of theirs can be proved for
    long. What they signed stays believed. Gives how many were replaced; in workers only.
    """
    if not settings.SEALS_DEMO_AUTHORITY:
        return 0
    replaced = certificates.rename_authorities()
    if not replaced:
        return 0
    refresh_lists()
    said = _("演示证书机构已换新（原三种算法同名）；本印章须重制后才能用长期或归档级别")
    for pk in Seal.objects.filter(state=SealState.ACTIVE, algorithm__in=replaced).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            seal = lock_seal(pk)
            was = before(seal)
            seal.attention = seal.attention or said[:200]
            seal.save(update_fields=["attention"])
            note(SYSTEM, seal, "authority_replaced", was, text=said)
    audit.record(
        SYSTEM, "seal.authorities_replaced", object_type="seals.seal",
        data={
            "before": dict.fromkeys(replaced, certificates.AUTHORITY_NAME),
            "after": {each: certificates.authority_name(each) for each in replaced},
        },
    )  # fmt: skip
    return len(replaced)


def highest(levels: Iterable[str]) -> str:
    """Will give the level of a document: the highest of its seals."""
    return max((KeepingLevel(each) for each in levels), key=_ORDER.index)


def _issuer_of(issue: SealIssue) -> x509.Name:
    return certificates.read_certificate(issue.certificate.encode()).issuer
