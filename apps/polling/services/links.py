"""Links that come up and go down, written down once each. Source: IO-08."""

from datetime import datetime

from apps.polling.models import EdgeNode, Gateway, LinkChange

#: A change older than this is forgotten; the counts of the link go on.
CHANGE_DAYS = 400


def note_up(link: Gateway | EdgeNode, *, at: datetime) -> None:
    """Will note that a link carries again, or for the first time. The caller saves the link."""
    link.linked_since = at
    _write(link, is_up=True, at=at, reason="")


def note_down(link: Gateway | EdgeNode, *, at: datetime, reason: str) -> None:
    """Will note that a link carries nothing any more. The caller saves the link."""
    link.linked_since = at
    link.breaks += 1
    _write(link, is_up=False, at=at, reason=reason)


def _write(link: Gateway | EdgeNode, *, is_up: bool, at: datetime, reason: str) -> None:
    LinkChange.objects.create(
        gateway=link if isinstance(link, Gateway) else None,
        edge=link if isinstance(link, EdgeNode) else None,
        is_up=is_up,
        at=at,
        reason=reason[:200],
    )
