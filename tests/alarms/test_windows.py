"""The scoring of rule sets on series made here: troubles whose place is known. AL-02."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.alarms.rules import read_rule
from benchmarks import nab
from benchmarks.support.windows import RULE_SETS, Series, read_folder, score, score_all

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FIVE = timedelta(minutes=5)
DAY = 288


def series(*, high: range = range(0), jump: int = -1, gap: range = range(0)) -> Series:
    """Ten days of a daily wave between 40 and 60 with a small ripple.

    high: 80 stands there; jump: one reading of 75; gap: nothing is said.
    """
    values = [(BEGIN + n * FIVE, _value(n, high, jump)) for n in range(10 * DAY) if n not in gap]
    troubles = [
        part for part in (high, range(jump, jump + 1) if jump > 0 else range(0), gap) if part
    ]
    windows = [(BEGIN + (t[0] - 6) * FIVE, BEGIN + (t[-1] + 12) * FIVE) for t in troubles]
    return Series("made", values, windows)


def _value(n: int, high: range, jump: int) -> float:
    if n in high:
        return 80.0
    return 75.0 if n == jump else 50 + 10 * math.sin(2 * math.pi * n / DAY) + (n % 7) / 10


def test_each_rule_set_finds_its_own_kind_of_trouble() -> None:
    steady = score_all(series(high=range(5 * DAY, 5 * DAY + 24)))
    assert steady["threshold"].found == 1
    assert steady["threshold held 30 min"].found == 1
    assert steady["no data"].found == 0
    short = score_all(series(jump=5 * DAY))
    assert short["step"].found == 1
    assert short["threshold held 30 min"].found == 0  # one reading is no half hour
    silent = score_all(series(gap=range(5 * DAY, 5 * DAY + 24)))
    assert silent["no data"].found == 1
    assert silent["threshold"].found == 0


def test_duration_costs_delay() -> None:
    found = score_all(series(high=range(5 * DAY, 5 * DAY + 24)))
    at_once, held = found["threshold"], found["threshold held 30 min"]
    assert at_once.delay_minutes == 30  # the window opens half an hour before
    assert held.delay_minutes == 60


def test_a_quiet_series_raises_nothing_in_vain() -> None:
    for name, found in score_all(series()).items():
        assert (found.in_vain, found.windows) == (0, 0), name


def test_alarms_outside_every_window_are_in_vain_and_the_first_part_is_not_scored() -> None:
    made = series(high=range(5 * DAY, 5 * DAY + 24))
    rule = read_rule({"levels": [{"level": 3, "raise": "value > 59"}]})
    found = score(Series("made", made.values, ()), rule)
    assert found.in_vain >= 8  # each day's crest, once at least
    assert found.days == pytest.approx(8.5, abs=0.1)
    early = series(high=range(DAY // 2, DAY))
    assert score(early, rule).windows == 0


def test_the_rule_sets_are_rules_of_the_product() -> None:
    made = series()
    for name, body in RULE_SETS.items():
        rule = read_rule(body(made))
        assert rule.levels or rule.no_data_s, name


def test_a_folder_is_read_and_a_missing_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "realTraffic/speed_7578.csv"
    windows = {name: [["2026-01-06 00:00:00.000000", "2026-01-06 03:00:00.000000"]]}
    (tmp_path / "nab-windows.json").write_text(json.dumps(windows), "utf-8")
    with pytest.raises(ValueError, match="no series"):
        read_folder(tmp_path)
    rows = [f"{at:%Y-%m-%d %H:%M:%S},{value}" for at, value in series().values]
    file = tmp_path / "nab-traffic-speed-7578.csv"
    file.write_text("\n".join(["timestamp,value", *rows]), "utf-8")
    [read] = read_folder(tmp_path)
    assert (len(read.values), len(read.windows)) == (10 * DAY, 1)
    told: list[str] = []
    bench = type("B", (), {"progress": staticmethod(told.append)})()
    monkeypatch.setenv("BENCH_NAB_DATA", str(tmp_path))
    assert len(nab.run(bench)) == 3 * len(RULE_SETS)
    monkeypatch.setenv("BENCH_NAB_DATA", str(tmp_path / "absent"))
    with pytest.raises(SystemExit, match="BENCH_NAB_DATA"):
        nab.run(bench)
