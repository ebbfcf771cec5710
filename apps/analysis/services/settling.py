"""What a run found is written: counts by the hour, events that begin, go on and end, alarms.

Called within the transaction that ends the run's work, so it happens once or not at all. One
trouble stays one finding and one alarm, however many runs see it. Source: VD-09, VD-10, AL-01.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm, silence_alarm
from apps.algorithms.contract import Box
from apps.analysis import snapshots
from apps.analysis.drawings import name_of
from apps.analysis.enums import KEEP_DAYS, Retention
from apps.analysis.models import AnalysisJob, Finding, JobRun, LineTally

CALM = 0.9  # below this share of a limit a full place is no longer full
KIND_PREFIX = "analysis_"


@dataclass(frozen=True)
class Seen:
    """One mark of a run with its times. since_s: its beginning by the job's clock, its identity."""

    mark: str
    place: str
    since: datetime
    at: datetime
    value: float = 0.0
    box: Box | None = None
    label: str = ""
    way: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    since_s: float = 0.0


def settle(
    *,
    job_id: int,
    job_version: int,
    algorithm: str,
    is_hint: bool,
    parameters: Mapping[str, float],
    started_at: datetime,
    ended_at: datetime,
    seen: Sequence[Seen],
    pictures: Mapping[tuple[str, float], tuple[bytes, bytes]],
    frames: int,
    ms: int,
    ending: str,
    text: str,
    scalar: float | None,
    looked_until: datetime,
) -> JobRun:
    """Will write a run and everything it found. Locks the job.

    looked_until: the moment of the last picture; what lasted then goes on. Without a picture
    nothing is known to be over: alarms that stand become unknown.
    """
    job = AnalysisJob.objects.select_for_update(of=("self",)).select_related(
        "camera__asset__area", "unit", "algorithm"
    ).get(pk=job_id)  # fmt: skip
    run = JobRun.objects.create(
        job=job, started_at=started_at, ended_at=ended_at, algorithm=algorithm,
        parameters=dict(parameters), job_version=job_version, frames=frames, ms=ms,
        ending=ending[:12], text=text[:200], scalar=scalar,
    )  # fmt: skip
    job.ran_at, job.last_error = ended_at, "" if ending == "done" else f"{ending} {text}"[:200]
    job.save(update_fields=["ran_at", "last_error"])
    if not frames:
        _lose_sight(job, ended_at)
        return run
    _count(job, seen)
    _keep_events(job, run, seen, pictures, is_hint=is_hint)
    _end_unseen(job, run, seen)
    if job.limit is not None:
        _watch_limit(job, looked_until)
    return run


def _count(job: AnalysisJob, seen: Sequence[Seen]) -> None:
    found: Counter[tuple[str, datetime, str, str]] = Counter(
        (one.place, one.at.replace(minute=0, second=0, microsecond=0), one.label, one.way)
        for one in seen
        if one.mark == "crossed"
    )
    for (line, hour, label, way), many in found.items():
        tally, _is_new = LineTally.objects.get_or_create(job=job, line=line, hour=hour, label=label)
        column = "entered" if way == "in" else "left"
        LineTally.objects.filter(pk=tally.pk).update(**{column: F(column) + many})


def _keep_events(
    job: AnalysisJob,
    run: JobRun,
    seen: Sequence[Seen],
    pictures: Mapping[tuple[str, float], tuple[bytes, bytes]],
    *,
    is_hint: bool,
) -> None:
    last: dict[tuple[str, float], Seen] = {}
    for one in seen:
        if one.mark != "crossed":
            last[one.place, one.since_s] = one
    for key, one in last.items():
        finding = _finding(job, run, one, pictures.get(key), is_hint=is_hint)
        finding.last_at = max(finding.last_at, one.at)
        finding.value = max(finding.value, one.value)
        is_over = one.mark == "ended"
        finding.ended_at = finding.last_at if is_over else None
        finding.save(update_fields=["last_at", "value", "ended_at"])
        _tell(job, finding, run)


def _finding(
    job: AnalysisJob,
    run: JobRun,
    one: Seen,
    picture: tuple[bytes, bytes] | None,
    *,
    is_hint: bool,
) -> Finding:
    key = f"{one.place}:{one.since_s:.3f}"
    known = Finding.objects.select_for_update().filter(job=job, key=key).first()
    if known is not None:
        return known
    days = KEEP_DAYS[Retention(job.retention)]
    return Finding.objects.create(
        job=job, run=run, key=key, zone=one.place, zone_name=name_of(job.drawing, one.place),
        began_at=one.since, last_at=max(one.at, one.since), value=one.value,
        confidence=confidence(one, run.parameters), facts=dict(one.facts), is_hint=is_hint,
        box=_edges(one.box), algorithm=run.algorithm, parameters=run.parameters,
        job_version=run.job_version,
        picture=snapshots.keep(picture[0]) if picture else None,
        plain=snapshots.keep(picture[1]) if picture else None,
        keep_until=timezone.localdate(one.since) + timedelta(days=days),
    )  # fmt: skip


def confidence(one: Seen, parameters: Mapping[str, float]) -> float:
    """Will say how far a finding is over its threshold: a half at it, towards one far above."""
    threshold = parameters.get("fill") or parameters.get("limit") or parameters.get("least_area")
    if not threshold or one.value <= 0:
        return 0.5
    return round(one.value / (one.value + threshold), 3)


def _edges(box: Box | None) -> list[float] | None:
    if box is None:
        return None
    return [round(edge, 4) for edge in (box.left, box.top, box.right, box.bottom)]


def _end_unseen(job: AnalysisJob, run: JobRun, seen: Sequence[Seen]) -> None:
    """What an earlier run left open and this one did not see any more is over since then."""
    going_on = {(one.place, one.since_s) for one in seen if one.mark in ("began", "goes_on")}
    keys = {f"{place}:{since:.3f}" for place, since in going_on}
    left = Finding.objects.select_for_update().filter(job=job, ended_at=None).exclude(key__in=keys)
    for finding in left:
        finding.ended_at = finding.last_at
        finding.save(update_fields=["ended_at"])
        _tell(job, finding, run)


def _tell(job: AnalysisJob, finding: Finding, run: JobRun) -> None:
    """Raises or ends the alarm of a finding; a hint only when a person has confirmed it."""
    if job.alarm_level is None or finding.is_hint:
        return
    if finding.ended_at is None or finding.run_id == run.pk:
        raise_for(job, finding)  # also what began and ended within one run
    if finding.ended_at is not None:
        others = Finding.objects.filter(job=job, zone=finding.zone, ended_at=None)
        if not others.exists():
            recover_alarm(
                source=Source.VIDEO, kind=kind_of(job), asset=job.camera.asset,
                key=subject_of(job, finding.zone), at=finding.ended_at,
                sentence=_("画面中已不再出现，共 %(n).1f 分钟") % {"n": finding.minutes},
            )  # fmt: skip


def raise_for(job: AnalysisJob, finding: Finding) -> None:
    """Will raise the alarm of a finding, or count it where it stands. Source: AL-01."""
    raise_alarm(
        source=Source.VIDEO,
        kind=kind_of(job),
        asset=job.camera.asset,
        level=Level(job.alarm_level or Level.BLUE),
        key=subject_of(job, finding.zone),
        at=finding.last_at,
        sentence=sentence_of(job, finding),
        facts={
            "finding": finding.pk, "algorithm": finding.algorithm, "value": finding.value,
            "minutes": round(finding.minutes, 1),
        },
        unit=job.unit,
    )  # fmt: skip


def kind_of(job: AnalysisJob) -> str:
    """Will give the kind of alarm a job raises."""
    return f"{KIND_PREFIX}{job.algorithm.task}"


def subject_of(job: AnalysisJob, zone: str) -> str:
    """Will give what the alarm is about besides the camera."""
    return f"job:{job.pk}:{zone}"


def sentence_of(job: AnalysisJob, finding: Finding) -> str:
    """Will say in one sentence what was found, where, since when, by what."""
    return _(
        "%(job)s：%(zone)s自 %(at)s 起，已 %(n).1f 分钟，数值 %(value).3g（%(algorithm)s）"
    ) % {
        "job": job.name,
        "zone": finding.zone_name or _("画面"),
        "at": f"{timezone.localtime(finding.began_at):%H:%M:%S}",
        "n": finding.minutes,
        "value": finding.value,
        "algorithm": finding.algorithm,
    }


def inside_now(job: AnalysisJob, moment: datetime) -> int:
    """Will give how many are inside: in minus out since the city's midnight, never below zero."""
    midnight = timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    found = job.tallies.filter(hour__gte=midnight, hour__lte=moment)
    sums = found.aggregate(entered=Sum("entered", default=0), left=Sum("left", default=0))
    return max(0, sums["entered"] - sums["left"])


def _watch_limit(job: AnalysisJob, moment: datetime) -> None:
    assert job.limit is not None
    inside = inside_now(job, moment)
    about: dict[str, Any] = {
        "source": Source.VIDEO, "kind": kind_of(job), "asset": job.camera.asset,
        "key": subject_of(job, "limit"), "at": moment,
    }  # fmt: skip
    told = _("在内 %(n)s 人，上限 %(most)s 人") % {"n": inside, "most": job.limit}
    if inside >= job.limit:
        raise_alarm(
            **about, level=Level(job.alarm_level or Level.YELLOW), sentence=told,
            facts={"inside": inside, "limit": job.limit}, unit=job.unit,
        )  # fmt: skip
    elif inside < CALM * job.limit:
        recover_alarm(**about, sentence=told)


def _lose_sight(job: AnalysisJob, moment: datetime) -> None:
    if job.alarm_level is None:
        return
    for zone in Finding.objects.filter(job=job, ended_at=None).values_list("zone", flat=True):
        silence_alarm(
            source=Source.VIDEO, kind=kind_of(job), asset=job.camera.asset,
            key=subject_of(job, zone), at=moment,
            sentence=_("没有取到画面，无法判断是否恢复"),
        )  # fmt: skip
