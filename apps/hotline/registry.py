"""What higher apps tell the hotline: who follows calls, what stands beside the desk's form and
with likely duplicates, what the form begins with, how reporters are told, and how fast writers
by other media get a first answer.

They register in ``AppConfig.ready``; this app knows neither agents' states nor scripts.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.accounts.models import User
from apps.common.journeys import Statement
from apps.hotline.telephony import CallEvent

if TYPE_CHECKING:
    from apps.hotline.models import Call
    from apps.matters.models import Case

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


@dataclass(frozen=True)
class Word:
    """Public words for the reporter of a case. phone: as stored, may be empty. key: once."""

    case: "Case"
    phone: str
    text: str
    key: str


#: Orders the words by another channel, in the transaction that causes them; True: nobody has to
#: send a text message any more. Rows only.
Teller = Callable[[Word], bool]
#: Gives the question a teller will put to ``rows.ask`` for a body (its id) and a phone.
TellerQuestion = Callable[[int, str], Statement]
#: Gives first values of the desk's form for a call, by the form's field names.
Prefill = Callable[["Call"], Mapping[str, Any]]
#: A word beside likely duplicates at the desk: viewer, keys of cases -> words by key.
DuplicateNotes = Callable[[User, list[int]], dict[int, str]]

#: Gives those of the phones of a body (its id) whose holders want to be sent nothing.
Refusals = Callable[[int, list[str]], set[str]]

_refusals: dict[str, Refusals] = {}
_tellers: dict[str, Teller] = {}
_prefills: dict[str, Prefill] = {}
_teller_questions: dict[str, TellerQuestion] = {}
_duplicate_notes: list[DuplicateNotes] = []
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


def register_duplicate_notes(notes: DuplicateNotes) -> None:
    """Will show these words with the likely duplicates of what an agent types."""
    if notes not in _duplicate_notes:
        _duplicate_notes.append(notes)


def duplicate_notes(viewer: User, case_ids: list[int]) -> dict[int, list[str]]:
    """Will give what is known of these cases beside their likeness."""
    found: dict[int, list[str]] = {}
    for notes in _duplicate_notes:
        for key, words in notes(viewer, case_ids).items():
            found.setdefault(key, []).append(words)
    return found


@contextmanager
def followed_temporarily(name: str, follower: Follower) -> Iterator[None]:
    """Will have calls followed within the block; for tests."""
    register_follower(name, follower)
    try:
        yield
    finally:
        del _followers[name]


def register_teller(name: str, teller: Teller, *, foresees: "TellerQuestion | None" = None) -> None:
    """foresees: what it will ask of a phone. Raises: ValueError (the name is taken)."""
    if name in _tellers:
        raise ValueError(f"teller {name} is already registered")
    _tellers[name] = teller
    if foresees is not None:
        _teller_questions[name] = foresees


def register_refusals(name: str, refusals: Refusals) -> None:
    """Raises: ValueError (the name is taken)."""
    if name in _refusals:
        raise ValueError(f"refusals of {name} are already registered")
    _refusals[name] = refusals


def want_nothing(tenant_id: int, phones: list[str]) -> set[str]:
    """Will give the phones no message may be sent to that nobody asked for."""
    return {phone for asked in _refusals.values() for phone in asked(tenant_id, phones)}


def telling_questions(tenant_id: int, phone: str) -> list[Statement]:
    """Will give what tellers ask of a phone, for a deed that foresees it (``rows.foresee``)."""
    return [question(tenant_id, phone) for question in _teller_questions.values()]


def register_prefill(name: str, prefill: Prefill) -> None:
    """Raises: ValueError (the name is taken)."""
    if name in _prefills:
        raise ValueError(f"prefill {name} is already registered")
    _prefills[name] = prefill


def tell_otherwise(word: Word) -> bool:
    """Will ask every teller; True where one of them has taken the words."""
    return any(teller(word) for teller in _tellers.values())


def first_values(call: "Call") -> dict[str, Any]:
    """Will give what is known of a call's demand before the citizen speaks."""
    found: dict[str, Any] = {}
    for prefill in _prefills.values():
        found |= prefill(call)
    return found


@contextmanager
def teller_within(name: str, teller: Teller) -> Iterator[None]:
    """Will have reporters told by this too within the block; for tests."""
    register_teller(name, teller)
    try:
        yield
    finally:
        del _tellers[name]
