"""Puts the invented city together, from one seed."""

import random
from dataclasses import dataclass

from apps.demo.geography import names
from apps.demo.geography.city import City, Ground, Poi, Zone
from apps.demo.geography.lattice import Key, Lattice, degrees, dissolve, make_lattice
from apps.demo.geography.names import NamePool
from apps.demo.geography.partition import divide
from apps.demo.geography.premises import Premises, public_places
from apps.demo.geography.streets import Streets

CITY_CODE = "9901"  # 99 is no province of GB/T 2260
RIVER_HALF_WIDTH_M = 24.0
SEA_REACH_M = 25_000.0


@dataclass(frozen=True)
class Size:
    columns: int
    rows: int
    districts: int
    streets_each: int
    communities_each: int


SIZES = {
    "small": Size(17, 15, 2, 2, 2),
    "default": Size(80, 68, 5, 5, 4),
    "large": Size(140, 120, 8, 6, 5),
}


def build_city(seed: int, size: str) -> City:
    """Will invent a city: the same one for the same seed and size, on every machine.

    size: small (2 districts, about 200 cells), default (5 districts, 25 streets, 100
    communities, about 4,700 cells of about 10,000 m²), large (8 districts, about 14,000).
    """
    plan = SIZES[size]
    # Reproducible drawing is the point here; nothing is secret.
    rng = random.Random(seed)
    pool = NamePool(rng)
    lattice = make_lattice(rng, plan.columns, plan.rows)
    zones, code_of = _zones(lattice, plan, pool)
    river = max(2, round(plan.columns * 0.32))
    hill = _hill(lattice)
    parks = {cell for cell in code_of if rng.random() < 0.015}
    green = hill | parks
    streets = Streets(lattice, rng, pool, code_of, green, river)
    premises = Premises(lattice, rng, pool, code_of, green, river)
    by_level = {
        level: tuple(z for z in zones if z.level == level)
        for level in ("city", "district", "street", "community", "cell")
    }
    cell_of = {code: cell for cell, code in code_of.items()}
    pois = (
        *streets.crossings_and_stops(),
        *public_places(rng, lattice, cell_of, by_level["street"], by_level["community"]),
        *_stations(lattice, code_of, by_level["district"]),
    )
    return City(
        seed=seed,
        size=size,
        city=by_level["city"][0],
        districts=by_level["district"],
        streets=by_level["street"],
        communities=by_level["community"],
        cells=by_level["cell"],
        roads=streets.roads(),
        addresses=streets.addresses(),
        estates=tuple(premises.estates),
        buildings=tuple(premises.buildings),
        pois=pois,
        assets=streets.furniture(),
        grounds=_grounds(lattice, hill, parks, river, pool),
    )


def _zones(lattice: Lattice, plan: Size, pool: NamePool) -> tuple[list[Zone], dict[Key, str]]:
    """Codes: 4 city, 2 district, 3 street, 3 community, 3 cell; cells from the north-west."""
    everything = list(lattice.cells)
    zones = [_zone(lattice, "city", CITY_CODE, names.CITY, "", everything)]
    code_of: dict[Key, str] = {}
    for d, in_district in enumerate(divide(lattice, everything, plan.districts), start=1):
        district = f"{CITY_CODE}{d:02d}"
        zones.append(
            _zone(lattice, "district", district, names.DISTRICTS[d - 1], CITY_CODE, in_district)
        )
        for s, in_street in enumerate(divide(lattice, in_district, plan.streets_each), start=1):
            street = f"{district}{s:03d}"
            zones.append(
                _zone(lattice, "street", street, f"{pool.stem()}街道", district, in_street)
            )
            parts = divide(lattice, in_street, plan.communities_each)
            for c, in_community in enumerate(parts, start=1):
                community, name = f"{street}{c:03d}", f"{pool.stem()}社区"
                zones.append(_zone(lattice, "community", community, name, street, in_community))
                ordered = sorted(in_community, key=lambda cell: (-cell[1], cell[0]))
                for number, cell in enumerate(ordered, start=1):
                    code_of[cell] = f"{community}{number:03d}"
                    zones.append(
                        _zone(
                            lattice,
                            "cell",
                            code_of[cell],
                            f"{name}第{number:03d}网格",
                            community,
                            [cell],
                        )
                    )
    return zones, code_of


def _zone(
    lattice: Lattice, level: str, code: str, name: str, parent: str, cells: list[Key]
) -> Zone:
    middle_i = sum(c[0] for c in cells) / len(cells)
    middle_j = sum(c[1] for c in cells) / len(cells)
    nearest = min(cells, key=lambda c: (c[0] - middle_i) ** 2 + (c[1] - middle_j) ** 2)
    center = degrees(lattice.inside(nearest, 0.5, 0.5))
    return Zone(level, code, name, parent, dissolve(lattice, cells), center)


def _hill(lattice: Lattice) -> set[Key]:
    """A wooded hill in the north-east."""
    ci, cj = lattice.columns * 0.8, lattice.rows * 0.82
    ri, rj = lattice.columns * 0.11, lattice.rows * 0.1
    return {c for c in lattice.cells if ((c[0] - ci) / ri) ** 2 + ((c[1] - cj) / rj) ** 2 < 1}


def _stations(
    lattice: Lattice, code_of: dict[Key, str], districts: tuple[Zone, ...]
) -> tuple[Poi, ...]:
    found = []
    for zone in districts:
        cells = sorted(c for c, code in code_of.items() if code.startswith(zone.code))
        stem = zone.name.removesuffix("区")
        for share, kind, name in (
            (0.3, "station", f"{stem}火车站"),
            (0.5, "fire_station", f"{stem}消防救援站"),
            (0.7, "hospital", f"{stem}区人民医院"),
        ):
            cell = cells[int(len(cells) * share)]
            spot = degrees(lattice.inside(cell, 0.5, 0.55))
            found.append(Poi(kind, name, (), spot, code_of[cell]))
    return tuple(found)


def _grounds(
    lattice: Lattice, hill: set[Key], parks: set[Key], river: int, pool: NamePool
) -> tuple[Ground, ...]:
    shore = [(i, lattice.shore[i]) for i in range(lattice.columns + 1)]
    coast = tuple(degrees(lattice.spot(node)) for node in shore)
    south = min(lattice.spot(node)[1] for node in shore) - SEA_REACH_M
    west, east = lattice.spot(shore[0])[0], lattice.spot(shore[-1])[0]
    sea = (
        degrees((west - SEA_REACH_M, south)),
        degrees((east + SEA_REACH_M, south)),
        degrees((east + SEA_REACH_M, lattice.spot(shore[-1])[1])),
        *reversed(coast),
        degrees((west - SEA_REACH_M, lattice.spot(shore[0])[1])),
        degrees((west - SEA_REACH_M, south)),
    )
    line = [lattice.spot((river, j)) for j in range(lattice.shore[river], lattice.rows + 1)]
    left = [degrees((x - RIVER_HALF_WIDTH_M, y)) for x, y in line]
    right = [degrees((x + RIVER_HALF_WIDTH_M, y)) for x, y in reversed(line)]
    bank = (*left, *right, left[0])
    grounds = [
        Ground("water", names.SEA, polygons=((sea,),)),
        Ground("water", names.RIVER, polygons=((bank,),)),
        Ground("coast", names.BAY, line=coast),
    ]
    if hill:
        grounds.append(Ground("green", names.HILL, polygons=dissolve(lattice, sorted(hill))))
    grounds += [
        Ground("green", f"{pool.stem()}公园", polygons=dissolve(lattice, [cell]))
        for cell in sorted(parks - hill)
    ]
    return tuple(grounds)
