"""Cases as they were when something happened to them, put back from the facts that are kept.

For rehearsals: nothing here is ever saved. What the facts do not keep stays as it is now: the
words of the report, what a channel adds, and the due date. Source: RU-03.
"""

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.contrib.gis.geos import Point

from apps.accounts.models import Organization
from apps.matters.definition import definition_of
from apps.matters.enums import FactKind
from apps.matters.models import Case, CaseEvent, CaseFact, Order
from apps.places.models import Area

_PUT_BACK = (FactKind.CLASS, FactKind.PLACE, FactKind.UNIT, FactKind.PRIORITY)


def as_they_were(events: Sequence[CaseEvent]) -> list[Case]:
    """Will give the case of each event as it was right after it; five queries for all of them.

    events: with their case, its version, matter and unit. The cases are copies not to be saved.
    """
    history = _History(events)
    return [history.at(event) for event in events]


class _History:
    """The facts and orders of some cases, asked once."""

    def __init__(self, events: Sequence[CaseEvent]) -> None:
        self._facts: dict[tuple[int, str], list[CaseFact]] = defaultdict(list)
        cases = {event.case_id for event in events}
        kept = CaseFact.objects.filter(case_id__in=cases, kind__in=_PUT_BACK).order_by("event_id")
        for fact in kept:
            self._facts[fact.case_id, fact.kind].append(fact)
        self._areas = Area.objects.in_bulk(self._keys(FactKind.PLACE))
        self._units = Organization.objects.in_bulk(self._keys(FactKind.UNIT))
        self._orders: dict[int, list[datetime]] = defaultdict(list)
        asked = Order.objects.filter(case_id__in=cases).order_by("ordered_at")
        for case_id, at in asked.values_list("case_id", "ordered_at"):
            self._orders[case_id].append(at)

    def at(self, event: CaseEvent) -> Case:
        case = copy.copy(event.case)
        definition = definition_of(case.version_id, case.version.body)
        case.state, case.round = event.to_state, event.round
        if case.state in definition.states:
            case.category = definition.state(case.state).category
        case.order_count = bisect_right(self._orders[case.pk], event.at)
        self._put_class(case, event)
        self._put_place(case, event)
        self._put_unit(case, event)
        case.priority = self._priority(case, event)
        return case

    def _priority(self, case: Case, event: CaseEvent) -> str:
        """A case begins with one that is no fact; the first change says which it was."""
        fact = self._newest(event, FactKind.PRIORITY)
        if fact is not None:
            return fact.value
        first = next(iter(self._facts[case.pk, FactKind.PRIORITY]), None)
        return str(first.data.get("before") or case.priority) if first else case.priority

    def _put_class(self, case: Case, event: CaseEvent) -> None:
        fact = self._newest(event, FactKind.CLASS)
        case.class_code, case.class_label = (fact.value, fact.label) if fact else ("", "")

    def _put_place(self, case: Case, event: CaseEvent) -> None:
        fact = self._newest(event, FactKind.PLACE)
        area = self._areas.get(int(fact.value)) if fact is not None else None
        if fact is None or area is None:
            return
        case.area, case.area_path = area, area.path
        at = fact.data.get("point")
        case.point = Point(at[0], at[1], srid=4326) if at else None

    def _put_unit(self, case: Case, event: CaseEvent) -> None:
        fact = self._newest(event, FactKind.UNIT)
        case.unit = self._units.get(int(fact.value)) if fact is not None and fact.value else None

    def _newest(self, event: CaseEvent, kind: str) -> CaseFact | None:
        known = [f for f in self._facts[event.case_id, kind] if f.event_id <= event.pk]
        return known[-1] if known else None

    def _keys(self, kind: str) -> set[int]:
        return {
            int(fact.value)
            for (_case, of), facts in self._facts.items()
            for fact in facts
            if of == kind and fact.value
        }
