"""What the current request says of itself, for entries written deep below the view."""

from contextvars import ContextVar, Token
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    """The address a request came from and the number it was given."""

    ip: str | None = None
    request_id: str = ""


_current: ContextVar[RequestContext | None] = ContextVar("audit_context", default=None)


def current() -> RequestContext:
    """Will give the context of this request, or an empty one outside a request."""
    return _current.get() or RequestContext()


def enter(context: RequestContext) -> Token[RequestContext | None]:
    """Will set the context; give the result to ``leave``."""
    return _current.set(context)


def leave(token: Token[RequestContext | None]) -> None:
    """Will put back what was before ``enter``."""
    _current.reset(token)
