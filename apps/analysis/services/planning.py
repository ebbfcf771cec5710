"""Jobs that are due go into the queue of algorithms, each once. Source: CP-06, VD-09."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms.enums import WorkState
from apps.algorithms.models import WorkItem
from apps.algorithms.selectors import resolve
from apps.algorithms.services import WorkSpec, submit
from apps.analysis.hours import is_within
from apps.analysis.models import AnalysisJob
from apps.analysis.services.jobs import lock_job, note
from apps.common import clock
from apps.common.errors import DomainError

KIND = "analysis"
MOST_AT_ONCE = 200


def plan_due() -> int:
    """Will queue the jobs that are due and give how many; any number of workers at once."""
    done = 0
    while done < MOST_AT_ONCE and _plan_one():
        done += 1
    return done


@transaction.atomic
def _plan_one() -> bool:
    now = clock.now()
    found = AnalysisJob.objects.select_for_update(skip_locked=True, of=("self",))
    due = found.select_related("algorithm", "unit", "area", "camera__asset")
    job = due.filter(is_active=True, due_at__lte=now).order_by("due_at").first()
    if job is None:
        return False
    at, job.due_at = job.due_at, now + timedelta(seconds=job.every_s)
    job.save(update_fields=["due_at"])
    if is_within(job.hours, now) and not _is_queued(job):
        try:
            queue(job, f"{at:%Y%m%dT%H%M%S%f}")
        except DomainError as error:
            job.last_error = str(error)[:200]
            job.save(update_fields=["last_error"])
    return True


@transaction.atomic
def run_now(actor: User, *, job_id: int) -> WorkItem:
    """Will queue a job at once; one that waits or runs already is given. Locks the job.

    Raises: NotFound; NotAllowed; Refused (its algorithm has no published version).
    """
    job = lock_job(actor, job_id)
    waiting = _queued(job).first()
    if waiting is not None:
        return waiting
    note(actor, "analysis_job.run_now", job)
    return queue(job, f"now-{clock.now():%Y%m%dT%H%M%S%f}")


def queue(job: AnalysisJob, mark: str) -> WorkItem:
    """Will lay one run into the queue, with the version its area and camera mean now."""
    version = resolve(
        job.algorithm.code, area_path=job.area.path if job.area else "",
        subject=job.camera.gb_code,
    )  # fmt: skip
    spec = WorkSpec(
        key=f"analysis:{job.pk}:{mark}", kind=KIND, version=version, unit=job.unit,
        title=_("%(job)s（%(camera)s）") % {"job": job.name, "camera": job.camera.asset.name},
        payload={"job": job.pk, "version": version.pk}, priority=job.priority, label=job.label,
    )  # fmt: skip
    return submit(spec)


def _queued(job: AnalysisJob) -> QuerySet[WorkItem]:
    open_states = [WorkState.WAITING, WorkState.RUNNING]
    return WorkItem.objects.filter(kind=KIND, payload__job=job.pk, state__in=open_states)


def _is_queued(job: AnalysisJob) -> bool:
    """The one before has not ended: looking twice at once would tell everything twice."""
    return _queued(job).exists()
