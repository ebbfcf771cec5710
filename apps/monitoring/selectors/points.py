"""Points of the one-key check this layer knows by itself: targets, topology, layers of the map.

Source: OP-03.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from apps.alarms.models import Dependency
from apps.alarms.registry import kind_label
from apps.common.errors import Refused
from apps.gateway.sealing import unseal
from apps.monitoring.enums import OutageKind, RunKind, State, TargetKind
from apps.monitoring.models import Check, Measure, Outage, Target
from apps.monitoring.probes import Outcome, Question
from apps.monitoring.registry import Finding, Point
from apps.monitoring.wording import figure
from apps.onemap.registry import Layer, all_layers
from apps.places.models import Area

#: Few at first, so that something is asked and seen at once; then ever more.
FIRST, AT_A_TIME = 64, 512
_ASKED = (
    "target", "kind", "name", "port", "settings", "secret", "timeout_s", "is_vital", "memo",
)  # fmt: skip
SLOW_LAYER_S = 2.0
KINDS: dict[RunKind, tuple[TargetKind, ...]] = {
    RunKind.SERVERS: (TargetKind.SERVER,),
    RunKind.SWITCHES: (TargetKind.SWITCH,),
    RunKind.ROUTERS: (TargetKind.ROUTER,),
    RunKind.STORAGE: (TargetKind.STORAGE,),
    RunKind.DECODERS: (TargetKind.DECODER,),
    RunKind.RECORDING: (TargetKind.RECORDER,),
    RunKind.VIDEO: (TargetKind.VIDEO, TargetKind.SERVICE),
    RunKind.MACHINES: (TargetKind.HOST, TargetKind.MACHINE),
    RunKind.RDS: (TargetKind.DATABASE, TargetKind.MIDDLEWARE),
    RunKind.DEVICES: (TargetKind.ENVIRONMENT,),
}


@dataclass(frozen=True)
class Limit:
    """A limit as it stood when the check began."""

    code: str
    name: str
    unit: str
    scale: float
    warn: float | None
    critical: float | None
    is_below: bool

    def passed(self, raw: float) -> str:
        """Will say which limit a value is beyond, "" where none."""
        value = raw * self.scale
        for limit in (self.critical, self.warn):
            if limit is not None and (value < limit if self.is_below else value > limit):
                told = {
                    "name": self.name, "value": figure(value, self.unit),
                    "limit": figure(limit, self.unit),
                }  # fmt: skip
                return _("%(name)s %(value)s（限值 %(limit)s）") % told
        return ""


@dataclass(frozen=True)
class Rule:
    """How the answers to one target's questions are judged: by check, whether vital, its limits."""

    names: dict[int, str]
    vital: frozenset[int]
    limits: dict[int, tuple[Limit, ...]]


def question_of(check: Check) -> Question:
    """Will give what is asked; target and measures are at hand.

    Raises: Refused (the secret was sealed under another key).
    """
    return _question(check, check.target.host, check.measures.all())


def _question(check: Check, host: str, measures: Iterable[Measure]) -> Question:
    return Question(
        key=check.pk,
        kind=check.kind,
        host=host,
        port=check.port,
        timeout_s=check.timeout_s,
        settings=check.settings,
        secret=json.loads(unseal(check.secret)) if check.secret else {},
        wants={one.code: one.address for one in measures if one.address},
        memo=check.memo,
    )


def points_of(kind: RunKind) -> Callable[[Area], Iterator[Point]]:
    """Will give what lists the targets of a kind, with their questions."""

    def points(area: Area) -> Iterator[Point]:
        wanted: dict[str, Any] = {
            "kind__in": KINDS[kind], "is_active": True, "asset__area__path__startswith": area.path,
        }  # fmt: skip
        last, size = 0, FIRST
        while rows := _rows(wanted | {"pk__gt": last}, size):
            yield from _points(rows, wanted)
            last, size = rows[-1].pk, min(2 * size, AT_A_TIME)

    return points


class _Row(NamedTuple):
    """What a point needs of its target."""

    pk: int
    host: str
    asset_id: int
    name: str


def _rows(wanted: dict[str, Any], most: int) -> list[_Row]:
    found = Target.objects.filter(**wanted).order_by("pk")
    return [_Row(*row) for row in found.values_list("pk", "host", "asset", "asset__name")[:most]]


def _points(rows: list[_Row], wanted: dict[str, Any]) -> Iterator[Point]:
    """Plain rows and two queries by range: whoever reads shares the interpreter with who asks."""
    same = wanted | {"pk__range": (rows[0].pk, rows[-1].pk)}
    checks: dict[int, list[Check]] = defaultdict(list)
    found = Check.objects.filter(is_active=True, **_through("target", same)).order_by("pk")
    for check in found.only(*_ASKED):
        checks[check.target_id].append(check)
    measures: dict[int, list[Measure]] = defaultdict(list)
    of_checks = Measure.objects.filter(**_through("check_item__target", same)).order_by("pk")
    for measure in of_checks:
        measures[measure.check_item_id].append(measure)
    for row in rows:
        yield _point(row, checks[row.pk], measures)


def _through(path: str, wanted: dict[str, Any]) -> dict[str, Any]:
    return {f"{path}__{name}": value for name, value in wanted.items()}


def _point(row: _Row, checks: list[Check], measures: dict[int, list[Measure]]) -> Point:
    rule = Rule(
        names={check.pk: check.name for check in checks},
        vital=frozenset(check.pk for check in checks if check.is_vital),
        limits={check.pk: tuple(map(_limit, measures[check.pk])) for check in checks},
    )
    label, key = row.name[:120], f"target:{row.pk}"
    try:
        questions = tuple(_question(check, row.host, measures[check.pk]) for check in checks)
    except Refused as error:
        return Point(key, label, row.asset_id, extra=str(error))
    return Point(key, label, row.asset_id, questions, rule)


def _limit(measure: Measure) -> Limit:
    return Limit(
        measure.code, measure.name, measure.unit, measure.scale, measure.warn, measure.critical,
        measure.is_below,
    )  # fmt: skip


def judge_target(point: Point, outcomes: Sequence[Outcome]) -> Finding:
    """Will say how a target stands by one round of answers: no history, no duration."""
    if not outcomes:
        return Finding(
            State.UNKNOWN, point.extra if isinstance(point.extra, str) else _("没有检查项")
        )
    rule: Rule = point.extra
    said: list[str] = []
    facts: dict[str, float] = {}
    for outcome in outcomes:
        key = outcome.question.key
        if outcome.answer is None:
            said.append(f"{rule.names[key]}：{outcome.problem or outcome.hindrance}")
            continue
        said += [
            f"{part.name}：{kind_label(part.trouble)}"
            for part in outcome.answer.parts or ()
            if part.trouble
        ]
        for limit in rule.limits[key]:
            raw = outcome.answer.values.get(limit.code)
            if raw is not None:
                facts[limit.name] = round(raw * limit.scale, 3)
                said += [text] if (text := limit.passed(raw)) else []
    vital = [one for one in outcomes if one.question.key in rule.vital] or list(outcomes)
    asked = [one for one in vital if not one.hindrance]
    text = "；".join(said)[:300]
    if not asked:
        return Finding(State.UNKNOWN, text, facts)
    if all(one.answer is None for one in asked):
        return Finding(State.DOWN, text, facts)
    return Finding(State.DEGRADED if said else State.UP, text, facts)


def topology_points(area: Area) -> Iterator[Point]:
    """Will list what other things in the area hang on, with how many of them are out."""
    rows = Dependency.objects.filter(child__area__path__startswith=area.path)
    children: dict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for parent, name, child in rows.values_list("parent_id", "parent__name", "child_id"):
        children[parent].append(child)
        names[parent] = name
    out = set(
        Outage.objects.filter(kind=OutageKind.OFFLINE, ended_at__isnull=True).values_list(
            "asset", flat=True
        )
    )
    for parent, hanging in sorted(children.items()):
        lost = sum(child in out for child in hanging)
        yield Point(
            f"asset:{parent}",
            names[parent][:120],
            parent,
            extra=(parent in out, lost, len(hanging)),
        )


def judge_topology(point: Point, _outcomes: Sequence[Outcome]) -> Finding:
    """Will say whether a parent is out, or something behind it."""
    is_out, lost, total = point.extra
    facts = {str(_("下级")): total, str(_("下级中断")): lost}
    told = {"lost": lost, "total": total}
    if is_out:
        return Finding(State.DOWN, _("本级中断；下级 %(total)d 个，中断 %(lost)d 个") % told, facts)
    if lost:
        text = _("本级正常；下级 %(total)d 个，中断 %(lost)d 个") % told
        return Finding(State.DEGRADED, text, facts)
    return Finding(State.UP, "", facts)


def map_points(_area: Area) -> Iterator[Point]:
    """Will list the layers of the map that are open to somebody besides their owner."""
    for layer in all_layers():
        if layer.is_public or layer.shared_rows is not None:
            yield Point(f"layer:{layer.code}"[:80], str(layer.label)[:120], extra=layer)


def judge_layer(point: Point, _outcomes: Sequence[Outcome]) -> Finding:
    """Will read one feature of a layer and say how long that took."""
    layer: Layer = point.extra
    began = time.perf_counter()
    try:
        with transaction.atomic():
            rows = layer.shared_rows() if layer.shared_rows else layer.rows(AnonymousUser())
            list(rows.order_by().values("pk")[:1])  # read, whatever it is
    except DatabaseError as error:
        return Finding(State.DOWN, _("图层读不出来：%s") % type(error).__name__)
    took = time.perf_counter() - began
    facts = {str(_("耗时（毫秒）")): round(took * 1000, 1)}
    if took > SLOW_LAYER_S:
        return Finding(State.DEGRADED, _("图层读取用了 %.1f 秒") % took, facts)
    return Finding(State.UP, "", facts)
