"""Joint businesses: what they look like, why one may not be published, what comes next (MT-06).

    matter      the main matter; its form is the one shared form, its materials_in the ones
                asked for once
    items       [{code, label?, matter, form_map: {its field: shared field}, fixed?: {its field:
                value}, materials_map?: {its material: shared material}, after?: [code],
                only_if?: {field, in}}]
    join        {policy: all | any | main | quorum, main?: code, quorum?: n}

Every part is decided before the whole is: nothing a department has begun is cut short. A part
whose predecessor was not granted is skipped; with the policy "main" so is everything that has
not begun once the main part is refused. Pure functions; nothing is read or written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.guides.enums import FINAL_PARTS, PartState

_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_NAMES = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["matter", "items"],
    "additionalProperties": False,
    "properties": {
        "matter": {"type": "string", "pattern": r"^onething\."},
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": 30,
            "items": {
                "type": "object",
                "required": ["code", "matter", "form_map"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "maxLength": 80},
                    "matter": {"type": "string", "pattern": r"^service\."},
                    "form_map": _NAMES,
                    "fixed": {"type": "object"},
                    "materials_map": _NAMES,
                    "after": {"type": "array", "items": _CODE},
                    "only_if": {
                        "type": "object",
                        "required": ["field", "in"],
                        "properties": {"field": {"type": "string"}, "in": {"type": "array"}},
                    },
                },
            },
        },
        "join": {
            "type": "object",
            "required": ["policy"],
            "additionalProperties": False,
            "properties": {
                "policy": {"enum": ["all", "any", "main", "quorum"]},
                "main": _CODE,
                "quorum": {"type": "integer", "minimum": 1},
            },
        },
    },
}


@dataclass(frozen=True)
class Plan:
    """What comes next. verdict: "" while undecided, else done, partly or refused."""

    to_open: tuple[str, ...]
    to_skip: tuple[str, ...]
    verdict: str


def plan(body: Mapping[str, Any], states: Mapping[str, PartState]) -> Plan:
    """Will tell which parts to open and to skip now, and the verdict once all are final.

    states: of the parts that were asked for; items left out by ``only_if`` are not among them.
    """
    now = dict(states)
    items = [item for item in body["items"] if item["code"] in now]
    skipped: list[str] = []
    moved = True
    while moved:  # a part skipped may take its successors with it
        moved = False
        for item in items:
            if now[item["code"]] == PartState.WAITING and _is_barred(body, item, now):
                now[item["code"]] = PartState.SKIPPED
                skipped.append(item["code"])
                moved = True
    opened = [
        item["code"]
        for item in items
        if now[item["code"]] == PartState.WAITING
        and all(now[c] == PartState.APPROVED for c in _before(item, now))
    ]
    is_final = not opened and all(state in FINAL_PARTS for state in now.values())
    return Plan(tuple(opened), tuple(skipped), _verdict(body, now) if is_final else "")


def asked_items(body: Mapping[str, Any], values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Will give the items that the answers of the shared form call for."""
    return [item for item in body["items"] if _is_asked(item, values)]


def child_values(item: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Will give the fields of an item's own form, taken from the shared answers."""
    mapped = {own: values[shared] for own, shared in item["form_map"].items() if shared in values}
    return {**item.get("fixed", {}), **mapped}


def check(body: Any, *, matters: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Will list why a joint business may not be published; empty: it may.

    matters: the definitions in force, by code of the matter.
    """
    errors = sorted(Draft202012Validator(SCHEMA).iter_errors(body), key=str)
    if errors:
        return [f"{'/'.join(str(p) for p in e.absolute_path) or '/'}：{e.message}" for e in errors]
    main = matters.get(body["matter"])
    if main is None:
        return [_("主事项“%s”未发布") % body["matter"]]
    if not {"conclude", "hand_out"} <= {a["code"] for a in main["actions"]}:
        return [_("主事项须有“汇总结果”和“统一发证”两个动作")]
    problems = [*_order(body), *_join(body)]
    for item in body["items"]:
        own = matters.get(item["matter"])
        if own is None:
            problems.append(_("分项“%(item)s”的事项“%(matter)s”未发布") % _names(item))
        else:
            problems += _mapping(item, own, main)
    return problems


def _before(item: Mapping[str, Any], states: Mapping[str, Any]) -> list[str]:
    return [code for code in item.get("after", []) if code in states]


def _is_barred(
    body: Mapping[str, Any], item: Mapping[str, Any], states: Mapping[str, PartState]
) -> bool:
    lost = {s for s in FINAL_PARTS if s != PartState.APPROVED}
    join = body.get("join", {})
    main_lost = join.get("policy") == "main" and states.get(join.get("main", "")) in lost
    return main_lost or any(states[code] in lost for code in _before(item, states))


def _verdict(body: Mapping[str, Any], states: Mapping[str, PartState]) -> str:
    join = body.get("join", {"policy": "all"})
    granted = [code for code, state in states.items() if state == PartState.APPROVED]
    if not granted:
        return "refused"
    whole = {
        "all": len(granted) == len(states),
        "any": True,
        "main": join.get("main") in granted,
        "quorum": len(granted) >= join.get("quorum", 1),
    }
    return "done" if whole[join["policy"]] else "partly"


def _is_asked(item: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    condition = item.get("only_if")
    if not condition:
        return True
    value = values.get(condition["field"])
    return any(part in condition["in"] for part in (value if isinstance(value, list) else [value]))


def _names(item: Mapping[str, Any]) -> dict[str, str]:
    return {"item": item.get("label") or item["code"], "matter": item["matter"]}


def _order(body: Mapping[str, Any]) -> Iterator[str]:
    codes = [item["code"] for item in body["items"]]
    if len(set(codes)) < len(codes):
        yield _("分项代码重复")
        return
    after = {item["code"]: set(item.get("after", [])) for item in body["items"]}
    for code, before in after.items():
        for lost in sorted(before - set(codes)):
            yield _("分项“%(item)s”的前序“%(lost)s”不存在") % {"item": code, "lost": lost}
    left = {code: before & set(codes) for code, before in after.items()}
    while free := [code for code, before in left.items() if not before]:
        left = {c: before - set(free) for c, before in left.items() if c not in free}
    if left:
        yield _("分项的先后顺序成环：%s") % "、".join(sorted(left))


def _join(body: Mapping[str, Any]) -> Iterator[str]:
    join, codes = body.get("join", {}), {item["code"] for item in body["items"]}
    if join.get("policy") == "main" and join.get("main") not in codes:
        yield _("主办分项“%s”不存在") % join.get("main", "")
    if join.get("policy") == "quorum" and not 1 <= join.get("quorum", 0) <= len(codes):
        yield _("法定数应在 1 到 %d 之间") % len(codes)


def _mapping(
    item: Mapping[str, Any], own: Mapping[str, Any], main: Mapping[str, Any]
) -> Sequence[str]:
    """Fields and materials of the item that nobody gives, or that come from nowhere."""
    found = []
    fields = {f["name"]: f for f in own.get("form", {}).get("fields", [])}
    shared = {f["name"]: f for f in main.get("form", {}).get("fields", [])}
    given = {**item["form_map"], **item.get("fixed", {})}
    for name, entry in fields.items():
        if entry.get("required") and not entry.get("show_if") and name not in given:
            found.append(
                _("%(item)s：必填字段“%(field)s”没有来源")
                % (_names(item) | {"field": entry["label"]})
            )
    for name, source in item["form_map"].items():
        if name not in fields or source not in shared:
            found.append(
                _("%(item)s：字段对应“%(field)s”不成立")
                % (_names(item) | {"field": f"{name} ← {source}"})
            )
        elif fields[name]["type"] != shared[source]["type"]:
            found.append(
                _("%(item)s：字段“%(field)s”与共用表单的类型不同")
                % (_names(item) | {"field": fields[name]["label"]})
            )
    papers = {m["code"]: m for m in own.get("materials_in", [])}
    asked = {m["code"] for m in main.get("materials_in", [])}
    mapped = item.get("materials_map", {})
    for code, paper in papers.items():
        is_needed = paper.get("required") and paper.get("source", "citizen") == "citizen"
        if is_needed and code not in mapped:
            found.append(
                _("%(item)s：必需材料“%(paper)s”没有来源")
                % (_names(item) | {"paper": paper["label"]})
            )
    for code, source in mapped.items():
        if code not in papers or source not in asked:
            found.append(
                _("%(item)s：材料对应“%(paper)s”不成立")
                % (_names(item) | {"paper": f"{code} ← {source}"})
            )
    return found
