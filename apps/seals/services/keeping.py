"""How long a sealed document stays verifiable: the level of its seals, and what it needs.

Called by the worker that seals. Source: ETSI EN 319 142-1; ES-06.
"""

from collections.abc import Iterable

from asn1crypto import x509
from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import Refused
from apps.seals.crypto import certificates, revocations, stamps
from apps.seals.crypto.algorithms import ECDSA
from apps.seals.enums import Algorithm, KeepingLevel
from apps.seals.models import SealIssue
from apps.seals.pdf import keeping

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
    seals has no list in force).
    """
    if level == KeepingLevel.BASIC:
        return content
    timestamper = stamps.chosen()
    if timestamper is None:
        raise Refused(_("长期验证的印章需要时间戳机构，本系统未接入"), code="no_authority")
    refresh_lists()
    now, lists = clock.now(), revocations.lists()
    for issuer in {_issuer_of(each).dump(): _issuer_of(each) for each in issues}.values():
        if revocations.list_of(issuer, now) is None:
            raise Refused(_("证书机构的吊销列表缺失或已过期，稍后再试"), code="no_revocations")
    believed = certificates.trusted()
    held = [certificates.read_certificate(each.certificate.encode()) for each in issues]
    content = keeping.embed(content, certificates=[*held, *believed], lists=lists)
    if level == KeepingLevel.ARCHIVE:
        content = keeping.stamp(content, timestamper, certificates=believed, lists=lists)
    return content


def highest(levels: Iterable[str]) -> str:
    """Will give the level of a document: the highest of its seals."""
    return max((KeepingLevel(each) for each in levels), key=_ORDER.index)


def _issuer_of(issue: SealIssue) -> x509.Name:
    return certificates.read_certificate(issue.certificate.encode()).issuer
