"""The end of a computation: districts, streets and vendors, digests, what changed since last time.

Lines are sums over points, never means of percentages, so that they can be added up by hand.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.appraisal.counting import Ruling, digest_of
from apps.appraisal.enums import PassState, RunState, SubjectKind
from apps.appraisal.models import FigureChange, Pass, PointFact, PointFigure, Run, SubjectLine
from apps.appraisal.reckoning import Rate, places, pooled, score_of
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.appraisal.schemes import Terms
from apps.appraisal.services.rating import rate_staff, staff_digest
from apps.audit.services import SYSTEM, changes, record_row
from apps.common import clock
from apps.notices import services as notices
from apps.places.models import Area

#: Depth in the area tree, by what it is called here: right below the city, and below that.
_DEPTHS = {2: SubjectKind.DISTRICT, 3: SubjectKind.STREET}
_COLUMNS = (
    "asset_id", "area_path", "vendor", "seconds", "causes", "outages", "rates",
)  # fmt: skip
MOST_BECAUSE = 20


@dataclass
class _Sum:
    """What a subject's points come to together."""

    name: str
    area_path: str = ""
    assets: set[int] = field(default_factory=set)
    outages: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    rates: dict[str, Rate] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        self.assets.add(row["asset_id"])
        self.outages += row["outages"]
        self.seconds.update(row["seconds"])
        self.causes.update(row["causes"])
        self.rates = pooled([self.rates, as_rates(row["rates"])])


def as_rates(told: Mapping[str, Any]) -> dict[str, Rate]:
    """Will read kept rates."""
    return {code: Rate(*told[code]) for code in INDICATORS if code in told}


@transaction.atomic
def finish(one: Pass, terms: Terms, rulings: Mapping[str, Ruling]) -> None:
    """Will rank, sign and show a computation, if it is still this worker's; audited.

    Locks the month. Figures of the computation before are dropped; its digests stay.
    """
    run = Run.objects.select_for_update().get(pk=one.run_id)
    own = Pass.objects.filter(pk=one.pk, state=PassState.RUNNING, attempt=one.attempt)
    if run.state == RunState.FROZEN or not own.exists():
        return
    SubjectLine.objects.bulk_create(_lines(one, terms), batch_size=1000)
    rate_staff(one, terms, rulings)
    inputs, results = _inputs_digest(one, terms, rulings), figures_digest(one)
    last = run.shown
    found = [] if last is None else _changes(last, one)
    FigureChange.objects.bulk_create(found, batch_size=1000)
    own.update(
        state=PassState.DONE, claimed_until=None, finished_at=clock.now(), done=one.points.count(),
        inputs_digest=inputs, figures_digest=results,
        changed=None if last is None else len(found),
    )  # fmt: skip
    run.shown = one
    run.save(update_fields=["shown"])
    if last is not None:
        for rows in (
            last.points, last.facts, last.lines, last.changes, last.staff, last.staff_facts,
        ):  # fmt: skip
            rows.all().delete()
    before = {"figures": last.figures_digest} if last is not None else {}
    record_row(
        SYSTEM, "ops_appraisal.computed", run, computation=one.pk, inputs=inputs,
        **changes(before, {"figures": results}),
    )  # fmt: skip
    _notify(one, len(found))


def figures_digest(one: Pass) -> str:
    """Will give the SHA-256 over every figure of a computation as it stands, rows and numbers."""
    chain = hashlib.sha256()
    points = one.points.order_by("code", "began_at").values_list(
        "code", "began_at", "ended_at", "area_path", "vendor", "seconds", "causes", "outages",
        "rates", "score", "bar", "digest",
    )  # fmt: skip
    for row in points.iterator(chunk_size=500):
        chain.update(_line_of(row))
    lines = one.lines.order_by("kind", "key").values_list(
        "kind", "key", "name", "points", "outages", "seconds", "causes", "rates", "score", "place"
    )
    for line in lines:
        chain.update(_line_of(line))
    if staff := staff_digest(one):
        chain.update(staff.encode())
    return chain.hexdigest()


def _line_of(row: Iterable[Any]) -> bytes:
    return json.dumps(list(row), ensure_ascii=False, sort_keys=True, default=str).encode() + b"\n"


def _inputs_digest(one: Pass, terms: Terms, rulings: Mapping[str, Ruling]) -> str:
    told = [[key, r.appeal_id, r.wish, r.cause] for key, r in sorted(rulings.items())]
    chain = hashlib.sha256(digest_of([terms.as_body(), told]).encode())
    rows = one.points.order_by("code", "began_at").values_list("code", "digest")
    for code, digest in rows.iterator():
        chain.update(f"{code} {digest}\n".encode())
    for key, detail in one.staff_facts.order_by("key").values_list("key", "detail"):
        chain.update(_line_of([key, detail]))
    return chain.hexdigest()


def _lines(one: Pass, terms: Terms) -> list[SubjectLine]:
    sums: dict[tuple[SubjectKind, str], _Sum] = {}
    areas = _areas(one)
    for row in one.points.order_by("pk").values(*_COLUMNS).iterator(chunk_size=1000):
        for kind, key, name, path in _subjects(row, areas):
            sums.setdefault((kind, key), _Sum(name, path)).add(row)
    scores: dict[SubjectKind, dict[str, Decimal | None]] = defaultdict(dict)
    for (kind, key), told in sums.items():
        scores[kind][key] = score_of(told.rates, terms.weights)
    ranked = {kind: places(of) for kind, of in scores.items()}
    return [
        SubjectLine(
            of=one, kind=kind, key=key, name=told.name, area_path=told.area_path,
            points=len(told.assets), outages=told.outages, seconds=dict(told.seconds),
            causes=dict(sorted(told.causes.items())),
            rates={code: [rate.good, rate.due] for code, rate in told.rates.items()},
            score=scores[kind][key], place=ranked[kind][key],
        )
        for (kind, key), told in sums.items()
    ]  # fmt: skip


def _areas(one: Pass) -> dict[str, Area]:
    """Every area some point lies in or below, by its number as the path writes it."""
    paths = one.points.order_by().values_list("area_path", flat=True).distinct()
    ids = {int(part) for path in paths for part in path.split("/") if part}
    found = Area.objects.filter(pk__in=ids).defer("boundary", "center")
    return {str(area.pk): area for area in found}


def _subjects(
    row: Mapping[str, Any], areas: Mapping[str, Area]
) -> Iterable[tuple[SubjectKind, str, str, str]]:
    parts = [part for part in row["area_path"].split("/") if part]
    for depth, kind in _DEPTHS.items():
        area = areas.get(parts[depth - 1]) if len(parts) >= depth else None
        if area is not None:
            yield kind, str(area.pk), area.name, area.path
    if row["vendor"]:
        yield SubjectKind.VENDOR, row["vendor"], row["vendor"], ""


def _changes(last: Pass, one: Pass) -> list[FigureChange]:
    """Point by point and indicator by indicator, where the two differ, with the rows behind it."""
    before, after = _rates_of(last), _rates_of(one)
    differ = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    because = _because(last, one, {asset_id for asset_id, _began in differ})
    found = []
    for key in sorted(differ, key=str):
        old, new = before.get(key), after.get(key)
        code, name = (new or old or ("", "", {}))[:2]
        for indicator in INDICATORS:
            told = [_said(side, indicator) for side in (old, new)]
            if told[0] != told[1]:
                found.append(
                    FigureChange(
                        of=one, code=code, name=name, indicator=indicator,
                        before=told[0], after=told[1], because=because.get(key[0], []),
                    )
                )  # fmt: skip
    return found


_Told = tuple[str, str, dict[str, list[int]]]


def _rates_of(one: Pass) -> dict[tuple[int, str], _Told]:
    rows = PointFigure.objects.filter(of=one).values_list(
        "asset_id", "began_at", "code", "name", "rates"
    )
    return {(asset, began.isoformat()): (c, n, r) for asset, began, c, n, r in rows.iterator()}


def _said(side: _Told | None, indicator: str) -> str:
    good, due = side[2].get(indicator, [0, 0]) if side is not None else (0, 0)
    return f"{good}/{due}" if side is not None and due else ""


def _because(last: Pass, one: Pass, assets: set[int]) -> dict[int, list[str]]:
    columns = ("asset_id", "key", "began_at", "ended_at", "cause", "planned", "left_out", "detail")
    rows = [
        {
            (row[0], row[1]): row[2:]
            for row in PointFact.objects.filter(of=of, asset__in=assets).values_list(*columns)
        }
        for of in (last, one)
    ]
    found: dict[int, list[str]] = defaultdict(list)
    for asset, key in sorted(rows[0].keys() | rows[1].keys()):
        if rows[0].get((asset, key)) != rows[1].get((asset, key)):
            found[asset].append(key)
    return {asset: keys[:MOST_BECAUSE] for asset, keys in found.items()}


def _notify(one: Pass, changed: int) -> None:
    if one.asked_by_id is None:
        return
    asker = User.objects.filter(pk=one.asked_by_id, is_active=True).first()
    if asker is None:
        return
    notices.notify(
        recipients=[asker],
        kind="score",
        title=_("%(month)s 运维考核已计算完成") % {"month": f"{one.run.month:%Y-%m}"},
        body=_("与上一次计算相比有 %d 处变化") % changed,
        url=reverse("appraisal:ranking") + f"?month={one.run.month:%Y-%m}",
        key=f"ops-appraisal-pass:{one.pk}",
    )
