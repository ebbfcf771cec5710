"""Deeds that change a row say what it was and what it is. AU-01."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.gateway import services as gateway
from apps.gateway.services.connectors import ConnectorData
from tests.gateway.factories import TenantFactory, UserFactory

APPS = Path(__file__).resolve().parents[2] / "apps"
#: Deeds of these words change what is there; the last word of the action tells.
CHANGING = frozenset(
    {
        "adjusted", "changed", "chosen", "corrected", "defined", "edited", "extended", "merged",
        "moved", "renamed", "replaced", "saved", "set", "stated", "updated",
    }
)  # fmt: skip
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
#: A set says it by what came and what went.
_SAYS = re.compile(r'"before"|before=|changes\(|changed=|"added":.*"removed":', re.S)


def deeds() -> dict[str, bool]:
    """Every action recorded of a changing kind, and whether its service tells the difference."""
    found: dict[str, bool] = {}
    for file in APPS.rglob("*.py"):
        if {"migrations", "demo"} & set(file.parts):
            continue
        text = file.read_text("utf-8")
        for function in ast.walk(ast.parse(text)):
            actions = _recorded(function) if isinstance(function, ast.FunctionDef) else []
            if actions:
                body = ast.get_source_segment(text, function) or ""
                says = _SAYS.search(body) is not None
                for action in actions:
                    found[action] = found.get(action, False) or says
    return found


def _recorded(function: ast.AST) -> list[str]:
    return [
        word.value
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and re.search(
            "record|note|announce", getattr(call.func, "attr", getattr(call.func, "id", ""))
        )
        for given in call.args
        for word in ast.walk(given)
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and _changes(word.value)
    ]


def _changes(action: str) -> bool:
    """What was ``found_…`` was done by somebody else, past the product: there is no before."""
    if not _ACTION.fullmatch(action):
        return False
    words = action.rsplit(".", 1)[1].split("_")
    return words[-1] in CHANGING and words[0] != "found"


def test_deeds_that_change_rows_tell_before_and_after() -> None:
    silent = {action for action, says in deeds().items() if not says}
    assert silent == set(), "say what changed: audit.changes(before, audit.snapshot(...))"


def test_changes_are_what_differs_with_personal_data_masked() -> None:
    before = {"name": "张三丰", "phone": "13812345678", "note": "打13812345678", "n": 1}
    after = {"name": "张三石", "phone": "13912345678", "note": "无", "n": 1, "new": None}
    assert audit.changes(before, after, names=("name",)) == {
        "before": {"name": "张*丰", "phone": "138****5678", "note": "打138****5678"},
        "after": {"name": "张*石", "phone": "139****5678", "note": "无"},
    }


def test_a_document_is_told_place_by_place() -> None:
    before = {"title": "甲", "rows": [{"key": "a", "n": 1}, {"key": "b"}], "gone": None}
    after = {"title": "甲", "rows": [{"key": "new"}, {"key": "a", "n": 1}, {"key": "b"}]}
    assert audit.document_changes(before, after) == {
        "before": {"rows.0-": [], "gone": None},
        "after": {"rows.0-": [{"key": "new"}]},
    }
    edited = {**before, "rows": [{"key": "a", "n": 2}, {"key": "b", "phone": "13812345678"}]}
    assert audit.document_changes(before, edited) == {
        "before": {"rows.0.n": 1},
        "after": {"rows.0.n": 2, "rows.1.phone": "138****5678"},
    }


def test_a_big_change_is_cut_and_named_by_its_digest() -> None:
    rows = [{"key": str(number)} for number in range(100)]
    told = audit.document_changes({}, {"rows": rows})["after"]["rows"]
    other = audit.document_changes({}, {"rows": [*rows, {}]})["after"]["rows"]
    assert told[:300] == other[:300]
    assert "… sha256:" in told
    assert told != other
    many = audit.document_changes({"rows": rows}, {"rows": [{"key": ""}] * 100})
    assert (len(many["after"]), many["further"]) == (40, 60)


@pytest.mark.django_db
def test_a_snapshot_is_plain_and_empty_before_there_is_a_row() -> None:
    role = Role(code="x", name="甲")
    assert audit.snapshot(role, "code", "permissions") == {}
    role.save()
    assert audit.snapshot(role, "code", "permissions") == {"code": "x", "permissions": []}


@pytest.mark.django_db
def test_a_changed_connector_says_what_it_was(settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    boss, data = UserFactory(is_superuser=True), {"name": "水务", "url": "https://127.0.0.1/a"}
    made, _secret = gateway.create_connector(
        boss, code="water", tenant=TenantFactory(), data=ConnectorData(**data)
    )
    changed = ConnectorData(**data | {"url": "https://127.0.0.1/b"})
    gateway.edit_connector(boss, connector_id=made.pk, data=changed)
    entry = AuditEntry.objects.get(action="connector.changed")
    assert entry.data["before"] == {"url": "https://127.0.0.1/a"}
    assert entry.data["after"] == {"url": "https://127.0.0.1/b"}
