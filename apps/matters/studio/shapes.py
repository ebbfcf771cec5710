"""What the picture of a matter shows: its states, its splits and calls, and the moves between.

A split or call stands where the case waits for it: a line leads from the waiting state to it,
and from it to where the case goes when the parts come together, or cannot any more.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.matters.studio import words

#: Categories of shapes that are no states.
SPLIT, CALL = "split", "call"
_ACTIONS = {SPLIT: "split", CALL: "call_matter"}

Body = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """One thing to draw. category: of a state, or SPLIT or CALL; note: its words below."""

    code: str
    label: str
    category: str
    note: str
    is_key: bool = False


def shapes_of(body: Body, matters: Mapping[str, str]) -> dict[str, Shape]:
    """Will give what to draw by code, states first. matters: names by code, for the calls."""
    found = {}
    for state in body.get("states", []):
        if code := state.get("code"):
            category = str(state.get("category", ""))
            note = words.category_label(category)
            label = str(state.get("label") or code)
            found[code] = Shape(code, label, category, note, bool(state.get("is_key")))
    for kind, code, row in parts_of(body):
        if kind == SPLIT:
            note = words.join_words(row.get("join", {}))
        else:
            matter = str(row.get("matter", ""))
            note = _("调用：%s") % matters.get(matter, matter)
        found[code] = Shape(code, str(row.get("label") or row["code"]), kind, note)
    return found


def parts_of(body: Body) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Will give splits and calls as (kind, code in the picture, row)."""
    for kind, section in ((SPLIT, "splits"), (CALL, "calls")):
        for row in body.get(section, []):
            if row.get("code"):
                yield kind, f"{kind}_{row['code']}.", row


def moves_of(body: Body) -> dict[tuple[str, str], list[str]]:
    """Will give what leads from one shape to another, by (from, to), in order.

    Only between states that exist; actions that stay are no moves.
    """
    known = {s.get("code") for s in body.get("states", [])}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in body.get("actions", []):
        label = words.action_label(row.get("code", ""), row.get("label", ""))
        targets = [row.get("to", ""), *row.get("outcomes", {}).values()]
        for source in row.get("from", []):
            for target in dict.fromkeys(targets):
                if {source, target} <= known and source != target:
                    found[source, target].append(label)
    for kind, code, row in parts_of(body):
        waiting = [state for state in _waiting(body, kind, row) if state in known]
        join = row.get("join", {})
        onward = [join["to"]] if join.get("to") else waiting
        for state in waiting:
            found[state, code].append(_("分头办理") if kind == SPLIT else _("等待办理"))
        for state in onward:
            if state in known:
                found[code, state].append(_("汇合") if kind == SPLIT else _("办成"))
        if join.get("returned_to") in known:
            label = _("无法汇合") if kind == SPLIT else _("没办成")
            found[code, join["returned_to"]].append(label)
    return dict(found)


def _waiting(body: Body, kind: str, row: dict[str, Any]) -> list[str]:
    """Where the case waits: where the action leads, else where it is done."""
    action = next((a for a in body.get("actions", []) if a.get("code") == _ACTIONS[kind]), {})
    return [action["to"]] if action.get("to") else list(row.get("from", []))
