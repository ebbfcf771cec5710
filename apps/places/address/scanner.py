"""Cuts the clean form of a text into parts, from left to right, one look at each piece."""

from collections.abc import Sequence
from dataclasses import replace

from apps.places.address import words
from apps.places.address.parts import Name, Part, Reading
from apps.places.enums import PartKind
from apps.places.text import Traced, chinese_number, traced_key

MAX_TEXT = 240  # longer texts are stories; the place is named in the first two lines
MAX_KEY = 120
LONGEST_WALK_M = 5000.0
_EXTENDED = frozenset({PartKind.PLACE, PartKind.ROAD})
_NUMERALS = "一二三四五六七八九十"


def read(text: str, names: Sequence[Name] = (), *, traced: Traced | None = None) -> Reading:
    """Will cut a text into parts. Work is bounded, however long the text.

    traced: the clean form of the first two lines, if it is at hand. names: pieces of it that
    are known to name something; they may not overlap. Source: GE-05.
    """
    shown = text[:MAX_TEXT]
    traced = traced or traced_key(shown)
    scanner = _Scanner(traced.text[:MAX_KEY], {name.start: name for name in names})
    parts = []
    for part in scanner.scan():
        start, end = traced.source(part.key_start, part.key_end)
        parts.append(replace(part, text=shown[start:end], start=start, end=end))
    return Reading(shown, traced, tuple(parts))


class _Scanner:
    """One pass over a key. ``at`` is the next character; what lies since ``_rest`` is unread."""

    def __init__(self, key: str, names: dict[int, Name]) -> None:
        self.key, self.names = key, names
        self.at = self._rest = 0
        self.parts: list[Part] = []

    def scan(self) -> list[Part]:
        readers = (
            self._known,
            self._mark,
            self._pole,
            self._extra,
            self._number,
            self._way,
            self._word,
            self._ending,
        )
        while self.at < len(self.key):
            if not any(reader() for reader in readers):
                self.at += 1
        self._flush(len(self.key))
        return self.parts

    # --- Taking ---------------------------------------------------------------------------

    def _flush(self, end: int) -> None:
        if self._rest < end:
            self._put(PartKind.OTHER, self._rest, end)
        self._rest = end

    def _put(self, kind: PartKind, start: int, end: int, **values: float | None) -> None:
        self.parts.append(
            Part(kind, self.key[start:end], "", 0, 0, start, end, **values)  # type: ignore[arg-type]
        )

    def _take(self, kind: PartKind, start: int, end: int, **values: float | None) -> bool:
        """Will end the unread text at ``start`` and put a part; always True."""
        self._flush(start)
        self._put(kind, start, end, **values)
        self.at = self._rest = end
        return True

    def _one_of(self, choices: Sequence[str], at: int) -> str:
        return next((word for word in choices if self.key.startswith(word, at)), "")

    def _digits(self, at: int) -> str:
        end = at
        while end < len(self.key) and self.key[end].isascii() and self.key[end].isdigit():
            end += 1
        return self.key[at:end]

    def _last(self) -> Part | None:
        """The part that ends right here, with nothing unread in between."""
        return self.parts[-1] if self.parts and self._rest == self.at else None

    # --- Reading --------------------------------------------------------------------------

    def _known(self) -> bool:
        name = self.names.get(self.at)
        return name is not None and self._take(name.kind, name.start, name.end, is_known=True)

    def _mark(self) -> bool:
        """k3+200, k3+200处; k3 alone is a shop's name."""
        if self.key[self.at] != "k":
            return False
        kilometres = self._digits(self.at + 1)
        after = self.at + 1 + len(kilometres)
        if not kilometres or len(kilometres) > 4 or self.key[after : after + 1] != "+":
            return False
        metres = self._digits(after + 1)
        if not metres or len(metres) > 3:
            return False
        number = int(kilometres) * 1000.0 + int(metres)
        return self._take(PartKind.MARK, self.at, after + 1 + len(metres), number=number)

    def _pole(self) -> bool:
        """灯杆12号, 灯杆号0315; 12号灯杆 is read with its number."""
        word = self._one_of(words.POLES, self.at)
        if not word:
            return False
        start = end = self.at + len(word)
        while end < len(self.key) and end - start < 12 and self._is_code(self.key[end]):
            end += 1
        code = self.key[start:end].strip("-")
        if not any(char.isdigit() for char in code):
            return False
        end += self.key.startswith("号", end)
        return self._take(PartKind.POLE, self.at, end, number=_whole(code))

    @staticmethod
    def _is_code(char: str) -> bool:
        return char.isascii() and (char.isalnum() or char == "-")

    def _extra(self) -> bool:
        """附3号 and what stands behind a door number: 之一, 甲, -2."""
        if self.key[self.at] == "附":
            digits = self._digits(self.at + 1)
            if digits and self.key.startswith("号", self.at + 1 + len(digits)):
                end = self.at + 2 + len(digits)
                return self._take(PartKind.EXTRA, self.at, end, number=int(digits[:5]))
        last = self._last()
        if last is None or last.kind != PartKind.NUMBER:
            return False
        if self.key[self.at] == "之" and self.at + 1 < len(self.key):
            digits = self._digits(self.at + 1)
            if digits:
                end = self.at + 1 + len(digits)
                return self._take(PartKind.EXTRA, self.at, end, number=int(digits[:5]))
            if self.key[self.at + 1] in _NUMERALS:
                number = chinese_number(self.key[self.at + 1])
                return self._take(PartKind.EXTRA, self.at, self.at + 2, number=number)
        if self.key[self.at] in words.LETTERED:
            return self._take(PartKind.EXTRA, self.at, self.at + 1)
        if self.key[self.at] == "-" and last.key.endswith("号"):
            digits = self._digits(self.at + 1)
            if digits:
                end = self.at + 1 + len(digits)
                return self._take(PartKind.EXTRA, self.at, end, number=int(digits[:5]))
        return False

    def _number(self) -> bool:
        """Whatever begins with digits: a distance, a building, a unit, a room, a door."""
        lettered = self.key[self.at] in words.LETTERED
        begin = self.at + lettered
        digits = self._digits(begin)
        if not digits or len(digits) > 6:
            self.at += max(0, len(digits) - 1)
            return False
        end = begin + len(digits)
        if lettered:
            is_door = self.key.startswith("号", end)
            return is_door and self._take(PartKind.NUMBER, self.at, end + 1, number=int(digits))
        return (
            self._distance(digits, end)
            or self._counted(digits, end)
            or self._row(digits, end)
            or self._bare(digits, end)
        )

    def _distance(self, digits: str, end: int) -> bool:
        whole = digits
        if self.key[end : end + 1] == "." and (decimals := self._digits(end + 1)):
            whole, end = f"{digits}.{decimals[:2]}", end + 1 + len(decimals)
        if self.key.startswith("多", end):
            end += 1
        word = self._one_of(tuple(words.METRES), end)
        if not word:
            return False
        end += len(word)
        metres = float(whole) * words.METRES[word]
        return self._take(PartKind.DISTANCE, self.at, end, number=metres)

    def _counted(self, digits: str, end: int) -> bool:
        number = int(digits)
        for word, kind in (
            ("号楼", PartKind.BUILDING),
            ("单元", PartKind.UNIT),
            ("层", PartKind.FLOOR),
            ("室", PartKind.ROOM),
            ("房", PartKind.ROOM),
            ("户", PartKind.ROOM),
        ):
            if self.key.startswith(word, end):
                return self._take(kind, self.at, end + len(word), number=number)
        if self.key.startswith("楼", end):
            last = self._last()
            inside = last is not None and last.kind in {PartKind.BUILDING, PartKind.UNIT}
            kind = PartKind.FLOOR if inside else PartKind.BUILDING
            return self._take(kind, self.at, end + 1, number=number)
        for word in ("号灯杆", "号杆", "号电杆"):
            if self.key.startswith(word, end):
                return self._take(PartKind.POLE, self.at, end + len(word), number=number)
        if self.key.startswith("号线", end):
            return False
        if self.key.startswith(("号", "弄"), end):
            # 海泊12号: what stands right before a door number is a road without its ending.
            begin = self._begin_of_name(self.at)
            if self.at - begin >= 2:
                self._take(PartKind.ROAD, begin, self.at)
            return self._take(PartKind.NUMBER, self.at, end + 1, number=number)
        return False

    def _row(self, digits: str, end: int) -> bool:
        """12-14号 is a row of doors, 12-3号 a part of door 12, 3-2-501 building, unit, room."""
        if self.key[end : end + 1] != "-":
            return False
        second = self._digits(end + 1)
        after = end + 1 + len(second)
        if not second or len(second) > 5:
            return False
        if self.key.startswith("号", after) and not self.key.startswith("号楼", after):
            values = {"number": int(digits)}
            if int(second) > int(digits):
                values["until"] = int(second)
            return self._take(PartKind.NUMBER, self.at, after + 1, **values)
        last = self._last()
        if last is None or last.kind != PartKind.PLACE:
            return False
        self._take(PartKind.BUILDING, self.at, end, number=int(digits))
        third = self._digits(after + 1) if self.key[after : after + 1] == "-" else ""
        self._rest = self.at = end + 1
        self._take(PartKind.UNIT if third else PartKind.ROOM, self.at, after, number=int(second))
        if third:
            self._rest = self.at = after + 1
            self._take(PartKind.ROOM, self.at, self.at + len(third), number=int(third[:6]))
        return True

    def _bare(self, digits: str, end: int) -> bool:
        last = self._last()
        if last is None or self.key[end : end + 1] in words.COUNTERS:
            return False
        if last.kind in {PartKind.BUILDING, PartKind.UNIT, PartKind.FLOOR} and len(digits) <= 4:
            return self._take(PartKind.ROOM, self.at, end, number=int(digits))
        if last.kind == PartKind.ROAD and len(digits) <= 4:
            return self._take(PartKind.NUMBER, self.at, end, number=int(digits))
        return False

    def _way(self) -> bool:
        """往东200米, 东侧50米, 以西约1公里; 西南角, 北侧, 往东 without a length."""
        towards = self._one_of(words.TOWARDS, self.at)
        at = self.at + len(towards)
        word = self._one_of(tuple(words.BEARINGS), at)
        if not word:
            return False
        bearing = words.BEARINGS[word]
        at += len(word)
        side = self._one_of(words.SIDES, at)
        length = at + len(side)
        while filler := self._one_of(words.ABOUT, length):
            length += len(filler)
        digits = self._digits(length)
        if digits and len(digits) <= 5 and self._length_of_walk(length, digits, bearing):
            return True
        # 东门 and 南边 are sides; 东 alone is most often part of a name.
        if towards or side:
            return self._take(PartKind.SIDE, self.at, at + len(side), bearing=bearing)
        return False

    def _length_of_walk(self, at: int, digits: str, bearing: int) -> bool:
        end, whole = at + len(digits), digits
        if self.key[end : end + 1] == "." and (decimals := self._digits(end + 1)):
            whole, end = f"{digits}.{decimals[:2]}", end + 1 + len(decimals)
        end += self.key.startswith("多", end)
        word = self._one_of(tuple(words.METRES), end)
        metres = float(whole) * words.METRES.get(word, 0.0)
        if not 0 < metres <= LONGEST_WALK_M:
            return False
        end += len(word)
        while filler := self._one_of(("处", "左右"), end):
            end += len(filler)
        return self._take(PartKind.WALK, self.at, end, number=metres, bearing=bearing)

    def _word(self) -> bool:
        last = self._last()
        behind_name = last is not None and last.kind in {
            PartKind.ROAD,
            PartKind.PLACE,
            PartKind.CROSSING,
            PartKind.NUMBER,
            PartKind.BUILDING,
        }
        for kind, choices in (
            (PartKind.RELATION, words.NEAR),
            (PartKind.BETWEEN, words.BETWEEN),
        ):
            if word := self._one_of(choices, self.at):
                return self._take(kind, self.at, self.at + len(word))
        if behind_name and (word := self._one_of(words.STRETCH, self.at)):
            return self._take(PartKind.BETWEEN, self.at, self.at + len(word))
        if (word := self._one_of(words.CROSSING, self.at)) and (word != "口" or behind_name):
            return self._crossing(word)
        if behind_name and (word := self._one_of(words.JOINS, self.at)):
            return self._take(PartKind.JOIN, self.at, self.at + len(word))
        return False

    def _crossing(self, word: str) -> bool:
        # 某某路口 behind unread words: the road's own 路 belongs to its name.
        if word == "路口" and self._rest < self.at and self._begin_of_name(self.at) < self.at:
            self._take(PartKind.ROAD, self._begin_of_name(self.at), self.at + 1)
            return self._take(PartKind.CROSSING, self.at, self.at + 1)
        return self._take(PartKind.CROSSING, self.at, self.at + len(word))

    def _ending(self) -> bool:
        """A name the gazetteer does not know, told by how it ends."""
        word = self._one_of(words.ENDINGS, self.at)
        if not word:
            return False
        end = self.at + len(word)
        kind = _kind_of_ending(word)
        is_pole = bool(self._one_of(words.POLES, end))
        if word == "路" and self.key[end : end + 1] in words.NOT_A_ROAD and not is_pole:
            return False
        start = self._begin_of_name(self.at)
        last = self._last()
        if last is not None and last.is_known and word in words.PLACE_ENDINGS:
            # 云台医院宿舍 is another place than 云台医院; 云台花园小区 is 云台花园.
            is_other = len(word) > 1 and word != "小区" and last.kind in _EXTENDED
            return is_other and self._take(PartKind.PLACE, self.at, end)
        # 某某社区居委会, 某某路小学: the longest name is meant.
        while behind := self._one_of(words.PLACE_ENDINGS, end):
            kind, end = PartKind.PLACE, end + len(behind)
        # One character before a one-character ending is a word (小区, 马路), not a name.
        if self.at - start < (2 if len(word) == 1 else 1):
            return False
        return self._take(kind, start, end)

    def _begin_of_name(self, end: int) -> int:
        start = end
        least = max(self._rest, end - words.LONGEST_UNKNOWN)
        while start > least and _may_be_in_name(self.key[start - 1]):
            start -= 1
        return start


def _kind_of_ending(word: str) -> PartKind:
    if word in words.AREA_ENDINGS:
        return PartKind.AREA
    if word in words.ROAD_ENDINGS:
        return PartKind.ROAD
    return PartKind.PLACE


def _may_be_in_name(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" and char not in words.STOPS


def _whole(code: str) -> int | None:
    digits = "".join(char for char in code if char.isdigit())
    return int(digits[:9]) if digits else None
