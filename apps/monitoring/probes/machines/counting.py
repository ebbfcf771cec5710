"""What all platforms have in common: rows of machines counted into figures."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from apps.common import clock
from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import Answer, Happening, Probe, Question, Silent

MOST = 20_000
#: Events taken at a time; more than so many between two looks are not kept.
MOST_EVENTS = 200
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

RunState = Literal["running", "stopped", "paused", "failed"]


@dataclass(frozen=True)
class Machine:
    """One virtual machine or container.

    cpus, memory_gb: allotted; used_gb, cpu_percent: in use; None where not told. uid: the
    platform's own key, where several of its interfaces tell of it.
    """

    name: str
    state: RunState
    cpus: float | None = None
    memory_gb: float | None = None
    used_gb: float | None = None
    cpu_percent: float | None = None
    uid: str = ""


@dataclass(frozen=True)
class Seen:
    """What a platform told. events: None where it keeps none, or did not tell; missing: what it
    did not tell this time, and why."""

    machines: Sequence[Machine]
    events: Sequence[Happening] | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)


#: Blocking: asks a platform. Raises: CallFailed; Silent.
Platform = Callable[[Question, Caller], Seen]


def asked_of(platform: Platform) -> Probe:
    """Will give the probe that counts the machines of a platform."""

    async def ask(question: Question) -> Answer:
        try:
            seen = await asyncio.to_thread(platform, question, Caller(question))
        except CallFailed as error:
            raise Silent(reason_of(error)) from error
        events = None if seen.events is None else _plausible(seen.events)[:MOST_EVENTS]
        return Answer(_figures(seen.machines), seen.missing, events=events, memo=seen.memo)

    return ask


def _figures(machines: Sequence[Machine]) -> dict[str, float]:
    """States of all; allotment and use of those that run."""
    values: dict[str, float] = {"total": len(machines)}
    for state in ("running", "stopped", "paused", "failed"):
        values[state] = sum(one.state == state for one in machines)
    running = [one for one in machines if one.state == "running"]
    for code in ("cpus", "memory_gb", "used_gb"):
        told = [value for one in running if (value := getattr(one, code)) is not None]
        if told:
            values[code] = round(sum(told), 3)
    loads = [(one.cpu_percent, one.cpus or 1) for one in running if one.cpu_percent is not None]
    if loads:
        weight = sum(cpus for _load, cpus in loads)
        values["cpu_percent"] = round(sum(load * cpus for load, cpus in loads) / weight, 2)
    return values


def _plausible(events: Sequence[Happening]) -> list[Happening]:
    """Without those a broken clock or a liar dates where no event can be."""
    latest = clock.now() + timedelta(days=1)
    return [event for event in events if _EARLIEST <= event.at <= latest]


def newest(events: Sequence[Happening]) -> datetime | None:
    """Will give from when to ask next time: the last event, never later than now."""
    return min(max(event.at for event in events), clock.now()) if events else None


def moment_of(text: str) -> datetime | None:
    """Will read a moment in ISO 8601, in UTC where it names no zone; None where it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
