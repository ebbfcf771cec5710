"""A district that is silent for longer than it promised becomes an alarm. Source: IO-11, AL-01."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.common import clock
from apps.districts.models import Peer

SILENT = "district_silent"


def register() -> None:
    """Will name the kind of alarm, and have the districts watched."""
    register_kind(SILENT, gettext_lazy("区级汇聚中断"))
    register_watcher(
        Watcher("districts.peers", gettext_lazy("区级汇聚"), Source.DATA, frozenset({SILENT}), look)
    )


def look(standing: Sequence[Standing]) -> Sighting:
    """Will say which districts were not heard for longer than they promised.

    One that was never heard is counted from when it was let in.
    """
    moment, troubles = clock.now(), []
    peers = list(
        Peer.objects.filter(is_active=True).only(
            "name", "heard_at", "created_at", "promise_minutes"
        )
    )
    for peer in peers:
        silence = moment - (peer.heard_at or peer.created_at)
        if silence <= timedelta(minutes=peer.promise_minutes):
            continue
        minutes = int(silence.total_seconds() // 60)
        sentence = _("%(name)s已%(n)d分钟没有汇入数据，约定不超过%(promise)d分钟。") % {
            "name": peer.name, "n": minutes, "promise": peer.promise_minutes,
        }  # fmt: skip
        facts = {"peer": peer.pk, "silent_minutes": minutes}
        key = f"{peer.pk} {peer.name}"
        troubles.append(Trouble(SILENT, Level.ORANGE, sentence, facts, key=key))
    text = _("%(n)d个来源区，%(silent)d个中断") % {"n": len(peers), "silent": len(troubles)}
    return Sighting(text, troubles)
