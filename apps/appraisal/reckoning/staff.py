"""What somebody's rows come to. Pure: rows in, good and due of each part out. Source: OP-17."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.appraisal.enums import StaffFactKind, StaffPart
from apps.appraisal.reckoning.scoring import Rate

HOUR_S = 3600


@dataclass(frozen=True)
class StaffRow:
    """A row as it is counted; detail as ``models.StaffFact`` keeps it."""

    kind: str
    detail: Mapping[str, Any]
    left_out: bool = False


def staff_rates(rows: Iterable[StaffRow]) -> dict[str, Rate]:
    """Will give good and due of each part of one person's month.

    A repair an appeal left out counts as work done, and is not judged for time, cost and limit.
    Quantity, time and cost are judged against the targets of the post only: without one they
    have no say. A mean or a sum above its limit gives limit over found.
    """
    told = list(rows)
    repairs = [row for row in told if row.kind == StaffFactKind.REPAIR]
    targets = [row for row in told if row.kind == StaffFactKind.TARGET and not row.left_out]
    found = {part: Rate() for part in StaffPart.values}
    for target in targets:
        _against(target.detail, repairs, found)
    late = [row.detail["late"] for row in repairs if not row.left_out]
    judged = [is_late for is_late in late if is_late is not None]
    found[StaffPart.ON_TIME] = Rate(sum(not is_late for is_late in judged), len(judged))
    asked = [
        row.detail["is_valid"]
        for row in told
        if row.kind == StaffFactKind.COURSE and not row.left_out
    ]
    found[StaffPart.ABILITY] = Rate(sum(asked), len(asked))
    return found


def pooled_staff(rates: Iterable[Mapping[str, Rate]]) -> dict[str, Rate]:
    """Will add up what the people of a post came to."""
    sums = {part: Rate() for part in StaffPart.values}
    for one in rates:
        for part in sums:
            sums[part] += one.get(part, Rate())
    return sums


def _against(
    target: Mapping[str, Any], repairs: Sequence[StaffRow], found: dict[str, Rate]
) -> None:
    """Adds what the repairs come to against one target."""
    mine = [row for row in repairs if target["work"] in ("", row.detail["work"])]
    judged = [row for row in mine if not row.left_out]
    if target["quantity"]:
        found[StaffPart.QUANTITY] += Rate(min(len(mine), target["quantity"]), target["quantity"])
    if target["hours"] is not None and judged:
        allowed = int(Fraction(Decimal(target["hours"])) * HOUR_S) * len(judged)
        found[StaffPart.TIME] += _at_most(sum(row.detail["seconds"] for row in judged), allowed)
    if target["cents"] is not None and judged:
        spent = sum(row.detail["cents"] for row in judged)
        found[StaffPart.COST] += _at_most(spent, target["cents"])


def _at_most(found: int, limit: int) -> Rate:
    """Good and due of something that should not pass a limit; nothing of nothing is kept."""
    return Rate(limit, max(found, limit)) if found or limit else Rate(1, 1)
