"""A file comes in: kept on disk in pieces, told by its bytes, queued to be read."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.geodata import permissions
from apps.geodata.enums import Format, JobState
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.reading import MAX_BYTES, Reading, tell_format
from apps.geodata.reading.base import ENCODINGS
from apps.geodata.services.waking import wake_worker
from apps.places.coordinates import normal_name

_CHUNK = 1024 * 1024
#: What a person is looking at or the worker has in hand; each may hold 200 MB of disk.
MAX_OPEN = 20
OPEN_STATES = (JobState.READING, JobState.PREVIEWED, JobState.WRITING)


@dataclass(frozen=True)
class _Kept:
    path: str
    sha256: str
    size: int
    format: Format


def folder() -> Path:
    """Will give the folder of files on their way in; never served."""
    return Path(settings.MEDIA_ROOT) / "geodata"


def take_in(
    actor: User,
    *,
    upload: File,
    unit: Organization,
    name: str,
    crs: str = "",
    dataset_id: int | None = None,
) -> ImportJob:
    """Will keep a file and queue it to be read; nothing is on the map yet.

    crs: what its sender says, "" where nobody said. dataset_id: the one it shall replace.
    Raises: NotAllowed (no keeper of this unit); InvalidInput (fields ``file``: too big, empty,
    none of the formats; ``crs``; ``name``); NotFound (no such dataset); Refused (too many
    open imports of the body).
    """
    permissions.require_keep(actor, unit)
    title = name.strip()[:80]
    if not title:
        raise InvalidInput(_("请填写图层名称"), field="name")
    stated = normal_name(crs) if crs.strip() else ""
    dataset = _replaced(actor, dataset_id) if dataset_id else None
    _require_room(unit)
    kept = _keep(upload)
    try:
        return _queue(actor, kept, upload, unit, title, stated, dataset)
    except BaseException:
        (folder() / kept.path).unlink(missing_ok=True)
        raise


@transaction.atomic
def _queue(
    actor: User,
    kept: _Kept,
    upload: File,
    unit: Organization,
    title: str,
    stated: str,
    dataset: Dataset | None,
) -> ImportJob:
    job = ImportJob.objects.create(
        tenant=unit.tenant,
        unit=dataset.unit if dataset else unit,
        dataset=dataset,
        name=dataset.name if dataset else title,
        file_name=Path(str(upload.name or "")).name[-200:],
        path=kept.path,
        size_bytes=kept.size,
        sha256=kept.sha256,
        format=kept.format,
        crs_stated=stated,
        actor_id=str(actor.pk),
        actor_name=actor.display_name,
        created_at=clock.now(),
    )
    audit.record(
        actor,
        "geodata_import.uploaded",
        object_type="geodata.import",
        object_id=job.pk,
        object_label=job.name,
        data={"sha256": job.sha256, "format": job.format, "bytes": job.size_bytes},
    )
    wake_worker()
    return job


@transaction.atomic
def reread_import(actor: User, *, job_id: int, reading: Reading, crs: str = "") -> ImportJob:
    """Will read a file again as a person says: encoding, layer, columns, coordinate system.

    Locks the import. Raises: NotFound; NotAllowed; Refused (not waiting to be confirmed);
    InvalidInput (fields ``encoding``, ``crs``).
    """
    job = lock_job(actor, job_id)
    if job.state not in {JobState.PREVIEWED, JobState.REFUSED} or not job.path:
        raise Refused(_("这次导入已不能重新读取"))
    if reading.encoding and reading.encoding not in ENCODINGS:
        raise InvalidInput(_("没有这种文字编码"), field="encoding")
    job.crs_stated = normal_name(crs) if crs.strip() else ""
    job.options = {**job.options, "reading": vars(reading), "crs_given": bool(crs.strip())}
    job.state, job.claimed_until = JobState.READING, None
    job.save(update_fields=["crs_stated", "options", "state", "claimed_until"])
    wake_worker()
    return job


@transaction.atomic
def cancel_import(actor: User, *, job_id: int) -> ImportJob:
    """Will give an import up and forget its file. Twice changes nothing.

    Locks the import. Raises: NotFound; NotAllowed; Refused (written already, or being so).
    """
    job = lock_job(actor, job_id)
    if job.state == JobState.CANCELLED:
        return job
    if job.state in {JobState.DONE, JobState.WRITING}:
        raise Refused(_("这次导入正在写入或已经完成"))
    forget_file(job)
    job.state, job.finished_at = JobState.CANCELLED, clock.now()
    job.save(update_fields=["state", "finished_at", "path"])
    audit.record(
        actor,
        "geodata_import.cancelled",
        object_type="geodata.import",
        object_id=job.pk,
        object_label=job.name,
    )
    return job


def lock_job(actor: User, job_id: int) -> ImportJob:
    """Will lock an import of a unit whose data the actor keeps. Raises: NotFound; NotAllowed."""
    job = (
        ImportJob.objects.select_for_update(of=("self",))
        .select_related("unit", "dataset")
        .filter(pk=job_id)
        .first()
    )
    if job is None or not scope_of(actor).covers_tenant(job.tenant_id):
        raise NotFound(_("没有这次导入"))
    permissions.require_keep(actor, job.unit)
    return job


def forget_file(job: ImportJob) -> None:
    """Will have the kept file deleted once the transaction is sure; clears ``path``."""
    path = job.path
    if path:
        transaction.on_commit(lambda: (folder() / path).unlink(missing_ok=True))
    job.path = ""


def _replaced(actor: User, dataset_id: int) -> Dataset:
    dataset = Dataset.objects.select_related("unit").filter(pk=dataset_id, retired_at=None).first()
    if dataset is None or not scope_of(actor).covers_tenant(dataset.tenant_id):
        raise NotFound(_("没有这份数据"), field="dataset")
    permissions.require_keep(actor, dataset.unit)
    return dataset


def _require_room(unit: Organization) -> None:
    if ImportJob.objects.filter(tenant=unit.tenant, state__in=OPEN_STATES).count() >= MAX_OPEN:
        raise Refused(
            _("已有 %(count)d 次导入等待处理，请先确认或放弃") % {"count": MAX_OPEN},
            code="too_many_imports",
        )


def _keep(upload: File) -> _Kept:
    target = folder()
    target.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=target)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in upload.chunks(_CHUNK):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise too_big()
                digest.update(chunk)
                out.write(chunk)
        found = tell_format(path)
        if found == Format.GPKG:
            path = path.rename(path.with_suffix(".gpkg"))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return _Kept(path.name, digest.hexdigest(), size, found)


def too_big() -> InvalidInput:
    """Will make the refusal of a file beyond the limit."""
    return InvalidInput(
        _("文件超过 %(size)d MB，请拆分后分次导入") % {"size": MAX_BYTES // 1024 // 1024},
        field="file",
        code="file_too_large",
    )
