"""What higher apps tell the hotline: who follows calls, what stands beside the desk's form,
and how fast writers by other media get a first answer.

The call centre registers in ``AppConfig.ready``; this app knows neither agents' states nor
scripts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.accounts.models import User
from apps.hotline.telephony import CallEvent

if TYPE_CHECKING:
    from apps.hotline.models import Call

#: Called inside the transaction of the event, the call locked; writes own rows only.
Follower = Callable[["Call", CallEvent], None]


@dataclass(frozen=True)
class Panel:
    """One box of the desk: a template and what it shows."""

    template: str
    shown: Any


#: Gives the box for an agent and the call on the desk; None: nothing to show.
DeskPanel = Callable[[User, "Call | None"], Panel | None]


@dataclass(frozen=True)
class FirstAnswers:
    """How one medium (text messages, a chat) did in a span of time.

    received: began in it; in_time: of these answered by a person within three minutes;
    waiting: not answered yet. Source: GB/T 33358 (first answer within 3 min).
    """

    label: str
    received: int
    in_time: int
    waiting: int


#: Gives the figures of a medium for bodies (ids) from a moment to another, the end left out.
MediumFigures = Callable[[frozenset[int], datetime, datetime], FirstAnswers]

_media: dict[str, MediumFigures] = {}
_followers: dict[str, Follower] = {}
_panels: dict[str, DeskPanel] = {}


def register_follower(name: str, follower: Follower) -> None:
    """Will have every event of a call told on. Raises: ValueError (name taken)."""
    if _followers.get(name, follower) is not follower:
        raise ValueError(f"calls are already followed as {name}")
    _followers[name] = follower


def tell_of_call(call: "Call", event: CallEvent) -> None:
    """Will tell all who follow calls; what one of them refuses refuses the event."""
    for follower in _followers.values():
        follower(call, event)


def register_panel(name: str, panel: DeskPanel) -> None:
    """Will show a further box at the desk. Raises: ValueError (name taken)."""
    if _panels.get(name, panel) is not panel:
        raise ValueError(f"a box {name} stands at the desk already")
    _panels[name] = panel


def desk_panels(agent: User, call: "Call | None") -> list[Panel]:
    """Will give the boxes of the desk, in the order they were registered."""
    found = (panel(agent, call) for panel in _panels.values())
    return [panel for panel in found if panel is not None]


def register_medium(name: str, figures: MediumFigures) -> None:
    """Will have a medium counted beside the telephone. Raises: ValueError (name taken)."""
    if _media.get(name, figures) is not figures:
        raise ValueError(f"the medium {name} is counted already")
    _media[name] = figures


def first_answers(tenant_ids: frozenset[int], start: datetime, end: datetime) -> list[FirstAnswers]:
    """Will give the figures of every other medium, in the order they were registered."""
    return [figures(tenant_ids, start, end) for figures in _media.values()]


@contextmanager
def followed_temporarily(name: str, follower: Follower) -> Iterator[None]:
    """Will have calls followed within the block; for tests."""
    register_follower(name, follower)
    try:
        yield
    finally:
        del _followers[name]
