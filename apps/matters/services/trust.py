"""How sure a matter wants to be of who acts on its cases, on top of who may. AC-03."""

from apps.accounts.assurance import acts
from apps.accounts.assurance.demands import require_here
from apps.matters.definition import TrustDef, definition_of
from apps.matters.models import Case


def require_to_act(actor: object, trust: TrustDef | None) -> None:
    """Will ask whoever sits there for the level an action names. Raises: StepUpRequired."""
    _require(actor, "perform", trust)


def require_to_reveal(actor: object, case: Case) -> None:
    """Will ask for the level the case's matter names for reading its personal data.

    Raises: StepUpRequired.
    """
    definition = definition_of(case.version_id, case.version.body)
    _require(actor, "reveal", definition.reveal_trust)


def _require(actor: object, deed: str, trust: TrustDef | None) -> None:
    if trust is not None:
        require_here(actor, acts.of_matter(deed, level=trust.level, minutes=trust.minutes))
