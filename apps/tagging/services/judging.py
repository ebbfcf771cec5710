"""Rules that are asked at every passage: leaving without permission, a lost tag seen.

What needs time to be wrong is looked for by ``watching``. Source: IO-14, AL-03.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm
from apps.assets.models import Asset
from apps.tagging.enums import Direction, RuleKind, TagState
from apps.tagging.models import ExitPass, Passage, PassageRule, Tag

EXIT, LOST = "tag_exit", "tag_lost"


def judge(passages: Sequence[Passage]) -> None:
    """Will raise what passages break, in order of time. In the caller's transaction."""
    found = PassageRule.objects.filter(is_active=True, kind__in=[RuleKind.EXIT, RuleKind.LOST])
    rules = list(found.select_related("unit").order_by("-level", "pk"))
    for passage in sorted(passages, key=lambda one: (one.first_at, one.pk)):
        if passage.tag.state == TagState.LOST:
            _judge_lost(passage, rules)
        if passage.asset is not None:
            _judge_exit(passage, passage.asset, rules)


def end_lost(tag: Tag, *, at: datetime) -> None:
    """Will end the alarm of a tag that is lost no more. at: when it was found."""
    recover_alarm(
        source=Source.DEVICE, kind=LOST, asset=None, key=_key(tag), at=at,
        sentence=_("标签 %(epc)s 已解除挂失") % {"epc": tag.epc},
    )  # fmt: skip


def units_of(asset: Asset) -> list[Organization]:
    """Will give whose a thing is: its owner and its keeper, where there are some."""
    return [unit for unit in (asset.owner_unit, asset.maintainer) if unit is not None]


def _judge_lost(passage: Passage, rules: Sequence[PassageRule]) -> None:
    tag = passage.tag
    rule = _first(rules, RuleKind.LOST, passage, [tag.unit])
    if rule is None:
        return
    told = {"at": _clock(passage.first_at), "epc": tag.epc, "gate": str(passage.reader)}
    raise_alarm(
        source=Source.DEVICE,
        kind=LOST,
        asset=None,
        key=_key(tag),
        level=Level(rule.level),
        at=passage.last_at,
        sentence=_("%(at)s 挂失的标签 %(epc)s 出现在“%(gate)s”") % told,
        facts={"epc": tag.epc, "reader": passage.reader.device.node, "rule": rule.name},
        unit=tag.unit,
    )


def _judge_exit(passage: Passage, asset: Asset, rules: Sequence[PassageRule]) -> None:
    if passage.direction == Direction.IN:
        recover_alarm(
            source=Source.DEVICE, kind=EXIT, asset=asset, at=passage.last_at,
            sentence=_("%(at)s 经“%(gate)s”返回")
            % {"at": _clock(passage.first_at), "gate": str(passage.reader)},
        )  # fmt: skip
        return
    rule = _first(rules, RuleKind.EXIT, passage, units_of(asset))
    if passage.direction != Direction.OUT or rule is None or _may_leave(passage):
        return
    if Passage.objects.filter(
        asset=asset, direction=Direction.IN, first_at__gt=passage.last_at
    ).exists():
        return  # told late: it is back already
    told = {"at": _clock(passage.first_at), "gate": str(passage.reader)}
    raise_alarm(
        source=Source.DEVICE,
        kind=EXIT,
        asset=asset,
        level=Level(rule.level),
        at=passage.last_at,
        sentence=_("%(at)s 经“%(gate)s”离开，没有出门许可") % told,
        facts={"reader": passage.reader.device.node, "epc": passage.tag.epc, "rule": rule.name},
    )


def _first(
    rules: Sequence[PassageRule], kind: str, passage: Passage, units: Sequence[Organization]
) -> PassageRule | None:
    """The gravest rule of a kind that is for this passage."""
    thing = passage.asset.kind_id if passage.asset is not None else None
    for rule in rules:
        is_here = rule.reader_id in (None, passage.reader_id)
        is_such = rule.kind_of_thing_id in (None, thing)
        is_ours = any(unit.path.startswith(rule.unit.path) for unit in units)
        if rule.kind == kind and is_here and is_such and is_ours:
            return rule
    return None


def _may_leave(passage: Passage) -> bool:
    passes = ExitPass.objects.filter(
        asset=passage.asset, since__lte=passage.first_at, until__gt=passage.first_at
    )
    return any(
        one.reader_id in (None, passage.reader_id)
        and (one.ended_at is None or one.ended_at > passage.first_at)
        for one in passes
    )


def _key(tag: Tag) -> str:
    return f"tag:{tag.pk}"


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
