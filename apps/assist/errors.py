"""What may go wrong between a person and an assistant.

DomainError
└── Refused
    └── AssistantAway   nothing is on, it rests after failures, or it gave nothing usable
"""

from apps.common.errors import Refused


class AssistantAway(Refused):
    """No reply; the person goes on by hand."""

    code = "assistant_away"
