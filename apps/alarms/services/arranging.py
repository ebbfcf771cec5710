"""What people arrange: what hangs on what, quiet times, steps of escalation, warning levels."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Post, Tenant, User
from apps.accounts.selectors import scope_for
from apps.alarms import permissions
from apps.alarms.enums import RESPONSE_MINUTES, DependencyKind, Level, SilenceKind
from apps.alarms.models import Dependency, EscalationStep, Silence, WarningLevel
from apps.alarms.services.quiet import above, follow_quiet
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.places.models import Area

LONGEST_SILENCE = timedelta(days=30)
RESPONSE_MOST = 1440  # minutes


@dataclass(frozen=True)
class NewSilence:
    """When, why, and of which alarms nobody is to be troubled; None and "" match all."""

    kind: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    source: str = ""
    alarm_kind: str = ""
    area: Area | None = None
    unit: Organization | None = None
    asset: Asset | None = None
    level_up_to: int = Level.ORANGE


@transaction.atomic
def add_dependency(actor: Actor, *, child: Asset, parent: Asset, kind: str) -> Dependency:
    """Will note that a thing hangs on another; the same again changes the kind.

    Raises: NotAllowed; InvalidInput (kind; parent: itself, or it would go round in a circle).
    """
    for thing in (child, parent):
        _require_asset(actor, thing)
    if kind not in DependencyKind.values:
        raise InvalidInput(_("请选择依赖的种类"), field="kind")
    # Two circles closed from both ends at once would each see none: one at a time.
    list(Asset.objects.select_for_update().filter(pk__in=[child.pk, parent.pk]).order_by("pk"))
    if child.pk == parent.pk or child.pk in above(parent.pk):
        raise InvalidInput(_("上级对象不能又依赖下级对象"), field="parent")
    row, _made = Dependency.objects.update_or_create(
        child=child, parent=parent, defaults={"kind": kind}
    )
    audit.record_row(
        actor, "alarm_dependency.added", row, child=child.code, parent=parent.code, kind=kind
    )
    return row


@transaction.atomic
def remove_dependency(actor: Actor, *, dependency_id: int) -> None:
    """Will forget that a thing hangs on another. Raises: NotFound; NotAllowed."""
    row = Dependency.objects.select_related("child__area", "parent").filter(pk=dependency_id)
    found = row.first()
    if found is None:
        raise NotFound(_("没有这条依赖"))
    _require_asset(actor, found.child)
    audit.record_row(actor, "alarm_dependency.removed", found, child=found.child.code)
    found.delete()


@transaction.atomic
def add_silence(actor: Actor, *, tenant: Tenant, new: NewSilence) -> Silence:
    """Will announce a time in which matching alarms trouble nobody.

    At most thirty days, and never for everything without a reason. Takes in what is open.
    Raises: NotAllowed; InvalidInput (kind, reason, ends_at, area: out of the actor's reach).
    """
    _require_arrange(actor, tenant)
    if new.kind not in SilenceKind.values:
        raise InvalidInput(_("请选择静默或维护期"), field="kind")
    reason = new.reason.strip()[:200]
    if len(reason) < 2:
        raise InvalidInput(_("请写明原因"), field="reason")
    if not new.starts_at < new.ends_at <= new.starts_at + LONGEST_SILENCE:
        raise InvalidInput(_("结束时间须晚于开始时间，且不超过30天"), field="ends_at")
    if new.ends_at <= clock.now():
        raise InvalidInput(_("结束时间已过"), field="ends_at")
    _require_ground(actor, new)
    row = Silence.objects.create(
        tenant=tenant, kind=new.kind, reason=reason, starts_at=new.starts_at,
        ends_at=new.ends_at, source=new.source, alarm_kind=new.alarm_kind, area=new.area,
        unit=new.unit, asset=new.asset, level_up_to=new.level_up_to,
        by_name=actor.display_name, made_at=clock.now(),
    )  # fmt: skip
    audit.record_row(actor, "alarm_silence.added", row, until=new.ends_at.isoformat())
    follow_quiet()
    return row


def _require_ground(actor: Actor, new: NewSilence) -> None:
    """Who arranges one district silences that district, not the city."""
    if not isinstance(actor, User):
        return
    scope = scope_for(actor, permissions.ARRANGE)
    area = new.area or (new.asset.area if new.asset is not None else None)
    if area is not None:
        covered = scope.covers_area(area.path)
    elif new.unit is not None:
        covered = scope.covers_organization(new.unit.path)
    else:
        tenant_area = next(iter(scope.area_paths), None)
        covered = scope.everything or tenant_area in _whole_grounds(scope.tenant_ids)
    if not covered:
        raise InvalidInput(_("静默的范围超出您的管理范围，请选择区域"), field="area")


def _whole_grounds(tenant_ids: frozenset[int]) -> set[str]:
    found = Tenant.objects.filter(pk__in=tenant_ids, area__isnull=False)
    return set(found.values_list("area__path", flat=True))


@transaction.atomic
def end_silence(actor: Actor, *, silence_id: int) -> Silence:
    """Will cut a silence short; its alarms ask for an answer at once. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (over already).
    """
    row = Silence.objects.select_for_update(of=("self",)).filter(pk=silence_id).first()
    if row is None:
        raise NotFound(_("没有这次静默"))
    _require_arrange(actor, row.tenant)
    if row.ended_at is not None or row.ends_at <= clock.now():
        raise InvalidInput(_("已经结束"), field="ends_at")
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    audit.record_row(actor, "alarm_silence.ended", row)
    follow_quiet()
    return row


@transaction.atomic
def add_step(
    actor: Actor, *, tenant: Tenant, level_from: int, after_minutes: int, post: Post, by_sms: bool
) -> EscalationStep:
    """Will have the holders of a post told of alarms nobody answers for so long.

    Raises: NotAllowed; InvalidInput (level_from, after_minutes, post: of another body).
    """
    _require_arrange(actor, tenant)
    if level_from not in Level.values:
        raise InvalidInput(_("请选择级别"), field="level_from")
    if not 1 <= after_minutes <= 10_080:
        raise InvalidInput(_("时间应在1分钟至7天之间"), field="after_minutes")
    if post.organization.tenant_id != tenant.pk:
        raise InvalidInput(_("岗位不属于本单位"), field="post")
    row, made = EscalationStep.objects.get_or_create(
        tenant=tenant, level_from=level_from, after_minutes=after_minutes, post=post,
        defaults={"by_sms": by_sms},
    )  # fmt: skip
    if not made:
        raise InvalidInput(_("同样的升级步骤已经存在"), field="post")
    audit.record_row(actor, "alarm_escalation.added", row, post=str(post), minutes=after_minutes)
    return row


@transaction.atomic
def remove_step(actor: Actor, *, step_id: int) -> None:
    """Will no longer take a step of escalation. Raises: NotFound; NotAllowed."""
    row = EscalationStep.objects.select_related("tenant").filter(pk=step_id).first()
    if row is None:
        raise NotFound(_("没有这个步骤"))
    _require_arrange(actor, row.tenant)
    audit.record_row(
        actor, "alarm_escalation.removed", row, post=row.post_id, minutes=row.after_minutes
    )
    row.delete()


@transaction.atomic
def set_warning_level(
    actor: Actor,
    *,
    tenant: Tenant,
    level: int,
    audience: str,
    action: str,
    lift: str,
    response_minutes: int = RESPONSE_MINUTES,
) -> WarningLevel:
    """Will say what a level means: who is to know, what to do, when it is lifted.

    response_minutes: for the first answer, calendar minutes, 1 to 1,440. Clocks that run keep
    the limit they have. Raises: NotAllowed; InvalidInput (a text is missing; response_minutes).
    Source: AL-07, SL-06.
    """
    _require_arrange(actor, tenant)
    said = {"audience": audience.strip(), "action": action.strip(), "lift": lift.strip()}
    for name, text in said.items():
        if not text:
            raise InvalidInput(_("请填写告知对象、应采取的措施和解除条件"), field=name)
    if not 1 <= response_minutes <= RESPONSE_MOST:
        raise InvalidInput(_("首次响应时限应为1至%d分钟") % RESPONSE_MOST, field="response_minutes")
    kept = {**said, "response_minutes": response_minutes}
    row = WarningLevel.objects.select_for_update().filter(tenant=tenant, level=level).first()
    if row is not None and all(getattr(row, name) == value for name, value in kept.items()):
        return row
    before = audit.snapshot(row, *kept) if row is not None else {}
    row, _made = WarningLevel.objects.update_or_create(tenant=tenant, level=level, defaults=kept)
    changed = audit.changes(before, audit.snapshot(row, *kept))
    audit.record_row(actor, "warning_level.set", row, **changed)
    return row


def _require_arrange(actor: Actor, tenant: Tenant) -> None:
    if isinstance(actor, User) and not scope_for(actor, permissions.ARRANGE).covers_tenant(
        tenant.pk
    ):
        raise NotAllowed(_("您没有设置告警的权限"))


def _require_asset(actor: Actor, asset: Asset) -> None:
    if not isinstance(actor, User):
        return
    scope = scope_for(actor, permissions.ARRANGE)
    if not (scope.everything or (asset.area is not None and scope.covers_area(asset.area.path))):
        raise NotAllowed(_("该部件不在您的管理范围内"))
