"""Types of special groups as data of a city: shipped ones to begin with, changed by its keepers."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Role, Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.forms_data import check_definition
from apps.common.phrases import points
from apps.registry import permissions
from apps.registry.care_bodies import check_body
from apps.registry.core_fields import RESERVED
from apps.registry.enums import FileKind
from apps.registry.models import FieldSet, SpecialType
from apps.registry.selectors.files import tenant_of

SHIPPED = "fixtures/registry/special_types.json"


@transaction.atomic
def add_shipped_types(actor: User) -> int:
    """Will add the types the product comes with that this body lacks; gives their number.

    Raises: NotAllowed.
    """
    tenant, shipped = tenant_of(actor, permissions.DEFINE), _shipped()
    known = set(SpecialType.objects.filter(tenant=tenant).values_list("code", flat=True))
    added = [
        SpecialType(
            tenant=tenant,
            code=row["code"],
            name=row["name"],
            body=shipped["common"] | row.get("body", {}),
            escalation_days=row.get("escalation_days", 3),
            position=place,
        )
        for place, row in enumerate(shipped["types"])
        if row["code"] not in known
    ]
    SpecialType.objects.bulk_create(added)
    if added:
        codes = [kind.code for kind in added]
        audit.record(actor, "special_types.added", data={"before": {}, "after": {"codes": codes}})
    return len(added)


@transaction.atomic
def save_type(
    actor: User,
    *,
    code: str,
    name: str,
    body: Mapping[str, Any],
    escalation_days: int,
    is_active: bool,
    roles: list[Role],
    type_id: int | None = None,
) -> SpecialType:
    """Will make a type, or change one; what its people are in now must stay defined. Locks it.

    Raises: NotAllowed; NotFound; InvalidInput (body: what is wrong in sentences; code).
    """
    tenant = tenant_of(actor, permissions.DEFINE)
    kind = _type_of(tenant, type_id, code)
    if problems := check_body(body):
        raise InvalidInput(points(problems), field="body")
    _require_still_defined(kind, body)
    before = audit.snapshot(kind, "name", "body", "escalation_days", "is_active")
    kind.name, kind.body = name.strip(), dict(body)
    kind.escalation_days, kind.is_active = escalation_days, is_active
    kind.number = kind.number + 1 if kind.pk else 1
    kind.save()
    kind.roles.set(roles)
    after = audit.snapshot(kind, "name", "body", "escalation_days", "is_active")
    audit.record(
        actor,
        "special_type.saved",
        object_type="special_type",
        object_id=kind.pk,
        object_label=kind.name,
        data=audit.document_changes(before, after),
    )
    return kind


@transaction.atomic
def define_fields(actor: User, *, kind: str, body: Mapping[str, Any]) -> FieldSet:
    """Will put a new version of the further fields of a kind in force; the old ones stay.

    Raises: NotAllowed; InvalidInput (kind; body: what is wrong in sentences).
    """
    tenant_of(actor, permissions.DEFINE)
    if kind not in FileKind.values:
        raise InvalidInput(_("请选择档案类型"), field="kind")
    problems = check_definition(body)
    names = [str(entry["name"]) for entry in body["fields"]] if not problems else []
    problems += [_("%s：名称已被基本字段使用") % name for name in names if name in RESERVED]
    if problems:
        raise InvalidInput(points(problems), field="body")
    last = FieldSet.objects.select_for_update().filter(kind=kind).order_by("-number").first()
    made = FieldSet.objects.create(
        kind=kind,
        number=last.number + 1 if last else 1,
        body={"fields": body["fields"]},
        made_at=clock.now(),
        made_by_name=actor.display_name,
    )
    audit.record(
        actor,
        "registry_fields.defined",
        object_type="registry_fields",
        object_id=made.pk,
        object_label=str(made),
        data=audit.document_changes(last.body if last else {}, made.body),
    )
    return made


def shipped_body() -> dict[str, Any]:
    """Will give the body a new type begins with."""
    found: dict[str, Any] = _shipped()["common"]
    return found


def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.BASE_DIR / SHIPPED).read_text(encoding="utf-8"))
    return found


def _type_of(tenant: Tenant, type_id: int | None, code: str) -> SpecialType:
    if type_id is None:
        if SpecialType.objects.filter(tenant=tenant, code=code).exists():
            raise InvalidInput(_("代码已被使用"), field="code")
        return SpecialType(tenant=tenant, code=code)
    found = SpecialType.objects.select_for_update().filter(tenant=tenant, pk=type_id).first()
    if found is None:
        raise NotFound(_("没有这一类重点人员"))
    return found


def _require_still_defined(kind: SpecialType, body: Mapping[str, Any]) -> None:
    if not kind.pk:
        return
    held = kind.enrolments.filter(ended_on=None).values_list("state", "grade").distinct()
    states = {row["code"] for row in body["states"]}
    grades = {row["code"] for row in body["grades"]}
    for state, grade in held:
        if state not in states or grade not in grades:
            raise InvalidInput(
                _("仍有人员处于“%s”，不能去掉") % (state if state not in states else grade),
                field="body",
            )
