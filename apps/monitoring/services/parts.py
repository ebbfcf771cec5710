"""Parts and events of a thing, as its checks tell of them, kept and made alarms of.

One alarm for each part that is in trouble, and one for the grave events of a thing together.
Source: OP-05, OP-06, PF-08.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.alarms.enums import Level
from apps.alarms.services import hear_alarm, raise_alarm, recover_alarm
from apps.common import clock
from apps.monitoring.asking import finite
from apps.monitoring.models import Check, Target, TargetEvent
from apps.monitoring.probes import FAILED_DISK, FULL_DISK, LOST_BACKEND, Happening, Part
from apps.monitoring.services.alarming import EVENT, part_key, source_of

#: So many events of a thing are kept, for so long.
MOST_EVENTS, EVENT_DAYS = 2000, 90
#: A thing that gives its disks other names each time does not fill the register.
MOST_PARTS = 256
#: A grave event has no end of its own: so long after the last one the alarm ends.
CALM = timedelta(hours=24)
_LEVELS = {FAILED_DISK: Level.ORANGE, FULL_DISK: Level.YELLOW, LOST_BACKEND: Level.YELLOW}


def note_parts(
    target: Target, check: Check, parts: Sequence[Part], *, at: datetime, is_back: bool
) -> None:
    """Will keep the parts of an answer and follow what is wrong with them; both rows are locked.

    A disk that is told of no more is missing, until the check is saved again; a server that is
    no longer behind a balancer was taken out. is_back: the check had failed before.
    """
    before = {row["name"]: row for row in check.parts}
    now = {row["name"]: row for row in map(_row, parts)}
    for name, row in before.items():
        if name not in now and row["kind"] == "disk" and len(now) < MOST_PARTS:
            gone = {"trouble": FAILED_DISK, "text": _("不再上报"), "is_gone": True}
            now[name] = row | gone
    for name, row in now.items():
        _follow(target, check, row, before.get(name, {}).get("trouble", ""), at, is_back=is_back)
    for name, row in before.items():
        if name not in now and row["trouble"]:
            _recover(target, check, row, row["trouble"], at)
    if check.parts != list(now.values()):
        check.parts = list(now.values())
        check.save(update_fields=["parts"])


def forget_gone(target: Target, check: Check, *, at: datetime) -> None:
    """Will look for missing disks no more: somebody wrote the check anew. The caller saves it."""
    for row in check.parts:
        if row.get("is_gone"):
            _recover(target, check, row, row["trouble"], at)
    check.parts = [row for row in check.parts if not row.get("is_gone")]


def _row(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind, "name": _plain(part.name), "trouble": part.trouble,
        "text": _plain(part.text), "facts": dict(finite(part.facts.items())),
    }  # fmt: skip


def _plain(text: str) -> str:
    """On one line, without what no database keeps: what a thing says is not to be trusted."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _follow(
    target: Target, check: Check, row: Mapping[str, Any], before: str, at: datetime, *,
    is_back: bool,
) -> None:  # fmt: skip
    trouble, source, key = row["trouble"], source_of(target), part_key(check, row["name"])
    if before and before != trouble:
        _recover(target, check, row, before, at)
    if not trouble or (trouble == before and not is_back):
        return
    told = {"part": row["name"], "why": row["text"] or _("无说明")}
    words = {
        FAILED_DISK: _("磁盘“%(part)s”故障（%(why)s）。"),
        FULL_DISK: _("磁盘“%(part)s”已满。"),
        LOST_BACKEND: _("后端服务器“%(part)s”不可用（%(why)s）。"),
    }
    sentence = words[trouble] % told
    if trouble == before:
        hear_alarm(
            source=source, kind=trouble, asset=target.asset, key=key, at=at, sentence=sentence
        )
        return
    raise_alarm(
        source=source, kind=trouble, asset=target.asset, key=key, level=_LEVELS[trouble], at=at,
        sentence=sentence, facts={"part": row["name"], "state": row["text"], **row["facts"]},
    )  # fmt: skip


def _recover(target: Target, check: Check, row: Mapping[str, Any], kind: str, at: datetime) -> None:
    recover_alarm(
        source=source_of(target), kind=kind, asset=target.asset, key=part_key(check, row["name"]),
        at=at, sentence=_("“%(part)s”恢复正常。") % {"part": row["name"]},
    )  # fmt: skip


def note_events(target: Target, check: Check, events: Sequence[Happening], *, at: datetime) -> None:
    """Will keep events not yet known and raise the grave ones; the target is locked.

    A second time the same changes nothing. The alarm ends 24 hours after the last grave event.
    """
    known = set(
        TargetEvent.objects.filter(
            target=target, kind=check.kind, uid__in=[event.uid for event in events]
        ).values_list("uid", flat=True)
    )
    fresh = {event.uid: event for event in events if event.uid not in known}
    grave = sorted((e for e in fresh.values() if e.is_grave), key=lambda event: event.at)
    TargetEvent.objects.bulk_create(
        TargetEvent(
            target=target, kind=check.kind, uid=event.uid, at=event.at, is_grave=event.is_grave,
            text=_plain(event.text) or event.uid,
        )
        for event in fresh.values()
    )  # fmt: skip
    if fresh:
        old = target.events.order_by("-at", "-pk").values_list("pk", flat=True)[MOST_EVENTS:]
        TargetEvent.objects.filter(pk__in=list(old)).delete()
    if grave:
        raise_alarm(
            source=source_of(target), kind=EVENT, asset=target.asset, level=Level.ORANGE, at=at,
            sentence=_plain(grave[-1].text) or grave[-1].uid, count=len(grave),
            facts={"events": len(grave), "uid": grave[-1].uid},
        )  # fmt: skip
        return
    last = target.events.filter(is_grave=True).values_list("at", flat=True).first()
    if last is not None and at - last > CALM:
        recover_alarm(
            source=source_of(target), kind=EVENT, asset=target.asset, at=at,
            sentence=_("24 小时内没有新的严重事件。"),
        )  # fmt: skip


def purge_events() -> int:
    """Will forget events after 90 days."""
    old = clock.now() - timedelta(days=EVENT_DAYS)
    return TargetEvent.objects.filter(at__lt=old).delete()[0]
