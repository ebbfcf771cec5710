"""What other apps tell monitoring: points of the one-key check, and what they show of a thing.

An app that knows how its things stand registers what they are (``register_check_kind``) in
``AppConfig.ready``; several apps may bring points of one kind. An app that takes reports of faults
says where (``register_fault_report``), one that knows more of a thing what (``register_panel``).
Source: OP-01, OP-03, OP-09.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.monitoring.enums import RunKind, State
from apps.monitoring.probes.wire import Outcome, Question
from apps.places.models import Area


@dataclass(frozen=True)
class Point:
    """One thing a one-key check looks at. key: its name within the kind, at most 80 characters.

    questions: asked over the network first, side by side with those of all others. extra:
    whatever its kind needs to judge it.
    """

    key: str
    label: str
    asset_id: int | None = None
    questions: tuple[Question, ...] = ()
    extra: Any = None


@dataclass(frozen=True)
class Finding:
    """How a point stands. text: why, for people; empty where all is well. facts: its figures."""

    state: State
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


#: The points in an area, in any order; read some at a time where they are many.
Points = Callable[[Area], Iterable[Point]]
#: Judges one point by what its questions gave; () where it has none. No network here.
Judge = Callable[[Point, Sequence[Outcome]], Finding]


@dataclass(frozen=True)
class Supply:
    """What one app brings to one kind. code: of the app's own."""

    kind: RunKind
    code: str
    points: Points
    judge: Judge


@dataclass(frozen=True)
class Trouble:
    """What somebody may want to report. asset: null where the thing is in no register; about: its
    name then. text: what is wrong, "" where nobody knows. by_check: a one-key check found it."""

    asset: Asset | None = None
    about: str = ""
    text: str = ""
    by_check: bool = False


#: Viewer, trouble -> address of a page to report it at, "" where the viewer reports nothing.
FaultReport = Callable[[User, Trouble], str]
#: Viewer, thing -> (label, address) of what another app knows of it, such as its work orders.
Panel = Callable[[User, Asset], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class ShownPanel:
    """A panel with its heading."""

    label: Any
    rows: Panel


_supplies: dict[tuple[str, str], Supply] = {}
_panels: dict[str, ShownPanel] = {}
_reports: list[FaultReport] = []


def register_check_kind(kind: RunKind, code: str, *, points: Points, judge: Judge) -> None:
    """Will look at these points in every one-key check. Raises: ValueError (the code is taken)."""
    if (kind, code) in _supplies:
        raise ValueError(f"points {code} of {kind} are already registered")
    _supplies[kind, code] = Supply(RunKind(kind), code, points, judge)


def supplies_of(kind: str) -> list[Supply]:
    """Will give what apps bring to a kind, by code; none where nobody looks at such things yet."""
    return [_supplies[key] for key in sorted(_supplies) if key[0] == kind]


def register_fault_report(address: FaultReport) -> None:
    """Will offer this page wherever something is wrong. Raises: ValueError (there is one)."""
    if _reports:
        raise ValueError("reports of faults are already taken elsewhere")
    _reports.append(address)


def fault_report_url(viewer: User, trouble: Trouble) -> str:
    """Will give where the viewer reports a fault, "" where nobody takes reports of theirs."""
    return _reports[0](viewer, trouble) if _reports else ""


def register_panel(code: str, label: Any, rows: Panel) -> None:
    """Will show this on the page of a watched thing. Raises: ValueError (the code is taken)."""
    if code in _panels:
        raise ValueError(f"panel {code} is already registered")
    _panels[code] = ShownPanel(label, rows)


def panels_of(viewer: User, asset: Asset) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Will give what other apps show of a thing: heading and lines."""
    return [
        (str(_panels[code].label), _panels[code].rows(viewer, asset)) for code in sorted(_panels)
    ]


@contextmanager
def only_supplies(*supplies: Supply) -> Iterator[None]:
    """Will look at these points and no others within the block; for tests and measurements."""
    before = dict(_supplies)
    _supplies.clear()
    _supplies.update({(one.kind, one.code): one for one in supplies})
    try:
        yield
    finally:
        _supplies.clear()
        _supplies.update(before)


@contextmanager
def temporarily_reporting(address: FaultReport) -> Iterator[None]:
    """Will have faults reported there within the block; for tests."""
    before = list(_reports)
    _reports[:] = [address]
    try:
        yield
    finally:
        _reports[:] = before
