"""Alarms that became cases, with what they were taken for, through the eyes of a viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.alarms.enums import GuessVerdict
from apps.alarms.models import Alarm, Discovery
from apps.alarms.permissions import READERS, within_reach
from apps.matters.definition import definition_of
from apps.matters.models import Case, CaseAttachment
from apps.matters.registry import extension_of

WIDTH, HEIGHT = 320, 64
_SHOWN = 12


@dataclass(frozen=True)
class Curve:
    """A series as a card draws it. path: points of a polyline; "" where it is no number."""

    label: str
    unit: str
    path: str
    low: str
    high: str
    rows: list[tuple[datetime, str]]


@dataclass(frozen=True)
class Shown:
    """A discovery as its card shows it. choices: classes a person may say it is of."""

    row: Discovery
    curves: list[Curve]
    pictures: list[dict[str, Any]]
    choices: list[tuple[str, str]]
    width: int = WIDTH
    height: int = HEIGHT


def list_discoveries(viewer: User, *, verdict: str = "", text: str = "") -> QuerySet[Discovery]:
    """Will give what alarms in the viewer's reach became, newest first."""
    found = Discovery.objects.filter(alarm__in=_alarms(viewer))
    if verdict in GuessVerdict.values:
        found = found.filter(verdict=verdict)
    if text:
        named = Q(alarm__about__icontains=text) | Q(alarm__title__icontains=text)
        found = found.filter(named | Q(case__number__startswith=text))
    return found.select_related("alarm__area", "case", "judged_by").order_by("-pk")


def count_verdicts(viewer: User) -> dict[str, int]:
    """Will count them by what people said, every verdict named."""
    found = Discovery.objects.filter(alarm__in=_alarms(viewer)).order_by()
    counted = dict(found.values_list("verdict").annotate(n=Count("pk")))
    return {verdict: counted.get(verdict, 0) for verdict in GuessVerdict.values}


def find_discovery(alarm: Alarm) -> Discovery | None:
    """Will give what an alarm the viewer may see was taken for; None: it became no case."""
    found = Discovery.objects.filter(alarm=alarm)
    return found.select_related("case__version", "judged_by", "decision", "alarm").first()


def list_of_case(case: Case) -> list[Discovery]:
    """Will give the discoveries behind a case the viewer may see."""
    found = Discovery.objects.filter(case=case).order_by("pk")
    return list(found.select_related("case__version", "judged_by", "decision", "alarm"))


def show(row: Discovery) -> Shown:
    """Will prepare one for its card: curves, pictures with their place in the case."""
    kept = {a.file.sha256: a.pk for a in _attachments(row)}
    return Shown(
        row,
        [_curve(series) for series in row.evidence.get("series", [])],
        [
            one | {"at": datetime.fromisoformat(one["at"]), "attachment": kept.get(one["sha256"])}
            for one in row.evidence.get("pictures", [])
        ],
        _choices(row),
    )


def _choices(row: Discovery) -> list[tuple[str, str]]:
    """Every class where the case can be corrected, else the proposed one to confirm."""
    classes = [(code, str(label)) for code, label in extension_of(row.matter).class_choices()]
    definition = definition_of(row.case.version_id, row.case.version.body)
    if "correct" in definition.actions:
        return classes
    return [(code, label) for code, label in classes if code == row.class_code]


def _alarms(viewer: User) -> QuerySet[Alarm]:
    return Alarm.objects.filter(within_reach(viewer, *READERS))


def _attachments(row: Discovery) -> QuerySet[CaseAttachment]:
    wanted = [one["sha256"] for one in row.evidence.get("pictures", [])]
    found = CaseAttachment.objects.filter(case_id=row.case_id, file__sha256__in=wanted)
    return found.select_related("file")


def _curve(series: dict[str, Any]) -> Curve:
    points = [(datetime.fromisoformat(at), value) for at, value in series["points"]]
    rows = [(at, f"{value:g}" if _is_number(value) else str(value)) for at, value in points]
    numbers = [(at, float(value)) for at, value in points if _is_number(value)]
    low, high = (
        (min(v for _at, v in numbers), max(v for _at, v in numbers)) if numbers else (0.0, 0.0)
    )
    path = _polyline(numbers, low, high) if len(numbers) > 1 else ""
    return Curve(
        series["label"], series["unit"], path, f"{low:g}", f"{high:g}", rows[-_SHOWN:][::-1]
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _polyline(numbers: Sequence[tuple[datetime, float]], low: float, high: float) -> str:
    begin = numbers[0][0]
    span = (numbers[-1][0] - begin).total_seconds() or 1.0
    rise = (high - low) or 1.0
    return " ".join(
        f"{(at - begin).total_seconds() / span * WIDTH:.1f},"
        f"{HEIGHT - 4 - (value - low) / rise * (HEIGHT - 8):.1f}"
        for at, value in numbers
    )
