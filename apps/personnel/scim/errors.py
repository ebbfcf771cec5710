"""Refusals as SCIM writes them. Source: RFC 7644 section 3.12."""


class ScimError(Exception):
    """A refusal for the other system. kind: the ``scimType`` of the standard, or empty."""

    def __init__(self, status: int, detail: str, *, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
