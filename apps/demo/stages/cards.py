"""Simulated cards (U盾) for two people of the demo city, and one person with two files."""

from apps.accounts import services as accounts
from apps.accounts.approvals import services as approvals
from apps.accounts.assurance import recovery
from apps.accounts.factors import acts, simulator
from apps.accounts.factors.checking import checker, is_offered
from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM
from apps.demo.stages.people import DEMO_PASSWORD
from apps.demo.world import TENANT

#: Not the accounts people try first, which a password alone opens. Met in person by the security
#: administrator, so that a card gives them the highest level.
HOLDERS = ("acceptor2", "dispatcher2")


def load_cards() -> int:
    """Will make and register a card for each and give their number.

    None where the installation judges real certificates, or none at all.
    """
    if not is_offered() or not checker().is_simulated:
        return 0
    guard, second = _person("secadmin1"), _person("secadmin-second1")
    for username in HOLDERS:
        holder = _person(username)
        recovery.prove_identity(guard, user=holder, method="in_person_document")
        certificate = simulator.issue_card(holder.full_name, number=username)
        change = approvals.file_change(
            guard,
            proposal=acts.binding(user=holder, certificate=certificate),
            reason="新配发 U 盾（模拟），已当面核对持证人",
        )
        approvals.approve_change(second, change_id=change.pk, digest=change.digest)
    return len(HOLDERS)


def load_duplicate() -> User:
    """Will open a second file of somebody, as it happens when a clerk forgets to look first."""
    first = _person("callback1")
    return accounts.create_user(
        SYSTEM,
        tenant=Tenant.objects.get(code=TENANT),
        username=f"{first.username}-dup",
        full_name=first.full_name,
        phone=first.phone,
        password=DEMO_PASSWORD,
        must_change_password=False,
    )


def _person(username: str) -> User:
    return User.objects.get(username=username, tenant__code=TENANT)
