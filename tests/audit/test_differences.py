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
        "adjusted", "changed", "corrected", "edited", "extended", "merged", "moved", "renamed",
        "replaced", "saved", "set", "updated",
    }
)  # fmt: skip
#: Deeds that do not say it yet. May only become shorter; some keep every wording as a version.
WITHOUT = frozenset(
    {
        "areas.merged", "base_map.extended", "course.saved", "guide.changed",
        "matter_application.set", "matter_draft.saved", "organization.moved",
        "organization.updated", "post.template_set", "post.updated", "post_template.saved",
        "public_account.merged", "role.permissions_set", "rows.found_changed",
        "rule_draft.saved", "user.password_changed", "user.updated",
    }
)  # fmt: skip
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
_SAYS = ('"before"', "before=", "changes(", "changed=")


def deeds() -> dict[str, bool]:
    """Every action recorded of a changing kind, and whether its service tells the difference."""
    found: dict[str, bool] = {}
    for file in APPS.rglob("*.py"):
        if {"migrations", "demo"} & set(file.parts):
            continue
        text = file.read_text("utf-8")
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                body = ast.get_source_segment(text, function) or ""
                says = any(word in body for word in _SAYS)
                for action in _recorded(function):
                    found[action] = found.get(action, False) or says
    return found


def _recorded(function: ast.FunctionDef) -> list[str]:
    return [
        given.value
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and re.search("record|note", getattr(call.func, "attr", getattr(call.func, "id", "")))
        for given in call.args
        if isinstance(given, ast.Constant)
        and isinstance(given.value, str)
        and _ACTION.fullmatch(given.value)
        and given.value.rsplit(".", 1)[1].split("_")[-1] in CHANGING
    ]


def test_deeds_that_change_rows_tell_before_and_after() -> None:
    silent = {action for action, says in deeds().items() if not says}
    assert silent - WITHOUT == set(), "say what changed: audit.changes(before, audit.snapshot(...))"
    assert WITHOUT - silent == set(), "they say it now: take them off the list"


def test_changes_are_what_differs_with_personal_data_masked() -> None:
    before = {"name": "张三丰", "phone": "13812345678", "note": "打13812345678", "n": 1}
    after = {"name": "张三石", "phone": "13912345678", "note": "无", "n": 1, "new": None}
    assert audit.changes(before, after, names=("name",)) == {
        "before": {"name": "张*丰", "phone": "138****5678", "note": "打138****5678"},
        "after": {"name": "张*石", "phone": "139****5678", "note": "无"},
    }


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
