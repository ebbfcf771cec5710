"""Changes to the body of a joint business, as its editor makes them part by part.

Every function takes a body and gives a new one; the old is never changed.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]
MOVES = {"up": -1, "down": 1}


def empty(matter: str) -> Body:
    """Will give the body a joint business begins with."""
    return {"matter": matter, "items": [], "join": {"policy": "all"}}


def put_basics(body: Mapping[str, Any], *, matter: str, join: Mapping[str, Any]) -> Body:
    """Will write the joint matter, and how the results are joined."""
    return {**copy.deepcopy(dict(body)), "matter": matter, "join": dict(join)}


def find_item(body: Mapping[str, Any], code: str) -> Mapping[str, Any] | None:
    """Will find an item by its code."""
    return next((item for item in body["items"] if item["code"] == code), None)


def put_item(body: Mapping[str, Any], code: str, item: Mapping[str, Any]) -> tuple[Body, str]:
    """Will write an item over, or add one at the end (code ""); gives the body and the code."""
    new = copy.deepcopy(dict(body))
    places = [n for n, one in enumerate(new["items"]) if code and one["code"] == code]
    if places:
        new["items"][places[0]] = {"code": code, **item}
        return new, code
    code = _next_code(new)
    new["items"].append({"code": code, **item})
    return new, code


def move_item(body: Mapping[str, Any], code: str, step: int) -> Body:
    """Will move an item one up (-1) or down (1); at the edge nothing happens."""
    new = copy.deepcopy(dict(body))
    items = new["items"]
    place = next(n for n, item in enumerate(items) if item["code"] == code)
    if 0 <= place + step < len(items):
        items[place], items[place + step] = items[place + step], items[place]
    return new


def remove_item(body: Mapping[str, Any], code: str) -> Body:
    """Will take an item out, and out of what others wait for; a main item gone is told."""
    new = copy.deepcopy(dict(body))
    new["items"] = [item for item in new["items"] if item["code"] != code]
    for item in new["items"]:
        if code in item.get("after", []):
            item["after"] = [other for other in item["after"] if other != code]
    if new.get("join", {}).get("main") == code:
        del new["join"]["main"]
    return new


def _next_code(body: Mapping[str, Any]) -> str:
    codes = [item["code"] for item in body["items"]]
    numbers = [int(m[1]) for code in codes if (m := re.fullmatch(r"p(\d{1,6})", code))]
    return f"p{max(numbers, default=0) + 1}"
