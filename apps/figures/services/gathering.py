"""A tenant's demands in memory, summed up as the nightly look needs them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from apps.figures.selectors import DayCount

ALL = ""  # the class code that stands for every class


class Demands:
    """Counts per day of every area and class, the last day first in mind.

    series[(area path, class code)] is one number per day from ``first``; the path of an area
    counts everything below it, class code ``ALL`` every class. The classes are kept apart in
    the upper levels only: a grid cell sees too few to tell them apart.
    """

    def __init__(
        self, first: date, days: int, rows: Iterable[DayCount], *, depth: int, levels: int
    ) -> None:
        """depth: areas in the topmost path. levels: how many keep the classes apart."""
        self.first, self.days = first, days
        self.total = 0
        self.series: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * days)
        prefixes: dict[str, list[str]] = {}
        for row in rows:
            self.total += row.count
            if row.area_path not in prefixes:
                prefixes[row.area_path] = prefixes_of(row.area_path, depth)
            at = (row.on - first).days
            for level, path in enumerate(prefixes[row.area_path]):
                self.series[path, ALL][at] += row.count
                if row.class_code and level < levels:
                    self.series[path, row.class_code][at] += row.count

    def sums(self, path: str, class_code: str, *, length: int, number: int) -> list[int]:
        """Will sum up so many spans of so many days, the newest first; only whole ones."""
        counts = self.series[path, class_code]
        spans = min(number, self.days // length)
        return [
            sum(counts[self.days - length * (n + 1) : self.days - length * n]) for n in range(spans)
        ]

    def newest_by_path(self, *, length: int) -> Counter[str]:
        """Will count the last days per area path, whatever the class."""
        found: Counter[str] = Counter()
        for (path, class_code), counts in self.series.items():
            if class_code == ALL:
                found[path] = sum(counts[-length:])
        return found


def prefixes_of(path: str, depth: int) -> list[str]:
    """Will give the paths of an area and of those above it, down from ``depth`` areas."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:n]) + "/" for n in range(depth, len(parts) + 1)]
