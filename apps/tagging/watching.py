"""Watches what only time shows: things unseen for long, readers that say nothing. Source: IO-14.

Silence is never recovery: of a thing last seen at a reader that is not heard nobody can say
whether it is still there, and of a reader put out of use not whether it works.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.assets.enums import AssetState
from apps.common import clock
from apps.sensing.enums import DeviceState
from apps.tagging.enums import RuleKind
from apps.tagging.models import Binding, PassageRule, Reader
from apps.tagging.services.judging import EXIT, LOST

UNSEEN, SILENT = "tag_unseen", "tag_reader_silent"
#: Things one look complains of; more are the same trouble.
MOST_TROUBLES = 500
_UNHEARD = (DeviceState.OFFLINE, DeviceState.UNKNOWN)


def register() -> None:
    """Will name the kinds of alarms about tags, and have the slow ones watched."""
    register_kind(EXIT, gettext_lazy("未经许可离开"))
    register_kind(LOST, gettext_lazy("挂失标签出现"))
    register_kind(UNSEEN, gettext_lazy("部件多日未见"))
    register_kind(SILENT, gettext_lazy("标签读写器无消息"), is_outage=True)
    register_watcher(
        Watcher(
            "tagging.silence", gettext_lazy("标签与读写器"), Source.DEVICE,
            frozenset({UNSEEN, SILENT}), look, every_s=300,
        )
    )  # fmt: skip


def look(standing: Sequence[Standing]) -> Sighting:
    """Will say which things were not seen for too long, and which readers were not heard."""
    now = clock.now()
    found = PassageRule.objects.filter(
        is_active=True, kind__in=[RuleKind.UNSEEN, RuleKind.SILENT]
    ).select_related("unit")
    troubles: dict[tuple[str, int], Trouble] = {}
    blind: set[int] = set()
    for rule in found.order_by("-level", "pk"):
        if rule.kind == RuleKind.SILENT:
            _look_at_readers(rule, now, troubles)
        else:
            blind |= _look_at_things(rule, now, troubles)
    stopped = set(
        Reader.objects.filter(
            device__is_active=False, device__asset__in=[one.asset_id for one in standing]
        ).values_list("device__asset", flat=True)
    )
    unseen = {
        one.asset_id
        for one in standing
        if one.asset_id is not None and one.asset_id in (blind if one.kind == UNSEEN else stopped)
    }
    things = sum(kind == UNSEEN for kind, _key in troubles)
    text = _("%(things)d件多日未见，%(readers)d台读写器无消息") % {
        "things": things, "readers": len(troubles) - things,
    }  # fmt: skip
    return Sighting(text, list(troubles.values()), frozenset(unseen))


def _look_at_readers(
    rule: PassageRule, now: datetime, troubles: dict[tuple[str, int], Trouble]
) -> None:
    limit = now - _span(rule)
    readers = Reader.objects.filter(
        _of_unit(rule.unit, "device__asset__"),
        Q(device__presence__seen_at__lt=limit)
        | Q(device__presence__seen_at=None, device__registered_at__lt=limit),
        device__is_active=True,
    )
    if rule.reader_id is not None:
        readers = readers.filter(pk=rule.reader_id)
    for reader in readers.select_related("device__asset", "device__presence")[:MOST_TROUBLES]:
        asset, seen_at = reader.device.asset, reader.device.presence.seen_at
        sentence = (
            _("“%(name)s”自 %(at)s 起没有消息") % {"name": asset.name, "at": _clock(seen_at)}
            if seen_at is not None
            else _("“%(name)s”从未有过消息") % {"name": asset.name}
        )
        facts = {"node": reader.device.node, "rule": rule.name}
        troubles.setdefault(
            (SILENT, asset.pk), Trouble(SILENT, Level(rule.level), sentence, facts, asset=asset)
        )


def _look_at_things(
    rule: PassageRule, now: datetime, troubles: dict[tuple[str, int], Trouble]
) -> set[int]:
    """Gives the overdue things nobody can judge, because where they were last is not heard."""
    limit = now - _span(rule)
    bindings = Binding.objects.filter(
        _of_unit(rule.unit, "asset__"),
        Q(asset__tag_place=None) | Q(asset__tag_place__at__lt=limit),
        until=None,
        since__lt=limit,
    ).exclude(asset__state=AssetState.REMOVED)
    if rule.kind_of_thing_id is not None:
        bindings = bindings.filter(asset__kind=rule.kind_of_thing_id)
    if rule.reader_id is not None:
        bindings = bindings.filter(asset__tag_place__reader=rule.reader_id)
    bindings = bindings.select_related(
        "asset", "asset__tag_place__reader__device__presence",
        "asset__tag_place__reader__device__asset",
    )  # fmt: skip
    blind: set[int] = set()
    for binding in bindings.order_by("pk")[:MOST_TROUBLES]:
        asset = binding.asset
        assert asset is not None  # a batch has no unit to own it
        place = getattr(asset, "tag_place", None)
        if place is not None and _is_unheard(place.reader):
            blind.add(asset.pk)
            continue
        sentence = (
            _("“%(name)s”自 %(at)s 在“%(gate)s”之后没有再读到")
            % {"name": asset.name, "at": _clock(place.at), "gate": str(place.reader)}
            if place is not None
            else _("“%(name)s”绑定标签后从未读到") % {"name": asset.name}
        )
        facts = {"asset": asset.code, "rule": rule.name}
        troubles.setdefault(
            (UNSEEN, asset.pk), Trouble(UNSEEN, Level(rule.level), sentence, facts, asset=asset)
        )
    return blind


def _is_unheard(reader: Reader) -> bool:
    device = reader.device
    return not device.is_active or device.presence.state in _UNHEARD


def _of_unit(unit: Organization, prefix: str) -> Q:
    return Q(**{f"{prefix}owner_unit__path__startswith": unit.path}) | Q(
        **{f"{prefix}maintainer__path__startswith": unit.path}
    )


def _span(rule: PassageRule) -> timedelta:
    return timedelta(minutes=rule.after_minutes or 0)


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
