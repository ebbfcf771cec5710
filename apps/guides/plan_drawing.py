"""Pictures of plans: the way of the questions, and which item runs after which. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.common.drawing import Box, Drawing, Link, draw
from apps.common.phrases import series
from apps.guides import joining, trees

_LINE, _LABEL = 14, 7  # characters that fit on a line of a box, and between two boxes

Definitions = Mapping[str, Mapping[str, Any]]
Address = Callable[[str], str]


def _nowhere(_place: str) -> str:
    return ""


def draw_tree(
    body: Mapping[str, Any],
    matters: Definitions,
    *,
    faulty: Mapping[str, Any],
    address: Address = _nowhere,
    mark: str = "",
) -> Drawing:
    """Will draw questions from left to right and the conclusions they end at.

    faulty: the places of faults. address: where a box leads. mark: the place somebody stands at.
    """
    depths = trees.depths(body)
    ends = {code: _end_depth(body, depths, code) for code in trees.leaves_in_order(body)}
    boxes = [
        Box(
            key=f"node:{code}",
            column=depth,
            lines=_lines(body["nodes"][code]["question"]),
            level="over" if f"node:{code}" in faulty else "action",
            url=address(f"node:{code}"),
            mark=mark == f"node:{code}",
        )
        for code, depth in depths.items()
    ]
    boxes += [
        Box(
            key=f"leaf:{code}",
            column=depth,
            lines=(*_lines(trees.leaf_name(body, code, matters)), _("结论")),
            level="over" if f"leaf:{code}" in faulty else "done",
            url=address(f"leaf:{code}"),
            mark=mark == f"leaf:{code}",
        )
        for code, depth in ends.items()
    ]
    return draw(boxes, _answers(body))


def draw_order(
    body: Mapping[str, Any],
    matters: Definitions,
    *,
    faulty: Mapping[str, Any],
    address: Address = _nowhere,
) -> Drawing:
    """Will draw the one declaration, the items in the order they run, and the one result."""
    columns = joining.columns(body)
    last = max(columns.values(), default=0)
    boxes = [Box("start", 0, (_("一表申报"), _("一次填写、一次交材料")), "action")]
    links = []
    waited = {code for item in body["items"] for code in item.get("after", [])}
    for item in body["items"]:
        code, key = item["code"], f"item:{item['code']}"
        told = (_("按回答办理"),) if item.get("only_if") else ()
        boxes.append(
            Box(
                key=key,
                column=columns[code] + 1,
                lines=(*_lines(joining.item_name(item, matters)), *told),
                level="over" if key in faulty else "soon",
                url=address(key),
            )
        )
        before = [f"item:{other}" for other in item.get("after", [])] or ["start"]
        links += [Link(source, key, style=_style(item)) for source in before]
        if code not in waited:
            links.append(Link(key, "end"))
    boxes.append(Box("end", last + 2, (_("汇总结果"), _("统一发证")), "done"))
    return draw(boxes, links)


def _style(item: Mapping[str, Any]) -> str:
    return "dashed" if item.get("only_if") else "solid"


def _end_depth(body: Mapping[str, Any], depths: Mapping[str, int], leaf: str) -> int:
    """A conclusion stands right of every question that ends there."""
    askers = [
        depth
        for code, depth in depths.items()
        if any(choice.get("leaf") == leaf for choice in body["nodes"][code]["choices"])
    ]
    return max(askers, default=0) + 1


def _answers(body: Mapping[str, Any]) -> list[Link]:
    """One line from a question to each place it leads to, with all the answers that do."""
    said: dict[tuple[str, str], list[str]] = {}
    for code, node in body["nodes"].items():
        for choice in node["choices"]:
            target = f"node:{choice['to']}" if "to" in choice else f"leaf:{choice.get('leaf')}"
            said.setdefault((f"node:{code}", target), []).append(choice["label"])
    return [Link(s, t, label=_cut(series(labels))) for (s, t), labels in said.items()]


def _cut(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _lines(text: str) -> tuple[str, ...]:
    if len(text) <= _LINE:
        return (text,)
    return (text[:_LINE], text[_LINE:])
