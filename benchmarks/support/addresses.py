"""Texts as citizens say them, about places whose position is known: the demo city's own.

Pure: the same lines for the same city, seed and number. Some door plates are held out of the
gazetteer, so that numbers nobody registered are among the lines. A line without a point names
what is not there; the right answer is not to be sure of anything.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from apps.demo.geography.city import Address, City, Point, Road
from apps.demo.geography.lattice import METRES_PER_DEGREE_LAT, METRES_PER_DEGREE_LON

HELD_OUT_SHARE = 0.04
DIGITS = "零一二三四五六七八九"
# Characters people take for one another when they type by sound.
SOUNDS_LIKE = dict(
    zip(
        "泊湾岭峰溪泉浦屿洲滩岸桥亭坊塘林苑园景安宁康泰和顺源湖海云观松竹梅兰枫柏柳荷清明秀金银玉",
        "伯弯领锋西全普宇州摊案乔停房唐琳院圆井按凝慷太河舜原胡嗨芸官淞烛煤蓝峰伯留合青名绣今吟遇",
        strict=True,
    )
)
COMPASS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
TROUBLES = ("路灯不亮", "井盖松动", "垃圾没人清运", "有人占道摆摊", "下水道堵了", "夜间施工太吵")
STRANGE = ("梧龄路18号", "东坪大街与长阜路路口", "丽晖豪庭7号楼", "翡梁国际广场门口", "岚畈村村口")


@dataclass(frozen=True)
class Line:
    """One text. point: (lon, lat) of what is meant, None where nothing is."""

    kind: str
    text: str
    point: Point | None


def hold_out(city: City, seed: int) -> tuple[City, tuple[Address, ...]]:
    """Will give the city without some of its door plates, and those plates."""
    rng = random.Random(seed)
    by_road: dict[str, list[Address]] = {}
    for plate in city.addresses:
        by_road.setdefault(plate.road_ref, []).append(plate)
    inner = [
        plate
        for plates in by_road.values()
        for plate in plates
        if {plate.number - 2, plate.number + 2} <= {p.number for p in plates}
    ]
    drawn = rng.sample(inner, max(1, int(len(inner) * HELD_OUT_SHARE)))
    out = {plate.text for plate in drawn}
    # A neighbour on the same side stays, else nothing could be computed from it.
    kept = [p for p in drawn if not {_text(p, -2), _text(p, 2)} & out]
    names = {plate.text for plate in kept}
    rest = tuple(plate for plate in city.addresses if plate.text not in names)
    return replace(city, addresses=rest), tuple(kept)


def lines(city: City, held_out: tuple[Address, ...], *, seed: int, count: int) -> list[Line]:
    """Will draw texts, as many of each kind; ``city`` is the one with the plates left in it."""
    teller = Teller(city, held_out, random.Random(seed))
    makers = teller.makers()
    return [makers[number % len(makers)]() for number in range(count)]


class Teller:
    """Tells places of a city in the ways people do."""

    def __init__(self, city: City, held_out: tuple[Address, ...], rng: random.Random) -> None:
        self.city, self.held_out, self.rng = city, held_out, rng
        self.roads = {road.ref: road for road in city.roads}
        self.zones = {zone.code: zone for zone in city.zones}
        self.crossings = [poi for poi in city.pois if poi.kind == "junction"]
        self.places = [poi for poi in city.pois if poi.kind not in {"junction", "stop"}]
        self.stops = [poi for poi in city.pois if poi.kind == "stop"]
        self.buildings = [building for building in city.buildings if building.name]
        self.estates = {estate.ref: estate for estate in city.estates}
        self.long = [road for road in city.roads if length_m(road.line) > 600]

    def makers(self) -> list[Callable[[], Line]]:
        return [
            self.plate, self.plate_in_words, self.plate_in_a_story, self.plate_not_registered,
            self.part_of_a_plate, self.row_of_plates, self.across, self.building,
            self.building_by_alias, self.room_in_dashes, self.crossing, self.corner,
            self.place, self.stop, self.walk_from_a_plate, self.walk_from_a_crossing,
            self.stretch, self.mark, self.slip_in_a_road, self.slip_in_a_name,
            self.wrong_district, self.between_places, self.stranger, self.home_and_place,
            self.number_beyond_the_road, self.road_without_its_ending, self.swapped,
        ]  # fmt: skip

    # --- Doors ----------------------------------------------------------------------------

    def plate(self) -> Line:
        plate = self.rng.choice(self.city.addresses)
        return Line("plate", f"{self._district(plate.cell_code)}{plate.text}", plate.point)

    def plate_in_words(self) -> Line:
        plate = self._plate()
        text = f"{self._road(plate).name}{in_words(plate.number)}号门口"
        return Line("plate in words", text, plate.point)

    def plate_in_a_story(self) -> Line:
        plate = self._plate()
        number = str(plate.number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        text = f"我在{self._road(plate).name} {number} 号附近，{self.rng.choice(TROUBLES)}"
        return Line("plate in a story", text, plate.point)

    def plate_not_registered(self) -> Line:
        plate = self.rng.choice(self.held_out)
        return Line("plate not registered", plate.text, plate.point)

    def part_of_a_plate(self) -> Line:
        plate = self._plate()
        extra = self.rng.choice(("附3号", "之一", "甲", "-2"))
        return Line("part of a plate", f"{plate.text}{extra}", plate.point)

    def row_of_plates(self) -> Line:
        plate = self._plate()
        sign = self.rng.choice(("-", "至", "~"))
        text = f"{self._road(plate).name}{plate.number}{sign}{plate.number + 2}号"
        return Line("row of plates", text, plate.point)

    def across(self) -> Line:
        plate = self._plate()
        return Line("across", f"{plate.text}对面{self.rng.choice(TROUBLES)}", plate.point)

    # --- Buildings ------------------------------------------------------------------------

    def building(self) -> Line:
        building = self.rng.choice(self.buildings)
        name = self.estates[building.estate_ref].name
        text = f"{name}{in_words(building.number)}号楼{self.rng.randint(1, 4)}单元502室"
        return Line("building", text, building.point)

    def building_by_alias(self) -> Line:
        building = self.rng.choice(
            [b for b in self.buildings if self.estates[b.estate_ref].aliases]
        )
        alias = self.estates[building.estate_ref].aliases[0]
        return Line("building by alias", f"{alias}{building.number}栋", building.point)

    def room_in_dashes(self) -> Line:
        building = self.rng.choice(self.buildings)
        name = self.estates[building.estate_ref].name
        return Line("room in dashes", f"{name}{building.number}-2-501", building.point)

    # --- Crossings and known places ---------------------------------------------------------

    def crossing(self) -> Line:
        one, other, point = self._crossing()
        words = self.rng.choice(("与{}交叉口", "和{}路口", "{}交汇处", "、{}十字路口"))
        return Line("crossing", one + words.format(other), point)

    def corner(self) -> Line:
        one, other, point = self._crossing()
        return Line("corner", f"{other}{one}口西南角，{self.rng.choice(TROUBLES)}", point)

    def place(self) -> Line:
        poi = self.rng.choice(self.places)
        near = self.rng.choice(("", "门口", "对面", "旁边", "附近"))
        return Line("place", f"{poi.name}{near}{self.rng.choice(TROUBLES)}", poi.point)

    def stop(self) -> Line:
        poi = self.rng.choice(self.stops)
        return Line("stop", f"{poi.name}旁，{self.rng.choice(TROUBLES)}", poi.point)

    def between_places(self) -> Line:
        one = self.rng.choice(self.places)
        near = [p for p in self.places if 0 < metres(p.point, one.point) < 400]
        if not near:
            return self.place()
        other = self.rng.choice(near)
        return Line(
            "between places", f"{one.name}与{other.name}之间", middle(one.point, other.point)
        )

    # --- Along roads ------------------------------------------------------------------------

    def walk_from_a_plate(self) -> Line:
        plate = self._plate()
        road = self._road(plate)
        there, words = self._walk(road, plate.point)
        return Line("walk from a plate", f"{plate.text}{words}", there)

    def walk_from_a_crossing(self) -> Line:
        poi = self.rng.choice(self.crossings)
        one, other = poi.name.removesuffix("路口").split("与")
        road = next(road for road in self.city.roads if road.name == one)
        there, words = self._walk(road, poi.point)
        return Line("walk from a crossing", f"{one}{other}路口{words}", there)

    def stretch(self) -> Line:
        road, one, other = self._two_crossings()
        (name, at), (next_name, next_at) = one, other
        form = self.rng.choice(("{}（{}至{}段）", "{}{}与{}之间", "{}{}到{}路段"))
        there = along(road.line, (position(road.line, at) + position(road.line, next_at)) / 2)
        return Line("stretch", form.format(road.name, name, next_name), there)

    def mark(self) -> Line:
        road = self.rng.choice(self.long)
        at = self.rng.randint(100, int(length_m(road.line)) - 100)
        return Line("mark", f"{road.name}K{at // 1000}+{at % 1000:03d}处", along(road.line, at))

    # --- Mistakes -----------------------------------------------------------------------------

    def slip_in_a_road(self) -> Line:
        plate = self._plate()
        road = self._road(plate).name
        return Line("slip in a road", f"{self._slip(road)}{plate.number}号", plate.point)

    def slip_in_a_name(self) -> Line:
        poi = self.rng.choice(self.places)
        return Line("slip in a name", f"{self._slip(poi.name)}门口", poi.point)

    def wrong_district(self) -> Line:
        plate = self._plate()
        wrong = [z for z in self.city.districts if not plate.cell_code.startswith(z.code)]
        return Line("wrong district", f"{self.rng.choice(wrong).name}{plate.text}", plate.point)

    def stranger(self) -> Line:
        text = f"{self.rng.choice(STRANGE)}，{self.rng.choice(TROUBLES)}"
        return Line("stranger", text, None)

    def home_and_place(self) -> Line:
        home, plate = self.rng.choice(self.buildings), self._plate()
        text = f"我住{home.name}，{plate.text}门前{self.rng.choice(TROUBLES)}"
        return Line("home and place", text, plate.point)

    def number_beyond_the_road(self) -> Line:
        road = self.rng.choice(self.city.roads)
        return Line("number beyond the road", f"{road.name}{self.rng.randint(900, 999)}号", None)

    def road_without_its_ending(self) -> Line:
        plate = self._plate()
        stem = self._road(plate).name.removesuffix("路").removesuffix("巷").removesuffix("大道")
        return Line("road without its ending", f"{stem}{plate.number}号", plate.point)

    def swapped(self) -> Line:
        poi = self.rng.choice(self.places)
        name = poi.name[1] + poi.name[0] + poi.name[2:]
        return Line("swapped characters", f"{name}旁边", poi.point)

    # --- Drawing ------------------------------------------------------------------------------

    def _plate(self) -> Address:
        return self.rng.choice(self.city.addresses)

    def _road(self, plate: Address) -> Road:
        return self.roads[plate.road_ref]

    def _district(self, cell_code: str) -> str:
        return self.zones[cell_code[:6]].name

    def _crossing(self) -> tuple[str, str, Point]:
        poi = self.rng.choice(self.crossings)
        one, other = poi.name.removesuffix("路口").split("与")
        return one, other, poi.point

    def _two_crossings(self) -> tuple[Road, tuple[str, Point], tuple[str, Point]]:
        """A road and two neighbouring crossings on it."""
        while True:
            road = self.rng.choice(self.long)
            on_it = []
            for poi in self.crossings:
                names = poi.name.removesuffix("路口").split("与")
                if road.name in names:
                    names.remove(road.name)
                    on_it.append((names[0], poi.point))
            if len(on_it) > 1:
                on_it.sort(key=lambda found: position(road.line, found[1]))
                at = self.rng.randrange(len(on_it) - 1)
                return road, on_it[at], on_it[at + 1]

    def _walk(self, road: Road, start: Point) -> tuple[Point, str]:
        """Along the road to where it is long enough; the bearing is that of the walk."""
        at, whole = position(road.line, start), length_m(road.line)
        far = self.rng.choice((50, 80, 100, 150, 200, 300))
        forward = at + far <= whole
        there = along(road.line, at + far if forward else max(0.0, at - far))
        begin = along(road.line, at)
        east, north = offset_m(begin, there)
        word = COMPASS[round(math.degrees(math.atan2(east, north)) / 45) % 8]
        said = round(math.hypot(east, north))
        form = self.rng.choice(("往{}{}米", "向{}走{}米", "以{}约{}米处", "{}侧{}米"))
        return there, form.format(word, said)

    def _slip(self, name: str) -> str:
        spots = [i for i, char in enumerate(name[:2]) if char in SOUNDS_LIKE]
        if not spots:
            return name
        at = self.rng.choice(spots)
        return name[:at] + SOUNDS_LIKE[name[at]] + name[at + 1 :]


def in_words(number: int) -> str:
    """Will write a number below 1,000 in Chinese: 112 is 一百一十二."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if not hundreds and tens == 1 else f"{DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def offset_m(a: Point, b: Point) -> tuple[float, float]:
    """Will give how far b lies east and north of a, in metres of the demo city's ground."""
    return (b[0] - a[0]) * METRES_PER_DEGREE_LON, (b[1] - a[1]) * METRES_PER_DEGREE_LAT


def metres(a: Point, b: Point) -> float:
    return math.hypot(*offset_m(a, b))


def middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def length_m(line: tuple[Point, ...]) -> float:
    return sum(metres(a, b) for a, b in pairwise(line))


def along(line: tuple[Point, ...], at_m: float) -> Point:
    """Will give the point so many metres from the beginning of a line."""
    for a, b in pairwise(line):
        step = metres(a, b)
        if at_m <= step:
            share = at_m / step
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        at_m -= step
    return line[-1]


def position(line: tuple[Point, ...], spot: Point) -> float:
    """Will give how many metres from the beginning of a line a spot beside it lies."""
    best, done = (math.inf, 0.0), 0.0
    for a, b in pairwise(line):
        (dx, dy), (px, py) = offset_m(a, b), offset_m(a, spot)
        step = math.hypot(dx, dy)
        share = max(0.0, min(1.0, (px * dx + py * dy) / (step * step)))
        off = math.hypot(px - share * dx, py - share * dy)
        best = min(best, (off, done + share * step))
        done += step
    return best[1]


def _text(plate: Address, step: int) -> str:
    return plate.text.removesuffix(f"{plate.number}号") + f"{plate.number + step}号"
