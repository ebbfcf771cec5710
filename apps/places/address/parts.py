"""What a text about a place is made of."""

from dataclasses import dataclass

from apps.places.address.words import HOMES
from apps.places.enums import PartKind
from apps.places.text import Traced


@dataclass(frozen=True)
class Name:
    """A piece of the key that names something the gazetteer or the area tree knows."""

    start: int
    end: int
    kind: PartKind


@dataclass(frozen=True)
class Part:
    """One piece of a text.

    key: the piece in clean form, its place in the whole key in key_start and key_end.
    text: the piece as it was written, its place in the text in start and end.
    number: of doors, buildings, units, rooms; metres of distances and walks; metres from the
    beginning of kilometre marks. until: the last number of a range. bearing: degrees from
    north of walks and sides. is_known: the name was recognised, not told by its ending.
    """

    kind: PartKind
    key: str
    text: str
    start: int
    end: int
    key_start: int
    key_end: int
    number: float | None = None
    until: int | None = None
    bearing: int | None = None
    is_known: bool = False


@dataclass(frozen=True)
class Reading:
    """A text cut into parts, in order, nothing left out. traced: its clean form."""

    text: str
    traced: Traced
    parts: tuple[Part, ...]

    def of_kind(self, *kinds: PartKind) -> list[int]:
        """Will give the positions of the parts of these kinds."""
        return [index for index, part in enumerate(self.parts) if part.kind in kinds]

    def is_home(self, index: int) -> bool:
        """Will tell whether the words right before a part say that somebody lives there."""
        before = self.parts[index - 1] if index else None
        while before is not None and before.kind == PartKind.AREA:
            index -= 1
            before = self.parts[index - 1] if index else None
        return before is not None and before.kind == PartKind.OTHER and before.key.endswith(HOMES)
