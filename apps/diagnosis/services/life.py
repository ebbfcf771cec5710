"""What came of a look, written down: suspect, looked at again, one alarm, mended.

A fault found once troubles nobody; found again some minutes later it is one alarm, named with
its figures. An alarm ends when a later look saw that the fault is gone, by whatever it was
asked for; what cannot be seen is unknown, never over. Source: VD-06, AL-03.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alarms.enums import Level
from apps.alarms.enums import Source as AlarmSource
from apps.alarms.services import hear_alarm, raise_alarm, recover_alarm, silence_alarm
from apps.common import clock, files
from apps.common.models import StoredFile
from apps.diagnosis.enums import BLIND, Fault, LookState, RunState, Stage, Verdict
from apps.diagnosis.judging import Baseline as Usuals
from apps.diagnosis.judging import Finding, Usual, absent, finding_of_ending, judge
from apps.diagnosis.models import Baseline, Condition, Look, Result, Run
from apps.diagnosis.services.rounds import follow_up
from apps.diagnosis.services.seeing import Seen
from apps.diagnosis.services.sets import values_of
from apps.diagnosis.signals import CameraJudged, camera_judged
from apps.diagnosis.thresholds import ALGORITHM, DAY, NIGHT
from apps.video.models import Camera

#: Without a plan, a suspect is looked at again after so long.
RECHECK_AFTER = timedelta(minutes=10)
_LEVELS = {Fault.NO_STREAM: Level.ORANGE, Fault.NO_PICTURE: Level.ORANGE, Fault.PTZ: Level.BLUE}


def kind_of(fault: str) -> str:
    """Will give the kind of alarm a fault is."""
    return f"picture_{fault}"


@transaction.atomic
def write_down(look_id: int, claim: uuid.UUID | None, seen: Seen) -> Result | None:
    """Will keep what a claimed look gave and draw the consequences.

    None where the claim ran out, the look was cancelled, or somebody wrote it already. Locks
    the look, then the condition of the camera. Announces ``camera_judged`` before the commit.
    """
    look = (
        Look.objects.select_for_update(of=("self",))
        .select_related("run__plan", "run__area", "run__thresholds", "camera__asset")
        .filter(pk=look_id, state=LookState.WAITING)
        .first()
    )
    if look is None or (claim is not None and look.claim != claim):
        return None
    condition = (
        Condition.objects.select_for_update(of=("self",)).filter(camera=look.camera_id).first()
    )
    findings = _findings(look, seen)
    result = _keep(look, seen, findings, _verdict(look, findings, condition))
    _judge_again(look, condition, result, findings)
    _settle_alarms(look, condition, result, findings)
    if result.verdict == Verdict.GOOD:
        learn(look.camera, result.light)
    look.state, look.result, look.claim, look.claimed_until = LookState.DONE, result, None, None
    look.save(update_fields=["state", "result", "claim", "claimed_until"])
    _end(look.run)
    judged = CameraJudged(look.camera.asset_id, result.pk, look.stage == Stage.PROOF)
    camera_judged.send(sender=Result, judged=judged)
    return result


def _findings(look: Look, seen: Seen) -> list[Finding]:
    if not seen.numbers:
        lost = finding_of_ending(str(seen.ending.value))
        return [lost or Finding(Fault.NO_PICTURE)]
    light = NIGHT if seen.numbers.get("is_night") else DAY
    found = judge(seen.numbers, values_of(look.run.thresholds), usual_of(look.camera, light))
    least = values_of(look.run.thresholds)[light]["ptz"]
    turned = seen.numbers.get("ptz_moved", least)
    if turned < least:
        found.append(Finding(Fault.PTZ, "ptz_moved", turned, least))
    return found


def _verdict(look: Look, findings: list[Finding], condition: Condition | None) -> Verdict:
    """Faulty is what was found before, or stands as an alarm; anything new is suspect."""
    if not findings:
        return Verdict.GOOD
    before = set(condition.alarmed) if condition else set()
    if look.stage == Stage.RECHECK and condition is not None:
        before |= set(condition.faults)
    return Verdict.FAULTY if before & {one.fault for one in findings} else Verdict.SUSPECT


def _keep(look: Look, seen: Seen, findings: list[Finding], verdict: Verdict) -> Result:
    facts = seen.facts
    told = f"{facts.codec} {facts.width}×{facts.height} {facts.fps:g}fps" if facts else ""
    return Result.objects.create(
        camera=look.camera, run=look.run, stage=look.stage, taken_at=seen.taken_at,
        light=NIGHT if seen.numbers.get("is_night") else DAY, verdict=verdict,
        faults=[one.fault.value for one in findings],
        findings=[
            {"fault": one.fault.value, "number": one.number, "value": one.value,
             "threshold": one.threshold, "sentence": one.sentence()}
            for one in findings
        ],
        numbers=seen.numbers, picture=_picture(seen), ending=seen.ending.value, codec=told[:80],
        took_s=seen.took_s, algorithm=ALGORITHM, thresholds=look.run.thresholds,
    )  # fmt: skip


def _picture(seen: Seen) -> StoredFile | None:
    if not seen.picture:
        return None
    return files.store(ContentFile(seen.picture, name="look.jpg"), allow=frozenset({"image"}))


def _judge_again(
    look: Look, condition: Condition | None, result: Result, findings: list[Finding]
) -> None:
    """Has new suspects looked at again; what stood or was confirmed just now needs it no more."""
    known = set(condition.alarmed) if condition else set()
    if look.stage == Stage.RECHECK and condition is not None:
        known |= set(condition.faults)
    if {one.fault.value for one in findings} - known:
        plan = look.run.plan
        after = timedelta(minutes=plan.recheck_after_m) if plan else RECHECK_AFTER
        follow_up(look, due_at=result.taken_at + after)


def _settle_alarms(
    look: Look, condition: Condition | None, result: Result, findings: list[Finding]
) -> None:
    standing = set(condition.alarmed) if condition else set()
    suspected = set(condition.faults) if condition else set()
    confirmed = standing | (suspected if look.stage == Stage.RECHECK else set())
    for finding in findings:
        if finding.fault in confirmed:
            _raise(look, condition, result, finding)
            standing.add(finding.fault.value)
    gone = absent(result.numbers, result.faults, values_of(look.run.thresholds))
    for fault in sorted(standing & gone):
        _recover(look.camera, fault, result)
    _note_sight(look.camera, standing - gone - set(result.faults), result)
    _write_condition(look.camera, condition, result, standing - gone)


def _raise(look: Look, condition: Condition | None, result: Result, finding: Finding) -> None:
    sentence = _("%(what)s（阈值第 %(version)d 版）；%(first)s 首次发现，%(now)s 仍存在")
    told = {
        "what": finding.sentence(),
        "first": _hour(condition.since if condition else result.taken_at),
        "now": _hour(result.taken_at),
        "version": look.run.thresholds.version,
    }
    raise_alarm(
        source=AlarmSource.QUALITY,
        kind=kind_of(finding.fault.value),
        asset=look.camera.asset,
        level=_LEVELS.get(finding.fault, Level.YELLOW),
        at=result.taken_at,
        sentence=sentence % told,
        facts={
            "result": result.pk, "number": finding.number, "value": finding.value,
            "threshold": finding.threshold, "thresholds": look.run.thresholds.version,
        },
    )  # fmt: skip


def _recover(camera: Camera, fault: str, result: Result) -> None:
    told = {"fault": Fault(fault).label, "at": _hour(result.taken_at)}
    recover_alarm(
        source=AlarmSource.QUALITY, kind=kind_of(fault), asset=camera.asset, at=result.taken_at,
        sentence=_("%(at)s 重新取图，未再发现“%(fault)s”") % told,
    )  # fmt: skip


def _note_sight(camera: Camera, hidden: Iterable[str], result: Result) -> None:
    """Alarms of a picture nobody sees now are unknown; seen again but not judged they stand."""
    blind = any(fault in BLIND for fault in result.faults)
    for fault in sorted(hidden):
        (silence_alarm if blind else hear_alarm)(
            source=AlarmSource.QUALITY, kind=kind_of(fault), asset=camera.asset,
            at=result.taken_at, sentence=_("当前无法取得画面") if blind else _("画面已可见"),
        )  # fmt: skip


def _write_condition(
    camera: Camera, condition: Condition | None, result: Result, alarmed: Iterable[str]
) -> None:
    same = condition is not None and set(condition.faults) == set(result.faults)
    Condition.objects.update_or_create(
        camera=camera,
        defaults={
            "result": result, "verdict": result.verdict, "faults": result.faults,
            "alarmed": sorted(alarmed),
            "since": condition.since if condition is not None and same else result.taken_at,
        },
    )  # fmt: skip


def _end(run: Run) -> None:
    """The last look ends the run; others that end at once wait for the row."""
    locked = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.state == RunState.RUNNING and not (
        Look.objects.filter(run=run, state=LookState.WAITING).exists()
    ):
        locked.state, locked.ended_at = RunState.DONE, clock.now()
        locked.save(update_fields=["state", "ended_at"])


# -- what is usual -----------------------------------------------------------------------------

#: What is usual is learnt of so many accepted results, and not of fewer.
LEARNT_OF, FEWEST_ACCEPTED = 60, 10
_LEARNT_AGAIN = timedelta(hours=20)
_LEARNT = (
    "brightness", "burnt_share", "contrast", "reblur", "cast", "noise", "stripe_height",
    "covered_share",
)  # fmt: skip


def usual_of(camera: Camera, light: str) -> Usuals:
    """Will give what is usual for a camera in a light; empty while too little was seen."""
    found = Baseline.objects.filter(camera=camera, light=light).first()
    told: Mapping[str, list[float]] = found.numbers if found else {}
    return {name: Usual(pair[0], pair[1]) for name, pair in told.items()}


def learn(camera: Camera, light: str, *, at_once: bool = False) -> Baseline | None:
    """Will learn anew what is usual, of the newest results that were good or that people called
    good; once a day unless ``at_once``. None while there are too few."""
    now = clock.now()
    known = Baseline.objects.filter(camera=camera, light=light).first()
    if known is not None and not at_once and known.learnt_at > now - _LEARNT_AGAIN:
        return known
    rows = _accepted(camera, light)
    if len(rows) < FEWEST_ACCEPTED:
        return known
    numbers = {}
    for name in _LEARNT:
        values = sorted(row[name] for row in rows if name in row)
        if len(values) >= FEWEST_ACCEPTED:
            middle = _median(values)
            spread = _median(sorted(abs(value - middle) for value in values))
            numbers[name] = [round(middle, 4), round(spread, 4)]
    made, _created = Baseline.objects.update_or_create(
        camera=camera, light=light,
        defaults={"numbers": numbers, "count": len(rows), "learnt_at": now},
    )  # fmt: skip
    return made


def _accepted(camera: Camera, light: str) -> list[dict[str, float]]:
    found = Result.objects.filter(camera=camera, light=light).exclude(numbers={})
    accepted: list[dict[str, float]] = []
    for result in found.prefetch_related("marks").order_by("-taken_at")[: 3 * LEARNT_OF]:
        called_good = {mark.fault for mark in result.marks.all() if mark.opinion == "false"}
        if set(result.faults) <= called_good:
            accepted.append(result.numbers)
    return accepted[:LEARNT_OF]


def _median(values: list[float]) -> float:
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def _hour(at: datetime) -> str:
    return timezone.localtime(at).strftime("%m-%d %H:%M")
