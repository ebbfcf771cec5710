import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import services
from apps.audit.models import AuditEntry, AuditSeal
from apps.common import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    AuditSeal.objects.create(
        number=1,
        from_txid=0,
        to_txid=1,
        first_id=1,
        last_id=1,
        count=0,
        previous_digest="",
        digest="",
        sealed_at=clock.now(),
    )
    return services.record(services.SYSTEM, "case.dispatched", object_type="case", object_id=7)


@pytest.mark.parametrize("model", [AuditEntry, AuditSeal])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_rows_cannot_be_changed_or_removed(entry, model, deed):
    field = "action" if model is AuditEntry else "digest"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**{field: "x"}) if deed == "update" else model.objects.all().delete()


def test_table_cannot_be_emptied(entry, settings):
    import importlib

    migration = importlib.import_module("apps.audit.migrations.0002_append_only")
    settings.AUDIT_TRUNCATE_ALLOWED = False
    with connection.schema_editor() as editor:
        migration.refuse_truncate(None, editor)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("TRUNCATE audit_auditentry")
    assert AuditEntry.objects.count() == 1


def test_writing_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        services.record(services.SYSTEM, "case.dispatched", data={"unit": 3})


def test_entry_vanishes_with_the_deed_that_failed():
    with transaction.atomic():
        services.record(services.SYSTEM, "case.dispatched")
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
