"""Prometheus exporters: figures read out of their text.

Source: Prometheus text exposition format 0.0.4. At most 1 MB and 20,000 lines; a line that is
not understood is passed over, as the format asks for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.monitoring.probes import web
from apps.monitoring.probes.wire import Answer, Question, Silent

MOST_LINES = 20_000
MOST_LABELS = 40
_LINE = re.compile(
    r"([A-Za-z_:][\w:]{0,199})(?:\{(.{0,2000}?)\})?[ \t]+(\S{1,40})(?:[ \t]+-?\d+)?\s*"
)
_LABEL = re.compile(r'\s*([A-Za-z_]\w{0,99})\s*=\s*"((?:[^"\\]|\\.){0,500})"\s*,?')
_JOINED: dict[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min}
#: What is counted from several metrics of the usual exporter of Linux machines.
CPU, MEMORY, DISK = "@cpu", "@memory", "@disk"


@dataclass(frozen=True)
class Metric:
    """One line: a name with labels and its value."""

    name: str
    labels: Mapping[str, str]
    value: float


async def ask(question: Question) -> Answer:
    """Will read the wanted figures; with none wanted, whether it answers. Raises: Silent.

    An address is ``name{label="x"}`` (exactly one line must match), ``sum:``, ``max:`` or
    ``min:`` before it (over all that match), or ``@cpu``, ``@memory``, ``@disk`` in percent.
    settings: path (default /metrics).
    """
    settings = {"path": "/metrics", **question.settings}
    plain = Question(
        question.key, question.kind, question.host, question.port, question.timeout_s,
        settings, question.secret,
    )  # fmt: skip
    page = await web.fetch(plain, accept="text/plain")
    if page.status != 200:
        raise Silent(f"HTTP {page.status}")
    found = list(parse(page.body.decode("utf-8", "replace")))
    if not found:
        raise Silent(_("应答中没有指标"))
    return read(found, question.wants, question.memo)


def parse(text: str) -> Iterator[Metric]:
    """Will give the metrics of an exporter's text, at most ``MOST_LINES`` lines of it."""
    for line in text.split("\n", MOST_LINES)[:MOST_LINES]:
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        try:
            value = float(found[3])
        except ValueError:
            continue
        yield Metric(found[1], labels_of(found[2] or ""), value)


def labels_of(text: str) -> dict[str, str]:
    """Will give the labels written between the braces, escapes undone."""
    pairs = _LABEL.findall(text)[:MOST_LABELS]
    return {name: re.sub(r"\\(.)", _unescaped, value) for name, value in pairs}


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def read(found: list[Metric], wants: Mapping[str, str], memo: Mapping[str, float]) -> Answer:
    """Will give the wanted figures out of these metrics; what rates need is kept in the memo."""
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    kept = _cpu_seconds(found) if CPU in wants.values() else {}
    for code, address in wants.items():
        try:
            value = _cpu(kept, memo) if address == CPU else value_at(found, address)
        except Silent as error:
            missing[code] = str(error)
        else:
            values[code] = value
    return Answer(values, missing, memo=kept)


def value_at(found: list[Metric], address: str) -> float:
    """Will give the figure at an address. Raises: Silent (none, or not exactly one)."""
    if address == MEMORY:
        return _used(found, "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes")
    if address == DISK:
        return _used(found, "node_filesystem_avail_bytes", "node_filesystem_size_bytes")
    how, colon, rest = address.partition(":")
    join = _JOINED.get(how) if colon else None
    name, _brace, labels = (rest if join else address).partition("{")
    wanted = labels_of(labels.rstrip("}"))
    values = [
        metric.value
        for metric in found
        if metric.name == name and wanted.items() <= metric.labels.items()
    ]
    if not values:
        raise Silent(_("没有指标 %(name)s") % {"name": name[:60]})
    if join is not None:
        return float(join(values))
    if len(values) > 1:
        raise Silent(_("%(n)d 行符合，请写明标签，或用 sum:、max:、min:") % {"n": len(values)})
    return values[0]


def _used(found: list[Metric], free_name: str, whole_name: str) -> float:
    """The fullest of all, in percent."""
    whole = {
        tuple(sorted(m.labels.items())): m.value for m in found if m.name == whole_name and m.value
    }
    shares = [
        100 * (1 - m.value / whole[key])
        for m in found
        if m.name == free_name and (key := tuple(sorted(m.labels.items()))) in whole
    ]
    if not shares:
        raise Silent(_("没有指标 %(name)s") % {"name": whole_name})
    return max(shares)


def _cpu_seconds(found: list[Metric]) -> dict[str, float]:
    seconds = [m for m in found if m.name == "node_cpu_seconds_total"]
    if not seconds:
        return {}
    idle = sum(m.value for m in seconds if m.labels.get("mode") in ("idle", "iowait"))
    return {"cpu_idle": idle, "cpu_all": sum(m.value for m in seconds)}


def _cpu(now: Mapping[str, float], before: Mapping[str, float]) -> float:
    """Busy share between two readings; counters that went back mean a restart."""
    if not now:
        raise Silent(_("没有指标 %(name)s") % {"name": "node_cpu_seconds_total"})
    passed = now["cpu_all"] - before.get("cpu_all", now["cpu_all"])
    idle = now["cpu_idle"] - before.get("cpu_idle", now["cpu_idle"])
    if passed <= 0 or idle < 0:
        raise Silent(_("需要两次读数才能得出"))
    return max(0.0, min(100.0, 100 * (1 - idle / passed)))
