"""The shape of a matter definition: parsing it, and refusing one that could trap a case.

``MatterVersion.body`` is a JSON object:

    title       str; the name shown to citizens
    states      [{code, label, category, public_label}]; the first is where a case begins
    actors      {name: {permission?, reach: tenant|unit|reporter|system}}
    actions     [{code, from: [state], to?: state, outcomes?: {outcome: state}, who: [actor],
                  label?}]; ``to`` absent and ``outcomes`` absent: the state does not change
    tables      {dispatch: code of a decision table}
    clocks      [{name, label, main?, limit: {amount, unit} | "dispatch", starts: [action],
                  stops: [action], pauses: [category], thresholds: [...]}]
    form        a form definition (CO-03), optional
    policies    {returns_per_unit, extension_max_days, callback_attempts, redo_days,
                 low_score, ...}: whole numbers, defaults in ``POLICY_DEFAULTS``

Time in ``limit`` is {"amount": n, "unit": "working_days" | "working_hours" |
"calendar_hours" | "calendar_days"}. Source: MT-01, MT-02, architecture 3.1.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.matters.enums import StateCategory

POLICY_DEFAULTS: dict[str, int] = {
    "returns_per_unit": 2,  # a unit may send one case back this often before a final ruling
    "return_within_working_days": 2,
    "extensions": 1,
    "extension_max_days": 10,
    "callback_attempts": 3,
    "redo_days": 30,  # a closed case may be reopened for this long
    "redo_rounds": 3,
    "low_score": 2,  # a score at or below asks for a redo
    "callback_required": 1,
}

_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_LIMIT = {
    "type": "object",
    "required": ["amount", "unit"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 10000},
        "unit": {"enum": ["working_days", "working_hours", "calendar_hours", "calendar_days"]},
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title", "states", "actors", "actions"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 80},
        "legal_basis": {"type": "string", "maxLength": 2000},
        "states": {
            "type": "array",
            "minItems": 2,
            "maxItems": 60,
            "items": {
                "type": "object",
                "required": ["code", "label", "category"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "minLength": 1, "maxLength": 40},
                    "category": {"enum": [str(c) for c in StateCategory]},
                    "public_label": {"type": "string", "maxLength": 40},
                },
            },
        },
        "actors": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["reach"],
                "additionalProperties": False,
                "properties": {
                    "permission": {"type": "string", "pattern": r"^[a-z]+\.[a-z_]+$"},
                    "reach": {"enum": ["tenant", "unit", "reporter", "system"]},
                },
            },
        },
        "actions": {
            "type": "array",
            "minItems": 1,
            "maxItems": 200,
            "items": {
                "type": "object",
                "required": ["code", "from", "who"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "maxLength": 40},
                    "from": {"type": "array", "items": _CODE, "minItems": 1},
                    "to": _CODE,
                    "outcomes": {"type": "object", "additionalProperties": _CODE},
                    "who": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                },
            },
        },
        "tables": {"type": "object", "additionalProperties": {"type": "string"}},
        "clocks": {
            "type": "array",
            "maxItems": 12,
            "items": {
                "type": "object",
                "required": ["name", "label", "limit", "starts", "stops"],
                "additionalProperties": False,
                "properties": {
                    "name": _CODE,
                    "label": {"type": "string", "maxLength": 40},
                    "main": {"type": "boolean"},
                    "limit": {"oneOf": [_LIMIT, {"const": "dispatch"}]},
                    "default_limit": _LIMIT,
                    "starts": {"type": "array", "items": _CODE, "minItems": 1},
                    "stops": {"type": "array", "items": _CODE},
                    "pauses": {
                        "type": "array",
                        "items": {"enum": [str(c) for c in StateCategory]},
                    },
                    "thresholds": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["code", "level"],
                            "additionalProperties": False,
                            "properties": {
                                "code": _CODE,
                                "level": {"enum": ["yellow", "red"]},
                                "fraction": {"type": "number", "minimum": 0, "maximum": 1},
                                "before": _LIMIT,
                                "after": _LIMIT,
                            },
                        },
                    },
                },
            },
        },
        "form": {"type": "object"},
        "policies": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    },
}


@dataclass(frozen=True)
class StateDef:
    """A state as a city named it, and the category the machine knows it by."""

    code: str
    label: str
    category: StateCategory
    public_label: str


@dataclass(frozen=True)
class ActorDef:
    """Who may act: the permission, and how far it must reach."""

    name: str
    reach: str
    permission: str = ""


@dataclass(frozen=True)
class ActionDef:
    """One action as this matter uses it."""

    code: str
    label: str
    sources: frozenset[str]
    who: tuple[str, ...]
    to: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)


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

    def state(self, code: str) -> StateDef:
        """Will give a state by code; a code this version does not know is a defect."""
        return self.states[code]

    def policy(self, name: str) -> int:
        """Will give a policy number, the default where the city says nothing."""
        return self.policies.get(name, POLICY_DEFAULTS[name])

    def actions_from(self, state: str) -> list[ActionDef]:
        """Will give the actions that leave or stay in ``state``, in the order defined."""
        return [a for a in self.actions.values() if state in a.sources]


_parsed: dict[int, MatterDefinition] = {}


def definition_of(version_id: int, body: dict[str, Any]) -> MatterDefinition:
    """Will give the parsed definition of a version, parsed once per process.

    A published version never changes, so its id is all the cache needs to know.
    """
    found = _parsed.get(version_id)
    if found is None:
        found = _parsed[version_id] = parse(body)
    return found


def parse(body: dict[str, Any]) -> MatterDefinition:
    """Will turn a checked body into a definition."""
    states = {
        s["code"]: StateDef(
            s["code"],
            s["label"],
            StateCategory(s["category"]),
            s.get("public_label") or s["label"],
        )
        for s in body["states"]
    }
    clocks = tuple(_parse_clock(c) for c in body.get("clocks", []))
    default = next(
        (c["default_limit"] for c in body.get("clocks", []) if "default_limit" in c),
        {"amount": 5, "unit": "working_days"},
    )
    return MatterDefinition(
        title=body["title"],
        states=states,
        initial=body["states"][0]["code"],
        actors={
            name: ActorDef(name, a["reach"], a.get("permission", ""))
            for name, a in body["actors"].items()
        },
        actions={
            a["code"]: ActionDef(
                code=a["code"],
                label=a.get("label", ""),
                sources=frozenset(a["from"]),
                who=tuple(a["who"]),
                to=a.get("to", ""),
                outcomes=dict(a.get("outcomes", {})),
            )
            for a in body["actions"]
        },
        clocks=clocks,
        tables=dict(body.get("tables", {})),
        form=dict(body.get("form", {})),
        policies=dict(body.get("policies", {})),
        dispatch_default=default,
    )


def _parse_clock(raw: dict[str, Any]) -> ClockDef:
    return ClockDef(
        name=raw["name"],
        label=raw["label"],
        main=bool(raw.get("main")),
        limit=None if raw["limit"] == "dispatch" else raw["limit"],
        starts=frozenset(raw["starts"]),
        stops=frozenset(raw["stops"]),
        pauses=frozenset(raw.get("pauses", [])),
        thresholds=tuple(
            ThresholdDef(t["code"], t["level"], t.get("fraction"), t.get("before"), t.get("after"))
            for t in raw.get("thresholds", [])
        ),
    )


def check(body: Any, *, known_actions: frozenset[str]) -> list[str]:
    """Will list, in the user's language, why a definition may not be published; empty: it may.

    Checks the schema, that every name used is defined, that every state can be reached from
    the first and that an end can be reached from every state.
    """
    schema_errors = sorted(Draft202012Validator(SCHEMA).iter_errors(body), key=str)
    if schema_errors:
        return [
            _("%(place)s：%(message)s")
            % {"place": "/".join(str(p) for p in e.absolute_path) or "/", "message": e.message}
            for e in schema_errors[:20]
        ]
    problems = list(_unknown_names(body, known_actions))
    return problems or list(_traps(parse(body)))


def _unknown_names(body: dict[str, Any], known_actions: frozenset[str]) -> Any:
    states = [s["code"] for s in body["states"]]
    if len(set(states)) != len(states):
        yield _("状态代码重复")
    used = {a["code"] for a in body["actions"]}
    if len(used) != len(body["actions"]):
        yield _("动作重复定义")
    for action in body["actions"]:
        if action["code"] not in known_actions:
            yield _("动作“%(code)s”不在标准动作库中") % {"code": action["code"]}
        targets = [*action["from"], *action.get("outcomes", {}).values()]
        targets += [action["to"]] if "to" in action else []
        for state in targets:
            if state not in states:
                yield _("动作“%(code)s”用到未定义的状态“%(state)s”") % {
                    "code": action["code"],
                    "state": state,
                }
        for actor in action["who"]:
            if actor not in body["actors"]:
                yield _("动作“%(code)s”的执行人“%(actor)s”未定义") % {
                    "code": action["code"],
                    "actor": actor,
                }
    for clock in body.get("clocks", []):
        for code in [*clock["starts"], *clock["stops"]]:
            if code != "open" and code not in used:
                yield _("时限“%(clock)s”用到未定义的动作“%(code)s”") % {
                    "clock": clock["label"],
                    "code": code,
                }


def _traps(definition: MatterDefinition) -> Any:
    forward: dict[str, set[str]] = {code: set() for code in definition.states}
    for action in definition.actions.values():
        targets = {action.to, *action.outcomes.values()} - {""}
        for source in action.sources:
            forward[source] |= targets
    reached = _closure(forward, {definition.initial})
    ends = {c for c, s in definition.states.items() if s.category == StateCategory.ENDED}
    backward: dict[str, set[str]] = {code: set() for code in definition.states}
    for source, targets in forward.items():
        for target in targets:
            backward[target].add(source)
    can_end = _closure(backward, ends)
    if not ends:
        yield _("没有结束状态")
    for code, state in definition.states.items():
        if code not in reached:
            yield _("状态“%(state)s”从起点无法到达") % {"state": state.label}
        if ends and code not in can_end:
            yield _("从状态“%(state)s”无法到达结束") % {"state": state.label}


def _closure(edges: dict[str, set[str]], start: set[str]) -> set[str]:
    seen, frontier = set(start), list(start)
    while frontier:
        for following in edges[frontier.pop()]:
            if following not in seen:
                seen.add(following)
                frontier.append(following)
    return seen
