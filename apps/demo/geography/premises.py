"""What stands on the blocks: estates, buildings, and the places people name."""

import random

from apps.demo.geography.city import Building, Estate, Poi, Ring, Zone
from apps.demo.geography.lattice import Key, Lattice, degrees
from apps.demo.geography.names import ESTATE_ENDINGS, NamePool

ESTATE_SHARE = 0.26
PLAIN_SHARE = 0.55
SLOTS = ((0.32, 0.25), (0.7, 0.25), (0.32, 0.5), (0.7, 0.5), (0.32, 0.75), (0.7, 0.75))


class Premises:
    """Fills cells. green: no building. river_column: the line of nodes the river follows."""

    def __init__(
        self,
        lattice: Lattice,
        rng: random.Random,
        names: NamePool,
        code_of: dict[Key, str],
        green: set[Key],
        river_column: int,
    ) -> None:
        self.lattice, self.rng, self.names, self.code_of = lattice, rng, names, code_of
        self.estates: list[Estate] = []
        self.buildings: list[Building] = []
        for cell in sorted(code_of):
            if cell in green or cell[0] in {river_column, river_column - 1}:
                continue
            draw = rng.random()
            if draw < ESTATE_SHARE:
                self._build_estate(cell)
            elif draw < ESTATE_SHARE + PLAIN_SHARE:
                self._build_plain(cell)

    def _build_estate(self, cell: Key) -> None:
        stem = self.names.stem()
        ending = self.rng.choice(ESTATE_ENDINGS)
        ref = f"estate-{len(self.estates):05d}"
        aliases = () if ending == "小区" else (f"{stem}小区",)
        code = self.code_of[cell]
        self.estates.append(
            Estate(
                ref,
                stem + ending,
                aliases,
                degrees(self.lattice.inside(cell, 0.51, 0.5)),
                code,
                self._box(cell, 0.51, 0.5, 0.82, 0.8),
            )
        )
        for number, (u, v) in enumerate(SLOTS[: self.rng.randint(3, 6)], start=1):
            self.buildings.append(
                Building(
                    f"{stem}{ending}{number}号楼",
                    number,
                    ref,
                    self._box(cell, u, v, 0.28, 0.12),
                    degrees(self.lattice.inside(cell, u, v)),
                    code,
                )
            )

    def _build_plain(self, cell: Key) -> None:
        for u, v in ((0.32, 0.35), (0.68, 0.65))[: self.rng.randint(1, 2)]:
            self.buildings.append(
                Building(
                    "",
                    0,
                    "",
                    self._box(cell, u, v, self.rng.uniform(0.2, 0.3), self.rng.uniform(0.2, 0.3)),
                    degrees(self.lattice.inside(cell, u, v)),
                    self.code_of[cell],
                )
            )

    def _box(self, cell: Key, u: float, v: float, wide: float, high: float) -> Ring:
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
        return tuple(
            degrees(self.lattice.inside(cell, u + a * wide / 2, v + b * high / 2))
            for a, b in corners
        )


def public_places(
    rng: random.Random,
    lattice: Lattice,
    cell_of: dict[str, Key],
    streets: tuple[Zone, ...],
    communities: tuple[Zone, ...],
) -> tuple[Poi, ...]:
    """Offices, schools and the like, named after the street or community they serve."""
    cells_under: dict[str, list[str]] = {}
    for code in sorted(cell_of):
        cells_under.setdefault(code[:12], []).append(code)
        cells_under.setdefault(code[:9], []).append(code)
    found = []
    plan = [
        ("street_office", "{stem}街道办事处", ()),
        ("hospital", "{stem}医院", ("{stem}街道医院",)),
        ("market", "{stem}农贸市场", ("{stem}菜市场",)),
        ("school", "{stem}中学", ()),
        ("police", "{stem}派出所", ()),
        ("library", "{stem}图书馆", ()),
    ]
    for zone in streets:
        stem = zone.name.removesuffix("街道")
        found += [(zone.code, kind, name, alias, stem) for kind, name, alias in plan]
    for zone in communities:
        stem = zone.name.removesuffix("社区")
        found.append((zone.code, "community_office", "{stem}社区居委会", ("{stem}居委会",), stem))
        found.append((zone.code, "school", "{stem}小学", (), stem))
    pois = []
    for code, kind, name, alias, stem in found:
        cell = rng.choice(cells_under[code])
        spot = lattice.inside(cell_of[cell], rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7))
        pois.append(
            Poi(
                kind,
                name.format(stem=stem),
                tuple(a.format(stem=stem) for a in alias),
                degrees(spot),
                cell,
            )
        )
    return tuple(pois)
