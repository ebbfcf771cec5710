"""What is watched, when it was looked at last, and what stands of it. Source: AL-03."""

from dataclasses import dataclass

from django.db.models import Count

from apps.accounts.models import User
from apps.alarms.models import WatchRound
from apps.alarms.registry import Watcher, all_watchers, source_label
from apps.alarms.selectors.alarms import visible_alarms


@dataclass(frozen=True)
class Watched:
    """A watcher with its last look and its open alarms in the viewer's reach."""

    watcher: Watcher
    source: str
    round: WatchRound | None
    open: int


def list_watched(viewer: User) -> list[Watched]:
    """Will list every watcher, by code."""
    rounds = WatchRound.objects.in_bulk()
    rows = visible_alarms(viewer).filter(ended_at__isnull=True).exclude(rule="").order_by()
    counts = dict(rows.values_list("rule").annotate(n=Count("pk")))
    return [
        Watched(one, source_label(one.source), rounds.get(one.code), counts.get(one.code, 0))
        for one in all_watchers()
    ]
