"""What is watched and how: targets, their checks, figures with limits. Audited.

Source: OP-02, OP-04.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.networks import device_address
from apps.gateway.sealing import seal
from apps.monitoring import permissions
from apps.monitoring.checking import check_measure, checked_secret, checked_settings
from apps.monitoring.enums import Breach, TargetKind
from apps.monitoring.models import Check, Measure, Target
from apps.monitoring.probes import Outcome
from apps.monitoring.services import alarming
from apps.monitoring.services.parts import forget_gone
from apps.monitoring.services.planning import try_outcome
from apps.monitoring.services.settling import follow, lose_sight
from apps.monitoring.shipped import MEASURES

MOST_CHECKS = 20
MOST_MEASURES = 30
SHORTEST_S, LONGEST_S = 10, 86_400


@dataclass(frozen=True)
class CheckSpec:
    """A check as it shall be; see ``Check``. secret: None keeps the one there is."""

    kind: str
    name: str
    port: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] | None = field(default=None, repr=False)
    every_s: int = 60
    timeout_s: int = 3
    is_vital: bool = True


@dataclass(frozen=True)
class MeasureSpec:
    """A figure as it shall be; see ``Measure``."""

    code: str
    name: str
    unit: str = ""
    address: str = ""
    scale: float = 1
    warn: float | None = None
    critical: float | None = None
    is_below: bool = False
    lasting_s: int = 0
    asks_capacity: bool = False


@transaction.atomic
def save_target(actor: Actor, *, asset: Asset, kind: str, host: str) -> Target:
    """Will have a thing of the register watched, or otherwise than before; twice is harmless.

    Raises: NotAllowed; InvalidInput (fields "asset": removed from the register; "kind"; "host").
    """
    permissions.require_keep_asset(actor, asset)
    if asset.state == AssetState.REMOVED:
        raise InvalidInput(_("该部件已拆除"), field="asset")
    if kind not in TargetKind.values:
        raise InvalidInput(_("请选择类别"), field="kind")
    address = device_address(host)
    now = clock.now()
    target, is_new = Target.objects.get_or_create(
        asset=asset,
        defaults={"kind": kind, "host": address, "state_since": now, "created_at": now},
    )
    target = _lock(actor, target.pk)
    before = {} if is_new else _card(target)
    if not is_new and kind != target.kind:
        alarming.lose_sight(target, at=now)  # its alarms stand under the source of the old kind
    target.kind, target.host = kind, address
    target.save(update_fields=["kind", "host"])
    after = _card(target)
    if before != after:
        action = "watch_target.changed" if before else "watch_target.created"
        _note(actor, action, target, **audit.document_changes(before, after))
    return target


@transaction.atomic
def set_target_active(actor: Actor, *, target_id: int, is_active: bool) -> Target:
    """Will have a thing watched no more, or again; twice is harmless. Locks it.

    Its alarms are unknown from then on, never recovered. Raises: NotFound; NotAllowed.
    """
    target = _lock(actor, target_id)
    if target.is_active == is_active:
        return target
    target.is_active = is_active
    target.save(update_fields=["is_active"])
    if is_active:
        target.checks.update(due_at=clock.now())
    else:
        lose_sight(target, at=clock.now())
    _note(actor, "watch_target.started" if is_active else "watch_target.stopped", target)
    return target


@transaction.atomic
def save_check(
    actor: Actor, *, target_id: int, spec: CheckSpec, check_id: int | None = None
) -> Check:
    """Will have a question asked of a target, or otherwise than before. Locks the target.

    A new one begins with the figures and limits the product ships for its kind.

    Raises: NotFound; NotAllowed; InvalidInput (a field of the check; "name": taken, or too many).
    """
    target = _lock(actor, target_id)
    known = _check_of(target, check_id) if check_id is not None else None
    _require_bounds(target, spec, known)
    settings = checked_settings(spec.kind, spec.port, spec.settings)
    check = known or Check(target=target)
    if known is not None and known.kind != spec.kind and known.measures.exists():
        raise InvalidInput(_("已有指标，不能更换检查方式"), field="kind")
    before = _check_card(known) if known is not None else {}
    if spec.secret is not None or (known is not None and known.kind != spec.kind):
        secret = checked_secret(spec.kind, spec.secret or {})
        check.secret = seal(json.dumps(secret)) if secret else ""
    for name in ("kind", "port", "every_s", "timeout_s", "is_vital"):
        setattr(check, name, getattr(spec, name))
    check.name, check.settings, check.due_at = spec.name.strip(), settings, clock.now()
    if known is not None:
        forget_gone(target, check, at=clock.now())
    check.claim = check.claimed_until = None  # an answer to what was asked before no longer counts
    check.save()
    changed = audit.document_changes(before, _check_card(check))
    action = "watch_check.changed" if before else "watch_check.created"
    _note(actor, action, target, secret_given=spec.secret is not None, **changed)
    for row in MEASURES.get(spec.kind, ()) if known is None else ():
        shipped = MeasureSpec(**row | {"name": str(row["name"])})
        save_measure(actor, target_id=target.pk, check_id=check.pk, spec=shipped)
    return check


@transaction.atomic
def drop_check(actor: Actor, *, target_id: int, check_id: int) -> None:
    """Will make a check no more and forget its figures; a second time changes nothing.

    Raises: NotFound (the target); NotAllowed.
    """
    target = _lock(actor, target_id)
    check = target.checks.prefetch_related("measures").filter(pk=check_id).first()
    if check is None:
        return
    alarming.lose_sight_of_check(target, check, at=clock.now())
    card = _check_card(check)
    check.delete()
    if target.is_active:
        follow(target, at=clock.now())
    _note(actor, "watch_check.dropped", target, before=card)


@transaction.atomic
def save_measure(
    actor: Actor,
    *,
    target_id: int,
    check_id: int,
    spec: MeasureSpec,
    measure_id: int | None = None,
) -> Measure:
    """Will have a figure of a check kept and held against limits. Locks the target.

    Raises: NotFound; NotAllowed; InvalidInput (fields "code", "address", "critical",
        "lasting_s", "scale").
    """
    target = _lock(actor, target_id)
    check = _check_of(target, check_id)
    code = slugify(spec.code)[:40]
    if not code or code != spec.code:
        raise InvalidInput(_("代码只能用小写字母、数字、下划线和连字符"), field="code")
    check_measure(check.kind, code, spec.address)
    _require_limits(spec)
    measure = check.measures.filter(pk=measure_id).first() if measure_id else Measure()
    if measure is None:
        raise NotFound(_("没有这个指标"))
    others = check.measures.exclude(pk=measure.pk)
    if others.filter(code=code).exists() or others.count() >= MOST_MEASURES:
        raise InvalidInput(_("该代码已有指标，或指标过多"), field="code")
    before = _measure_card(measure) if measure.pk else {}
    if measure.pk and measure.breach and measure.asks_capacity != spec.asks_capacity:
        alarming.lose_sight_of_check(target, check, at=clock.now())
        measure.breach = Breach.NONE
    measure.check_item = check
    for name in _measure_fields:
        setattr(measure, name, getattr(spec, name))
    measure.save()
    Check.objects.filter(pk=check.pk).update(due_at=clock.now())
    changed = audit.document_changes(before, _measure_card(measure))
    _note(actor, "watch_measure.saved", target, check=check.name, **changed)
    return measure


@transaction.atomic
def drop_measure(actor: Actor, *, target_id: int, measure_id: int) -> None:
    """Will keep a figure no more; a second time changes nothing. Raises: NotFound; NotAllowed."""
    target = _lock(actor, target_id)
    found = Measure.objects.select_related("check_item").filter(check_item__target=target)
    measure = found.filter(pk=measure_id).first()
    if measure is None:
        return
    alarming.lose_sight_of_check(target, measure.check_item, at=clock.now())
    card = _measure_card(measure)
    measure.delete()
    _note(actor, "watch_measure.dropped", target, before=card)


def try_check(actor: User, *, target_id: int, check_id: int) -> Outcome:
    """Will ask once on a person's order and keep nothing of it. Audited.

    Raises: NotFound; NotAllowed.
    """
    with transaction.atomic():
        target = _lock(actor, target_id)
        check = _check_of(target, check_id)
        _note(actor, "watch_check.tried", target, check=check.name)
    return try_outcome(check)


def _lock(actor: Actor, target_id: int) -> Target:
    found = Target.objects.select_for_update(of=("self",)).select_related(
        "asset__area", "asset__maintainer", "asset__owner_unit"
    )
    target = found.filter(pk=target_id).first()
    if target is None:
        raise NotFound(_("没有这个监控对象"))
    permissions.require_keep_asset(actor, target.asset)
    return target


def _check_of(target: Target, check_id: int) -> Check:
    found = target.checks.select_related("target").prefetch_related("measures")
    check = found.filter(pk=check_id).first()
    if check is None:
        raise NotFound(_("没有这个检查项"))
    return check


def _require_bounds(target: Target, spec: CheckSpec, known: Check | None) -> None:
    name = spec.name.strip()
    if not name or len(name) > 60:
        raise InvalidInput(_("请填写名称"), field="name")
    if not SHORTEST_S <= spec.every_s <= LONGEST_S:
        raise InvalidInput(_("周期须在 10 秒到一天之间"), field="every_s")
    if not 1 <= spec.timeout_s <= 10:
        raise InvalidInput(_("超时须在 1 到 10 秒之间"), field="timeout_s")
    others = target.checks.exclude(pk=known.pk) if known is not None else target.checks.all()
    if others.filter(name=name).exists():
        raise InvalidInput(_("该对象已有同名检查项"), field="name")
    if known is None and others.count() >= MOST_CHECKS:
        raise InvalidInput(_("一个对象最多 20 个检查项"), field="name")


def _require_limits(spec: MeasureSpec) -> None:
    if not spec.scale:
        raise InvalidInput(_("倍率不能为 0"), field="scale")
    if not 0 <= spec.lasting_s <= LONGEST_S:
        raise InvalidInput(_("持续时间须在 0 秒到一天之间"), field="lasting_s")
    if spec.warn is None or spec.critical is None:
        return
    if spec.critical > spec.warn if spec.is_below else spec.critical < spec.warn:
        raise InvalidInput(_("严重值应比预警值更远离正常值"), field="critical")


_measure_fields = (
    "code", "name", "unit", "address", "scale", "warn", "critical", "is_below", "lasting_s",
    "asks_capacity",
)  # fmt: skip


def _card(target: Target) -> dict[str, Any]:
    return audit.snapshot(target, "kind", "host", "is_active")


def _check_card(check: Check) -> dict[str, Any]:
    names = ("kind", "name", "port", "settings", "every_s", "timeout_s", "is_vital")
    return audit.snapshot(check, *names) | {"has_secret": bool(check.secret)}


def _measure_card(measure: Measure) -> dict[str, Any]:
    return audit.snapshot(measure, *_measure_fields)


def _note(actor: Actor, action: str, target: Target, **data: Any) -> None:
    audit.record(
        actor, action, object_type="monitoring.target", object_id=target.pk,
        object_label=str(target.asset), data=data,
    )  # fmt: skip
