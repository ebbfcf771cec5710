"""Refusals of upkeep.

NotFound   no such policy, article, drill or task
Refused    it is running already, or its state does not permit it
"""

from apps.common.errors import Refused


class AlreadyAsked(Refused):
    """The same work waits or runs already."""

    code = "already_asked"
