"""Sealed documents that are verifiable after the certificate has expired: B-LT, B-LTA. ES-06."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import simulate_future_ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    CertValidationPolicySpec,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertRevTrustPolicy
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO
from pyhanko_certvalidator.registry import SimpleTrustManager

from apps.common import clock
from apps.seals import services
from apps.seals.crypto import revocations, workshop
from apps.seals.crypto.certificates import trusted
from apps.seals.models import SealIssue, SealLog
from apps.seals.pdf.checking import check
from apps.seals.services.keeping import refresh_lists
from tests.cast import Cast
from tests.seals.factories import Hall, content_of, in_use, sealed


def kept(cast: Cast, people: Hall, level: str, algorithm: str = "rsa") -> bytes:
    """Will give a document sealed at this level."""
    return content_of(sealed(people, in_use(cast, people, level=level, algorithm=algorithm)))


def judged(content: bytes, days: int = 0) -> dict[str, Any]:
    """Will give our verdict some days after the seal's certificate has expired; 0: now."""
    moment = clock.now()
    if days:
        moment = SealIssue.objects.get().not_after + timedelta(days=days)
        with clock.at(moment), workshop.opened():  # a living authority renews its lists
            assert refresh_lists()
    found = check(content, trusted=trusted(), moment=moment, lists=revocations.lists())
    return dict(found["signatures"][0])


@pytest.mark.parametrize(
    ("level", "algorithm", "now", "later"),
    [
        ("basic", "rsa", "T", ("T", False)),
        ("lt", "ecdsa", "LT", ("LT", True)),
        ("lta", "rsa", "LTA", ("LTA", True)),
        ("lta", "sm2", "LTA", ("LTA", True)),
    ],
)
def test_each_level_keeps_what_it_promises(
    cast: Cast, people: Hall, level: str, algorithm: str, now: str, later: tuple[str, bool]
) -> None:
    content = kept(cast, people, level, algorithm)
    found = judged(content)
    assert (found["level"], found["trusted"], found["valid"]) == (now, True, True)
    then = judged(content, days=20)
    assert (then["level"], then["trusted"]) == later
    assert services.verify_bytes(content).is_good
    assert services.reconcile().agrees


def test_the_library_proves_an_archived_seal_after_expiry(cast: Cast, people: Hall) -> None:
    """pyHanko's own validation after ETSI EN 319 102-1 5.6.3, years on, knowing only our root."""
    found = PdfFileReader(io.BytesIO(kept(cast, people, "lta"))).embedded_regular_signatures[0]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=trusted()),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    local = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, local))
    later = SealIssue.objects.get().not_after + timedelta(days=365)
    told = asyncio.run(simulate_future_ades_lta_validation(found, spec, later))
    assert told.ades_subindic == AdESPassed.OK
    assert not found.signer_cert.not_valid_after > later


def test_a_destroyed_seal_is_in_the_list_and_no_list_no_seal(
    cast: Cast, people: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = in_use(cast, people, level="lt")
    serial = int(seal.issues.get().serial, 16)
    services.ask_ending(people.keeper, seal_id=seal.pk, reason="机构撤并")
    services.approve_ending(people.approver, seal_id=seal.pk)
    services.open_keys_and_work()
    revoked = [
        each["user_certificate"].native
        for found in revocations.lists()
        for each in found["tbs_cert_list"]["revoked_certificates"]
    ]
    assert serial in revoked
    other = in_use(cast, people, name="东区城市管理局审批章", level="lt")
    monkeypatch.setattr("apps.seals.services.keeping.refresh_lists", lambda: 0)
    monkeypatch.setattr("apps.seals.crypto.revocations.lists", list)
    use = sealed(people, other)
    assert (use.state, "吊销列表" in use.failure) == ("approved", True), "it waits and tries again"
    assert not SealLog.objects.filter(is_done=True).exists()
