"""Rules on passages, and leave to go out. Source: IO-14."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.alarms.enums import Level
from apps.assets.models import Asset, AssetClass
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.tagging.enums import RuleKind
from apps.tagging.models import ExitPass, PassageRule, Reader
from apps.tagging.permissions import can_keep_for, can_keep_in, require_keep
from apps.tagging.services.judging import units_of

#: A year: nobody is missed for longer, and no leave lasts longer.
MOST_MINUTES = 366 * 24 * 60


@dataclass(frozen=True)
class RuleSpec:
    """A rule as it shall be; see ``PassageRule``."""

    name: str
    kind: str
    unit: Organization
    level: Level
    reader: Reader | None = None
    kind_of_thing: AssetClass | None = None
    after_minutes: int | None = None
    is_active: bool = True


@transaction.atomic
def save_rule(actor: Actor, *, spec: RuleSpec, rule_id: int | None = None) -> PassageRule:
    """Will write a rule, new or over the one given. Locks it.

    Alarms that stand are ended by what they are about, or by people.
    Raises: NotAllowed (not a unit of the actor); NotFound; InvalidInput ("kind",
        "after_minutes").
    """
    require_keep(actor, spec.unit)
    known = _lock_rule(actor, rule_id) if rule_id is not None else None
    if spec.kind not in RuleKind.values:
        raise InvalidInput(_("请选择规则"), field="kind")
    needs_span = spec.kind in (RuleKind.UNSEEN, RuleKind.SILENT)
    if needs_span and not 1 <= (spec.after_minutes or 0) <= MOST_MINUTES:
        raise InvalidInput(_("请填写超过多少分钟，最长一年"), field="after_minutes")
    if not needs_span and spec.after_minutes is not None:
        raise InvalidInput(_("该规则不需要填写时长"), field="after_minutes")
    rule = known or PassageRule()
    names = tuple(RuleSpec.__dataclass_fields__)
    before = audit.snapshot(rule, *names) if known else {}
    for name in names:
        setattr(rule, name, getattr(spec, name))
    rule.save()
    action = "passage_rule.changed" if known else "passage_rule.created"
    audit.record_row(actor, action, rule, **audit.changes(before, audit.snapshot(rule, *names)))
    return rule


@transaction.atomic
def give_pass(
    actor: Actor,
    *,
    asset: Asset,
    since: datetime,
    until: datetime,
    reason: str,
    reader: Reader | None = None,
) -> ExitPass:
    """Will let a thing go out over a span, by one gate or any (None). Times: aware.

    Raises: NotAllowed (neither where it stands nor whose it is); InvalidInput ("until",
        "reason").
    """
    _require_over(actor, asset)
    if not since < until:
        raise InvalidInput(_("结束时间应晚于开始时间"), field="until")
    if until <= clock.now():
        raise InvalidInput(_("结束时间已过"), field="until")
    if (until - since).total_seconds() > MOST_MINUTES * 60:
        raise InvalidInput(_("出门许可最长一年"), field="until")
    if len(reason.strip()) < 2:
        raise InvalidInput(_("请写明事由"), field="reason")
    made = ExitPass.objects.create(
        asset=asset, reader=reader, since=since, until=until, reason=reason.strip()[:200],
        given_by_name=actor.display_name, given_at=clock.now(),
    )  # fmt: skip
    audit.record_row(
        actor, "exit_pass.given", made, asset=asset.code, since=since.isoformat(),
        until=until.isoformat(), reason=made.reason, reader=str(reader) if reader else "",
    )  # fmt: skip
    return made


@transaction.atomic
def end_pass(actor: Actor, *, pass_id: int) -> ExitPass:
    """Will take a leave back, from now on. Locks it.

    Raises: NotFound; NotAllowed; Refused (over already).
    """
    found = ExitPass.objects.select_for_update(of=("self",)).filter(pk=pass_id)
    one = found.select_related("asset__area", "asset__owner_unit", "asset__maintainer").first()
    if one is None:
        raise NotFound(_("没有这个出门许可"))
    _require_over(actor, one.asset)
    now = clock.now()
    if one.ended_at is not None or one.until <= now:
        raise Refused(_("该许可已结束"))
    one.ended_at = now
    one.save(update_fields=["ended_at"])
    audit.record_row(actor, "exit_pass.ended", one, asset=one.asset.code)
    return one


def _require_over(actor: Actor, asset: Asset) -> None:
    """Over where a thing stands, or over whose it is."""
    require_keep(actor)
    over = (can_keep_for(actor, unit) for unit in units_of(asset))
    if not can_keep_in(actor, asset.area) and not any(over):
        raise NotAllowed(_("该部件不在您负责的范围内"))


def _lock_rule(actor: Actor, rule_id: int) -> PassageRule:
    found = PassageRule.objects.select_for_update(of=("self",)).select_related("unit")
    rule = found.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound(_("没有这条通行规则"))
    require_keep(actor, rule.unit)
    return rule
