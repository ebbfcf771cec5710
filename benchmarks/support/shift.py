"""One driver of ``day``: registers its share of the day's reports and works every case.

A process of its own: ``python -m benchmarks.support.shift PLAN RESULT``. PLAN is a pickle
(``Plan``), RESULT gets JSON: the milliseconds of every deed, the seconds deeds came late, and
what was done. Every deed carries a key; a share of them is sent twice, as a client that heard
no answer would.
"""

import heapq
import json
import pickle
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.support.words import report

TWICE = 0.02  # of the deeds
DUE_SOON = 0.1  # of the cases come to their first warning within the day
WARNING_LIMIT_S = 90.0


@dataclass
class Plan:
    """arrivals: when a report comes, seconds from the start. pause_s: between two deeds."""

    town: Any
    first_number: int
    arrivals: list[float]
    starts_at: float
    pause_s: float


@dataclass
class Shift:
    """The work of one driver."""

    plan: Plan
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late_s: list[float] = field(default_factory=list)
    warned: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.first_number)
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._people = _people(self.plan.town)

    def work(self) -> None:
        """Will do everything when it is due, or as soon after as it can."""
        for place, moment in enumerate(self.plan.arrivals):
            self._at(moment, self._registering(self.plan.first_number + place))
        while self._queue:
            due, _order, step = heapq.heappop(self._queue)
            ahead = due - self._now()
            if ahead > 0:
                time.sleep(ahead)
            step()

    def result(self) -> dict[str, Any]:
        return {
            "took_ms": self.took_ms,
            "late_s": self.late_s,
            "warned": self.warned,
            "cases": self.cases,
        }

    def _now(self) -> float:
        return time.time() - self.plan.starts_at

    def _at(self, moment: float, step: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._queue, (moment, self._order, step))

    def _soon(self, step: Callable[[], None]) -> None:
        self._at(self._now() + self._chance.uniform(0.5, 1.5) * self.plan.pause_s, step)

    def _registering(self, number: int) -> Callable[[], None]:
        arrives = self.plan.arrivals[number - self.plan.first_number]

        def step() -> None:
            self.late_s.append(max(0.0, self._now() - arrives))
            case_id, class_code = self._timed("register", lambda: self._register(number))
            self.cases.append(case_id)
            self._soon(lambda: self._deed(case_id, class_code, 0))

        return step

    def _register(self, number: int) -> tuple[int, str]:
        from apps.hotline.services import Intake, register_demand
        from apps.matters.enums import Channel

        words = report(number)
        lon, lat = self.plan.town.points[number % len(self.plan.town.points)]
        intake = Intake(
            title=words["title"],
            text=words["text"],
            channel=Channel.PHONE,
            address=words["address"],
            lon=lon,
            lat=lat,
            class_code=words["class_code"],
            reporter_name="王先生",
            reporter_phone=f"13{number:08d}1",  # one that ends in 0000 is not in service
            source_key=f"day:{number}",
        )
        acceptor, tenant = self._people["acceptor"], self.plan.town.tenant
        outcome = register_demand(acceptor, tenant=tenant, intake=intake)
        if self._chance.random() < TWICE:
            again = register_demand(acceptor, tenant=tenant, intake=intake)
            assert again.repeated
            assert again.case.pk == outcome.case.pk
        return outcome.case.pk, words["class_code"]

    def _deed(self, case_id: int, class_code: str, place: int) -> None:
        from apps.matters.services import perform
        from benchmarks.engine import WAY

        role, action, data = WAY[place]
        given = dict(data)
        if action == "accept":
            given["class_code"] = class_code
        elif action == "dispatch":
            given["unit"] = self.plan.town.units[0].pk

        def do() -> Any:
            return perform(
                self._people[role],
                case_id=case_id,
                action=action,
                data=given,
                key=f"day:{case_id}:{action}",
            )

        self._timed(action, do)
        if self._chance.random() < TWICE:
            assert do().repeated
        if place + 1 == len(WAY):
            return
        if action == "sign" and self._chance.random() < DUE_SOON:
            self._bring_warning_near(case_id)
            until = self._now() + WARNING_LIMIT_S
            self._soon(lambda: self._once_warned(case_id, class_code, place + 1, until))
        else:
            self._soon(lambda: self._deed(case_id, class_code, place + 1))

    def _bring_warning_near(self, case_id: int) -> None:
        """The limit is days; the day is minutes. The first warning of this case comes at once."""
        from apps.clocks.models import ClockTimer
        from apps.common import clock

        timer = (
            ClockTimer.objects.filter(
                clock__subject_type="case", clock__subject_id=case_id, due_at__isnull=False
            )
            .order_by("due_at")
            .first()
        )
        assert timer is not None
        moment = clock.now()
        ClockTimer.objects.filter(pk=timer.pk).update(due_at=moment, claimable_at=moment)
        self.warned.append(case_id)

    def _once_warned(self, case_id: int, class_code: str, place: int, until: float) -> None:
        from apps.matters.models import CaseEvent

        warned = CaseEvent.objects.filter(case_id=case_id, action__in=["due_soon", "overdue"])
        if self._now() > until or warned.exists():
            self._deed(case_id, class_code, place)
        else:
            self._soon(lambda: self._once_warned(case_id, class_code, place, until))

    def _timed(self, name: str, do: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = do()
        self.took_ms[name].append((time.perf_counter() - began) * 1000)
        return answer


def _people(town: Any) -> dict[str, Any]:
    from apps.accounts.models import User

    found = User.objects.in_bulk([person.pk for person in town.people.values()])
    return {role: found[person.pk] for role, person in town.people.items()}


if __name__ == "__main__":
    import django

    django.setup()
    # The plan names the class by the module it is imported from.
    from benchmarks.support.shift import Shift as TheShift

    shift = TheShift(pickle.loads(Path(sys.argv[1]).read_bytes()))  # noqa: S301  our own file
    shift.work()
    Path(sys.argv[2]).write_text(json.dumps(shift.result()), "utf-8")
