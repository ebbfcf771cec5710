"""The parts of a definition that make other cases and wait for them: ``splits`` and ``calls``.

    splits  [{code, label, table, from: [state], after?: [action], join: {policy, quorum?, to?,
              returned_to?, rest?}, close?, later_than_parent?, mapping?, back?}]
    calls   [{code, label, matter, from: [state], title?, join?: {to?, returned_to?}, close?,
              later_than_parent?, mapping?, back?}]
    unsuccessful  [state]; ended states that mean "was not done" to the case this one is a part of

table        a COLLECT table of the vocabulary ``matters.split``; each row is one sub-matter
after        actions after which the split is made by itself; without, a person does ``split``
policy       all: every part; any: the first; main: the main parts decide; quorum: ``quorum`` parts
to           where the parent goes when the parts have come together; absent: it stays
returned_to  where it goes when that cannot happen any more (its dispatcher's state)
rest         what becomes of the open parts then: cancel (default of any) or leave
close        may the parent end while parts are open: refuse (default), cancel them, leave them
mapping      [{to, from | value}] fields of the parent into the part; back: the other way

A call is a split into one part that is always the same matter (MT-22). Fields are those of
``matters.mapping``. Source: RU-02, MT-06, MT-10, MT-22.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.matters.definition.problems import Problem

if TYPE_CHECKING:
    from apps.matters.definition.shape import MatterDefinition

MAX_SPLITS = 20
MAX_ROWS = 60

_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_STATES = {"type": "array", "items": _CODE, "minItems": 1, "maxItems": 60}
_FIELD = {"type": "string", "pattern": r"^(form\.)?[a-z][a-z0-9_]{0,39}$"}
_MAPPING = {
    "type": "array",
    "maxItems": MAX_ROWS,
    "items": {
        "type": "object",
        "required": ["to"],
        "additionalProperties": False,
        "properties": {"to": _FIELD, "from": _FIELD, "value": {"type": "string", "maxLength": 500}},
        "oneOf": [{"required": ["from"]}, {"required": ["value"]}],
    },
}
_COMMON = {
    "code": _CODE,
    "label": {"type": "string", "minLength": 1, "maxLength": 40},
    "from": _STATES,
    "close": {"enum": ["refuse", "cancel", "leave"]},
    "later_than_parent": {"type": "boolean"},
    "mapping": _MAPPING,
    "back": _MAPPING,
}
_WHERE = {"to": _CODE, "returned_to": _CODE}
#: Goes into the properties of the whole body.
SCHEMA: dict[str, Any] = {
    "unsuccessful": _STATES,
    "splits": {
        "type": "array",
        "maxItems": MAX_SPLITS,
        "items": {
            "type": "object",
            "required": ["code", "label", "table", "from", "join"],
            "additionalProperties": False,
            "properties": {
                **_COMMON,
                "table": {"type": "string", "minLength": 1, "maxLength": 60},
                "after": {"type": "array", "items": _CODE, "maxItems": 20},
                "join": {
                    "type": "object",
                    "required": ["policy"],
                    "additionalProperties": False,
                    "properties": {
                        **_WHERE,
                        "policy": {"enum": ["all", "any", "main", "quorum"]},
                        "quorum": {"type": "integer", "minimum": 1, "maximum": 50},
                        "rest": {"enum": ["cancel", "leave"]},
                    },
                },
            },
        },
    },
    "calls": {
        "type": "array",
        "maxItems": MAX_SPLITS,
        "items": {
            "type": "object",
            "required": ["code", "label", "matter", "from"],
            "additionalProperties": False,
            "properties": {
                **_COMMON,
                "matter": {"type": "string", "minLength": 1, "maxLength": 60},
                "title": {"type": "string", "maxLength": 120},
                "join": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": _WHERE,
                },
            },
        },
    },
}


@dataclass(frozen=True)
class MapRow:
    """One field of the target: copied from ``source``, or ``value`` as it stands."""

    target: str
    source: str = ""
    value: str = ""


@dataclass(frozen=True)
class SplitDef:
    """One way a case becomes several. table: of a split; matter: of a call; one of the two."""

    code: str
    label: str
    sources: frozenset[str]
    table: str = ""
    matter: str = ""
    title: str = ""
    after: frozenset[str] = frozenset()
    policy: str = "all"
    quorum: int = 0
    to: str = ""
    returned_to: str = ""
    cancels_rest: bool = False
    close: str = "refuse"
    later_than_parent: bool = False
    mapping: tuple[MapRow, ...] = ()
    back: tuple[MapRow, ...] = ()

    @property
    def is_call(self) -> bool:
        """Whether it is another matter as a step of this one."""
        return bool(self.matter)

    @property
    def action(self) -> str:
        """The action of the library that makes it by hand."""
        return "call_matter" if self.is_call else "split"


def parse_splits(body: dict[str, Any]) -> dict[str, SplitDef]:
    """Will read ``splits`` and ``calls`` of a checked body, by code."""
    found = [_parse(raw) for raw in [*body.get("splits", []), *body.get("calls", [])]]
    return {split.code: split for split in found}


def _parse(raw: dict[str, Any]) -> SplitDef:
    join = raw.get("join", {})
    policy = join.get("policy", "all")
    return SplitDef(
        code=raw["code"],
        label=raw["label"],
        sources=frozenset(raw["from"]),
        table=raw.get("table", ""),
        matter=raw.get("matter", ""),
        title=raw.get("title", ""),
        after=frozenset(raw.get("after", [])),
        policy=policy,
        quorum=join.get("quorum", 0),
        to=join.get("to", ""),
        returned_to=join.get("returned_to", ""),
        cancels_rest=join.get("rest", "cancel" if policy == "any" else "leave") == "cancel",
        close=raw.get("close", "refuse"),
        later_than_parent=bool(raw.get("later_than_parent")),
        mapping=_rows(raw.get("mapping", [])),
        back=_rows(raw.get("back", [])),
    )


def _rows(raw: list[dict[str, str]]) -> tuple[MapRow, ...]:
    return tuple(MapRow(r["to"], r.get("from", ""), r.get("value", "")) for r in raw)


def split_problems(body: dict[str, Any]) -> Iterator[Problem]:
    """Will say what is wrong with ``splits`` and ``calls`` of a body that fits the schema."""
    states = {s["code"] for s in body["states"]}
    actions = {a["code"]: set(a["from"]) for a in body["actions"]}
    splits, calls = body.get("splits", []), body.get("calls", [])
    codes = [raw["code"] for raw in [*splits, *calls]]
    if len(set(codes)) != len(codes):
        yield Problem("splits", _("分解与调用的代码重复，请改其中一个"))
    for part, rows in (("splits", splits), ("calls", calls)):
        for raw in rows:
            for text in _row_problems(raw, part, states, actions):
                yield Problem(part, text)
    if any(not raw.get("after") for raw in splits) and "split" not in actions:
        yield Problem("splits", _("定义了分解，但没有启用动作“分解”，也没有自动分解的时点"))
    if calls and "call_matter" not in actions:
        yield Problem("calls", _("定义了事项调用，但没有启用动作“调用事项”"))
    for state in body.get("unsuccessful", []):
        category = next((s["category"] for s in body["states"] if s["code"] == state), "")
        if category != "ended":
            yield Problem("states", _("“未办成”的状态“%s”不是结束状态") % state)


def _row_problems(
    raw: dict[str, Any], part: str, states: set[str], actions: dict[str, set[str]]
) -> Iterator[str]:
    join, name = raw.get("join", {}), {"label": raw["label"]}
    used = [*raw["from"], *(join[k] for k in ("to", "returned_to") if k in join)]
    for state in used:
        if state not in states:
            yield _("“%(label)s”用到未定义的状态“%(state)s”") % {**name, "state": state}
    for code in raw.get("after", []):
        if code not in actions:
            yield _("“%(label)s”用到未定义的动作“%(code)s”") % {**name, "code": code}
    if (join.get("policy") == "quorum") != ("quorum" in join):
        yield _("“%(label)s”：只有按数量汇合时才填写、且必须填写所需数量") % name
    action = "split" if part == "splits" else "call_matter"
    if not raw.get("after") and action in actions and not actions[action] & set(raw["from"]):
        yield _("“%(label)s”的起始状态中，没有一个能做动作“%(action)s”，请改选其一") % {
            **name,
            "action": _("分解") if part == "splits" else _("调用事项"),
        }


def waiting_states(definition: "MatterDefinition", split: SplitDef) -> frozenset[str]:
    """Will give the states in which the parent may be while its parts are at work."""
    action = definition.actions.get(split.action)
    stays = frozenset({action.to} if action is not None and action.to else split.sources)
    return stays | ({split.returned_to} if split.returned_to else set())


def split_edges(definition: "MatterDefinition") -> Iterator[tuple[str, str]]:
    """Will give the moves between states that joining makes, for the check of reachability."""
    for split in definition.splits.values():
        for source in waiting_states(definition, split):
            for target in (split.to, split.returned_to):
                if target and target != source:
                    yield source, target
