"""Refusals that a person or a client system must understand.

    DomainError                 code, message in the user's language, optional field
    |-- InvalidInput            the named field cannot be accepted           (HTTP 400)
    |-- NotAllowed              this actor may not do that                   (HTTP 403)
    |-- NotFound                it is not there, or not for this viewer      (HTTP 404)
    |-- Refused                 the state of things does not permit it now   (HTTP 409)
    |   `-- Stale               somebody else acted first                    (HTTP 409)
    `-- TooMany                 a rate or size limit is reached              (HTTP 429)

Each app derives its own in ``errors.py``. Views and the REST handler render any of them;
nothing else catches them. ``message`` is a lazy translation; ``data`` holds plain values
that a page or a client may use (for example the current state).
"""

from typing import Any


class DomainError(Exception):
    """Something was refused, for a reason worth telling."""

    status = 400
    code = "refused"

    def __init__(
        self,
        message: Any,
        *,
        code: str | None = None,
        field: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field
        self.data = data or {}

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """The named field cannot be accepted."""

    status = 400
    code = "invalid"


class NotAllowed(DomainError):
    """This actor may not do that."""

    status = 403
    code = "not_allowed"


class NotFound(DomainError):
    """It is not there, or not for this viewer; the two are never told apart."""

    status = 404
    code = "not_found"


class Refused(DomainError):
    """The state of things does not permit it now."""

    status = 409
    code = "conflict"


class Stale(Refused):
    """Somebody else acted first."""

    code = "stale"


class TooMany(DomainError):
    """A rate or size limit is reached."""

    status = 429
    code = "too_many"
