"""Installations that stood before the alarm centre get its roles, once. AL-01."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management.sql import emit_post_migrate_signal

from apps.accounts.models import Role
from apps.accounts.services import extend_roles, seed_roles
from apps.alarms.starting import ensure_roles
from apps.audit.models import AuditEntry

ALARM_ROLES = ["alarm_keeper", "alarm_operator"]


def step(app: str, name: str) -> Any:
    return SimpleNamespace(app_label=app, name=name)


NEW = [(step("alarms", "0003_rehearsals"), False)]


def rights_of(code: str) -> set[str]:
    return set(Role.objects.get(code=code).permissions.values_list("codename", flat=True))


@pytest.fixture
def older(db: None) -> None:
    """A city with its roles of the release before."""
    seed_roles()
    Role.objects.filter(code__in=ALARM_ROLES).delete()
    for role in Role.objects.all():
        role.permissions.remove(*role.permissions.filter(content_type__app_label="alarms"))


def test_an_older_city_gets_the_roles_and_the_rights(older: None) -> None:
    kept = rights_of("rule_publisher")
    ensure_roles(plan=NEW)
    assert rights_of("alarm_operator") == {"view_alarms", "handle_alarms"}
    assert "arrange_alarms" in rights_of("alarm_keeper")
    assert rights_of("rule_publisher") == kept | {"publish_alarm_rules"}
    assert "view_alarms" in rights_of("leader")
    entry = AuditEntry.objects.filter(action="role.extended", object_label="领导").get()
    assert "alarms.view_alarms" in str(entry.data)


def test_migrating_makes_the_rights_first(older: None) -> None:
    """The rights themselves come after a migration; the roles must not be looked at before."""
    Permission.objects.filter(content_type__app_label="alarms").delete()
    emit_post_migrate_signal(0, False, "default", plan=NEW)
    assert rights_of("alarm_operator") == {"view_alarms", "handle_alarms"}


def test_what_a_city_takes_away_later_stays_away(older: None) -> None:
    ensure_roles(plan=NEW)
    Role.objects.get(code="alarm_operator").permissions.clear()
    ensure_roles(plan=[(step("alarms", "0099_later"), False)])
    ensure_roles(plan=[(step("alarms", "0003_rehearsals"), True)])  # taken back
    ensure_roles(plan=[])
    assert rights_of("alarm_operator") == set()


def test_twice_changes_nothing_and_roles_of_other_work_are_not_made(older: None) -> None:
    Role.objects.filter(code="leader").delete()
    assert {role.code for role in extend_roles("alarms")} >= {*ALARM_ROLES, "rule_publisher"}
    assert extend_roles("alarms") == []
    assert not Role.objects.filter(code="leader").exists()


def test_what_other_parts_brought_comes_with_them(older: None) -> None:
    Role.objects.filter(code="device_operator").delete()
    assert "device_operator" in {role.code for role in extend_roles("commanding")}
    assert rights_of("device_operator") == {"send_commands", "send_grave_commands", "view_devices"}
    assert "alarm_keeper" not in {role.code for role in extend_roles("observing")}


def test_a_city_without_roles_has_not_begun(db: None) -> None:
    ensure_roles(plan=NEW)
    assert not Role.objects.exists()
