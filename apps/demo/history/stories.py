"""Which demands come in, when, where and about what: drawn before anything is written."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.demo.geography import City
from apps.demo.history import timeline
from apps.demo.world import World
from apps.hotline.enums import Nature
from apps.matters.enums import Channel

CHANNELS = {
    Channel.PHONE: 62, Channel.WECHAT: 13, Channel.APP: 9, Channel.WEB: 8, Channel.GRID: 4,
    Channel.EMAIL: 1.5, Channel.LETTER: 1.5, Channel.API: 1,
}  # fmt: skip
TWIN_SHARE = 0.05
#: How many of each pile of waiting work the city is left with.
POSED = {"small": 2, "default": 8, "large": 16}
#: What is left lying at the end: where it stops, and how many hours ago it came in. Spread, so
#: that the last day does not stand out from the others in the forecast.
POSES = (
    ("registered", 0.2, 1.6),
    ("registered", 3, 9),
    ("completing", 6, 100),
    ("accepted", 0.4, 3),
    ("dispatched", 1, 30),
    ("returning", 10, 110),
    ("extending", 20, 110),
    ("suspending", 20, 130),
    ("suspended", 20, 130),
    ("assisting", 20, 110),
    ("helped", 20, 110),
    ("supervised", 3, 72),
    ("handling", 14, 100),
    ("soon", 26, 30),
    ("late", 90, 190),
    ("answered", 30, 110),
    ("callback_late", 260, 330),
    ("unhappy", 90, 120),
)
#: Poses that lie in the queue of one unit, so that its people have something to do.
AT_UNIT = {
    "dispatched",
    "returning",
    "extending",
    "suspending",
    "suspended",
    "assisting",
    "helped",
    "supervised",
    "handling",
    "soon",
    "late",
    "answered",
}


@dataclass(frozen=True)
class Spot:
    """Where something is. text: as a citizen says it; point: lon, lat; cell: its whole code."""

    text: str
    point: tuple[float, float]
    cell: str


@dataclass(frozen=True)
class Story:
    """One demand. pose: the step it is left lying at, reached without delay; empty: lives on.

    repeats: when the demand came in that this one is about as well; main: its number.
    """

    number: int
    at: datetime
    class_code: str
    spot: Spot
    channel: Channel
    nature: Nature
    repeats: datetime | None = None
    main: int = 0
    pose: str = ""

    @property
    def is_twin(self) -> bool:
        return self.repeats is not None


class Spots:
    """The addressed places of a city, by district and by cell."""

    def __init__(self, city: City) -> None:
        self.all = [Spot(a.text, a.point, a.cell_code) for a in city.addresses]
        self.all += [Spot(b.name, b.point, b.cell_code) for b in city.buildings if b.name]
        self.all += [
            Spot(p.name, p.point, p.cell_code)
            for p in city.pois
            if p.kind not in {"junction", "stop"}
        ]
        self.by_code: dict[str, list[Spot]] = defaultdict(list)
        for spot in self.all:
            for digits in (6, 15):
                self.by_code[spot.cell[:digits]].append(spot)


def plan(world: World, *, seed: int, start: datetime, until: datetime, count: int) -> list[Story]:
    """Will draw the stories, oldest first; the same ones for the same arguments."""
    rng, spots = random.Random(seed), Spots(world.city)
    classes = [code for code, _label in world.profile["classes"]]
    posed = _posed(rng, world, spots, until)
    moments = timeline.draw_moments(rng, start, until, max(0, count - len(posed)))
    ordinary: list[Story] = []
    for moment in moments:
        if len(ordinary) >= count - len(posed):
            break
        story = _draw(rng, moment, classes, spots)
        ordinary.append(story)
        if rng.random() < TWIN_SHARE:
            ordinary += list(_twins(rng, story, spots, until))
    ordered = sorted([*ordinary, *posed], key=lambda story: story.at)
    numbers = {story.at: number for number, story in enumerate(ordered, start=1)}
    return [
        replace(story, number=number, main=numbers[story.repeats] if story.repeats else 0)
        for number, story in enumerate(ordered, start=1)
    ]


def _draw(rng: random.Random, moment: datetime, classes: list[str], spots: Spots) -> Story:
    class_code = timeline.draw_class(rng, moment.date(), classes)
    channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    nature = _nature(rng, class_code)
    if nature in {Nature.SUGGESTION, Nature.PRAISE}:
        class_code = "other"
    return Story(0, moment, class_code, rng.choice(spots.all), channel, nature)


def _nature(rng: random.Random, class_code: str) -> Nature:
    family = class_code.split(".", 1)[0]
    if family in {"social", "education"} and rng.random() < 0.75:
        return Nature.CONSULT
    if family == "market":
        return rng.choices([Nature.COMPLAINT, Nature.REPORT, Nature.CONSULT], [7, 2, 1])[0]
    return rng.choices(
        [Nature.HELP, Nature.COMPLAINT, Nature.REPORT, Nature.CONSULT, Nature.SUGGESTION,
         Nature.PRAISE], [52, 26, 6, 9, 5, 2],
    )[0]  # fmt: skip


def _twins(rng: random.Random, story: Story, spots: Spots, until: datetime) -> Iterator[Story]:
    for _turn in range(rng.randint(1, 3)):
        later = story.at + timedelta(minutes=rng.randint(15, 2600))
        if later <= until:
            near = rng.choice(spots.by_code[story.spot.cell])
            yield replace(story, at=later, spot=near, repeats=story.at, nature=Nature.COMPLAINT)


def _posed(rng: random.Random, world: World, spots: Spots, until: datetime) -> list[Story]:
    district = world.city.districts[0].code
    theirs = [c for d in world.profile["duties"] if d["department"] == "cgj" for c in d["classes"]]
    classes = [code for code, _label in world.profile["classes"] if code != "other"]
    found = []
    for pose, newest, oldest in POSES:
        for _turn in range(POSED[world.city.size]):
            at_unit = pose in AT_UNIT
            found.append(
                Story(
                    0,
                    until - timedelta(hours=rng.uniform(newest, oldest)),
                    rng.choice(theirs if at_unit else classes),
                    rng.choice(spots.by_code[district] if at_unit else spots.all),
                    rng.choice([Channel.WECHAT, Channel.APP, Channel.WEB]),
                    Nature.HELP,
                    pose=pose,
                )
            )
    return found
