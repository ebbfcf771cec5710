"""Alarm rule sets on public series with known trouble: what is found, how late, how much in vain.

``BENCH_NAB_DATA`` names a folder with ``nab-windows.json`` of the Numenta Anomaly Benchmark and its
series ``nab-machine-temperature.csv`` and ``nab-traffic-speed-7578.csv``; they are not shipped.
Nothing is tuned to a series: limits come from its first 15%.
"""

import os
from pathlib import Path

from benchmarks.runner import Bench, Figure
from benchmarks.support.windows import read_folder, score_all

DESCRIPTION = "alarm rule sets on NAB series: found, delay, alarms in vain (BENCH_NAB_DATA)"
NEEDS_DATABASE = False


def run(bench: Bench) -> list[Figure]:
    folder = os.environ.get("BENCH_NAB_DATA", "")
    if not folder or not (Path(folder) / "nab-windows.json").exists():
        raise SystemExit(
            "BENCH_NAB_DATA must name a folder with nab-windows.json and the series beside it; "
            f"it is {folder or 'not set'}"
        )
    figures = []
    for series in read_folder(Path(folder)):
        bench.progress(f"{series.name}: {len(series.values):,} readings")
        for name, found in score_all(series).items():
            about = f"{series.name}, {name}"
            figures += [
                Figure(f"{about}: found of {found.windows}", found.found, "windows"),
                Figure(f"{about}: median delay", found.delay_minutes, "min"),
                Figure(f"{about}: in vain", found.in_vain_per_week, "a week"),
            ]
    return figures
