"""The states, splits and calls of a matter drawn in layers, from the first down to the ends.

Sugiyama's method in its plain form: turn back edges round, put every state below all that lead
to it, fill long edges with way points, order each layer by the mean place of its neighbours.
Pure arithmetic over a body; the template only prints what is computed here. Pixels, y downwards.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import points, series
from apps.matters.studio.shapes import Shape, moves_of, shapes_of

WIDTH, HEIGHT = 104, 46
GAP_X, GAP_Y = 18, 64
MARGIN = 12
LABEL_MAX = 7  # characters on one line of a state
NOTE_MAX = 9  # characters of the words below
CHARACTER, LINE = 11, 15  # size of the words on a line
ROUNDS = 6
#: Where on a line its words may stand, the best places first.
SHARES = (0.55, 0.4, 0.7, 0.28, 0.82)

Point = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """A shape as drawn. x, y: its centre. lines: its name in one or two lines."""

    code: str
    label: str
    lines: list[str]
    category: str
    category_label: str
    note: str
    x: float
    y: float
    is_first: bool
    is_key: bool

    @property
    def left(self) -> float:
        return self.x - WIDTH / 2

    @property
    def top(self) -> float:
        return self.y - HEIGHT / 2


@dataclass(frozen=True)
class Edge:
    """Every action that leads from one state to another."""

    source: str
    target: str
    actions: list[str]
    points: list[Point]
    at: Point

    @property
    def label(self) -> str:
        return edge_label(self.actions)

    @property
    def title(self) -> str:
        return series(self.actions)

    @property
    def path(self) -> str:
        """The line as SVG: curves that leave and arrive upright."""
        (x, y), *rest = self.points
        parts = [f"M{x:.0f} {y:.0f}"]
        for to_x, to_y in rest:
            middle = (y + to_y) / 2
            parts.append(f"C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}")
            x, y = to_x, to_y
        return " ".join(parts)


@dataclass(frozen=True)
class Picture:
    """Everything the template draws, and the same as sentences."""

    width: int
    height: int
    nodes: list[Node]
    edges: list[Edge]
    sentences: list[str] = field(default_factory=list)


def draw(body: dict[str, Any], matters: Mapping[str, str] | None = None) -> Picture:
    """Will lay out the shapes of a body, a draft with gaps too. matters: names by code."""
    shapes = shapes_of(body, matters or {})
    if not shapes:
        return Picture(0, 0, [], [])
    moves = moves_of(body)
    down = _turned(list(shapes), moves)
    layer = _layers(list(shapes), down)
    grid, ways = _grid(list(shapes), down, layer)
    places, width = _places(grid)
    nodes = [_node(s, places[code], code == next(iter(shapes))) for code, s in shapes.items()]
    taken = [_Box(n.left, n.top, n.left + WIDTH, n.top + HEIGHT) for n in nodes]
    edges = [_edge(pair, moves[pair], ways, places, taken) for pair in moves]
    height = MARGIN * 2 + len(grid) * HEIGHT + (len(grid) - 1) * GAP_Y
    return Picture(round(width), height, nodes, edges, _sentences(shapes, moves))


def _turned(codes: list[str], moves: dict[tuple[str, str], list[str]]) -> list[tuple[str, str]]:
    """The moves with every one that leads back to an open ancestor turned round."""
    following: dict[str, list[str]] = defaultdict(list)
    for source, target in moves:
        following[source].append(target)
    order: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in codes:
        if root in order:
            continue
        open_now = {root}
        order[root] = len(order)
        stack = [(root, iter(following[root]))]
        while stack:
            state, rest = stack[-1]
            target = next(rest, "")
            if not target:
                stack.pop()
                open_now.discard(state)
            elif target in open_now:
                back.add((state, target))
            elif target not in order:
                order[target] = len(order)
                open_now.add(target)
                stack.append((target, iter(following[target])))
    turned = [(t, s) if (s, t) in back else (s, t) for s, t in moves]
    return list(dict.fromkeys(turned))


def _layers(codes: list[str], down: list[tuple[str, str]]) -> dict[str, int]:
    """Each state one below the lowest that leads to it; states nothing leads to, on top."""
    layer = dict.fromkeys(codes, 0)
    for _turn in codes:
        moved = False
        for source, target in down:
            if layer[target] < layer[source] + 1:
                layer[target], moved = layer[source] + 1, True
        if not moved:
            break
    return layer


def _grid(
    codes: list[str], down: list[tuple[str, str]], layer: dict[str, int]
) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """The layers with way points for long edges, ordered so that few lines cross."""
    grid: list[list[str]] = [[] for _layer in range(max(layer.values()) + 1)]
    for code in codes:
        grid[layer[code]].append(code)
    ways: dict[tuple[str, str], list[str]] = {}
    links: list[tuple[str, str]] = []
    for source, target in down:
        chain = [source]
        for level in range(layer[source] + 1, layer[target]):
            chain.append(f"{source}>{target}>{level}")
            grid[level].append(chain[-1])
        ways[source, target] = [*chain, target]
        links += list(zip(chain, [*chain[1:], target], strict=True))
    above, below = defaultdict(list), defaultdict(list)
    for upper, lower in links:
        below[upper].append(lower)
        above[lower].append(upper)
    for turn in range(ROUNDS):
        levels = range(1, len(grid)) if turn % 2 == 0 else range(len(grid) - 2, -1, -1)
        near = above if turn % 2 == 0 else below
        for level in levels:
            _order(grid[level], grid[level + (-1 if turn % 2 == 0 else 1)], near)
    return grid, ways


def _order(row: list[str], beside: list[str], near: dict[str, list[str]]) -> None:
    at = {name: (place + 0.5) / len(beside) for place, name in enumerate(beside)}
    own = {name: (place + 0.5) / len(row) for place, name in enumerate(row)}

    def mean(name: str) -> float:
        found = [at[n] for n in near[name] if n in at]
        return sum(found) / len(found) if found else own[name]

    row.sort(key=lambda name: (mean(name), own[name]))


def _places(grid: list[list[str]]) -> tuple[dict[str, Point], float]:
    widths = [sum(_width(n) for n in row) + GAP_X * (len(row) - 1) for row in grid]
    total = max(widths) + 2 * MARGIN
    places: dict[str, Point] = {}
    for level, row in enumerate(grid):
        x = (total - widths[level]) / 2
        y = MARGIN + HEIGHT / 2 + level * (HEIGHT + GAP_Y)
        for name in row:
            places[name] = (x + _width(name) / 2, y)
            x += _width(name) + GAP_X
    return places, total


def _width(name: str) -> float:
    return 12 if ">" in name else WIDTH


def _node(shape: Shape, place: Point, is_first: bool) -> Node:
    label = shape.label
    lines = [label[:LABEL_MAX]]
    if len(label) > LABEL_MAX:
        rest = label[LABEL_MAX:]
        lines.append(rest if len(rest) <= LABEL_MAX else f"{rest[: LABEL_MAX - 1]}…")
    note = shape.note
    return Node(
        code=shape.code,
        label=label,
        lines=lines,
        category=shape.category,
        category_label=note,
        note=note if len(note) <= NOTE_MAX else f"{note[: NOTE_MAX - 1]}…",
        x=place[0],
        y=place[1],
        is_first=is_first,
        is_key=shape.is_key,
    )


def _edge(
    pair: tuple[str, str],
    actions: list[str],
    ways: dict[tuple[str, str], list[str]],
    places: dict[str, Point],
    taken: list["_Box"],
) -> Edge:
    source, target = pair
    backward = pair not in ways or places[target][1] < places[source][1]
    way = ways[target, source][::-1] if pair not in ways else ways[pair]
    # Two states that lead to one another would share one line: the way back keeps to its side.
    shift = 16 if backward else -16 if (target, source) in ways else 0
    edge_y = -HEIGHT / 2 if backward else HEIGHT / 2
    first, last = places[way[0]], places[way[-1]]
    points = [
        (first[0] + shift, first[1] + edge_y),
        *[places[name] for name in way[1:-1]],
        (last[0] + shift, last[1] - edge_y),
    ]
    return Edge(source, target, actions, points, _free_place(points, edge_label(actions), taken))


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "_Box") -> float:
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, along)


def edge_label(actions: list[str]) -> str:
    """Will name a line: its action, or the first of several and how many."""
    if len(actions) == 1:
        return actions[0]
    return _("%(first)s等%(count)s项") % {"first": actions[0], "count": len(actions)}


def _free_place(points: list[Point], label: str, taken: list[_Box]) -> Point:
    """The first place along a line where its words cover nothing, else the least covered."""
    half = len(label) * CHARACTER / 2
    best: tuple[float, Point, _Box] | None = None
    for start, end in itertools.pairwise(points):
        for share in SHARES:
            x, y = _on_curve(start, end, share)
            box = _Box(x - half, y - LINE + 3, x + half, y + 3)
            covered = sum(box.overlap(other) for other in taken)
            if best is None or covered < best[0]:
                best = (covered, (x, y), box)
    assert best is not None  # a line has at least two points
    taken.append(best[2])
    return best[1]


def _on_curve(start: Point, end: Point, t: float) -> Point:
    """A point of the curve ``Edge.path`` draws from start to end; t from 0 to 1."""
    (x1, y1), (x2, y2) = start, end
    across = 3 * t * t - 2 * t * t * t
    middle = (y1 + y2) / 2
    y = (1 - t) ** 3 * y1 + 3 * t * (1 - t) * middle + t**3 * y2
    return (x1 + (x2 - x1) * across, y)


def _sentences(shapes: dict[str, Shape], moves: dict[tuple[str, str], list[str]]) -> list[str]:
    """What the picture shows, for who does not see it."""
    said = []
    for code, shape in shapes.items():
        away = [
            _("“%(action)s”到%(state)s")
            % {"action": series(actions), "state": shapes[target].label}
            for (source, target), actions in moves.items()
            if source == code
        ]
        said.append(
            _("%(state)s（%(category)s）：%(moves)s")
            % {
                "state": shape.label,
                "category": shape.note,
                "moves": points(away) or _("没有去向"),
            }
        )
    return said
