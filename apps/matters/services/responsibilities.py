"""Keeping the list of responsibilities: lines are added and ended, never rewritten (MT-25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import record
from apps.common import clock, dictionaries
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.imports import ImportColumn, Parsed, Report, day, text, write_rows
from apps.matters.models import MatterType, Responsibility
from apps.matters.permissions import can_edit_responsibilities
from apps.places.models import Area

CLASS_DICTIONARY = "demand-class"
#: What a file of responsibilities holds; the export writes the same headers.
COLUMNS = (
    ImportColumn("class_code", gettext_lazy("分类代码"), text(40)),
    ImportColumn("matter", gettext_lazy("事项代码"), text(60)),
    ImportColumn("area", gettext_lazy("区域代码"), text(40), required=True),
    ImportColumn("unit", gettext_lazy("单位代码"), text(60), required=True),
    ImportColumn("legal_basis", gettext_lazy("法定依据"), text(300)),
    ImportColumn("source", gettext_lazy("来源"), text(120)),
    ImportColumn("valid_from", gettext_lazy("生效日期"), day),
)


@dataclass(frozen=True)
class NewLine:
    """A line to be added. class_code "" and matter_type None: every one."""

    area: Area
    unit: Organization
    class_code: str = ""
    matter_type: MatterType | None = None
    legal_basis: str = ""
    source: str = ""
    valid_from: date | None = None


@transaction.atomic
def add_responsibility(
    actor: User, *, tenant: Tenant, line: NewLine, replaces: bool
) -> Responsibility:
    """Will add a line to the list, as a new edition of it.

    replaces: lines of the same matter, class and area end the day this one begins; otherwise
    they stay beside it, and the matrix shows two units. Locks the tenant's row.
    Raises: NotAllowed; InvalidInput (class, unit or area of another tenant, basis too long);
        Refused (the very same line is in force).
    Source: MT-25.
    """
    _require(actor, tenant)
    return _add(actor, tenant, line, version=_next_version(tenant), replaces=replaces)


def _add(
    actor: User, tenant: Tenant, line: NewLine, *, version: int, replaces: bool
) -> Responsibility:
    _check(tenant, line)
    starts = line.valid_from or clock.today()
    same = Responsibility.objects.select_for_update().filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=starts),
        tenant=tenant,
        matter_type=line.matter_type,
        class_code=line.class_code,
        area=line.area,
    )
    same = same.order_by("pk")
    if any(old.unit_id == line.unit.pk and old.legal_basis == line.legal_basis for old in same):
        raise Refused(_("清单中已有这一条"), code="already_listed")
    for old in same:
        if replaces or old.unit_id == line.unit.pk:
            old.valid_to = max(starts, old.valid_from)
            old.save(update_fields=["valid_to"])
    made = Responsibility.objects.create(
        tenant=tenant,
        matter_type=line.matter_type,
        class_code=line.class_code,
        area=line.area,
        unit=line.unit,
        legal_basis=line.legal_basis,
        source=line.source,
        valid_from=starts,
        version=version,
        added_at=clock.now(),
        added_by_name=actor.display_name[:100],
    )
    _log(actor, "responsibility.added", made, {"version": version, "unit": line.unit.code})
    return made


@transaction.atomic
def end_responsibility(actor: User, *, line_id: int, reason: str) -> Responsibility:
    """Will end a line today. Raises: NotFound, NotAllowed, InvalidInput (no reason), Refused."""
    line = Responsibility.objects.select_for_update().filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("没有这一条"))
    _require(actor, line.tenant)
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")
    if line.valid_to is not None and line.valid_to <= clock.today():
        raise Refused(_("这一条已经失效"), code="already_ended")
    line.valid_to = max(clock.today(), line.valid_from)
    line.save(update_fields=["valid_to"])
    _log(actor, "responsibility.ended", line, {"reason": reason.strip()})
    return line


@transaction.atomic
def import_responsibilities(
    actor: User, *, tenant: Tenant, parsed: Parsed, replaces: bool
) -> Report:
    """Will add the lines of a file as one edition; one bad row and nothing is saved.

    A line that is in force already is passed over. Raises: NotAllowed.
    """
    _require(actor, tenant)
    version = _next_version(tenant)

    def write(values: dict[str, Any]) -> None:
        try:
            _add(actor, tenant, _read(tenant, values), version=version, replaces=replaces)
        except Refused as refusal:
            if refusal.code != "already_listed":
                raise

    return write_rows(parsed, write=write, partial=False)


def _read(tenant: Tenant, values: dict[str, Any]) -> NewLine:
    today = clock.today()
    area = Area.objects.valid_on(today).filter(code=values["area"]).first()
    if area is None:
        raise InvalidInput(_("没有代码为“%s”的区域") % values["area"], field=_("区域代码"))
    unit = Organization.objects.filter(code=values["unit"], tenant=tenant).first()
    if unit is None:
        raise InvalidInput(_("没有代码为“%s”的单位") % values["unit"], field=_("单位代码"))
    matter = None
    if values.get("matter"):
        matter = MatterType.objects.filter(code=values["matter"]).first()
        if matter is None:
            raise InvalidInput(_("没有代码为“%s”的事项") % values["matter"], field=_("事项代码"))
    return NewLine(
        area=area,
        unit=unit,
        class_code=values.get("class_code") or "",
        matter_type=matter,
        legal_basis=values.get("legal_basis") or "",
        source=values.get("source") or "",
        valid_from=values.get("valid_from"),
    )


def _check(tenant: Tenant, line: NewLine) -> None:
    if line.unit.tenant_id != tenant.pk or not line.unit.is_active:
        raise InvalidInput(_("责任单位须是本级在用的单位"), field="unit")
    if tenant.area is not None and not line.area.path.startswith(tenant.area.path):
        raise InvalidInput(_("区域不在本级辖区内"), field="area")
    if line.class_code and not _is_class(line.class_code):
        raise InvalidInput(_("没有代码为“%s”的分类") % line.class_code, field="class_code")


def _is_class(code: str) -> bool:
    known: Sequence[tuple[str, str]] = dictionaries.choices(CLASS_DICTIONARY)
    return any(each == code or each.startswith(f"{code}.") for each, _label in known)


def _next_version(tenant: Tenant) -> int:
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    last = Responsibility.objects.filter(tenant=tenant).aggregate(n=Max("version"))["n"]
    return int(last or 0) + 1


def _require(actor: User, tenant: Tenant) -> None:
    if not can_edit_responsibilities(actor, tenant.pk):
        raise NotAllowed(_("您没有维护权责清单的权限"))


def _log(actor: User, action: str, line: Responsibility, data: dict[str, Any]) -> None:
    record(
        actor,
        action,
        object_type="matters.responsibility",
        object_id=line.pk,
        object_label=str(line),
        data=data,
    )
