"""Words of the demo city, put together from our own phrases. Nobody ever said them."""

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
#: A prefix that no Chinese operator has put in use, so that no text can reach anybody.
PHONE_PREFIX = "154"


@cache
def read(name: str) -> Any:
    """Will read one JSON file of the fixtures: "demo/phrases", "profiles/shandong" ..."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def phrases() -> dict[str, Any]:
    """Will give the phrases that do not depend on a class."""
    found: dict[str, Any] = read("demo/phrases")
    return found


def pick(rng: random.Random, name: str) -> Any:
    """Will draw one phrase of a list."""
    return rng.choice(phrases()[name])


def person_name(rng: random.Random) -> str:
    """Will draw a believable name."""
    words = phrases()
    surname = rng.choice(words["surnames"])
    if rng.random() < 0.015:
        surname = rng.choice(words["double_surnames"])
    given = rng.choice(words["given_first"])
    if rng.random() < 0.72:
        given += rng.choice(words["given_second"])
    return f"{surname}{given}"


def phone_number(rng: random.Random) -> str:
    """Will draw a mobile number that belongs to nobody."""
    return f"{PHONE_PREFIX}{rng.randrange(10**8):08d}"


@dataclass(frozen=True)
class Words:
    """What a citizen says. title: up to 60 characters; text: 30 to about 1,800."""

    title: str
    text: str


class Writer:
    """Writes reports, each in words of its own; the same generator gives the same words."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def report(self, class_code: str, place: str, *, again: bool = False) -> Words:
        """Will write about a place. again: somebody else reported the same before."""
        rng, bank = self.rng, read("demo/classes")[class_code]
        family = class_code.split(".", 1)[0]
        slots = self._slots(place)
        problem = rng.choice(bank["p"]).format(**slots)
        opening = rng.choice(phrases()["openings"]).format(**slots)
        if "{place}" not in opening and rng.random() < 0.15:
            opening = ""
        effects = rng.sample(phrases()["effects"][family], 2)
        text = f"{opening}{problem}。{effects[0]}"
        if rng.random() < 0.5:
            text += effects[1]
        text += rng.choice(phrases()["asks"])
        if again:
            text = rng.choice(phrases()["repeat_prefixes"]) + text
        draw = rng.random()
        if draw < 0.1:
            text += rng.choice(phrases()["tails"]).format(**slots)
        elif draw < 0.125:
            text += "\n" + self._long(place)
        title = rng.choice(bank["t"])
        where = place if len(place) <= 24 else place[:24]
        return Words(f"{where}{title}" if rng.random() < 0.7 else title, text)

    def praise(self, place: str) -> Words:
        """Will write a word of thanks."""
        return Words("表扬工作人员", self._of("praise", place))

    def suggestion(self, place: str) -> Words:
        """Will write a suggestion."""
        words = self._of("suggestion", place) + self.rng.choice(phrases()["effects"]["other"])
        return Words("关于公共设施的建议", words + "谢谢。")

    def result(self, class_code: str) -> str:
        """Will write what the unit did."""
        rng = self.rng
        words = rng.choice(read("demo/classes")[class_code]["r"]).format(n=rng.randint(3, 30))
        return f"{words}。"

    def _of(self, name: str, place: str) -> str:
        return str(self.rng.choice(phrases()[name]).format(**self._slots(place)))

    def _long(self, place: str) -> str:
        paragraphs = [
            p.format(**self._slots(place), i=number)
            for number, p in enumerate(phrases()["long_paragraphs"], start=1)
        ]
        more = [f"{'一二三四五六七八九十'[n]}、{self.rng.choice(paragraphs)}" for n in range(10)]
        return "\n".join([*paragraphs, *more])

    def _slots(self, place: str) -> dict[str, Any]:
        rng = self.rng
        return {
            "place": place,
            "other": "隔壁小区",
            "days": rng.randint(2, 25),
            "n": rng.randint(2, 9),
            "hour": rng.choice(["九点", "十点", "十一点", "十二点", "凌晨一点"]),
            "temp": rng.randint(12, 17),
            "when": rng.choice(["昨天", "今天早上", "前天晚上", "上周", "这两天", "中午"]),
            "phone": phone_number(rng),
            "surname": rng.choice(phrases()["surnames"]),
            "unit": "养护队",
        }
