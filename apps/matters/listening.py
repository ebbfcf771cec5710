"""Which events a listener waits for, and the facts its condition may ask (RU-03, MT-11).

``Listener.pattern`` is {"matters": [code], "states": ["<matter>:<state>"], "categories": [..],
"actions": [code]}: each list that is not empty must hold one of what the event has. States and
categories are entered, not merely stayed in. Which listeners are active is remembered for two
seconds, so that an event nobody listens to costs no query.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.common import clock
from apps.common.memory import Memory
from apps.matters.definition import MatterDefinition, definition_of
from apps.matters.enums import ListenerState
from apps.matters.models import Case, CaseEvent, Listener
from apps.matters.routing import facts_of
from apps.matters.splitting import SOURCE_PREFIX


@dataclass(frozen=True)
class Happened:
    """What a pattern looks at: one event, real or possible. categories: of the two states."""

    matter: str
    action: str
    from_state: str
    to_state: str
    from_category: str
    to_category: str


@dataclass(frozen=True)
class Pattern:
    """A stored pattern, read."""

    matters: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Pattern":
        """Will read what ``services.listeners`` has checked and stored."""
        names = ("matters", "states", "categories", "actions")
        return cls(*(frozenset(raw.get(name, [])) for name in names))

    def fits(self, event: Happened) -> bool:
        """Will tell whether this is an event the listener waits for."""
        if self.matters and event.matter not in self.matters:
            return False
        if self.actions and event.action not in self.actions:
            return False
        entered = event.from_state != event.to_state
        if self.states and not (entered and f"{event.matter}:{event.to_state}" in self.states):
            return False
        other = event.from_category != event.to_category
        return not self.categories or (other and event.to_category in self.categories)


@dataclass(frozen=True)
class Ear:
    """What is remembered of an active listener."""

    listener_id: int
    tenant_id: int | None
    pattern: Pattern


_ears: Memory[tuple[Ear, ...]] = Memory(of=("matters.Listener",))


def happened(matter: str, definition: MatterDefinition, event: CaseEvent) -> Happened:
    """Will give an event as patterns see it."""
    return Happened(
        matter,
        event.action,
        event.from_state,
        event.to_state,
        category_of(definition, event.from_state),
        category_of(definition, event.to_state),
    )


def category_of(definition: MatterDefinition, state: str) -> str:
    """Will give the category of a state; "" before the first."""
    return definition.states[state].category if state in definition.states else ""


def who_hears(case: Case, event: CaseEvent) -> list[int]:
    """Will give the active listeners whose pattern an event fits, by id; no query as a rule."""
    ears = _ears.get("all", _read_ears)
    if not ears:
        return []
    definition = definition_of(case.version_id, case.version.body)
    seen = happened(case.matter_type.code, definition, event)
    return [
        ear.listener_id
        for ear in ears
        if ear.tenant_id in (None, case.tenant_id) and ear.pattern.fits(seen)
    ]


def _read_ears() -> tuple[Ear, ...]:
    active = Listener.objects.filter(state=ListenerState.ACTIVE).order_by("pk")
    rows: Iterable[tuple[int, int | None, Any]] = active.values_list("pk", "tenant_id", "pattern")
    return tuple(Ear(pk, tenant_id, Pattern.read(raw)) for pk, tenant_id, raw in rows)


def facts_heard(case: Case, at: datetime | None = None) -> dict[str, Any]:
    """Will give the facts a condition may ask, plain, as they are at the event.

    at: of the event; default now.
    """
    moment = at or clock.now()
    facts = facts_of(case)
    return facts | {
        "matter": case.matter_type.code,
        "category": str(case.category),
        "unit": case.unit.code if case.unit is not None else None,
        "is_late": case.due_at is not None and not case.is_ended and case.due_at < moment,
        "is_part": (case.source_key or "").startswith(SOURCE_PREFIX),
        "orders": case.order_count,
    }
