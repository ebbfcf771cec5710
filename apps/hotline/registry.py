"""What higher apps plug into the hotline: how reporters are told, what a call's form begins with.

Without any, reporters are told by text message and a form begins empty.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.hotline.models import Call
    from apps.matters.models import Case


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
#: Gives first values of the desk's form for a call, by the form's field names.
Prefill = Callable[["Call"], Mapping[str, Any]]

_tellers: dict[str, Teller] = {}
_prefills: dict[str, Prefill] = {}


def register_teller(name: str, teller: Teller) -> None:
    """Raises: ValueError (the name is taken)."""
    if name in _tellers:
        raise ValueError(f"teller {name} is already registered")
    _tellers[name] = teller


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
