"""From a body that was checked to the definition the engine works with."""

from typing import Any

from apps.matters.definition.shape import (
    ActionDef,
    ActorDef,
    ClockDef,
    MatterDefinition,
    StateDef,
    ThresholdDef,
    TrustDef,
)
from apps.matters.definition.splits import parse_splits
from apps.matters.enums import StateCategory

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
            bool(s.get("is_key")),
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
            name: ActorDef(
                name,
                a["reach"],
                a.get("permission", ""),
                label=a.get("label", ""),
                task=a.get("task", ""),
            )
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
                trust=TrustDef(**a["trust"]) if "trust" in a else None,
            )
            for a in body["actions"]
        },
        clocks=clocks,
        tables=dict(body.get("tables", {})),
        form=dict(body.get("form", {})),
        policies=dict(body.get("policies", {})),
        dispatch_default=default,
        splits=parse_splits(body),
        unsuccessful=frozenset(body.get("unsuccessful", [])),
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
