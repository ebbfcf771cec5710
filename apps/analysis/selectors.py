"""Jobs, findings, counts and the ledger of lanes, as far as the viewer reaches."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, ExtractHour
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.algorithms.enums import Task
from apps.algorithms.models import Alias
from apps.algorithms.selectors import version_picker, version_text
from apps.analysis import permissions
from apps.analysis.models import AnalysisJob, Finding, JobRun, LineTally, ThresholdChange
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.decoding.enums import Ending

#: Shares of false findings are told from so many judged ones on.
LEAST_JUDGED = 20


def list_jobs(
    viewer: User, *, text: str = "", task: str = "", state: str = ""
) -> QuerySet[AnalysisJob]:
    """Will list jobs with what waits for a verdict (``waiting``) and lasts (``lasting``).

    text: part of the name of job or camera. state: "active", "stopped", "trouble" or "".
    """
    found = AnalysisJob.objects.select_related("camera__asset", "algorithm", "unit", "area").defer(
        "area__boundary"
    )
    found = found.filter(permissions.reach_q(viewer))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(camera__asset__name__icontains=text))
    if task:
        found = found.filter(algorithm__task=task)
    if state in ("active", "stopped"):
        found = found.filter(is_active=state == "active")
    if state == "trouble":
        found = found.filter(is_active=True).exclude(last_error="")
    return found.annotate(
        waiting=Count("findings", filter=Q(findings__verdict="new")),
        lasting=Count("findings", filter=Q(findings__ended_at=None)),
    ).order_by("name", "pk")


def get_job(viewer: User, *, pk: int) -> AnalysisJob:
    """Raises: NotFound (no such job, or not for this viewer)."""
    job = list_jobs(viewer).filter(pk=pk).first()
    if job is None:
        raise NotFound(_("没有这个分析作业"))
    return job


def runs_of(job: AnalysisJob, most: int = 20) -> QuerySet[JobRun]:
    """Will list the last runs."""
    return job.runs.order_by("-pk")[:most]


def changes_of(job: AnalysisJob) -> QuerySet[ThresholdChange]:
    """Will list changes of thresholds, newest first."""
    return job.changes.select_related("proposed_by", "decided_by").order_by("-pk")


def list_findings(
    viewer: User,
    *,
    job: AnalysisJob | None = None,
    task: str = "",
    verdict: str = "",
    lasting: bool = False,
    text: str = "",
    since: date | None = None,
) -> QuerySet[Finding]:
    """Will list findings, newest first. lasting: only those that have not ended."""
    found = Finding.objects.select_related(
        "job__camera__asset", "job__algorithm", "job__unit", "picture", "judged_by"
    ).filter(permissions.reach_q(viewer, "job__"))
    if job is not None:
        found = found.filter(job=job)
    if task:
        found = found.filter(job__algorithm__task=task)
    if verdict:
        found = found.filter(verdict=verdict)
    if lasting:
        found = found.filter(ended_at=None)
    if text:
        part = Q(job__name__icontains=text) | Q(zone_name__icontains=text)
        found = found.filter(part | Q(job__camera__asset__name__icontains=text))
    if since is not None:
        found = found.filter(began_at__gte=_midnight(since))
    return found.order_by("-began_at", "-pk")


def get_finding(viewer: User, *, pk: int) -> Finding:
    """Raises: NotFound (no such finding, or not for this viewer)."""
    finding = list_findings(viewer).select_related("job__area", "run").filter(pk=pk).first()
    if finding is None:
        raise NotFound(_("没有这条分析发现"))
    return finding


def tallies_of(job: AnalysisJob, *, days: int = 7) -> QuerySet[LineTally, Any]:
    """Will give in and out by line and hour, newest first."""
    since = clock.now() - timedelta(days=days)
    return (
        job.tallies.filter(hour__gte=since)
        .values("line", "hour")
        .annotate(came=Sum("entered"), went=Sum("left"))
        .order_by("-hour", "line")
    )


@dataclass(frozen=True)
class LaneRow:
    """One zone of one job over some days. hours: minutes blocked by hour of the day, 24."""

    job: AnalysisJob
    zone: str
    name: str
    times: int
    minutes: float
    longest: float
    night: int
    hours: tuple[int, ...]

    @property
    def is_repeated(self) -> bool:
        """Whether it is blocked again and again: three times or more."""
        return self.times >= 3


def lane_ledger(viewer: User, *, days: int = 30) -> list[LaneRow]:
    """Will give lanes and no-parking places by how long they were blocked, the worst first.

    False findings do not count. night: times begun from 22:00 to 06:00, the city's time.
    """
    since = clock.now() - timedelta(days=days)
    found = (
        list_findings(viewer)
        .filter(job__algorithm__task=Task.OCCUPATION, began_at__gte=since)
        .exclude(verdict="false")
        .annotate(hour=ExtractHour("began_at", tzinfo=timezone.get_current_timezone()))
    )
    rows: dict[tuple[int, str], list[Finding]] = {}
    for finding in found[:20_000]:
        rows.setdefault((finding.job_id, finding.zone), []).append(finding)
    made = [_lane(found) for found in rows.values()]
    return sorted(made, key=lambda row: -row.minutes)


def _lane(found: list[Finding]) -> LaneRow:
    hours = [0.0] * 24
    for one in found:
        for hour, minutes in minutes_by_hour(one.began_at, one.ended_at or one.last_at):
            hours[hour] += minutes
    begun = [timezone.localtime(one.began_at).hour for one in found]
    return LaneRow(
        found[0].job,
        found[0].zone,
        found[0].zone_name,
        len(found),
        sum(one.minutes for one in found),
        max(one.minutes for one in found),
        sum(hour >= 22 or hour < 6 for hour in begun),
        tuple(round(minutes) for minutes in hours),
    )


def minutes_by_hour(since: datetime, until: datetime) -> list[tuple[int, float]]:
    """Will share a span out over the hours of the day it covers, at most seven days of it."""
    found = []
    at = since
    until = min(until, since + timedelta(days=7))
    while at < until:
        local = timezone.localtime(at)
        step = timedelta(hours=1) - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        end = min(until, at + step)
        found.append((local.hour, (end - at).total_seconds() / 60))
        at = end
    return found


@dataclass(frozen=True)
class VersionRow:
    """How one version of an algorithm did. now: jobs that would run it next; names: it bears.

    runs, failed: of them with no picture or a broken model. waiting: findings nobody judged.
    """

    version: str
    names: tuple[str, ...]
    now: int
    cameras: int = 0
    runs: int = 0
    failed: int = 0
    frames: int = 0
    ms: int = 0
    found: int = 0
    right: int = 0
    false: int = 0

    @property
    def waiting(self) -> int:
        return self.found - self.right - self.false

    @property
    def false_percent(self) -> float | None:
        """Of the judged ones; None where too few were judged to say."""
        judged = self.right + self.false
        return 100 * self.false / judged if judged >= LEAST_JUDGED else None

    @property
    def found_in_100_runs(self) -> float | None:
        return 100 * self.found / self.runs if self.runs else None

    @property
    def ms_per_frame(self) -> float | None:
        return self.ms / self.frames if self.frames else None


def compare_versions(viewer: User, *, code: str, days: int) -> list[VersionRow]:
    """Will set the versions of an algorithm side by side, on the jobs the viewer reaches.

    days: runs and findings that began since. Counted by what each run and finding says it was
    made with. Three statements and one read of the aliases. Source: CP-03, CP-05.
    """
    since = clock.now() - timedelta(days=days)
    made_by = {"algorithm__startswith": f"{code}@", "job__algorithm__code": code}
    near = permissions.reach_q(viewer, "job__")
    runs = JobRun.objects.filter(near, started_at__gte=since, **made_by).order_by()
    findings = Finding.objects.filter(near, began_at__gte=since, **made_by).order_by()
    figures: dict[str, dict[str, int]] = {}
    for one in runs.values("algorithm").annotate(
        cameras=Count("job__camera", distinct=True), runs=Count("pk"), frames=Sum("frames"),
        ms=Sum("ms"), failed=Count("pk", filter=~Q(ending=Ending.DONE)),
    ):  # fmt: skip
        figures.setdefault(one.pop("algorithm"), {}).update(one)
    for one in findings.values("algorithm").annotate(
        found=Count("pk"), right=Count("pk", filter=Q(verdict="confirmed")),
        false=Count("pk", filter=Q(verdict="false")),
    ):  # fmt: skip
        figures.setdefault(one.pop("algorithm"), {}).update(one)
    meant = _meant_now(viewer, code)
    names: dict[str, list[str]] = {}
    for alias in Alias.objects.filter(algorithm__code=code).select_related("version", "area"):
        where = alias.area.name if alias.area else _("全市")
        names.setdefault(f"{code}@{alias.version.version}", []).append(
            f"{alias.get_name_display()}（{where}，{alias.share}%）"
        )
    return [
        VersionRow(
            text.partition("@")[2], tuple(names.get(text, ())), meant[text],
            **figures.get(text, {}),
        )
        for text in sorted({*figures, *names, *meant})
    ]  # fmt: skip


def _meant_now(viewer: User, code: str) -> Counter[str]:
    jobs = AnalysisJob.objects.filter(
        permissions.reach_q(viewer), algorithm__code=code, is_active=True
    ).values_list("area__path", "camera__gb_code")
    pick, meant = version_picker(code), Counter[str]()
    for path, gb_code in jobs:
        with suppress(Refused):  # nothing is published: nothing would run
            meant[version_text(pick(path or "", gb_code))] += 1
    return meant


def overview(viewer: User) -> dict[str, Any]:
    """Will give the tiles above the list: jobs in use, in trouble, findings of today."""
    jobs = AnalysisJob.objects.filter(permissions.reach_q(viewer), is_active=True)
    findings = Finding.objects.filter(permissions.reach_q(viewer, "job__"))
    today = findings.filter(began_at__gte=_midnight(clock.today()))
    lasts = ExpressionWrapper(
        Coalesce(F("ended_at"), F("last_at")) - F("began_at"), output_field=DurationField()
    )
    average = today.annotate(lasts=lasts).aggregate(mean=Avg("lasts"))["mean"]
    return {
        "jobs": jobs.count(),
        "trouble": jobs.exclude(last_error="").count(),
        "today": today.count(),
        "lasting": findings.filter(ended_at=None).count(),
        "waiting": findings.filter(verdict="new").count(),
        "average": average,
    }


def _midnight(day: date) -> datetime:
    moment = datetime.combine(day, datetime.min.time())
    return timezone.make_aware(moment)


def units_of(viewer: User, right: str) -> QuerySet[Organization]:
    """Will list the units for which the viewer holds a right here."""
    scope = scope_for(viewer, right)
    found = Organization.objects.filter(is_active=True).order_by("path")
    if scope.everything:
        return found
    kept = [unit.pk for unit in found if scope.covers_organization(unit.path)]
    return found.filter(pk__in=kept)
