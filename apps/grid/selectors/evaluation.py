"""Evaluation (评价): on-time rates and re-work by area, department and post.

Every number names its events, so that a page can open them. The clocks of the case are the
truth: a stage counts once its clock stopped or its time passed. Source: hotline-grid 3.2.

    on-time rate of a stage = stages done within their time / stages done or overdue
    re-work rate            = events sent round again or failed at a check / events checked
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.clocks.models import Clock
from apps.common import clock
from apps.grid.models import GridEvent
from apps.grid.selectors.events import visible_events
from apps.matters.models import CaseEvent
from apps.places.models import Area

SPAN_MOST = timedelta(days=366)
#: The clock of each stage, the action whose actor answers for it, and its name.
STAGES = {
    "file": ("accept", gettext_lazy("立案")),
    "send": ("dispatch", gettext_lazy("派遣")),
    "handle": ("feed_back", gettext_lazy("处置")),
    "look": ("check", gettext_lazy("核查")),
    "finish": ("close", gettext_lazy("结案")),
}
#: Case events that mean somebody has to do it again.
_REWORK = Q(action="redo") | Q(action="check", data__verdict="fail")
_COUNTED_OUT = ("voided", "merged")


@dataclass
class Measure:
    """A rate with what it is made of: keys of events that count, and those that are good."""

    whole: set[int] = field(default_factory=set)
    good: set[int] = field(default_factory=set)

    @property
    def rate(self) -> float | None:
        """The share in percent, None of nothing."""
        return len(self.good) / len(self.whole) * 100 if self.whole else None

    @property
    def bad(self) -> set[int]:
        """The events that spoil the rate."""
        return self.whole - self.good


@dataclass
class Line:
    """An area, a department or a person, with its rates by stage and its re-work."""

    key: str
    label: str
    events: set[int] = field(default_factory=set)
    stages: dict[str, Measure] = field(default_factory=lambda: {name: Measure() for name in STAGES})
    rework: Measure = field(default_factory=Measure)

    def ids_of(self, measure: str) -> set[int]:
        """Will give the events behind one number: "all", "late_<stage>" or "rework"."""
        if measure == "rework":
            return self.rework.good
        stage = measure.removeprefix("late_")
        return self.stages[stage].bad if stage in self.stages else self.events


def span_of(since: date | None, until: date | None) -> tuple[date, date]:
    """Will give a span that can be shown: the last 30 days unless named, a year at most."""
    last = until or clock.today()
    first = since or last - timedelta(days=29)
    return max(min(first, last), last - SPAN_MOST), last


def evaluate(viewer: User, *, by: str, since: date, until: date) -> list[Line]:
    """Will rate the events reported in a span (both days included), as the viewer sees them.

    by: "area" (streets), "unit" (departments that handle) or "post" (who did the step).
    """
    events = list(
        counted(viewer, since=since, until=until).values(
            "pk", "case_id", "case__area_path", "case__unit_id", "case__unit__name"
        )
    )
    lines = _Lines(by, events)
    cases = [row["case_id"] for row in events]
    moment = clock.now()
    for one in _clocks(cases):
        done = one["stopped_at"] is not None
        if not done and one["due_at"] > moment:
            continue
        in_time = done and one["stopped_at"] <= one["due_at"]
        for line in lines.of_stage(one["subject_id"], one["name"]):
            measure, key = line.stages[one["name"]], lines.event[one["subject_id"]]
            measure.whole.add(key)
            if in_time:
                measure.good.add(key)
    for case_id, is_bad in _checked(cases).items():
        for line in lines.of_stage(case_id, "handle"):
            key = lines.event[case_id]
            line.rework.whole.add(key)
            if is_bad:
                line.rework.good.add(key)
    return lines.sorted()


def counted(viewer: User, *, since: date, until: date) -> QuerySet[GridEvent]:
    """Will give the visible events of a span that count: neither void nor merged."""
    return (
        visible_events(viewer)
        .filter(case__opened_at__gte=_begin(since), case__opened_at__lt=_begin(until, 1))
        .exclude(case__state__in=_COUNTED_OUT)
    )


def _begin(day: date, plus: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=plus), time.min))


def _clocks(cases: list[int]) -> Iterable[Mapping[str, Any]]:
    return Clock.objects.filter(subject_type="case", subject_id__in=cases, name__in=STAGES).values(
        "subject_id", "name", "due_at", "stopped_at"
    )


def _checked(cases: list[int]) -> dict[int, bool]:
    """The cases that came to a check, and whether they went round again."""
    found = dict.fromkeys(
        CaseEvent.objects.filter(case_id__in=cases, action="check").values_list(
            "case_id", flat=True
        ),
        False,
    )
    again = CaseEvent.objects.filter(_REWORK, case_id__in=cases).values_list("case_id", flat=True)
    return found | dict.fromkeys(again, True)


class _Lines:
    """The lines as they fill."""

    def __init__(self, by: str, events: Sequence[Mapping[str, Any]]) -> None:
        self.by = by
        self.event = {row["case_id"]: row["pk"] for row in events}
        self._known: dict[str, Line] = {}
        self._of_case: dict[int, str] = {}
        self._actors: dict[tuple[int, str], str] = {}
        if by == "post":
            self._read_actors()
        else:
            self._read_places(events)

    def of_stage(self, case_id: int, stage: str) -> list[Line]:
        """The line that answers for a stage of a case; none where nobody did it yet."""
        key = self._of_case.get(case_id)
        if self.by == "post":
            key = self._actors.get((case_id, STAGES[stage][0]))
            if key is not None:
                key = f"{stage}:{key}"
                label = _("%(name)s（%(post)s）") % {
                    "name": key.partition(":")[2],
                    "post": STAGES[stage][1],
                }
                self._known.setdefault(key, Line(key, label)).events.add(self.event[case_id])
        return [self._known[key]] if key is not None else []

    def sorted(self) -> list[Line]:
        return sorted(self._known.values(), key=lambda line: (-len(line.events), line.label))

    def _read_actors(self) -> None:
        wanted = {action for action, _label in STAGES.values()}
        done = CaseEvent.objects.filter(case_id__in=self.event, action__in=wanted)
        for case_id, action, name in done.order_by("seq").values_list(
            "case_id", "action", "actor_name"
        ):
            self._actors[(case_id, action)] = name

    def _read_places(self, events: Sequence[Mapping[str, Any]]) -> None:
        names: dict[str, str] = {}
        if self.by == "area":
            names = _street_names(row["case__area_path"] for row in events)
        for row in events:
            if self.by == "area":
                key = _street(row["case__area_path"])
                label = names.get(key, _("未定位到街道"))
            else:
                key = str(row["case__unit_id"] or "")
                label = row["case__unit__name"] or _("尚未派遣")
            self._of_case[row["case_id"]] = key
            self._known.setdefault(key, Line(key, label)).events.add(row["pk"])


def _street(path: str) -> str:
    """The part of a path down to the street: city, district, street."""
    parts = path.strip("/").split("/")
    return f"/{'/'.join(parts[:3])}/" if len(parts) >= 3 else path


def _street_names(paths: Iterable[str]) -> dict[str, str]:
    wanted = {_street(path) for path in paths}
    return dict(Area.objects.filter(path__in=wanted).values_list("path", "name"))


def totals(lines: Iterable[Line]) -> Line:
    """Will put all lines together."""
    every = Line("", _("合计"))
    rates: dict[str, Measure] = defaultdict(Measure)
    for line in lines:
        every.events |= line.events
        every.rework.whole |= line.rework.whole
        every.rework.good |= line.rework.good
        for name, measure in line.stages.items():
            rates[name].whole |= measure.whole
            rates[name].good |= measure.good
    every.stages |= rates
    return every
