"""What other apps know of a person and of a unit that this app must be able to ask.

Apps fill this in ``AppConfig.ready``; duplicates raise.

* an *ending* ends one kind of access a leaver has (sessions, keys, seals);
* an *open work* lists what a person has in hand and gives it to somebody else;
* a *follower* moves what hangs on a unit to the unit that succeeds it;
* a *use* tells when somebody last made use of the rights of one app;
* *kept rights* never pass to a deputy.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.utils.functional import Promise

if TYPE_CHECKING:  # the models load this module's neighbours; nothing of them runs here
    from apps.accounts.models import Organization, User
    from apps.audit.services import Actor


@dataclass(frozen=True)
class Ending:
    """One kind of access of a leaver.

    end: ends it in the caller's transaction and gives how many were ended; safe to run twice.
    count: how many are still open. position: the order on the certificate.
    """

    code: str
    label: Promise | str
    position: int
    end: "Callable[[Actor, User], int]"
    count: "Callable[[User], int]"


@dataclass(frozen=True)
class WorkItem:
    """One thing somebody has in hand. key: of its row; url: a path of ours, or empty."""

    key: int
    label: str
    unit_id: int | None
    url: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class OpenWork:
    """One kind of work people have in hand by name.

    hand_over(actor, person, to, keys, reason): gives these things of ``person`` to the
    colleague ``to``, or back to the unit's queue (None); gives the keys that moved. A thing
    that is no longer the person's is left alone. may_take: may this colleague do such work at
    all, in that unit; says why not in a sentence, else "".
    """

    code: str
    label: Promise | str
    list_of: "Callable[[User], Sequence[WorkItem]]"
    hand_over: "Callable[[Actor, User, User | None, Collection[int], str], list[int]]"
    why_not: "Callable[[User, WorkItem], str]"


@dataclass(frozen=True)
class Follower:
    """What hangs on a unit and goes with it.

    keys(unit, people): what hangs on it now; with people only what these have in hand by name.
    move(actor, old, new, keys): moves these and gives the keys moved; called again with the
    units exchanged to roll back. None: it is only told about, and people mend it (a published
    rule is never rewritten).
    """

    code: str
    label: Promise | str
    keys: "Callable[[Organization, Collection[int] | None], list[int]]"
    move: "Callable[[Actor, Organization, Organization, Collection[int]], list[int]] | None" = None


LastUse = Callable[[Collection[int]], Mapping[int, datetime]]

_endings: dict[str, Ending] = {}
_works: dict[str, OpenWork] = {}
_followers: dict[str, Follower] = {}
_uses: dict[str, LastUse] = {}
_kept: set[str] = set()

Entry = TypeVar("Entry")


def _put(where: dict[str, Entry], code: str, entry: Entry) -> None:
    if where.get(code, entry) is not entry:
        raise ValueError(f"{code} is already registered")
    where[code] = entry


def register_ending(ending: Ending) -> None:
    """Will make an ending known. Raises: ValueError (the code is taken)."""
    _put(_endings, ending.code, ending)


def endings() -> list[Ending]:
    """Will give every ending, in the order of the certificate."""
    return sorted(_endings.values(), key=lambda ending: (ending.position, ending.code))


def register_open_work(work: OpenWork) -> None:
    """Will make a kind of open work known. Raises: ValueError."""
    _put(_works, work.code, work)


def open_works() -> list[OpenWork]:
    """Will give every kind of open work, by code."""
    return [_works[code] for code in sorted(_works)]


def register_follower(follower: Follower) -> None:
    """Will make known what follows a unit. Raises: ValueError."""
    _put(_followers, follower.code, follower)


def followers() -> list[Follower]:
    """Will give everything that follows a unit, by code."""
    return [_followers[code] for code in sorted(_followers)]


def register_use(app_label: str, last_use: LastUse) -> None:
    """Will tell how to see when people last used the rights of one app. Raises: ValueError."""
    _put(_uses, app_label, last_use)


def use_of(app_label: str) -> LastUse | None:
    """Will give the function of an app; None: the log tells."""
    return _uses.get(app_label)


def keep_to_oneself(permissions: Iterable[str]) -> None:
    """Will name rights ("app.codename") that never pass to a deputy."""
    _kept.update(permissions)


def kept_rights() -> frozenset[str]:
    """Will give the rights that never pass to a deputy."""
    return frozenset(_kept)
