"""What protects the demo city: a simulated chain with receipts, a filing, tests, row digests."""

from datetime import timedelta

from apps.accounts.models import User
from apps.common import clock, outbox
from apps.demo.world import TENANT
from apps.evidence import services
from apps.evidence.enums import TestKind
from apps.evidence.services import NewChain, NewFiling, NewTest

CHAIN = "demo-chain"


def load_protection(security: User) -> None:
    """Will register what was named, before the checkpoints it shall receive."""
    services.register_chain(
        security,
        new=NewChain(
            code=CHAIN,
            name="司法存证链（模拟）",
            adapter="simulator",
            url="",
            channel="city",
            contract="evidence-v1",
            public_pem=services.simulated_chain_key(CHAIN),
        ),
    )
    today = clock.today()
    owner = User.objects.get(username="supervisor1", tenant__code=TENANT)
    services.add_filing(
        security,
        new=NewFiling(
            system="城市云脑（演示）",
            grade=3,
            number="DEMO-2026-001",
            authority="演示市公安局",
            graded_on=today - timedelta(days=200),
            filed_on=today - timedelta(days=170),
            owner=owner,
            next_on=today + timedelta(days=165),
        ),
    )
    for kind, days, result in (
        (TestKind.OUTSIDE, 40, "中危 1 项，已列入整改"),
        (TestKind.RISK, 90, "风险可控"),
    ):
        services.note_test(
            security,
            new=NewTest(
                kind=kind,
                done_on=today - timedelta(days=days),
                done_by="演示测评中心",
                result=result,
            ),
        )


def give_chain() -> None:
    """Will give the chain what has come about since, and look at every protected row."""
    services.collect_events()
    services.order_receipts()
    outbox.drain()
    services.check_chains()
    services.check_rows()
