"""A definition as the engine reads it: frozen, typed, by code."""

from dataclasses import dataclass, field
from typing import Any

from apps.matters.definition.schema import POLICY_DEFAULTS
from apps.matters.definition.splits import SplitDef
from apps.matters.enums import StateCategory


@dataclass(frozen=True)
class StateDef:
    """A state as a city named it, and the category the machine knows it by."""

    code: str
    label: str
    category: StateCategory
    public_label: str
    is_key: bool = False


@dataclass(frozen=True)
class ActorDef:
    """Who may act: the permission, and how far it must reach.

    task: with the reach "task", the kind of open task that makes somebody the actor.
    """

    name: str
    reach: str
    permission: str = ""
    label: str = ""
    task: str = ""


@dataclass(frozen=True)
class TrustDef:
    """How sure one must be of who acts: the level (1 to 4), and how long ago it was proved."""

    level: int
    minutes: int


@dataclass(frozen=True)
class ActionDef:
    """One action as this matter uses it. trust: None where the matter asks nothing more."""

    code: str
    label: str
    sources: frozenset[str]
    who: tuple[str, ...]
    to: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    trust: TrustDef | None = None


@dataclass(frozen=True)
class ThresholdDef:
    """A mark on a clock; exactly one of fraction, before, after, or none for "at expiry"."""

    code: str
    level: str
    fraction: float | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True)
class ClockDef:
    """One clock: which actions start and stop it, which categories pause it."""

    name: str
    label: str
    main: bool
    limit: dict[str, Any] | None
    starts: frozenset[str]
    stops: frozenset[str]
    pauses: frozenset[str]
    thresholds: tuple[ThresholdDef, ...]

    @property
    def limit_from_dispatch(self) -> bool:
        """Whether the dispatcher (by rule) sets the limit."""
        return self.limit is None


@dataclass(frozen=True)
class MatterDefinition:
    """A definition ready for use; hashable content is not needed, it is cached by version."""

    title: str
    states: dict[str, StateDef]
    initial: str
    actors: dict[str, ActorDef]
    actions: dict[str, ActionDef]
    clocks: tuple[ClockDef, ...]
    tables: dict[str, str]
    form: dict[str, Any]
    policies: dict[str, int]
    dispatch_default: dict[str, Any]
    splits: dict[str, SplitDef] = field(default_factory=dict)
    unsuccessful: frozenset[str] = frozenset()

    def state(self, code: str) -> StateDef:
        """Will give a state by code; a code this version does not know is a defect."""
        return self.states[code]

    def policy(self, name: str) -> int:
        """Will give a policy number, the default where the city says nothing."""
        return self.policies.get(name, POLICY_DEFAULTS[name])

    @property
    def reveal_trust(self) -> TrustDef | None:
        """What reading the personal data of its cases asks, beside the city's own rule."""
        level = self.policy("reveal_level")
        return TrustDef(level, self.policy("reveal_minutes")) if level else None

    def actions_from(self, state: str) -> list[ActionDef]:
        """Will give the actions that leave or stay in ``state``, in the order defined."""
        return [a for a in self.actions.values() if state in a.sources]
