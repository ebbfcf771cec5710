"""Writing the log. Called by the services of every app, inside their transaction.

Sealing and checking stand in ``seals`` and are offered here.
"""

from typing import Any, Protocol

from django.db.models import Model

from apps.audit.context import current
from apps.audit.differences import changes, document_changes, snapshot
from apps.audit.models import AuditEntry
from apps.audit.seals import (
    BrokenEntry,
    ChainReport,
    lines_of,
    seal_entries,
    seal_of,
    unpack_ids,
    unpack_leaves,
    verify_chain,
)
from apps.common import clock, rows

__all__ = [
    "SYSTEM",
    "Actor",
    "BrokenEntry",
    "ChainReport",
    "SystemActor",
    "SystemFor",
    "changes",
    "document_changes",
    "lines_of",
    "on_behalf_of",
    "record",
    "seal_entries",
    "seal_of",
    "snapshot",
    "unpack_ids",
    "unpack_leaves",
    "verify_chain",
]


class Actor(Protocol):
    """Whoever acts: a user, an API client, the system.

    A ``log_name`` beside it is kept instead of the display name: 孙丽（代王强）.
    """

    @property
    def pk(self) -> Any:
        """The key kept in the log; None where there is no row."""
        return None

    @property
    def display_name(self) -> str:
        """The name kept in the log."""
        return "系统"


class SystemActor(Actor):
    """The product itself: rules, clocks, listeners; what an actor is called without more."""


class SystemFor(SystemActor):
    """A step the product takes because somebody did his part elsewhere; the log names them."""

    def __init__(self, pk: Any, display_name: str) -> None:
        self._pk, self._display_name = pk, display_name

    @property
    def pk(self) -> Any:
        return self._pk

    @property
    def display_name(self) -> str:
        return self._display_name


def on_behalf_of(person: Actor) -> SystemFor:
    """Will give the product acting for a person."""
    return SystemFor(person.pk, _logged_name(person))


SYSTEM = SystemActor()


def _logged_name(actor: Actor) -> str:
    return str(getattr(actor, "log_name", actor.display_name))


def record_row(actor: Actor, action: str, row: Model, **data: Any) -> None:
    """Will append what was done to a row, named by its model and text; data: as in ``record``."""
    record(
        actor,
        action,
        object_type=row._meta.label_lower,
        object_id=row.pk,
        object_label=str(row),
        data=data,
    )


def record(
    actor: Actor,
    action: str,
    *,
    object_type: str = "",
    object_id: Any = "",
    object_label: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Will append one entry, in the caller's transaction.

    action: dotted code, past tense last: ``case.dispatched``, ``phone.revealed``.
    data: plain JSON values; personal data only where the act itself is about it. A deed that
    changes a row says what it was and is: ``**changes(before, snapshot(row, ...))``; a big
    document place by place: ``**document_changes(old, new)``.
    The address and the request's number come from the current request, if there is one.
    """
    context = current()
    rows.add(
        AuditEntry,
        {
            "at": clock.now(),
            "actor_id": actor.pk,
            "actor_name": _logged_name(actor)[:100],
            "action": action,
            "object_type": object_type,
            "object_id": str(object_id),
            "object_label": object_label[:200],
            "data": data or {},
            "ip": context.ip,
            "request_id": context.request_id,
        },
    )
