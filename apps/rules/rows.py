"""Changes of the rows of a stored body; each gives a new body and leaves the old one alone."""

import secrets
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import NotFound

Body = dict[str, Any]
Row = dict[str, Any]


def new_key() -> str:
    """Will give a key for a new row, not used before."""
    return secrets.token_hex(4)


def add_row(body: Body, *, after: str | None = None) -> Body:
    """Will put an empty row behind the row ``after``, or at the end."""
    rows = list(body["rows"])
    place = len(rows) if after is None else _place(rows, after) + 1
    rows.insert(place, {"key": new_key(), "cells": {}, "outputs": {}, "note": ""})
    return {**body, "rows": rows}


def remove_row(body: Body, *, key: str) -> Body:
    rows = list(body["rows"])
    del rows[_place(rows, key)]
    return {**body, "rows": rows}


def duplicate_row(body: Body, *, key: str) -> Body:
    """Will put a copy behind the row, under a key of its own."""
    rows = list(body["rows"])
    place = _place(rows, key)
    rows.insert(place + 1, {**rows[place], "key": new_key()})
    return {**body, "rows": rows}


def move_row(body: Body, *, key: str, by: int) -> Body:
    """Will move the row up (by < 0) or down; at an end it stays."""
    rows = list(body["rows"])
    place = _place(rows, key)
    row = rows.pop(place)
    rows.insert(max(0, min(len(rows), place + by)), row)
    return {**body, "rows": rows}


def move_row_to(body: Body, *, key: str, next_to: str, behind: bool) -> Body:
    """Will put the row in front of the row ``next_to``, or behind it."""
    rows = list(body["rows"])
    row = rows.pop(_place(rows, key))
    rows.insert(_place(rows, next_to) + behind, row)
    return {**body, "rows": rows}


def append_rows(body: Body, new: list[Row]) -> Body:
    """Will put rows at the end, each under a key of its own."""
    return {**body, "rows": [*body["rows"], *({**row, "key": new_key()} for row in new)]}


def replace_row(body: Body, *, key: str, row: Row) -> Body:
    """Will put other cells, outputs and note under the same key."""
    rows = list(body["rows"])
    rows[_place(rows, key)] = {**row, "key": key}
    return {**body, "rows": rows}


DEEDS: dict[str, Callable[[Body, str], Body]] = {
    "add": lambda body, key: add_row(body, after=key or None),
    "remove": lambda body, key: remove_row(body, key=key),
    "duplicate": lambda body, key: duplicate_row(body, key=key),
    "up": lambda body, key: move_row(body, key=key, by=-1),
    "down": lambda body, key: move_row(body, key=key, by=1),
}


def _place(rows: list[Row], key: str) -> int:
    for place, row in enumerate(rows):
        if row["key"] == key:
            return place
    raise NotFound(_("这一行已不在草稿中"))
