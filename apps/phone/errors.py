"""Refusals of the phone's protocol.

DomainError
|-- InvalidInput: BadDeed       a field of the deed, named
|-- Refused: KeyReused          the key belongs to another deed
|-- Refused: OtherPerson        the outbox is somebody else's
`-- TooMany: Busy               come again later
"""

from apps.common.errors import InvalidInput, Refused, TooMany


class BadDeed(InvalidInput):
    """The deed cannot be read."""

    code = "bad_deed"


class KeyReused(Refused):
    """The same key came before with another content."""

    code = "key_reused"


class OtherPerson(Refused):
    """Whoever is signed in is not the person whose deeds these are."""

    code = "other_person"


class Busy(TooMany):
    """The server takes no more at this moment; ``data["retry_after"]`` says when."""

    code = "busy"
