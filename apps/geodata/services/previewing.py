"""Reading a file through once: what is in it, a sample of it, and where it really lies."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import shapely

from apps.geodata import progress
from apps.geodata.checking import KINDS
from apps.geodata.detective import Sample, investigate
from apps.geodata.enums import Format
from apps.geodata.known_city import KnownCity
from apps.geodata.models import ImportJob
from apps.geodata.reading import MAX_FEATURES, MAX_VERTICES, RawRow, Reading, open_reader
from apps.geodata.reading.base import refuse
from apps.geodata.schema import Guesser
from apps.geodata.services.intake import folder
from apps.geodata.services.texts import too_many_features, too_many_vertices

FIRST_ROWS = 20
SAMPLE = 300  # shapes compared with the city
DRAWN = 150  # shapes drawn in the preview
DRAWN_POINTS = 200  # of one shape
GUESSED = 5000  # rows whose values are looked at for types
TOLD_EVERY = 5000


@dataclass
class _Thinning:
    """Keeps an even sample of what goes by, without knowing how much is to come."""

    most: int
    kept: list[RawRow] = field(default_factory=list)
    _step: int = 1
    _seen: int = 0

    def see(self, row: RawRow) -> None:
        if self._seen % self._step == 0:
            self.kept.append(row)
            if len(self.kept) > 2 * self.most:
                self.kept = self.kept[::2]
                self._step *= 2
        self._seen += 1


def preview(job: ImportJob) -> None:
    """Will fill in what a file holds and how it fits the city; saves nothing.

    Raises: InvalidInput (field ``file``).
    """
    reading = Reading(**job.options.get("reading", {}))
    reader = open_reader(folder() / job.path, job.format, reading)
    if not job.crs_stated and not job.options.get("crs_given"):
        job.crs_stated = reader.crs
    kinds: Counter[str] = Counter()
    sample, guesser = _Thinning(SAMPLE), Guesser()
    first: list[dict[str, Any]] = []
    count = with_z = vertices = 0
    problems: list[dict[str, Any]] = []
    for row in reader.rows():
        count += 1
        if count > MAX_FEATURES:
            raise refuse(too_many_features(), code="too_many_features")
        if count <= GUESSED:
            guesser.see(row.values)
        if len(first) < FIRST_ROWS:
            first.append({"number": row.number, "values": list(row.values.values())})
        with_z += row.was_3d
        if row.problem and len(problems) < FIRST_ROWS:
            problems.append({"number": row.number, "message": row.problem})
        kinds[row.shape.geom_type if row.shape is not None else ""] += 1
        if row.shape is not None:
            vertices += int(shapely.get_num_coordinates(row.shape))
            if vertices > MAX_VERTICES:
                raise refuse(too_many_vertices(), code="too_many_vertices")
            sample.see(row)
        if count % TOLD_EVERY == 0:
            progress.tell(job.pk, count, 0, "reading")
    job.summary = {
        "count": count,
        "kinds": dict(kinds),
        "geometry": geometry_of(kinds),
        "with_z": with_z,
        "empty": kinds[""],
        "problems": problems,
        "layers": reader.layers,
        "hints": reader.hints,
        "crs_text": reader.crs_text,
        "rules": [rule.stored() for rule in guesser.rules()],
        "examples": guesser.examples,
        "first": first,
        "drawn": [_drawn(row) for row in sample.kept[:: max(1, len(sample.kept) // DRAWN)]],
        "needs_addresses": job.format == Format.CSV and bool(reader.hints.get("address_field")),
    }
    if sample.kept:
        verdict = investigate(_sample(sample.kept), KnownCity(), stated=job.crs_stated)
        job.shift = verdict.stored()
    else:
        job.shift = {}


def geometry_of(kinds: Counter[str]) -> str:
    """Will name the geometry of a layer with these kinds of shapes."""
    found = {KINDS[kind].value for kind in kinds if kind in KINDS}
    return found.pop() if len(found) == 1 else "mixed"


def _sample(rows: list[RawRow]) -> Sample:
    chosen = rows[:: max(1, len(rows) // SAMPLE)]
    return Sample(
        shapes=[row.shape for row in chosen],
        names=[list(islice(_texts(row.values), 6)) for row in chosen],
    )


def _texts(values: dict[str, Any]) -> Any:
    return (v for v in values.values() if isinstance(v, str) and 2 <= len(v) <= 40)


def _drawn(row: RawRow) -> dict[str, Any]:
    shape = row.shape
    points = shapely.get_num_coordinates(shape)
    if points > DRAWN_POINTS:
        west, south, east, north = shape.bounds
        shape = shapely.simplify(shape, max(east - west, north - south) / DRAWN_POINTS)
    return {"number": row.number, "wkt": shapely.to_wkt(shape, rounding_precision=8)}
