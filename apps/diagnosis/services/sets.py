"""Sets of thresholds: written, tried on what was seen, put in force, corrected by people.

Source: VD-06, docs/decisions/0066.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.diagnosis import permissions
from apps.diagnosis.enums import Opinion, SetState
from apps.diagnosis.judging import judge
from apps.diagnosis.models import Mark, Result, ThresholdSet
from apps.diagnosis.thresholds import DAY, DEFAULTS, NIGHT, THRESHOLDS, Values

#: A set is tried on the results of so many days, the newest first, up to so many.
TRIED_DAYS, MOST_TRIED = 30, 5000
#: So many marks of people are needed before a threshold is proposed.
FEWEST_MARKS = 3


def set_in_force() -> ThresholdSet:
    """Will give the set that counts now; the first one is written from the shipped values."""
    found = ThresholdSet.objects.filter(state=SetState.IN_FORCE).first()
    if found is not None:
        return found
    now = clock.now()
    made, _created = ThresholdSet.objects.get_or_create(
        version=1,
        defaults={
            "values": {light: dict(values) for light, values in DEFAULTS.items()},
            "state": SetState.IN_FORCE,
            "note": _("随系统提供"),
            "made_by_name": SYSTEM.display_name,
            "made_at": now,
            "published_at": now,
        },
    )
    return made


def values_of(chosen: ThresholdSet) -> Values:
    """Will give the values of a set, whole: a threshold that came later has its shipped value."""
    return {light: {**DEFAULTS[light], **chosen.values.get(light, {})} for light in (DAY, NIGHT)}


@transaction.atomic
def save_draft(
    actor: Actor, *, values: Mapping[str, Mapping[str, float]], note: str
) -> ThresholdSet:
    """Will write the draft of the next version, in place of one that is being written.

    values: by light, by code; what is not there stays as it is in force. Audited with both
    sides. Raises: NotAllowed; InvalidInput (field "<light>-<code>": outside its bounds; field
        "note": no reason).
    """
    permissions.require_keep(actor)
    if len(note.strip()) < 2:
        raise InvalidInput(_("请说明为什么调整"), field="note")
    base = values_of(set_in_force())
    whole = {light: {**base[light], **values.get(light, {})} for light in (DAY, NIGHT)}
    _check(whole)
    ThresholdSet.objects.select_for_update().filter(state=SetState.DRAFT).delete()
    last = ThresholdSet.objects.order_by("-version").first()
    made = ThresholdSet.objects.create(
        version=(last.version if last else 0) + 1, values=whole, note=note.strip()[:200],
        made_by_name=_name(actor), made_at=clock.now(),
    )  # fmt: skip
    _note(actor, "diagnosis_thresholds.drafted", made, base)
    return made


@transaction.atomic
def publish_set(actor: Actor, *, version: int) -> ThresholdSet:
    """Will put a draft in force; results from now on are judged by it. Locks both sets.

    Raises: NotAllowed; NotFound; Refused (no draft).
    """
    permissions.require_keep(actor)
    locked = ThresholdSet.objects.select_for_update().order_by("pk")
    sets = {
        one.version: one for one in locked.filter(state__in=[SetState.DRAFT, SetState.IN_FORCE])
    }
    chosen = sets.get(version)
    if chosen is None:
        raise NotFound(_("没有这个阈值版本"))
    if chosen.state != SetState.DRAFT:
        raise Refused(_("只有草稿可以启用"))
    before = next((one for one in sets.values() if one.state == SetState.IN_FORCE), None)
    if before is not None:
        before.state = SetState.RETIRED
        before.save(update_fields=["state"])
    chosen.state, chosen.published_at = SetState.IN_FORCE, clock.now()
    chosen.save(update_fields=["state", "published_at"])
    _note(actor, "diagnosis_thresholds.published", chosen, values_of(before) if before else {})
    return chosen


@dataclass(frozen=True)
class Tried:
    """What another set would have found. looked: results it was tried on; before, after: by
    fault how many have it; mended, missed: findings people called false that would be gone,
    findings people called true that would be gone too."""

    looked: int
    before: dict[str, int]
    after: dict[str, int]
    mended: int
    missed: int


def try_set(chosen: ThresholdSet) -> Tried:
    """Will judge what was measured in the last 30 days by the set in force and by another.

    By fixed thresholds alone, without what is usual for each camera.
    """
    now_values, then_values = values_of(set_in_force()), values_of(chosen)
    since = clock.now() - timedelta(days=TRIED_DAYS)
    rows = Result.objects.filter(taken_at__gte=since).exclude(numbers={}).order_by("-taken_at")
    marked = _marks(since)
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    looked = mended = missed = 0
    for pk, numbers in rows.values_list("pk", "numbers")[:MOST_TRIED].iterator(1000):
        looked += 1
        found = {str(one.fault.value) for one in judge(numbers, then_values)}
        before.update(str(one.fault.value) for one in judge(numbers, now_values))
        after.update(found)
        for fault, opinion in marked.get(pk, {}).items():
            if fault not in found:
                mended += opinion == Opinion.FALSE
                missed += opinion == Opinion.TRUE
    return Tried(looked, dict(before), dict(after), mended, missed)


@dataclass(frozen=True)
class Proposal:
    """A threshold people's marks speak for. false, true: how many marks of each kind; value: at
    which the false ones would be gone; lost: how many true ones would be gone with them."""

    light: str
    code: str
    label: Any
    now: float
    value: float
    false: int
    true: int
    lost: int


def propose() -> list[Proposal]:
    """Will give thresholds that people's marks speak for: enough false findings, few true lost."""
    values = values_of(set_in_force())
    found = []
    for rule in THRESHOLDS:
        for light in (DAY, NIGHT):
            proposal = _propose(
                rule.code, light, values[light][rule.code], _values(rule.number, light)
            )
            if proposal is not None:
                found.append(proposal)
    return found


def _values(number: str, light: str) -> dict[str, list[float]]:
    """By opinion, the values of this number that stood behind marked findings."""
    marks = Mark.objects.filter(result__light=light).select_related("result")
    sides: dict[str, list[float]] = {Opinion.FALSE: [], Opinion.TRUE: []}
    for mark in marks.order_by("-at")[:MOST_TRIED]:
        for finding in mark.result.findings:
            if finding["fault"] == mark.fault and finding["number"] == number:
                sides[mark.opinion].append(finding["value"])
    return sides


def _propose(
    code: str, light: str, now: float, sides: Mapping[str, list[float]]
) -> Proposal | None:
    rule = next(one for one in THRESHOLDS if one.code == code)
    false, true = sides[Opinion.FALSE], sides[Opinion.TRUE]
    if len(false) < FEWEST_MARKS:
        return None
    if rule.is_upper:
        value = min(max(now, max(false) * 1.02), rule.high)
        lost = sum(one <= value for one in true)
    else:
        value = max(min(now, min(false) * 0.98), rule.low)
        lost = sum(one >= value for one in true)
    if value == now or lost > len(true) // 10:
        return None
    return Proposal(light, code, rule.label, now, round(value, 3), len(false), len(true), lost)


def _marks(since: Any) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    rows = Mark.objects.filter(result__taken_at__gte=since)
    for result_id, fault, opinion in rows.values_list("result_id", "fault", "opinion"):
        found.setdefault(result_id, {})[fault] = opinion
    return found


def _check(values: Values) -> None:
    for light in (DAY, NIGHT):
        for rule in THRESHOLDS:
            if not rule.low <= values[light][rule.code] <= rule.high:
                told = {"name": rule.label, "low": rule.low, "high": rule.high}
                raise InvalidInput(
                    _("%(name)s须在 %(low)g 到 %(high)g 之间") % told, field=f"{light}-{rule.code}"
                )


def _note(actor: Actor, action: str, made: ThresholdSet, before: Values) -> None:
    audit.record(
        actor, action, object_type="diagnosis_thresholds", object_id=made.version,
        object_label=made.note,
        data=audit.document_changes(
            {light: dict(values) for light, values in before.items()}, made.values
        ),
    )  # fmt: skip


def _name(actor: Actor) -> str:
    return actor.display_name[:100]
