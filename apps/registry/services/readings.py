"""What houses use, month by month, from the utilities' files (GR-05)."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, imports
from apps.common.errors import InvalidInput
from apps.registry import permissions
from apps.registry.enums import FileKind, Utility
from apps.registry.models import RegistryFile, UtilityReading
from apps.registry.selectors.files import tenant_of

WORDS = {"水": Utility.WATER, "电": Utility.POWER, "气": Utility.GAS}


def _utility(cell: Any) -> str:
    found = WORDS.get(str(cell).strip().removeprefix("用"))
    if found is None:
        raise ValueError(_("应为：水、电或气"))
    return found


def _month(cell: Any) -> date:
    if isinstance(cell, date):
        return date(cell.year, cell.month, 1)
    try:
        year, month = str(cell).strip().split("-")[:2]
        return date(int(year), int(month), 1)
    except ValueError as error:
        raise ValueError(_("月份应写成 2026-05")) from error


def _amount(cell: Any) -> Decimal:
    try:
        found = Decimal(str(cell).strip())
    except InvalidOperation as error:
        raise ValueError(_("用量应为数字")) from error
    if not (found.is_finite() and 0 <= found < 10_000_000):
        raise ValueError(_("用量应为数字"))
    return found


COLUMNS = [
    imports.ImportColumn("code", "房屋编码", imports.text(40), required=True),
    imports.ImportColumn("utility", "类别", _utility, required=True),
    imports.ImportColumn("month", "月份", _month, required=True),
    imports.ImportColumn("amount", "用量", _amount, required=True),
]


def import_readings(actor: User, *, parsed: imports.Parsed, partial: bool) -> imports.Report:
    """Will keep the rows of a file by house code; a month told again replaces the one before.

    Raises: NotAllowed.
    """
    tenant = tenant_of(actor, permissions.KEEP)
    houses = RegistryFile.objects.filter(
        permissions.within_reach(actor, permissions.KEEP),
        tenant=tenant,
        kind=FileKind.PREMISES,
        to_on=None,
    )
    by_code = dict(houses.values_list("premises__code", "pk"))

    def write(row: dict[str, Any]) -> None:
        if row["code"] not in by_code:
            raise InvalidInput(_("没有编码为“%s”的房屋") % row["code"], field="房屋编码")
        UtilityReading.objects.update_or_create(
            premises_id=by_code[row["code"]],
            utility=row["utility"],
            month=row["month"],
            defaults={"amount": row["amount"], "imported_at": clock.now()},
        )

    report = imports.write_rows(parsed, write=write, partial=partial)
    audit.record(
        actor,
        "registry_readings.imported",
        data={"saved": report.saved, "errors": len(report.errors)},
    )
    return report
