"""The plain data of an invented city. Points are (lon, lat), WGS 84, seven decimals."""

import random
from dataclasses import dataclass, field

Point = tuple[float, float]
Ring = tuple[Point, ...]  # closed: the first point again at the end
Polygon = tuple[Ring, ...]  # the outer ring, then holes


@dataclass(frozen=True)
class Zone:
    """An area of any level. code: whole; parent_code: "" for the city."""

    level: str  # city, district, street, community, cell
    code: str
    name: str
    parent_code: str
    polygons: tuple[Polygon, ...]
    center: Point


@dataclass(frozen=True)
class Road:
    """rank: 1 arterial road, 2 street, 3 lane."""

    ref: str
    name: str
    rank: int
    line: tuple[Point, ...]


@dataclass(frozen=True)
class Address:
    """A door plate on a road, in the cell it belongs to."""

    text: str
    road_ref: str
    number: int
    point: Point
    cell_code: str


@dataclass(frozen=True)
class Estate:
    ref: str
    name: str
    aliases: tuple[str, ...]
    point: Point
    cell_code: str
    outline: Ring


@dataclass(frozen=True)
class Building:
    """number and estate_ref: of a building in an estate; else 0 and "" and no name."""

    name: str
    number: int
    estate_ref: str
    outline: Ring
    point: Point
    cell_code: str


@dataclass(frozen=True)
class Poi:
    """kind: school, hospital, market, station, street_office, community_office, park, stop,
    junction, fire_station, police, library."""

    kind: str
    name: str
    aliases: tuple[str, ...]
    point: Point
    cell_code: str


@dataclass(frozen=True)
class Furniture:
    """class_code: of ``assets.classes``."""

    class_code: str
    name: str
    point: Point
    cell_code: str


@dataclass(frozen=True)
class Ground:
    """Something the base map draws that is no road or building. kind: water, green, coast."""

    kind: str
    name: str
    polygons: tuple[Polygon, ...] = ()
    line: tuple[Point, ...] = ()


@dataclass(frozen=True)
class City:
    """An invented city; zones hold their level's areas in order of code."""

    seed: int
    size: str
    city: Zone
    districts: tuple[Zone, ...]
    streets: tuple[Zone, ...]
    communities: tuple[Zone, ...]
    cells: tuple[Zone, ...]
    roads: tuple[Road, ...]
    addresses: tuple[Address, ...]
    estates: tuple[Estate, ...]
    buildings: tuple[Building, ...]
    pois: tuple[Poi, ...]
    assets: tuple[Furniture, ...]
    grounds: tuple[Ground, ...]
    _by_prefix: dict[str, list[tuple[str, Point]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All areas, parents first."""
        return (self.city, *self.districts, *self.streets, *self.communities, *self.cells)

    def random_address(self, rng: random.Random, area_code: str | None = None) -> tuple[str, Point]:
        """Will draw an address text with its point, inside the area if one is named.

        The text is what a citizen says: a door plate, a building of an estate, a known place
        or a crossing. Raises: KeyError (nothing is addressed in that area).
        """
        prefix = area_code or ""
        if prefix not in self._by_prefix:
            places = [(a.text, a.point, a.cell_code) for a in self.addresses]
            places += [(b.name, b.point, b.cell_code) for b in self.buildings if b.name]
            places += [(p.name, p.point, p.cell_code) for p in self.pois]
            self._by_prefix[prefix] = [(t, p) for t, p, c in places if c.startswith(prefix)]
        found = self._by_prefix[prefix]
        if not found:
            raise KeyError(area_code)
        return rng.choice(found)
