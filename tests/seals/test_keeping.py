"""Sealed documents that are verifiable after the certificate has expired: B-LT, B-LTA. ES-06."""

import asyncio
import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import x509
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

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.seals import services
from apps.seals.crypto import certificates, revocations, workshop
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


def test_an_archived_document_is_stamped_again_before_its_stamp_runs_out(
    cast: Cast, people: Hall
) -> None:
    """Years on it is proved by the second stamp, when the first one's authority has ended."""
    use = sealed(people, in_use(cast, people, level="lta"))
    first = content_of(use)
    assert use.stamped_until is not None
    with workshop.opened():
        assert services.renew_due() == 0
    later = use.stamped_until - timedelta(days=30)
    with clock.at(later), workshop.opened():
        assert services.renew_due() == 1
        assert services.renew_due() == 0
    use.refresh_from_db()
    second = content_of(use)
    assert second.startswith(first)
    renewal = use.renewals.get()
    assert (renewal.before, renewal.after) == (hashlib.sha256(first).hexdigest(), use.sealed_digest)
    assert renewal.until == use.stamped_until > later
    assert AuditEntry.objects.filter(action="seal_use.renewed").count() == 1
    # Both the copy of then and the one of now are ours; only the second is proved years on.
    assert [services.verify_bytes(each).use for each in (first, second)] == [use, use]
    beyond = later + timedelta(days=400)
    with clock.at(beyond), workshop.opened():
        refresh_lists()
        told = [
            check(each, trusted=trusted(), moment=beyond, lists=revocations.lists())["signatures"][
                0
            ]
            for each in (first, second)
        ]
    assert [each["level"] == "LTA" and each["trusted"] for each in told] == [False, True]


def test_a_stamp_that_cannot_be_renewed_says_so_once(
    cast: Cast, people: Hall, settings: Any
) -> None:
    use = sealed(people, in_use(cast, people, level="lta"))
    assert use.stamped_until is not None
    settings.SEALS_TSA = ""
    with clock.at(use.stamped_until - timedelta(days=30)), workshop.opened():
        assert [services.renew_due(), services.renew_due()] == [0, 0]
    use.refresh_from_db()
    assert use.failure == "没有接入时间戳机构"
    assert AuditEntry.objects.filter(action="seal_use.renewal_failed").count() == 1


def test_three_authorities_of_one_name_are_told_apart(
    cast: Cast, people: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older city: its seals stay believed, are refused for B-LT with a sentence, and remade."""
    with monkeypatch.context() as then:
        name = x509.Name.build({"country_name": "CN", "common_name": certificates.AUTHORITY_NAME})
        plain = certificates._certificate

        def alike(key: Any, subject: Any, issuer: Any, *more: Any) -> Any:
            own = subject.get("organization_name") is None
            return plain(key, name.native if own else subject, name, *more)

        then.setattr(certificates, "_certificate", alike)
        seal = in_use(cast, people, level="lt")
        before = content_of(sealed(people, in_use(cast, people, name="东区城市管理局旧章")))
    with workshop.opened():
        assert services.settle_authorities() == 1
        assert services.settle_authorities() == 0
    assert services.verify_bytes(before).is_good
    use = sealed(people, seal)
    assert (use.state, "重制印章后" in use.failure) == ("failed", True)
    seal.refresh_from_db()
    assert "演示证书机构已换新" in seal.attention
    services.order_making(people.keeper, seal_id=seal.pk, reason="证书机构换新")
    with workshop.opened():
        services.make_due()
    filing: Any = {"number": "备2026-009", "authority": "市公安局", "on": clock.today()}
    services.file_seal(people.keeper, seal_id=seal.pk, **filing)
    services.activate_seal(people.keeper, seal_id=seal.pk)
    assert judged(content_of(sealed(people, seal)))["level"] == "LT"


def _first(content: bytes, moment: datetime) -> dict[str, Any]:
    found = check(content, trusted=trusted(), moment=moment, lists=revocations.lists())
    return dict(found["signatures"][0])
