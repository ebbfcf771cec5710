"""What a city begins with, and what an older one gets (OP-22)."""

import io

import pytest
from django.core.management import call_command

from apps.accounts.models import Role
from apps.accounts.services import extend_roles
from apps.matters.models import MatterType
from apps.ops.models import FaultKind, FaultLevel
from apps.ops.starting import ensure_levels
from tests.cast import Cast


def test_a_city_begins_with_levels_and_the_matter_once(cast: Cast) -> None:
    told = io.StringIO()
    call_command("ship_work_orders", stdout=told)
    call_command("ship_work_orders", stdout=told)
    assert told.getvalue().splitlines() == ["ops.fault 运维工单"] * 2
    gravest = FaultLevel.objects.get(number=1)
    respond = (gravest.respond_amount, gravest.respond_unit)
    restore = (gravest.restore_amount, gravest.restore_unit)
    assert (respond, restore) == ((30, "calendar_minutes"), (4, "calendar_hours"))
    assert MatterType.objects.filter(code="ops.fault").count() == 1


@pytest.mark.django_db
def test_what_a_city_changed_of_the_levels_stays() -> None:
    ensure_levels()
    FaultLevel.objects.filter(number=4).update(name="咨询")
    FaultKind.objects.filter(code="other").delete()
    ensure_levels()
    assert FaultLevel.objects.get(number=4).name == "咨询"
    assert not FaultKind.objects.filter(code="other").exists()


@pytest.mark.django_db
def test_an_older_city_gets_the_roles() -> None:
    Role.objects.get_or_create(code="acceptor", defaults={"name": "受理员"})
    made = {role.code for role in extend_roles("ops")}
    assert made == {"ops_reporter", "ops_manager", "maintainer", "vendor_maintainer"}
    vendor = Role.objects.get(code="vendor_maintainer").permissions
    assert set(vendor.values_list("codename", flat=True)) == {
        "repair_orders", "handle_case", "use_phone",
    }  # fmt: skip
