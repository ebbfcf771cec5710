"""A thing goes on or does not, with gaps: when it began, that it goes on, when it ended. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algorithms.contract import Box

Mark = Mapping[str, Any]


@dataclass
class Spell:
    """One zone and one trouble.

    least_s: it must have gone on for so long to be told, then from its very beginning. gap_s: a
    gap shorter than that is none; an end is told at the last moment at which it still was.
    """

    code: str
    least_s: float
    gap_s: float
    began_s: float | None = None
    last_s: float = 0.0
    is_told: bool = False
    peak: float = 0.0
    box: Box | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def look(
        self, at_s: float, is_on: bool, *, value: float = 0.0, box: Box | None = None,
        since_s: float | None = None, **facts: Any,
    ) -> list[Mark]:  # fmt: skip
        """Will take a moment and give what is to be told of it: "began", "goes_on" or "ended".

        since_s: since when, where it is known better than by the first look.
        """
        marks: list[Mark] = []
        if self.began_s is not None and at_s - self.last_s > self.gap_s:
            marks += self.close()
        if is_on:
            if self.began_s is None:
                self.began_s = at_s if since_s is None else since_s
                self.peak, self.box, self.facts = value, box, facts
            self.last_s = at_s
            if value > self.peak:
                self.peak, self.box, self.facts = value, box or self.box, facts or self.facts
            if at_s - self.began_s >= self.least_s:
                marks.append(self._mark("goes_on" if self.is_told else "began"))
                self.is_told = True
        return marks

    def close(self) -> list[Mark]:
        """Will end it where it last was."""
        marks = [self._mark("ended")] if self.is_told else []
        self.began_s, self.is_told = None, False
        return marks

    def told(self) -> dict[str, Any]:
        """Will give it as plain values for the next run."""
        return {
            "code": self.code, "began_s": self.began_s, "is_told": self.is_told,
            "peak": self.peak, "facts": self.facts,
        }  # fmt: skip

    def resume(self, told: Mapping[str, Any], at_s: float) -> None:
        """Will go on where another run left it; between the two nobody looked."""
        self.began_s, self.is_told = told["began_s"], told["is_told"]
        self.peak, self.facts, self.last_s = told["peak"], told["facts"], at_s

    def _mark(self, name: str) -> Mark:
        return {
            "mark": name, "zone": self.code, "since_s": self.began_s, "at_s": self.last_s,
            "value": round(self.peak, 4), "box": self.box,
        } | self.facts  # fmt: skip


def remember(spells: Iterable[Spell], memory: dict[str, Any]) -> None:
    """Will lay what goes on into the memory of the next run."""
    memory["spells"] = [one.told() for one in spells if one.began_s is not None]


def recall(spells: Iterable[Spell], memory: Mapping[str, Any], at_s: float) -> None:
    """Will go on with what the last run left. at_s: of the first picture of this run."""
    known = {told["code"]: told for told in memory.get("spells", ())}
    for one in spells:
        if one.code in known:
            one.resume(known[one.code], at_s)
