"""Refusals of the message centre.

Refused
|-- ConversationTaken    another agent serves that citizen
`-- NothingToDo          the conversation is in that state already
"""

from apps.common.errors import Refused


class ConversationTaken(Refused):
    """Another agent was first."""

    code = "conversation_taken"


class NothingToDo(Refused):
    """What was asked for is so already."""

    code = "nothing_to_do"
