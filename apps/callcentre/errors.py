"""Refusals of the call centre.

Refused
|-- SeatTaken        the agent sits elsewhere, or somebody sits there
`-- NotOnCall        the agent is not on that call
"""

from apps.common.errors import Refused


class SeatTaken(Refused):
    """One agent, one seat."""

    code = "seat_taken"


class NotOnCall(Refused):
    """Only who is on a call can hold or hand it on."""

    code = "not_on_call"
