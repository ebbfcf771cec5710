"""The parts of a body as lists of rows, whatever shape the body keeps them in.

Every function takes a body and gives a new one; the old is never changed.
"""

import copy
from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
Row = dict[str, Any]

#: Parts kept as a list: the way to it.
_LISTS: dict[str, tuple[str, ...]] = {
    "states": ("states",),
    "actions": ("actions",),
    "splits": ("splits",),
    "calls": ("calls",),
    "clocks": ("clocks",),
    "materials_in": ("materials_in",),
    "materials_out": ("materials_out",),
    "subscriptions": ("subscriptions",),
    "form": ("form", "fields"),
    "legal_items": ("kind_parts", "legal_items"),
    "inputs": ("kind_parts", "inputs"),
}
#: Parts kept as an object: what the key is called in a row.
_OBJECTS = {"actors": "name", "tables": "purpose"}
SECTIONS = (*_LISTS, *_OBJECTS)
#: Rows whose order means something.
ORDERED = frozenset(_LISTS)
MOVES: dict[str, int] = {"up": -1, "down": 1}


def rows_of(body: Body, section: str) -> list[Row]:
    """Will give the rows of a part; [] where the body has none."""
    if section == "actors":
        return [{"name": name, **actor} for name, actor in body.get("actors", {}).items()]
    if section == "tables":
        return [{"purpose": p, "table": code} for p, code in body.get("tables", {}).items()]
    found: Any = body
    for key in _LISTS[section]:
        found = found.get(key, {}) if isinstance(found, dict) else {}
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    if section == "states":
        undone = body.get("unsuccessful", [])
        return [{**r, "is_undone": True} if r.get("code") in undone else r for r in rows]
    return rows


def with_rows(body: Body, section: str, rows: list[Row]) -> Body:
    """Will give the body with these rows as the part."""
    new = copy.deepcopy(body)
    if section == "actors":
        new["actors"] = {r["name"]: {k: v for k, v in r.items() if k != "name"} for r in rows}
        return new
    if section == "tables":
        new["tables"] = {row["purpose"]: row["table"] for row in rows}
        return new
    if section == "states":
        return _with_states(new, rows)
    *above, last = _LISTS[section]
    place = new
    for key in above:
        place = place.setdefault(key, {})
    place[last] = rows
    if section in ("form", "splits", "calls") and not rows:
        del new[section]
    return new


def _with_states(new: Body, rows: list[Row]) -> Body:
    """States as rows carry whether they mean "was not done"; the body lists those apart."""
    new["states"] = [{k: v for k, v in row.items() if k != "is_undone"} for row in rows]
    undone = [row["code"] for row in rows if row.get("is_undone") and row.get("code")]
    new.pop("unsuccessful", None)
    return {**new, "unsuccessful": undone} if undone else new


def put_row(body: Body, section: str, index: int | None, row: Row) -> Body:
    """Will replace a row, or add one at the end (index None); a renamed code is followed."""
    rows = rows_of(body, section)
    if index is None or index >= len(rows):
        return with_rows(body, section, [*rows, row])
    before, rows[index] = rows[index], row
    return _rename(with_rows(body, section, rows), section, before, row)


def move_row(body: Body, section: str, index: int, step: int) -> Body:
    """Will move a row one up (-1) or down (1); at the edge nothing happens."""
    rows = rows_of(body, section)
    other = index + step
    if section in ORDERED and 0 <= index < len(rows) and 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
    return with_rows(body, section, rows)


def remove_row(body: Body, section: str, index: int) -> Body:
    """Will take a row out; what still refers to it is told by the check."""
    rows = rows_of(body, section)
    return with_rows(body, section, rows[:index] + rows[index + 1 :])


def _rename(body: Body, section: str, before: Row, after: Row) -> Body:
    follow = {"states": _state_renamed, "actors": _actor_renamed, "actions": _action_renamed}
    key = "name" if section == "actors" else "code"
    old, new = before.get(key), after.get(key)
    if section in follow and old and new and old != new:
        follow[section](body, lambda code: new if code == old else code)
    return body


def _state_renamed(body: Body, change: Callable[[str], str]) -> None:
    for action in body.get("actions", []):
        action["from"] = [change(code) for code in action.get("from", [])]
        if "to" in action:
            action["to"] = change(action["to"])
        if "outcomes" in action:
            action["outcomes"] = {k: change(code) for k, code in action["outcomes"].items()}
    for split in [*body.get("splits", []), *body.get("calls", [])]:
        split["from"] = [change(code) for code in split.get("from", [])]
        join = split.get("join", {})
        join.update({k: change(join[k]) for k in ("to", "returned_to") if k in join})


def _actor_renamed(body: Body, change: Callable[[str], str]) -> None:
    for action in body.get("actions", []):
        action["who"] = [change(name) for name in action.get("who", [])]


def _action_renamed(body: Body, change: Callable[[str], str]) -> None:
    for clock in body.get("clocks", []):
        for key in ("starts", "stops"):
            clock[key] = [change(code) for code in clock.get(key, [])]
    for split in body.get("splits", []):
        if "after" in split:
            split["after"] = [change(code) for code in split["after"]]
