"""From rows as told to figures of a point: the one way, for runs and for live statistics alike.

Pure: rows and rulings in, figures out. A ruling of an appeal changes how a row counts, never the
row itself.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.appraisal.enums import FactKind, Wish
from apps.appraisal.reckoning import (
    HourHeard,
    Job,
    Look,
    PointSlice,
    Rules,
    Slice,
    Spell,
    reckon,
)
from apps.appraisal.reckoning.month import HOUR_S
from apps.appraisal.sources import Told


@dataclass(frozen=True)
class Ruling:
    """What a granted appeal says of a row. cause: for ``Wish.RECAUSE``."""

    appeal_id: int
    wish: str
    cause: str = ""


@dataclass(frozen=True)
class Counted:
    """A row as it is counted, after rulings."""

    told: Told
    cause: str
    left_out: bool
    ruled_id: int | None

    def canonical(self) -> list[Any]:
        """Will give everything a figure depends on, as plain JSON in a fixed order."""
        told = self.told
        return [
            told.kind, told.key, told.began, told.ended, self.cause, told.planned, told.known,
            self.left_out, told.detail,
        ]  # fmt: skip


def counted(rows: Iterable[Told], rulings: Mapping[str, Ruling]) -> list[Counted]:
    """Will lay the rulings over the rows."""
    return [_counted(row, rulings.get(row.key)) for row in rows]


def figures(
    slices: list[Slice],
    rows: Iterable[Counted],
    *,
    rules: Rules,
    watched_from: int | None,
) -> list[PointSlice]:
    """Will give the figures of a point, slice by slice.

    watched_from: None where nobody tells whether it is up.
    """
    sorts: dict[str, list[Counted]] = {kind: [] for kind in FactKind.values}
    for row in rows:
        sorts[row.told.kind].append(row)
    return reckon(
        slices,
        rules=rules,
        spells=[_spell(row) for row in sorts[FactKind.OUTAGE]],
        watched_from=watched_from,
        is_observed=watched_from is not None,
        hours=[hour for row in sorts[FactKind.RECORDING] for hour in _hours(row)],
        jobs=[_job(row) for row in sorts[FactKind.ORDER]],
        looks=[look for row in sorts[FactKind.LOOK] for look in _looks(row)],
    )


def digest_of(value: Any) -> str:
    """Will give the SHA-256 of plain JSON, the same for the same content."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def inputs_digest(
    slices: Iterable[Slice], rows: Iterable[Counted], watched_from: int | None
) -> str:
    """Will give the digest of everything the figures of one point depend on but the scheme."""
    lain = [[one.began, one.ended, one.area, one.vendor] for one in slices]
    return digest_of([lain, watched_from, sorted(row.canonical() for row in rows)])


def _counted(row: Told, ruling: Ruling | None) -> Counted:
    if ruling is None:
        return Counted(row, row.cause, False, None)
    cause = ruling.cause if ruling.wish == Wish.RECAUSE else row.cause
    return Counted(row, cause, ruling.wish == Wish.LEAVE_OUT, ruling.appeal_id)


def _spell(row: Counted) -> Spell:
    told = row.told
    return Spell(
        told.began, told.ended, row.cause,
        is_planned=told.planned, is_known=told.known, key=told.key, left_out=row.left_out,
    )  # fmt: skip


def _hours(row: Counted) -> list[HourHeard]:
    return [
        HourHeard(row.told.began + nth * HOUR_S, present, row.left_out)
        for nth, present in enumerate(row.told.detail["seconds"])
        if present is not None
    ]


def _job(row: Counted) -> Job:
    detail = row.told.detail
    return Job(detail["due"], detail["done"], row.cause, row.told.planned, row.left_out)


def _looks(row: Counted) -> list[Look]:
    return [Look(at, good, row.left_out) for at, good in row.told.detail["looks"]]
