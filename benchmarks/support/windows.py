"""Rule sets held against series with known windows of trouble: found, how late, how many in vain.

The rules are those of the product, followed by its own engine. What a rule set may know is the
first part of a series, as in NAB (Numenta Anomaly Benchmark): limits are taken from there, and
nothing there is scored.
"""

import csv
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from apps.alarms.rules import Reading, Rule, begin, read_rule, step
from apps.alarms.rules.engine import from_ms

KNOWN_SHARE = 0.15
Windows = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Series:
    """A series of (moment, value), in order of time, and the windows in which trouble is known."""

    name: str
    values: Sequence[tuple[datetime, float]]
    windows: Windows

    @property
    def known(self) -> Sequence[tuple[datetime, float]]:
        """The part limits are taken from."""
        return self.values[: int(len(self.values) * KNOWN_SHARE)]


@dataclass(frozen=True)
class Score:
    """What a rule set did with a series. delays: from the beginning of a found window.

    in_vain: alarms outside every window; days: that were scored.
    """

    windows: int
    found: int
    delays: Sequence[timedelta]
    in_vain: int
    days: float

    @property
    def delay_minutes(self) -> float:
        """The median delay; 0 where nothing was found."""
        return statistics.median(d.total_seconds() / 60 for d in self.delays) if self.delays else 0

    @property
    def in_vain_per_week(self) -> float:
        """Alarms outside every window, a week."""
        return 7 * self.in_vain / self.days


def _threshold(series: Series, **more: Any) -> dict[str, Any]:
    values = [value for _at, value in series.known]
    middle, spread = statistics.fmean(values), statistics.pstdev(values)
    low, high = middle - 3 * spread, middle + 3 * spread
    inner = (middle - 2 * spread, middle + 2 * spread)
    return {
        "levels": [
            {
                "level": 3, "raise": f"value < {low:.6f} or value > {high:.6f}",
                "clear": f"value >= {inner[0]:.6f} and value <= {inner[1]:.6f}",
            }
            | more
        ]
    }  # fmt: skip


def _steps(series: Series) -> dict[str, Any]:
    values = [value for _at, value in series.known]
    moves = [abs(b - a) for a, b in pairwise(values)]
    usual = statistics.fmean(moves) + 6 * statistics.pstdev(moves)
    return {"levels": [{"level": 3, "raise": f"step > {usual:.6f}", "clear_for_s": 1800}]}


def _no_data(series: Series) -> dict[str, Any]:
    moments = [at for at, _value in series.known]
    usual = statistics.median((b - a).total_seconds() for a, b in pairwise(moments))
    return {"no_data_s": int(usual * 6), "no_data_level": 2}


RULE_SETS: dict[str, Callable[[Series], dict[str, Any]]] = {
    "threshold": _threshold,
    "threshold held 30 min": lambda series: _threshold(series, for_s=1800),
    "threshold held 30 min, over for 2 h": lambda series: _threshold(
        series, for_s=1800, clear_for_s=7200
    ),
    "step": _steps,
    "no data": _no_data,
}


def score(series: Series, rule: Rule) -> Score:
    """Will follow a rule through a series and count what it was worth."""
    raised = [at for at in _raised(series, rule) if at > series.known[-1][0]]
    scored = [w for w in series.windows if w[1] > series.known[-1][0]]
    delays = []
    for first, last in scored:
        within = [at for at in raised if first <= at <= last]
        if within:
            delays.append(min(within) - first)
    in_vain = [at for at in raised if not any(first <= at <= last for first, last in scored)]
    days = (series.values[-1][0] - series.known[-1][0]) / timedelta(days=1)
    return Score(len(scored), len(delays), delays, len(in_vain), days)


def score_all(series: Series) -> dict[str, Score]:
    """Will score every rule set on a series."""
    return {name: score(series, read_rule(made(series))) for name, made in RULE_SETS.items()}


def _raised(series: Series, rule: Rule) -> list[datetime]:
    state, before, found = begin(), series.values[0][1], []
    for at, value in series.values:
        said = {"value": value, "step": abs(value - before)}
        state, effects = step(rule, state, Reading(0, "series", at, said, "valid"))
        found += [from_ms(one.at) for one in effects if one.what in ("raise", "silent")]
        before = value
    return found


def read_folder(folder: Path) -> list[Series]:
    """Will read the series a folder holds: ``nab-windows.json`` and the files it knows by name.

    Raises: FileNotFoundError (no windows there); ValueError (no series of them).
    """
    windows: dict[str, list[list[str]]] = json.loads(
        (folder / "nab-windows.json").read_text("utf-8")
    )
    found = []
    for name, file in (
        ("realKnownCause/machine_temperature_system_failure.csv", "nab-machine-temperature.csv"),
        ("realTraffic/speed_7578.csv", "nab-traffic-speed-7578.csv"),
    ):
        if (folder / file).exists():
            known = [(_moment(a), _moment(b)) for a, b in windows[name]]
            found.append(Series(Path(file).stem, _values(folder / file), known))
    if not found:
        raise ValueError(f"{folder} holds no series of the windows")
    return found


def _values(file: Path) -> list[tuple[datetime, float]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return sorted(
            (_moment(row["timestamp"]), float(row["value"])) for row in csv.DictReader(rows)
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
