"""What this app announces, after commit unless said otherwise."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class OrganizationMoved:
    """A subtree has new paths: ``old_path`` at the front of a path became ``new_path``.

    Rows elsewhere that keep a copy of a unit's path follow it.
    """

    organization_id: int
    old_path: str
    new_path: str


@dataclass(frozen=True)
class UserDeactivated:
    """A person may no longer sign in; the sessions have been ended."""

    user_id: int


@dataclass(frozen=True)
class AccessEnded:
    """Whatever this person opened before is over: every browser session, and what rests on one.

    Sent inside the transaction, so that tokens, grants and delegations end with the sessions
    or not at all. reason: a short code, for example ``deactivated`` or ``password_changed``.
    """

    user_id: int
    reason: str


@dataclass(frozen=True)
class SessionEnded:
    """One browser session of a person is over. Sent inside the transaction."""

    user_id: int
    session_key: str
    reason: str


@dataclass(frozen=True)
class WordToPeople:
    """People who shall read this among their notices.

    Sent inside the transaction that causes it, so that the notice is written with it or not at
    all. url: a path of ours. key: names the word for ever; a repeat is dropped.
    """

    user_ids: tuple[int, ...]
    kind: str
    title: str
    body: str
    url: str
    key: str


@dataclass(frozen=True)
class WordToPhone:
    """A text message for one telephone. Sent inside the transaction, as ``WordToPeople`` is.

    key: names the message for ever; a repeat is dropped.
    """

    phone: str
    text: str
    key: str


@dataclass(frozen=True)
class AccountsMerged:
    """Two accounts of one person are one now: ``dropped_id`` is closed and points at the other.

    Sent inside the transaction, so that what people are told moves with it or not at all.
    """

    kept_id: int
    dropped_id: int


access_ended = Signal()
accounts_merged = Signal()
session_ended = Signal()
word_to_people = Signal()
word_to_phone = Signal()
organization_moved = Signal()
user_deactivated = Signal()
