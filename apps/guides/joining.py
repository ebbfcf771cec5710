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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import series
from apps.guides.enums import FINAL_PARTS, PartState
from apps.guides.faults import Fault, shape_faults

MOST_ITEMS = 30
CLOSING_ACTIONS = frozenset({"conclude", "hand_out"})
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
            "maxItems": MOST_ITEMS,
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
    """Will list why a joint business may not be published; empty: it may. See ``faults``."""
    return [fault.words for fault in faults(body, matters=matters)]


def faults(body: Any, *, matters: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Will list what keeps a joint business from being published, each beside its part.

    matters: the definitions in force, by code of the matter.
    """
    if found := shape_faults(body, SCHEMA):
        return found
    main = matters.get(body["matter"])
    if main is None:
        return [Fault(_("主事项“%s”未发布") % body["matter"])]
    if not may_lead(main):
        return [Fault(_("主事项须有“汇总结果”和“统一发证”两个动作"))]
    found = [] if body["items"] else [Fault(_("还没有分项"))]
    found += [*_order(body, matters), *_join(body)]
    for item in body["items"]:
        own = matters.get(item["matter"])
        if own is None:
            words = _("分项“%(item)s”的事项“%(matter)s”未发布")
            named = {"item": item.get("label") or item["code"], "matter": item["matter"]}
            found.append(Fault(words % named, f"item:{item['code']}"))
        else:
            name = item_name(item, matters)
            found += [
                Fault(f"{name}：{words}", f"item:{item['code']}")
                for words in [*_fields(item, own, main), *_materials(item, own, main)]
            ]
    return found


def may_lead(definition: Mapping[str, Any]) -> bool:
    """Will tell whether a matter can sum up its parts and hand out all results at once."""
    return {action["code"] for action in definition["actions"]} >= CLOSING_ACTIONS


def item_name(item: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]) -> str:
    """Will give what people call an item: its own name, else that of its matter."""
    own = item.get("label") or matters.get(item["matter"], {}).get("title")
    return str(own or item["matter"])


def columns(body: Mapping[str, Any]) -> dict[str, int]:
    """Will give, by code, how many items must be granted one after the other before each.

    Items that wait for one another in a circle stand behind all others.
    """
    left = _predecessors(body)
    found: dict[str, int] = {}
    column = 0
    while free := [code for code, before in left.items() if not before]:
        found |= dict.fromkeys(free, column)
        left = {c: before - set(free) for c, before in left.items() if c not in free}
        column += 1
    return found | dict.fromkeys(left, column)


def missing_fields(item: Mapping[str, Any], own: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Will give the required fields of an item's form that get no value."""
    given = {**item["form_map"], **item.get("fixed", {})}
    return [
        field
        for field in own.get("form", {}).get("fields", [])
        if field.get("required") and not field.get("show_if") and field["name"] not in given
    ]


def missing_materials(item: Mapping[str, Any], own: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Will give the required materials of an item that nobody is asked for."""
    mapped = item.get("materials_map", {})
    return [
        paper
        for paper in own.get("materials_in", [])
        if paper.get("required")
        and paper.get("source", "citizen") == "citizen"
        and paper["code"] not in mapped
    ]


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


def _predecessors(body: Mapping[str, Any]) -> dict[str, set[str]]:
    codes = {item["code"] for item in body["items"]}
    return {item["code"]: set(item.get("after", [])) & codes for item in body["items"]}


def _order(body: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    names = {item["code"]: item_name(item, matters) for item in body["items"]}
    if len(names) < len(body["items"]):
        yield Fault(_("分项代码重复"))
        return
    for item in body["items"]:
        for lost in sorted(set(item.get("after", [])) - set(names)):
            words = _("分项“%(item)s”的前序“%(lost)s”不存在")
            told = {"item": names[item["code"]], "lost": lost}
            yield Fault(words % told, f"item:{item['code']}")
    left = _predecessors(body)
    while free := [code for code, before in left.items() if not before]:
        left = {c: before - set(free) for c, before in left.items() if c not in free}
    if left:
        words = _("分项的先后顺序成环：%s") % series(names[code] for code in sorted(left))
        yield Fault(words, f"item:{min(left)}")


def _join(body: Mapping[str, Any]) -> Iterator[Fault]:
    join, codes = body.get("join", {}), {item["code"] for item in body["items"]}
    if join.get("policy") == "main" and join.get("main") not in codes:
        lost = join.get("main")
        words = _("主办分项“%s”不存在") % lost if lost else _("还没有选定主办分项")
        yield Fault(words, "join")
    if join.get("policy") == "quorum" and not 1 <= join.get("quorum", 0) <= len(codes):
        yield Fault(_("法定数应在 1 到 %d 之间") % len(codes), "join")


def _fields(
    item: Mapping[str, Any], own: Mapping[str, Any], main: Mapping[str, Any]
) -> Iterator[str]:
    """Fields of the item that nobody gives, or that come from nowhere."""
    fields = {f["name"]: f for f in own.get("form", {}).get("fields", [])}
    shared = {f["name"]: f for f in main.get("form", {}).get("fields", [])}
    for field in missing_fields(item, own):
        yield _("必填字段“%s”没有来源") % field["label"]
    for name, source in item["form_map"].items():
        if name not in fields or source not in shared:
            yield _("字段对应“%s”不成立") % f"{name} ← {source}"
        elif fields[name]["type"] != shared[source]["type"]:
            yield _("字段“%s”与共用表单的类型不同") % fields[name]["label"]
    for name in item.get("fixed", {}):
        if name not in fields:
            yield _("固定内容的字段“%s”已不在事项的表单中") % name
    condition = item.get("only_if")
    if condition and condition["field"] not in shared:
        yield _("办理条件用到的字段“%s”已不在共用表单中") % condition["field"]


def _materials(
    item: Mapping[str, Any], own: Mapping[str, Any], main: Mapping[str, Any]
) -> Iterator[str]:
    """Materials of the item that nobody gives, or that come from nowhere."""
    papers = {m["code"] for m in own.get("materials_in", [])}
    asked = {m["code"] for m in main.get("materials_in", [])}
    for paper in missing_materials(item, own):
        yield _("必需材料“%s”没有来源") % paper["label"]
    for code, source in item.get("materials_map", {}).items():
        if code not in papers or source not in asked:
            yield _("材料对应“%s”不成立") % f"{code} ← {source}"
