"""Plans of draws, and the matter their checks are handled by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.inspection import permissions
from apps.inspection.drawing import WHOLE
from apps.inspection.enums import DrawState, Grade, ObjectKind
from apps.inspection.models import DrawPlan
from apps.inspection.services.checks import RETURN_ACTION
from apps.matters.definition import definition_of
from apps.matters.enums import Service
from apps.matters.models import MatterType
from apps.matters.selectors import in_force, services_of
from apps.places.models import Area

PER_OBJECT_MOST, SKIP_MOST = 5, 730
#: What a check is moved by from here; the matter must leave these to the system.
SYSTEM_ACTIONS = ("dispatch", "feed_back", "close")


@dataclass(frozen=True)
class NewPlan:
    """What a plan says. rates: {grade: share of 10,000}."""

    title: str
    matter_type: MatterType
    area: Area
    units: Sequence[Organization]
    rates: Mapping[str, int]
    from_on: date
    to_on: date
    kind: str = ""
    per_object: int = 2
    skip_days: int = 0
    avoid_last: bool = True
    only_responsible: bool = False


#: What the log says of a plan that changes.
_STATED = (
    *("title", "matter_type", "area", "kind", "rates", "per_object", "skip_days", "avoid_last"),
    *("from_on", "to_on", "only_responsible", "units"),
)


@transaction.atomic
def save_plan(actor: User, *, tenant: Tenant, new: NewPlan, plan_id: int | None = None) -> DrawPlan:
    """Will keep a plan; one whose list is frozen is not changed any more. Locks it.

    Raises: NotFound; NotAllowed; Refused (frozen or drawn); InvalidInput (title, matter_type,
        area, units, rates, per_object, skip_days, to_on, kind).
    """
    permissions.require(actor, permissions.PLAN, tenant_id=tenant.pk, area_path=new.area.path)
    plan = DrawPlan(tenant=tenant)
    if plan_id is not None:
        plan = lock_plan(plan_id)
        permissions.require(
            actor, permissions.PLAN, tenant_id=plan.tenant_id, area_path=plan.area_path
        )
        if plan.draws.exclude(state=DrawState.ABANDONED).exists():
            raise Refused(_("名单已锁定或已抽取，计划不能再改"))
    _check(tenant, new)
    before = audit.snapshot(plan, *_STATED)
    plan.title, plan.matter_type = new.title.strip(), new.matter_type
    plan.area, plan.area_path, plan.kind = new.area, new.area.path, new.kind
    plan.rates = {grade: rate for grade, rate in new.rates.items() if rate}
    plan.per_object, plan.skip_days = new.per_object, new.skip_days
    plan.avoid_last, plan.from_on, plan.to_on = new.avoid_last, new.from_on, new.to_on
    plan.only_responsible = new.only_responsible
    plan.saved_by, plan.saved_at = actor, clock.now()
    plan.save()
    plan.units.set(new.units)
    audit.record(
        actor,
        "draw_plan.saved",
        object_type="draw_plan",
        object_id=plan.pk,
        object_label=plan.title,
        data={
            "rates": plan.rates,
            "per_object": plan.per_object,
            **audit.changes(before, audit.snapshot(plan, *_STATED)),
        },
    )
    return plan


def lock_plan(plan_id: int) -> DrawPlan:
    """Will lock a plan until commit. Raises: NotFound."""
    found = (
        DrawPlan.objects.select_for_update(of=("self",))
        .select_related("matter_type", "tenant")
        .filter(pk=plan_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个抽查计划，或您无权查看"))
    return found


def _check(tenant: Tenant, new: NewPlan) -> None:
    if not 1 <= len(new.title.strip()) <= 80:
        raise InvalidInput(_("计划名称应为1到80个字"), field="title")
    if new.kind and new.kind not in ObjectKind.values:
        raise InvalidInput(_("请选择对象类型"), field="kind")
    if not new.units or any(unit.tenant_id != tenant.pk for unit in new.units):
        raise InvalidInput(_("请至少选择一个本级的参加单位"), field="units")
    rates = dict(new.rates)
    if set(rates) - set(Grade.values) or not all(0 <= rate <= WHOLE for rate in rates.values()):
        raise InvalidInput(_("抽取比例应为0到100"), field="rates")
    if not any(rates.values()):
        raise InvalidInput(_("请至少为一个等级填写抽取比例"), field="rates")
    ordered = [rates.get(grade, 0) for grade in Grade.values]
    if ordered != sorted(ordered):
        raise InvalidInput(_("信用越差抽取比例应越高，请检查各等级的比例"), field="rates")
    if not 1 <= new.per_object <= PER_OBJECT_MOST:
        raise InvalidInput(_("每户检查人数应为1到%d") % PER_OBJECT_MOST, field="per_object")
    if not 0 <= new.skip_days <= SKIP_MOST:
        raise InvalidInput(_("天数应为0到%d") % SKIP_MOST, field="skip_days")
    if new.to_on < new.from_on or new.to_on < clock.today():
        raise InvalidInput(_("结束日期不能早于开始日期和今天"), field="to_on")
    _check_matter(new.matter_type)


def _check_matter(matter: MatterType) -> None:
    if Service.DRAWS not in services_of(matter):
        raise InvalidInput(_("请选择监管事项"), field="matter_type")
    current = in_force().filter(pk=matter.pk).first()
    if current is None or current.current_version is None:
        raise InvalidInput(_("该事项还没有发布，请先在事项中心发布"), field="matter_type")
    version = current.current_version
    definition = definition_of(version.pk, version.body)
    for code in (*SYSTEM_ACTIONS, RETURN_ACTION):
        action = definition.actions.get(code)
        if action is None and code == RETURN_ACTION:
            continue
        if action is None or not any(
            definition.actors[name].reach == "system" for name in action.who
        ):
            raise InvalidInput(
                _("该事项不能用于抽查：动作“%s”须由系统执行，请在事项中心修改") % code,
                field="matter_type",
            )
