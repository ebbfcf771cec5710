"""The inventory of matters: written by departments, checked by the centre, confirmed (MT-05)."""

from collections.abc import Mapping
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.common import clock, imports
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.phrases import series
from apps.matters import permissions
from apps.matters.enums import InventoryState, MatterKind
from apps.matters.errors import WrongStanding
from apps.matters.limits import limit_trouble
from apps.matters.models import InventoryItem, MatterDomain, MatterType
from apps.matters.selectors.inventory import missing_parts

FIELDS = ("kind", "audience", "legal_basis", "promise", "fee")


#: What the log says of an item that changes.
_STATED = ("organization", "name", "domain", *FIELDS)


@transaction.atomic
def save_item(
    actor: User,
    *,
    organization: Organization,
    name: str,
    values: Mapping[str, Any],
    domain: MatterDomain | None = None,
    item_id: int | None = None,
) -> InventoryItem:
    """Will keep an item of a department; a changed one has to be checked anew.

    values: any of ``FIELDS``, text. Raises: NotAllowed (not the actor's unit and not the
    centre's right); InvalidInput (name, kind, promise; a second item of the name).
    """
    permissions.require_fill(actor, organization)
    item = _lock(item_id) if item_id is not None else InventoryItem(tenant=organization.tenant)
    if item.pk is not None:
        permissions.require_fill(actor, item.organization)
    before = audit.snapshot(item, *_STATED)
    item.organization, item.tenant = organization, organization.tenant
    item.name, item.domain = name.strip()[:80], domain
    for field in FIELDS:
        if field in values:
            setattr(item, field, str(values[field] or "").strip())
    _require_sound(item)
    item.state, item.returned_note = InventoryState.DRAFT, ""
    item.checked_by = item.checked_at = item.confirmed_by = item.confirmed_at = None
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError:
        raise InvalidInput(_("该部门已有同名事项“%s”") % item.name, field="name") from None
    changed = audit.changes(before, audit.snapshot(item, *_STATED))
    _record(actor, "inventory_item.saved", item, **changed)
    return item


@transaction.atomic
def check_item(
    actor: User, *, item_id: int, matter_type: MatterType | None = None
) -> InventoryItem:
    """Will accept an item as complete, for the centre, and link it to the matter it became.

    Raises: NotAllowed; WrongStanding (not waiting to be checked); InvalidInput (data "missing":
        the mandatory parts that are not there).
    """
    permissions.require_edit(actor)
    item = _lock(item_id)
    _require_reach(actor, item)
    if item.state != InventoryState.DRAFT:
        raise WrongStanding(_("这一项不在待核对状态"))
    missing = missing_parts(item)
    if missing:
        raise InvalidInput(_("还缺：%s") % series(missing), field="name", data={"missing": missing})
    item.state, item.returned_note = InventoryState.CHECKED, ""
    item.checked_by, item.checked_at = actor, clock.now()
    if matter_type is not None:
        item.matter_type = matter_type
    item.save()
    _record(actor, "inventory_item.checked", item)
    return item


@transaction.atomic
def return_item(actor: User, *, item_id: int, note: str) -> InventoryItem:
    """Will send an item back to its department with what is wrong with it.

    Raises: NotAllowed; InvalidInput (no note).
    """
    permissions.require_edit(actor)
    item = _lock(item_id)
    _require_reach(actor, item)
    if not note.strip():
        raise InvalidInput(_("请写明退回的理由"), field="note")
    item.state, item.returned_note = InventoryState.DRAFT, note.strip()[:500]
    item.checked_by = item.checked_at = item.confirmed_by = item.confirmed_at = None
    item.save()
    _record(actor, "inventory_item.returned", item, note=item.returned_note)
    return item


@transaction.atomic
def confirm_item(actor: User, *, item_id: int) -> InventoryItem:
    """Will let the head of the department stand by a checked item.

    Raises: NotAllowed (not a head of that unit); WrongStanding (not checked).
    """
    item = _lock(item_id)
    if not permissions.can_confirm(actor, item.organization):
        raise NotAllowed(_("只有本部门负责人能确认"))
    if item.state != InventoryState.CHECKED:
        raise WrongStanding(_("核对通过后才能确认"))
    item.state, item.confirmed_by, item.confirmed_at = (
        InventoryState.CONFIRMED,
        actor,
        clock.now(),
    )
    item.save()
    _record(actor, "inventory_item.confirmed", item)
    return item


def import_items(actor: User, *, file: IO[bytes], partial: bool = False) -> imports.Report:
    """Will read items from xlsx or CSV, one row each; the same name again changes the item.

    Columns: 单位编码, 事项名称, 类型, 业务领域, 服务对象, 法律依据, 承诺时限, 收费.
    partial: keep the good rows. Raises: InvalidInput (the file); errors of rows are in the report.
    """
    parsed = imports.read_rows(file, _columns())
    units = {o.code: o for o in Organization.objects.filter(is_active=True)}
    domains = {d.name: d for d in MatterDomain.objects.filter(is_active=True)}

    def write(row: dict[str, Any]) -> None:
        unit = units.get(row["unit"])
        if unit is None:
            raise InvalidInput(_("没有代码为“%s”的在用单位") % row["unit"], field="单位编码")
        domain = domains.get(row["domain"] or "")
        if row["domain"] and domain is None:
            raise InvalidInput(_("没有业务领域“%s”") % row["domain"], field="业务领域")
        known = InventoryItem.objects.filter(organization=unit, name=row["name"]).first()
        save_item(
            actor,
            organization=unit,
            name=row["name"],
            values={k: row[k] for k in FIELDS},
            domain=domain,
            item_id=known.pk if known else None,
        )

    return imports.write_rows(parsed, write=write, partial=partial)


def _columns() -> list[imports.ImportColumn]:
    return [
        imports.ImportColumn("unit", "单位编码", imports.text(50), required=True),
        imports.ImportColumn("name", "事项名称", imports.text(80), required=True),
        imports.ImportColumn("kind", "类型", _kind),
        imports.ImportColumn("domain", "业务领域", imports.text(60)),
        imports.ImportColumn("audience", "服务对象", imports.text(200)),
        imports.ImportColumn("legal_basis", "法律依据", imports.text(500)),
        imports.ImportColumn("promise", "承诺时限", imports.text(40)),
        imports.ImportColumn("fee", "收费", imports.text(200)),
    ]


def _kind(cell: Any) -> str:
    text = str(cell).strip()
    for kind in MatterKind:
        if text in (kind.value, str(kind.label)):
            return kind.value
    known = series(str(kind.label) for kind in MatterKind)
    raise ValueError(_("类型应为：%s") % known)


def _require_sound(item: InventoryItem) -> None:
    if not item.name:
        raise InvalidInput(_("请填写事项名称"), field="name")
    if item.kind and item.kind not in MatterKind.values:
        raise InvalidInput(_("没有这个类型"), field="kind")
    if item.promise and (trouble := limit_trouble(item.promise)):
        raise InvalidInput(trouble, field="promise")
    for field in FIELDS:
        most = getattr(InventoryItem._meta.get_field(field), "max_length", None)
        if most and len(getattr(item, field)) > most:
            raise InvalidInput(_("不能超过 %s 个字") % most, field=field)


def _lock(item_id: int) -> InventoryItem:
    return (
        InventoryItem.objects.select_for_update(of=("self",))
        .select_related("organization__tenant")
        .get(pk=item_id)
    )


def _require_reach(actor: User, item: InventoryItem) -> None:
    if not permissions.can_oversee_inventory(actor, item.organization):
        raise NotAllowed(_("这一项不属于您所在的租户"))


def _record(actor: User, action: str, item: InventoryItem, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="inventory_item",
        object_id=item.pk,
        object_label=f"{item.organization} {item.name}",
        data=data,
    )
