"""Boxes in columns and lines between them: numbers for a server-drawn SVG, nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from apps.common.phrases import clauses

WIDTH, HEIGHT = 216, 84  # of a box, in SVG units (CSS pixels at full size)
GAP_X, GAP_Y, MARGIN = 88, 20, 12
LINE_STEP = 19
FIRST_LINE = 24
CHARACTERS = 15  # full-width ones that fit on a line of a box


@dataclass(frozen=True)
class Box:
    """level: over, soon, done, action or rest. mark: the one the page is about."""

    key: str
    column: int
    lines: tuple[str, ...]
    level: str = "rest"
    url: str = ""
    mark: bool = False


@dataclass(frozen=True)
class Link:
    """A line from one box to another. style: solid, dashed or alarm."""

    source: str
    target: str
    label: str = ""
    style: str = "solid"


@dataclass(frozen=True)
class PlacedBox:
    box: Box
    x: int
    y: int
    texts: list[tuple[int, str]]
    title: str


@dataclass(frozen=True)
class PlacedLink:
    link: Link
    path: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Drawing:
    """All in SVG units; the origin is at the top left."""

    width: int
    height: int
    boxes: list[PlacedBox]
    links: list[PlacedLink]
    box_width: int = WIDTH
    box_height: int = HEIGHT


def draw(boxes: Sequence[Box], links: Sequence[Link]) -> Drawing:
    """Will place boxes column by column, each column centred, in the order given."""
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        columns[box.column].append(box)
    order = {column: number for number, column in enumerate(sorted(columns))}
    tallest = max((len(column) for column in columns.values()), default=0)
    placed = {}
    for column, members in columns.items():
        top = MARGIN + (tallest - len(members)) * (HEIGHT + GAP_Y) // 2
        for row, box in enumerate(members):
            x = MARGIN + order[column] * (WIDTH + GAP_X)
            placed[box.key] = _place(box, x, top + row * (HEIGHT + GAP_Y))
    known = [link for link in links if link.source in placed and link.target in placed]
    return Drawing(
        width=2 * MARGIN + len(columns) * WIDTH + max(len(columns) - 1, 0) * GAP_X,
        height=2 * MARGIN + tallest * HEIGHT + max(tallest - 1, 0) * GAP_Y,
        boxes=list(placed.values()),
        links=[_connect(link, placed[link.source], placed[link.target]) for link in known],
    )


def _place(box: Box, x: int, y: int) -> PlacedBox:
    texts = [(y + FIRST_LINE + n * LINE_STEP, _cut(text)) for n, text in enumerate(box.lines)]
    return PlacedBox(box, x, y, texts, clauses(box.lines))


def _cut(text: str) -> str:
    """Cuts by width: a Latin character is half as wide as a Chinese one."""
    room = 2.0 * CHARACTERS
    for number, character in enumerate(text):
        room -= 2 if ord(character) > 0x2E80 else 1.15
        if room < 0:
            return f"{text[: max(number - 1, 1)]}…"
    return text


def _connect(link: Link, source: PlacedBox, target: PlacedBox) -> PlacedLink:
    """Leaves a box on the side that faces the other; within a column, bends around the right."""
    start_y, end_y = source.y + HEIGHT // 2, target.y + HEIGHT // 2
    if source is target:
        start_y, end_y = start_y - LINE_STEP, end_y + LINE_STEP
    if source.x == target.x:
        x, bend = source.x + WIDTH, source.x + WIDTH + GAP_X * 2 // 3
        path = f"M{x} {start_y} C{bend} {start_y} {bend} {end_y} {x} {end_y}"
        return PlacedLink(link, path, bend - 12, (start_y + end_y) // 2)
    forward = source.x < target.x
    start_x = source.x + WIDTH if forward else source.x
    end_x = target.x if forward else target.x + WIDTH
    middle = (start_x + end_x) // 2
    path = f"M{start_x} {start_y} C{middle} {start_y} {middle} {end_y} {end_x} {end_y}"
    return PlacedLink(link, path, middle, (start_y + end_y) // 2 - 5)
