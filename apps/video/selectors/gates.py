"""Gates through the eyes of a viewer, with what they counted and what is usual. Source: VD-13."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.video import permissions
from apps.video.models import Camera, Gate, GateHour
from apps.video.usual import WEEKS, Counted, is_far, is_low, usual_of

HOUR = timedelta(hours=1)
#: A server may need so long to tell of an hour.
GRACE = timedelta(minutes=20)
SHOWN_HOURS = 48


@dataclass(frozen=True)
class HourLine:
    """An hour beside what is usual. counted: None: nothing was told of it."""

    hour: datetime
    counted: Counted | None
    usual: float | None


@dataclass(frozen=True)
class GateLook:
    """A gate at its last due hour. is_late: that hour was not told."""

    gate: Gate
    line: HourLine
    is_late: bool
    is_far: bool
    is_low: bool

    @property
    def percent(self) -> float | None:
        """Plates read of a hundred vehicles; None where nobody can tell."""
        rate = self.line.counted.rate if self.line.counted else None
        return None if rate is None else 100 * rate

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong with it."""
        return not (self.is_late or self.is_far or self.is_low or self.gate.fault)


def list_gates(viewer: User, *, text: str = "") -> QuerySet[Gate]:
    """Will list the gates of the viewer's own cameras. text: of the name, or begin of the code."""
    cameras = permissions.reach_q(scope_for(viewer, *permissions.READERS), "camera__asset__")
    found = Gate.objects.filter(cameras).select_related("camera__asset__area", "camera__asset")
    if text:
        found = found.filter(
            Q(camera__asset__name__icontains=text) | Q(camera__gb_code__startswith=text)
        )
    return found.defer("camera__asset__area__boundary").order_by("camera__gb_code")


def get_gate(viewer: User, *, pk: int) -> Gate:
    """Raises: NotFound (no such gate, or not for this viewer)."""
    gate = list_gates(viewer).filter(pk=pk).first()
    if gate is None:
        raise NotFound(_("没有这个卡口"))
    return gate


def find_gate(camera: Camera) -> Gate | None:
    """Will give the gate a camera is, if it is one."""
    return Gate.objects.filter(camera=camera).first()


def due_hour(now: datetime) -> datetime:
    """Will give the beginning of the last hour every server should have told of."""
    return (now - GRACE).replace(minute=0, second=0, microsecond=0) - HOUR


def look_at(gates: Iterable[Gate]) -> list[GateLook]:
    """Will look at gates at their last due hour; one question, of that hour of each day only."""
    found = list(gates)
    hour = due_hour(clock.now())
    same = [hour - timedelta(days=n) for n in range(7 * WEEKS + 1)]
    counted = _counted(GateHour.objects.filter(gate__in=found, hour__in=same))
    return [_look(gate, counted[gate.pk], hour) for gate in found]


def course_of(gate: Gate) -> list[HourLine]:
    """Will give the last two days of a gate, hour by hour, beside what is usual."""
    last = due_hour(clock.now())
    first = last - HOUR * (SHOWN_HOURS - 1)
    since = first - timedelta(weeks=WEEKS)
    hours = _counted(gate.hours.filter(hour__gte=since))[gate.pk]
    every = [first + HOUR * n for n in range(SHOWN_HOURS)]
    return [HourLine(hour, hours.get(hour), usual_of(hours, hour)) for hour in every]


def _look(gate: Gate, hours: dict[datetime, Counted], hour: datetime) -> GateLook:
    line = HourLine(hour, hours.get(hour), usual_of(hours, hour))
    told = line.counted
    return GateLook(
        gate,
        line,
        is_late=told is None,
        is_far=told is not None and is_far(told.passes, line.usual, stands=False),
        is_low=told is not None and is_low(told.rate, gate.plate_norm, stands=False),
    )


def _counted(rows: QuerySet[GateHour]) -> dict[int, dict[datetime, Counted]]:
    found: dict[int, dict[datetime, Counted]] = defaultdict(dict)
    for gate_id, hour, passes, read in rows.values_list("gate_id", "hour", "passes", "read"):
        found[gate_id][hour] = Counted(passes, read)
    return found
