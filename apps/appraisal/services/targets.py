"""Targets of a vendor or a post for a month, by kind of work. Source: OP-17."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Post, Tenant, User
from apps.appraisal import permissions
from apps.appraisal.models import Target
from apps.appraisal.services._shared import require_in
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.texts import clean_text
from apps.places.models import Area

_STATED = ("quantity", "hours", "cost")


@dataclass(frozen=True)
class NewTarget:
    """What is expected of a vendor, or of each person on a post.

    month: its first day; hours and cost: at most; quantity: at least.
    """

    month: date
    vendor: str = ""
    area: Area | None = None
    work: str = ""
    quantity: int | None = None
    hours: Decimal | None = None
    cost: Decimal | None = None
    post: Post | None = None


@transaction.atomic
def set_target(actor: User, *, tenant: Tenant, new: NewTarget) -> Target:
    """Will set a target, or change the one of the same month, vendor or post, area and work.

    Audited. Locks the body. Raises: NotAllowed; InvalidInput (field "vendor": neither or both of
        vendor and post; "post": of another body; "area": a post's has none; "month"; "quantity":
        says nothing or is negative).
    """
    require_in(actor, permissions.TARGETS, tenant.pk)
    vendor = _whose(new, tenant)
    if new.month.day != 1 or not 2000 <= new.month.year <= 2100:
        raise InvalidInput(_("请填写考核月"), field="month")
    told = (new.quantity, new.hours, new.cost)
    if all(one is None for one in told):
        raise InvalidInput(_("数量、时间、费用至少填写一项"), field="quantity")
    for name, value in zip(_STATED, told, strict=True):
        if value is not None and value < 0:
            raise InvalidInput(_("不能小于 0"), field=name)
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    found = Target.objects.filter(
        tenant=tenant, month=new.month, vendor=vendor, post=new.post, area=new.area, work=new.work
    ).first()
    before = snapshot(found, *_STATED) if found is not None else {}
    target = found or Target(
        tenant=tenant, month=new.month, vendor=vendor, post=new.post, area=new.area, work=new.work
    )
    target.quantity, target.hours, target.cost = told
    target.set_at, target.set_by_name = clock.now(), actor.log_name[:100]
    target.save()
    record_row(actor, "ops_target.set", target, **changes(before, snapshot(target, *_STATED)))
    return target


def _whose(new: NewTarget, tenant: Tenant) -> str:
    """Gives the vendor's name, "" for a post's target. Raises: InvalidInput."""
    if new.post is None:
        return clean_text(new.vendor, "vendor", _("维保单位"), most=80)
    if new.vendor:
        raise InvalidInput(_("维保单位和岗位只能填写一项"), field="vendor")
    if new.post.organization.tenant_id != tenant.pk:
        raise InvalidInput(_("没有这个岗位"), field="post")
    if new.area is not None:
        raise InvalidInput(_("岗位指标不分区域"), field="area")
    return ""


@transaction.atomic
def drop_target(actor: User, *, target_id: int) -> None:
    """Will take a target away; audited. Raises: NotFound; NotAllowed."""
    target = Target.objects.select_for_update(of=("self",)).filter(pk=target_id).first()
    if target is None:
        raise NotFound(_("没有这项考核指标"))
    require_in(actor, permissions.TARGETS, target.tenant_id)
    record_row(actor, "ops_target.dropped", target, **changes(snapshot(target, *_STATED), {}))
    target.delete()
