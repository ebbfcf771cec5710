"""The role the processes sign in as: it appends to the log and can do no more with it."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.audit import selfchecks, services
from apps.audit.models import AuditEntry
from apps.common.day_tables import DayTable

pytestmark = pytest.mark.django_db
ROLE = "citybrain_role_of_a_test"


@pytest.fixture
def as_role():
    """Signed in as the role until the end of the test; rolled back with it."""
    call_command("protect_audit", role=ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_it_appends_and_reads(as_role):
    services.record(services.SYSTEM, "case.dispatched")
    assert AuditEntry.objects.filter(action="case.dispatched").exists()
    assert selfchecks.is_not_owner().state == "fulfilled"


def test_a_new_day_of_readings_and_lines_gets_its_part_and_an_old_one_goes(as_role):
    far = date(2031, 5, 6)
    for table in (DayTable("sensing_reading"), DayTable("journals_line")):
        assert table.ensure([far, far]) == [far]
        assert table.ensure([far]) == []
        assert table.drop_before(far + timedelta(days=1))[-1] == table.part_of(far)
        assert table.ensure([far]) == [far]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT common_drop_day_parts('audit_auditentry', '2099-01-01')",
        "SELECT common_make_day_part('accounts_user', '2031-05-06', now(), now())",
        "SELECT common_make_day_part('x; drop table accounts_user', '2031-05-06', now(), now())",
    ],
)
def test_parts_are_made_and_dropped_of_tables_in_parts_only(as_role, statement):
    with (
        pytest.raises(DatabaseError, match="is no table in parts"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET action = 'x'",
        "DELETE FROM audit_auditseal",
        "TRUNCATE audit_sealedleaves",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_append_only ON audit_auditentry",
        "SET session_replication_role = replica",
        "UPDATE evidence_checkpoint SET rows = 0",
    ],
)
def test_it_changes_nothing_that_is_written_once(as_role, statement):
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_owner_is_told_on_the_board_and_refused_as_the_role():
    assert selfchecks.is_not_owner().state == "partly"
    assert selfchecks.is_protected().state == "fulfilled"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="superuser"):
        call_command("protect_audit", role=owner)


def test_a_trigger_switched_off_shows_on_the_board():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditseal DISABLE TRIGGER audit_seal_append_only")
    assert selfchecks.is_protected().state == "not"
