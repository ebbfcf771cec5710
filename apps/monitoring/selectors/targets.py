"""Targets through the eyes of a viewer: counts by kind, one thing's life, what hangs on what.

Source: OP-01, OP-02.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.enums import Source
from apps.alarms.models import Alarm, Dependency
from apps.alarms.selectors import visible_alarms
from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import NotFound
from apps.monitoring.enums import OutageCause, OutageKind, State, TargetKind
from apps.monitoring.models import HourFigure, Measure, Outage, Target, TargetEvent
from apps.monitoring.permissions import KEEP, reach_q
from apps.monitoring.selectors.runs import WORST_FIRST

SOURCES = (Source.VIDEO, Source.EQUIPMENT, Source.SERVICE, Source.PLATFORM, Source.QUALITY)
LATEST = 8
MOST_BOXES = 120
HOURS_SHOWN = timedelta(days=7)


@dataclass(frozen=True)
class KindCount:
    """How the targets of one kind stand."""

    code: str
    label: str
    total: int
    up: int
    degraded: int
    down: int
    unknown: int

    @property
    def share(self) -> float:
        """Of all of which anything is known, how many are in order, in percent."""
        known = self.total - self.unknown
        return 100 * self.up / known if known else 0.0


@dataclass(frozen=True)
class Node:
    """A thing in the topology. depth: 0 hangs on nothing. inhibited: its alarms listed above.

    kind: of the target, else the class in the register.
    """

    asset: Asset
    depth: int
    state: State
    target_id: int | None
    kind: str
    inhibited: int


def list_targets(
    viewer: User, *, text: str = "", kind: str = "", state: str = ""
) -> QuerySet[Target]:
    """Will list what is watched in the viewer's reach, what is worst first.

    text: part of the name, or begin of the code or address. state: of ``State``, "stopped" or "".
    """
    found = Target.objects.filter(reach_q(viewer)).select_related("asset__area", "asset__kind")
    found = found.defer("asset__area__boundary")
    if text:
        named = Q(asset__name__icontains=text) | Q(asset__code__startswith=text)
        found = found.filter(named | Q(host__startswith=text))
    if kind:
        found = found.filter(kind=kind)
    if state == "stopped":
        found = found.filter(is_active=False)
    elif state:
        found = found.filter(state=state, is_active=True)
    found = found.annotate(checks_made=Count("checks"), order=WORST_FIRST)
    return found.order_by("order", "asset__code")


def get_target(viewer: User, *, pk: int) -> Target:
    """Raises: NotFound (no such target, or not for this viewer)."""
    found = Target.objects.filter(reach_q(viewer), pk=pk).select_related(
        "asset__area", "asset__owner_unit", "asset__maintainer", "asset__kind"
    )
    target = found.first()
    if target is None:
        raise NotFound(_("没有这个监控对象"))
    return target


def count_by_kind(viewer: User) -> list[KindCount]:
    """Will count what is watched in the viewer's reach by kind and state, every kind named."""
    rows = (
        Target.objects.filter(reach_q(viewer), is_active=True)
        .order_by()
        .values_list("kind", "state")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, state, number in rows:
        counts[kind][state] = number
    found = []
    for kind in TargetKind:
        numbers = {state.value: counts[kind.value].get(state.value, 0) for state in State}
        found.append(KindCount(kind.value, str(kind.label), sum(numbers.values()), **numbers))
    return found


def latest_faults(viewer: User) -> QuerySet[Alarm]:
    """Will give the newest open alarms about equipment, video and services."""
    found = visible_alarms(viewer).filter(ended_at__isnull=True, source__in=SOURCES)
    return found.select_related("area", "asset").order_by("-raised_at", "-pk")[:LATEST]


def count_unjudged(viewer: User) -> int:
    """Will count ended outages whose cause nobody has told yet; 0 for who may not tell."""
    if not viewer.has_perm(KEEP):
        return 0
    found = Outage.objects.filter(reach_q(viewer), cause=OutageCause.UNKNOWN)
    return found.filter(ended_at__isnull=False).exclude(kind=OutageKind.UNKNOWN).count()


def alarms_about(viewer: User, asset: Asset) -> QuerySet[Alarm]:
    """Will list the latest alarms about a thing that the viewer may see."""
    return visible_alarms(viewer).filter(asset=asset).order_by("-raised_at", "-pk")[:20]


def hours_of(measure: Measure) -> list[HourFigure]:
    """Will give the hourly figures of the last week, oldest first."""
    since = clock.now() - HOURS_SHOWN
    return list(measure.hours.filter(hour__gte=since).order_by("hour"))


def topology(viewer: User) -> tuple[list[Node], list[Dependency], bool]:
    """Will give what hangs on what in the viewer's reach: things, lines, whether it was cut.

    At most ``MOST_BOXES`` things, those out of order with what they hang on first.
    """
    lines = list(
        Dependency.objects.filter(reach_q(viewer, "child__"))
        .select_related("child__target", "parent__target", "child__kind", "parent__kind")
        .order_by("pk")[: 10 * MOST_BOXES]
    )
    things = {asset.pk: asset for line in lines for asset in (line.parent, line.child)}
    depths = _depths(lines)
    out = _out(list(things))
    inhibited = _inhibited(viewer, list(things))
    nodes = [
        _node(asset, depth=depths[pk], is_out=pk in out, inhibited=inhibited.get(pk, 0))
        for pk, asset in things.items()
    ]
    is_cut = len(nodes) > MOST_BOXES
    if is_cut:
        worried = {node.asset.pk for node in nodes if node.state in (State.DOWN, State.DEGRADED)}
        parents = {line.parent_id for line in lines}
        first = sorted(
            nodes, key=lambda n: (n.asset.pk not in worried, n.asset.pk not in parents, n.depth)
        )
        nodes = first[:MOST_BOXES]
    kept = {node.asset.pk for node in nodes}
    shown = [line for line in lines if line.parent_id in kept and line.child_id in kept]
    return sorted(nodes, key=lambda n: (n.depth, n.asset.code)), shown, is_cut


def inhibited_alarms(viewer: User) -> QuerySet[Alarm]:
    """Will list open alarms that follow from the outage of what their thing hangs on."""
    found = visible_alarms(viewer).filter(ended_at__isnull=True, inhibited_by__isnull=False)
    return found.select_related("asset", "inhibited_by").order_by("inhibited_by", "-raised_at")


def _depths(lines: Sequence[Dependency]) -> dict[int, int]:
    parents: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        parents[line.child_id].append(line.parent_id)
    depths: dict[int, int] = {}

    def depth(pk: int) -> int:
        if pk not in depths:  # never in a circle: ``alarms.add_dependency`` sees to it
            depths[pk] = 1 + max((depth(parent) for parent in parents[pk]), default=-1)
        return depths[pk]

    for line in lines:
        depth(line.child_id)
        depth(line.parent_id)
    return depths


def _out(ids: list[int]) -> set[int]:
    found = Outage.objects.filter(asset__in=ids, kind=OutageKind.OFFLINE, ended_at__isnull=True)
    return set(found.values_list("asset", flat=True))


def _inhibited(viewer: User, ids: list[int]) -> dict[int, int]:
    rows = inhibited_alarms(viewer).filter(asset__in=ids).order_by()
    return dict(rows.values_list("asset").annotate(n=Count("pk")))


def _node(asset: Asset, *, depth: int, is_out: bool, inhibited: int) -> Node:
    target: Target | None = getattr(asset, "target", None)
    if target is None:
        state = State.DOWN if is_out else State.UNKNOWN
        return Node(asset, depth, state, None, str(asset.kind), inhibited)
    state = State.DOWN if is_out else State(target.state)
    return Node(asset, depth, state, target.pk, str(target.get_kind_display()), inhibited)


def list_events(target: Target, *, text: str = "", grave: bool = False) -> QuerySet[TargetEvent]:
    """Will list the events of a thing the viewer was shown, newest first.

    text: stands in the event; grave: only the grave ones.
    """
    found = target.events.order_by("-at", "-pk")
    if text:
        found = found.filter(text__icontains=text)
    return found.filter(is_grave=True) if grave else found
