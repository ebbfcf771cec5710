"""Many people of the demo city about one thing: two groups, hot spots, three topics.

The scan that finds them is the real one; nothing is written past it.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.common import clock
from apps.demo.geography import City
from apps.demo.texts import person_name, phone_number
from apps.demo.world import World
from apps.hotline.enums import Nature
from apps.hotline.services import Intake, register_demand
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.services import perform
from apps.voices import services
from apps.voices.enums import TopicSource
from apps.voices.models import Topic

CHANNELS = (Channel.PHONE, Channel.WEB, Channel.PHONE, Channel.GRID)


@dataclass(frozen=True)
class Event:
    """What happens, seen by ``people`` over ``hours`` before the end of the history."""

    class_code: str
    title: str
    texts: tuple[str, ...]
    people: int
    hours: int


EVENTS = (
    Event(
        "utility.water",
        "海棠花园停水",
        (
            "海棠花园小区停水，家里有老人孩子，请问什么时候恢复供水",
            "从早上起海棠花园小区停水，物业说不清楚原因",
            "海棠花园小区停水没有任何通知，希望尽快派送水车",
        ),
        9,
        40,
    ),
    Event(
        "road.lamp",
        "学府路路灯不亮",
        (
            "学府路路灯不亮，孩子放学走夜路很危险",
            "学府路路灯不亮已经好几天，请安排检修",
            "晚上学府路路灯不亮，骑车差点摔倒",
        ),
        7,
        60,
    ),
)


def load_voices(city: City, world: World, *, until: datetime, seed: int) -> int:
    """Will lay two events, two groups and what the scan makes of them; gives the topics.

    One topic is confirmed and handled as a case of its own, one confirmed, one left to judge.
    """
    rng = random.Random(f"{seed}:voices")
    acceptor, dispatcher = world.people("acceptor")[0], world.people("dispatcher")[0]
    cells = [city.cells[len(city.cells) // 4].center, city.cells[-len(city.cells) // 4].center]
    spoken = [
        [_speak(world, acceptor, event, at, n, until, rng) for n in range(event.people)]
        for event, at in zip(EVENTS, cells, strict=True)
    ]
    with clock.at(until - timedelta(minutes=50)):
        _group(dispatcher, spoken[0][:4])
        _answered_group(acceptor, dispatcher, spoken[1][:3])
    with clock.at(until):
        day = timezone.localdate(until)
        services.raise_topics(services.scan_day(world.tenant, day=day))
        _judge(world, dispatcher)
    return Topic.objects.filter(tenant=world.tenant).count()


def _speak(
    world: World,
    acceptor: User,
    event: Event,
    at: tuple[float, float],
    number: int,
    until: datetime,
    rng: random.Random,
) -> Case:
    moment = until - timedelta(hours=1 + (event.hours - 1) * (1 - number / event.people))
    intake = Intake(
        title=event.title,
        text=f"{event.texts[number % len(event.texts)]}（{3 + number}号楼住户）。",
        channel=CHANNELS[number % len(CHANNELS)],
        nature=Nature.HELP,
        reporter_name=person_name(rng),
        reporter_phone=phone_number(rng),
        lon=at[0] + rng.uniform(-3e-4, 3e-4),
        lat=at[1] + rng.uniform(-3e-4, 3e-4),
        class_code=event.class_code,
        source_key=f"demo-voices:{event.class_code}:{number}",
    )
    with clock.at(moment):
        return register_demand(acceptor, tenant=world.tenant, intake=intake).case


def _group(dispatcher: User, cases: list[Case]) -> None:
    main, *twins = cases
    for twin in twins:
        services.join(dispatcher, case_id=twin.pk, main_id=main.pk, reason="同一小区同一次停水")


def _answered_group(acceptor: User, dispatcher: User, cases: list[Case]) -> None:
    """Answered at once; one who came later was told the same."""
    main, twin, late = cases
    joined = services.join(dispatcher, case_id=twin.pk, main_id=main.pk, reason="同一路段")
    answer = "学府路路灯电缆故障已查明，预计两日内恢复照明，给您带来不便请谅解。"
    services.save_answer(dispatcher, group_id=joined.group_id, text=answer)
    data = {"answer": answer, "class_code": "road.lamp"}
    perform(acceptor, case_id=main.pk, action="answer", data=data)
    services.join(dispatcher, case_id=late.pk, main_id=main.pk, reason="同一路段", answer=answer)


def _judge(world: World, dispatcher: User) -> None:
    found = Topic.objects.filter(tenant=world.tenant, source=TopicSource.HOT_SPOT, state="detected")
    named = {event.class_code: event.title for event in EVENTS}
    for topic in found.filter(class_code__in=named).order_by("class_code"):
        if topic.unit is None:
            continue
        services.confirm_topic(
            dispatcher, topic_id=topic.pk, name=named[topic.class_code], unit=topic.unit
        )
    water = Topic.objects.filter(class_code="utility.water", state="followed").first()
    if water is not None:
        services.make_case(dispatcher, topic_id=water.pk, days=3)
