"""The table of requirements names things that exist."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "requirements.md").read_text("utf-8").splitlines()
    if re.match(r"\| [A-Z]{2}-\d{2} ", line)
]


def test_each_id_once() -> None:
    ids = [row[0] for row in ROWS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row_is_whole(row: list[str]) -> None:
    _id, what, where, state, missing = row
    assert what
    assert state in {"works", "partial", "not yet"}
    assert state != "works" or where != "—"
    assert state != "partial" or missing


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_named_exists(row: list[str]) -> None:
    for name in re.findall(r"`([^`]+)`", row[2]):
        if name.startswith("/"):
            resolve(name)
        else:
            assert (ROOT / name).exists(), name
