"""Protected rows: changed by the product nobody minds, behind its back it is named. AU-03."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.accounts.models import Appointment, Role, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.evidence import selectors, services
from apps.evidence.enums import RowFault
from apps.evidence.models import RowDigest, RowFinding
from apps.evidence.registry import protected_tables
from apps.notices.models import Notice
from tests.cast import Cast, role_named

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def protecting(cast: Cast, settings: Any) -> None:
    settings.EVIDENCE_PROTECT_ROWS = True
    services.check_rows()


@pytest.fixture
def auditor(cast: Cast) -> User:
    role_named("supervisor").permissions.add(Permission.objects.get(codename="read_audit"))
    return cast.supervisor


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def open_findings() -> list[RowFinding]:
    services.check_rows()
    return list(RowFinding.objects.filter(ended_at=None))


def test_what_the_product_changes_fits(cast: Cast) -> None:
    role = role_named("handler")
    role.permissions.add(Permission.objects.get(codename="manage_clients"))
    role.permissions.remove(*role.permissions.all()[:1])
    cast.east_works.posts.first().roles.set([role_named("head")])
    Appointment.objects.filter(user=cast.head).get().delete()
    cast.handler.is_active = False
    cast.handler.save(update_fields=["is_active"])
    User.objects.bulk_create([User(username="new", full_name="新人")])
    assert open_findings() == []


def test_a_field_changed_in_the_database_is_named(cast: Cast, auditor: User) -> None:
    held = Appointment.objects.get(user=cast.handler)
    began = clock.now()
    sql("UPDATE accounts_appointment SET to_on = '2099-01-01' WHERE id = %s", held.pk)
    with clock.at(began + timedelta(hours=2)):
        (found,) = open_findings()
    assert (found.table, found.row_key, found.fault) == (
        "accounts.Appointment", str(held.pk), RowFault.CHANGED,
    )  # fmt: skip
    assert found.fields == ["to_on"]
    assert found.since is not None
    assert found.since <= began < found.until
    sentence = selectors.row_sentence(found)
    assert "离任日期" in sentence
    assert str(held.pk) in sentence
    assert AuditEntry.objects.get(action="rows.found_changed").data["fields"] == ["to_on"]
    assert Notice.objects.filter(recipient=auditor, kind="alarm").count() == 1
    services.check_rows()  # a second night tells nothing again
    assert RowFinding.objects.count() == 1


def test_rights_given_in_the_database_are_found(cast: Cast) -> None:
    role, right = role_named("grid_worker"), Permission.objects.get(codename="manage_roles")
    sql(
        "INSERT INTO accounts_role_permissions (role_id, permission_id) VALUES (%s, %s)",
        role.pk, right.pk,
    )  # fmt: skip
    (found,) = open_findings()
    assert (found.table, found.fields) == ("accounts.Role", ["permissions"])


def test_rows_put_in_or_taken_out_are_found(cast: Cast) -> None:
    User.objects.bulk_create([User(username="root2", full_name="不速之客", is_superuser=True)])
    gone = Appointment.objects.get(user=cast.handler)
    sql("DELETE FROM accounts_appointment WHERE id = %s", gone.pk)
    faults = {one.table: one.fault for one in open_findings()}
    assert faults == {
        "accounts.User": RowFault.ADDED,
        "accounts.Appointment": RowFault.REMOVED,
    }


def test_a_row_put_right_again_ends_its_finding(cast: Cast) -> None:
    role = Role.objects.get(pk=role_named("handler").pk)
    sql("UPDATE accounts_role SET code = 'odd' WHERE id = %s", role.pk)
    assert len(open_findings()) == 1
    sql("UPDATE accounts_role SET code = %s WHERE id = %s", role.code, role.pk)
    assert open_findings() == []


def test_accepting_needs_the_right_a_reason_and_happens_once(cast: Cast, auditor: User) -> None:
    sql("UPDATE accounts_role SET code = 'odd' WHERE id = %s", role_named("handler").pk)
    (found,) = open_findings()
    with pytest.raises(NotAllowed):
        services.accept_row(cast.handler, finding_id=found.pk, reason="误操作已核实")
    with pytest.raises(InvalidInput):
        services.accept_row(auditor, finding_id=found.pk, reason=" ")
    services.accept_row(auditor, finding_id=found.pk, reason="误操作已核实")
    with pytest.raises(Refused):
        services.accept_row(auditor, finding_id=found.pk, reason="误操作已核实")
    assert open_findings() == []


def test_the_ledger_cannot_be_changed_and_a_changed_one_is_found(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        RowDigest.objects.all().delete()
    with clock.at(clock.now() + timedelta(hours=3)):
        services.check_rows()
        sql("ALTER TABLE evidence_rowdigest DISABLE TRIGGER ALL")
        last = RowDigest.objects.filter(table="accounts.Role").order_by("-pk")[:1]
        sql("DELETE FROM evidence_rowdigest WHERE id = %s", last[0].pk)
        sql("ALTER TABLE evidence_rowdigest ENABLE TRIGGER ALL")
        faults = {one.table: one.fault for one in open_findings()}
    assert faults["evidence.RowDigest"] == RowFault.LEDGER


def test_a_forged_digest_is_no_digest(cast: Cast) -> None:
    role = role_named("handler")
    services.note_row(_role_table(), role.pk)
    sql("UPDATE accounts_role SET code = 'odd' WHERE id = %s", role.pk)
    sql(
        "INSERT INTO evidence_rowdigest (table, row_key, fields, is_gone, key_id, digest, at)"
        " SELECT table, row_key, '{}', is_gone, key_id, digest, now()"
        " FROM evidence_rowdigest WHERE table = 'accounts.Role' ORDER BY id DESC LIMIT 1".replace(
            "table,", '"table",'
        )
        .replace("WHERE table", 'WHERE "table"')
        .replace("(table", '("table"')
    )
    (found,) = open_findings()
    assert found.fault == RowFault.LEDGER


def test_the_page_names_them_to_auditors_only(cast: Cast, auditor: User, client: Client) -> None:
    sql("UPDATE accounts_role SET code = 'odd' WHERE id = %s", role_named("handler").pk)
    (found,) = open_findings()
    client.force_login(cast.handler)
    assert client.get("/evidence/rows/").status_code == 403
    client.force_login(auditor)
    assert "代码" in client.get("/evidence/rows/").content.decode()
    assert "绕过系统改动" in client.get("/evidence/").content.decode()
    client.post(f"/evidence/rows/{found.pk}/accept/", {"reason": "误操作已核实"})
    client.post("/evidence/rows/check/")
    assert "没有不符的数据行" in client.get("/evidence/rows/").content.decode()


def _role_table() -> Any:
    return next(one for one in protected_tables() if one.model == "accounts.Role")
