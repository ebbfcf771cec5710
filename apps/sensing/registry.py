"""What is told of readings once they are stored: the alarm centre's rules, for one.

An evaluator is called with the readings of a flush in the flush's own transaction, by asset
and time; duplicates are not among them. One that raises harms no reading: what it was to see
is kept and shown to it again. Other apps also say what they have of a device.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from apps.alarms.rules import Reading

Evaluate = Callable[[Sequence[Reading]], object]
Profiles = Callable[[], Collection[str] | None]


class Evaluator(NamedTuple):
    """Somebody to be told. profiles: gives the kinds of devices it follows now; None: all."""

    evaluate: Evaluate
    profiles: Profiles


_evaluators: dict[str, Evaluator] = {}


def register_evaluator(name: str, evaluate: Evaluate, *, profiles: Profiles = lambda: None) -> None:
    """Will have an evaluator told of every flush that has readings of what it follows.

    profiles: asked at every flush, so cheap; gives codes, None for all.
    Raises: ValueError (the name is taken).
    """
    if name in _evaluators:
        raise ValueError(f"evaluator {name} is already registered")
    _evaluators[name] = Evaluator(evaluate, profiles)


def evaluators() -> dict[str, Evaluator]:
    """Will give the evaluators by name."""
    return dict(_evaluators)


@dataclass(frozen=True)
class DeviceLink:
    """A way from the page of a device to what another app has of it. icon: of the sprite."""

    label: str
    url: str
    icon: str


#: Viewer and device in, links out.
DeviceLinks = Callable[[Any, Any], Sequence[DeviceLink]]
_links: list[DeviceLinks] = []


def register_device_links(links: DeviceLinks) -> None:
    """Will show these links on the page of every device."""
    if links not in _links:
        _links.append(links)


def links_of(viewer: Any, device: Any) -> list[DeviceLink]:
    """Will give what other apps have of a device, for this viewer."""
    return [link for links in _links for link in links(viewer, device)]


@contextmanager
def temporarily(
    name: str, evaluate: Evaluate, *, profiles: Profiles = lambda: None
) -> Iterator[None]:
    """Will have an evaluator known within the block; for tests."""
    register_evaluator(name, evaluate, profiles=profiles)
    try:
        yield
    finally:
        del _evaluators[name]
