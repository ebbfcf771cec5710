"""Simulated cards (U盾) for two people of the demo city, registered by two others."""

from apps.accounts.approvals import services as approvals
from apps.accounts.assurance import recovery
from apps.accounts.factors import acts, simulator
from apps.accounts.models import User
from apps.demo.world import TENANT

#: Met in person by the security administrator, so that a card gives them the highest level.
HOLDERS = ("sysadmin1", "supervisor1")


def load_cards() -> int:
    """Will make and register a card for each and give their number."""
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


def _person(username: str) -> User:
    return User.objects.get(username=username, tenant__code=TENANT)
