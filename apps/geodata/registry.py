"""What an object of a 3D model may be linked with. Apps above register their own things."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from apps.accounts.models import User


@dataclass(frozen=True)
class Found:
    """A thing the person sees. url: of its page, "" where it has none."""

    code: str
    label: str
    url: str = ""


@dataclass(frozen=True)
class Target:
    """A kind of thing.

    kind: stored with every link. word: what people write in a file for it.
    find: by code, among what the person sees; gives those that were found.
    """

    kind: str
    word: Promise | str
    find: Callable[[User, list[str]], list[Found]]


_targets: dict[str, Target] = {}


def register_target(target: Target) -> None:
    """Will let objects be linked with this kind. Raises: ValueError (the kind is taken)."""
    if target.kind in _targets:
        raise ValueError(f"{target.kind} is already registered")
    _targets[target.kind] = target


def all_targets() -> list[Target]:
    """Will give every kind, as registered."""
    return list(_targets.values())


def target_of(kind: str) -> Target | None:
    """Will give one kind."""
    return _targets.get(kind)
