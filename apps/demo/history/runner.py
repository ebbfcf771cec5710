"""Plays all stories in the order of time, with the clocks and the post running beside them."""

import heapq
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.clocks import services as clocks
from apps.clocks.models import ClockTimer
from apps.common import clock, outbox
from apps.common.errors import DomainError
from apps.demo.history.life import Life, Steps
from apps.demo.history.pictures import Stock
from apps.demo.history.stories import Story
from apps.demo.world import World
from apps.notices import services as notices

logger = logging.getLogger(__name__)
TICK = timedelta(minutes=30)
POST_HOURS = 6
#: Notices younger than this at the end are left unread.
FRESH = timedelta(days=2)


@dataclass
class Played:
    """How it went. broken: stories a service refused to go on with, and why."""

    stories: int = 0
    steps: int = 0
    timers: int = 0
    messages: int = 0
    broken: list[str] = field(default_factory=list)


def play(
    world: World,
    stories: list[Story],
    stock: Stock,
    *,
    seed: int,
    until: datetime,
    tell: Callable[[str], None],
) -> Played:
    """Will live the stories up to ``until``, each step at its own moment.

    A story that a service refuses stops there and is named in the answer. Deadlines are
    looked at every half hour of the simulated time, text messages sent every six hours,
    notices read every Monday. Safe to play again after a break.
    """
    played = Played(stories=len(stories))
    heap: list[tuple[datetime, int, Steps]] = []
    for story in stories:
        steps = Life(world, story, stock, seed).live()
        heapq.heappush(heap, (next(steps), story.number, steps))
    tick = _first_tick(stories, until)
    days = max(1, (until - tick).days)
    while heap:
        moment, number, steps = heapq.heappop(heap)
        if moment > until:
            continue
        while tick <= moment:
            _tick(tick, until, played)
            if tick.hour == 0 and tick.minute == 0 and (until - tick).days % 10 == 0:
                gone = days - (until - tick).days
                tell(f"  第 {gone} 天 / {days}（已办 {played.steps} 步）")
            tick += TICK
        try:
            with clock.at(moment):
                upcoming = next(steps, None)
        except DomainError as error:
            logger.warning("a demo story was refused: %s", error)
            played.broken.append(f"{number}: {error}")
            continue
        played.steps += 1
        if upcoming is not None:
            heapq.heappush(heap, (max(upcoming, moment), number, steps))
    while tick <= until:
        _tick(tick, until, played)
        tick += TICK
    with clock.at(until):
        played.timers += clocks.fire_due()
        _post(played)
    return played


def _first_tick(stories: list[Story], until: datetime) -> datetime:
    first = min((story.at for story in stories), default=until)
    local = first.astimezone(timezone.get_default_timezone())
    return local.replace(minute=0, second=0, microsecond=0)


def _tick(moment: datetime, until: datetime, played: Played) -> None:
    with clock.at(moment):
        if ClockTimer.objects.filter(claimable_at__lte=moment).exists():
            played.timers += clocks.fire_due()
        if moment.minute == 0 and moment.hour % POST_HOURS == 0:
            _send(played)
        monday = moment.weekday() == 0 and moment.hour == 9 and moment.minute == 0
        newest_read = until - FRESH
        if moment <= newest_read and (monday or newest_read < moment + TICK):
            _read_notices()
            _post(played)


def _read_notices() -> None:
    """Everybody reads what lies in their bell."""
    for user in User.objects.filter(notices__read_at__isnull=True).distinct():
        notices.mark_all_read(user)


def _send(played: Played) -> None:
    while sent := notices.deliver_due(limit=500):
        played.messages += sent


def _post(played: Played) -> None:
    _send(played)
    while outbox.drain(limit=1000, seconds=120):
        pass
