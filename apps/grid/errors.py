"""Refusals of grid management.

Refused
|-- LookClosed       the task was answered, withdrawn or handed on
`-- ProofMismatch    the pictures do not prove the repair; data["words"] says why
"""

from apps.common.errors import Refused


class LookClosed(Refused):
    """Somebody answered the task already, or it went to another worker."""

    code = "look_closed"


class ProofMismatch(Refused):
    """The pictures before and after do not belong together. data: {"words": [sentence]}."""

    code = "proof_mismatch"
