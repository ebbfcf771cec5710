"""The worker's round: take the next queued import, read or write it, say how it ended."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError
from apps.geodata.enums import JobState
from apps.geodata.models import ImportJob
from apps.geodata.services.intake import forget_file
from apps.geodata.services.previewing import preview
from apps.geodata.services.writing import write_import
from apps.notices.services import notify

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=30)  # a file of 200 MB takes some minutes
_QUEUED = (JobState.READING, JobState.WRITING)


def run_due(*, limit: int = 20) -> int:
    """Will do queued imports, one after another, and give their number.

    Any number of workers may do so at once; one whose worker died is taken up again after
    half an hour, which is safe because nothing of it was written.
    """
    done = 0
    for _turn in range(limit):
        job = _claim()
        if job is None:
            break
        _do(job)
        done += 1
    return done


@transaction.atomic
def _claim() -> ImportJob | None:
    now = clock.now()
    job = (
        ImportJob.objects.select_for_update(skip_locked=True)
        .filter(Q(claimed_until=None) | Q(claimed_until__lt=now), state__in=_QUEUED)
        .order_by("pk")
        .first()
    )
    if job is not None:
        job.claimed_until = now + LEASE
        job.save(update_fields=["claimed_until"])
    return job


def _do(job: ImportJob) -> None:
    try:
        if job.state == JobState.READING:
            preview(job)
            job.state, job.claimed_until, job.error = JobState.PREVIEWED, None, ""
            job.save(
                update_fields=["summary", "shift", "crs_stated", "state", "claimed_until", "error"]
            )
        else:
            write_import(job)
    except DomainError as error:
        _fail(job, str(error))
    except Exception:  # the loop's edge: the file is parked, the round goes on
        logger.exception("import failed", extra={"import_id": job.pk})
        _fail(job, _("文件无法读取，请核对格式后重新上传"))
    _tell(job)


@transaction.atomic
def _fail(job: ImportJob, why: str) -> None:
    job.refresh_from_db(fields=["path"])
    forget_file(job)
    job.state, job.error, job.finished_at = JobState.FAILED, why[:400], clock.now()
    job.save(update_fields=["state", "error", "finished_at", "path"])
    audit.record(
        SYSTEM,
        "geodata_import.failed",
        object_type="geodata.import",
        object_id=job.pk,
        object_label=job.name,
        data={"reason": job.error},
    )


def _tell(job: ImportJob) -> None:
    person = User.objects.filter(pk=job.actor_id).first() if job.actor_id else None
    if person is None:
        return
    notify(
        recipients=[person],
        kind="geodata",
        title=_("数据导入“%(name)s”：%(state)s")
        % {"name": job.name, "state": JobState(job.state).label},
        body=job.error,
        url=f"/geodata/imports/{job.pk}/",
        key=f"geodata-import-{job.pk}-{job.state}-{clock.now():%Y%m%d%H%M%S%f}",
    )
