"""Writing a confirmed file: all of it in one transaction, or nothing.

Rows are checked one by one and sent to a temporary table by COPY; only when no check found an
error do they become the features of a new version, which is shown from that moment.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.geodata import progress
from apps.geodata.checking import Checker, Feature, Issue
from apps.geodata.detective import reader_of
from apps.geodata.enums import IssueKind, JobState, Severity
from apps.geodata.models import Dataset, DatasetVersion, ImportIssue, ImportJob
from apps.geodata.reading import MAX_FEATURES, RawRow, Reading, open_reader
from apps.geodata.reading.base import refuse
from apps.geodata.schema import rules_of
from apps.geodata.services.datasets import drop_old_versions, found_dataset
from apps.geodata.services.intake import folder, forget_file
from apps.geodata.services.texts import too_many_features
from apps.geodata.services.topology import judge_topology
from apps.onemap.sharing.services import note_update
from apps.places.geometry import WGS84, point
from apps.places.selectors import geocode

MAX_ISSUES = 2000  # kept one by one; all are counted
MAX_ADDRESSES = 20_000
SURE_ENOUGH = 0.6  # of a geocoded address
TOLD_EVERY = 2000


@dataclass
class Findings:
    """What the checks found so far."""

    issues: list[Issue] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: int = 0

    def add(self, issues: list[Issue]) -> None:
        for issue in issues:
            self.counts[issue.kind] += 1
            self.errors += issue.severity == Severity.ERROR
            if len(self.issues) < MAX_ISSUES:
                self.issues.append(issue)


class ChecksFailed(Exception):
    """The file has errors; what was written is taken back."""


def write_import(job: ImportJob) -> ImportJob:
    """Will write a confirmed file as a new version, or keep what is wrong with it.

    Raises: InvalidInput (field ``file``: it cannot be read any more).
    """
    findings = Findings()
    try:
        with transaction.atomic():
            version = _write(job, findings)
            _finish(job, findings, version)
    except ChecksFailed:
        with transaction.atomic():
            _refuse(job, findings)
    return job


def _write(job: ImportJob, findings: Findings) -> DatasetVersion:
    options = job.options
    checker = Checker(
        rules_of(options["rules"]),
        reader_of(options["crs"] or "EPSG:4326").to_degrees,
        repair=options["repair"],
    )
    reader = open_reader(folder() / job.path, job.format, Reading(**options.get("reading", {})))
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.geodata_incoming")
        cursor.execute(
            "create temporary table geodata_incoming (row_number integer, geometry geometry,"
            " properties jsonb) on commit drop"
        )
        written = _copy(cursor, job, _checked(job, reader.rows(), checker, findings))
        if findings.errors:
            raise ChecksFailed
        if not written:
            raise refuse(_("文件中没有要素"), code="no_features")
        progress.tell(job.pk, written, written, "placing")
        version = _new_version(job, written, checker)
        _place(cursor, version)
    findings.add(judge_topology(version, options["topology"], strict=options["strict"]))
    if findings.errors:
        raise ChecksFailed
    return version


def _checked(
    job: ImportJob, rows: Iterator[RawRow], checker: Checker, findings: Findings
) -> Iterator[Feature]:
    by_address = job.summary.get("needs_addresses", False)
    column = job.summary["hints"].get("address_field", "")
    total = int(job.summary["count"])
    for count, row in enumerate(rows, start=1):
        if count > MAX_FEATURES or (by_address and count > MAX_ADDRESSES):
            raise refuse(too_many_features(), code="too_many_features")
        place = None
        if by_address:
            place, problem = _by_address(row, column)
            if problem is not None:
                findings.add([problem])
                continue
        feature, issues = checker.check(row, place=place)
        findings.add(issues)
        if feature is not None:
            yield feature
        if count % TOLD_EVERY == 0:
            progress.tell(job.pk, count, total, "writing")


def _by_address(row: RawRow, column: str) -> tuple[Any, Issue | None]:
    text = str(row.values.get(column) or "")
    found = geocode(text, limit=1)
    if found and found[0].confidence >= SURE_ENOUGH:
        return shapely.Point(found[0].point.x, found[0].point.y), None
    message = _("地址“%(text)s”未能准确定位") % {"text": text[:80]}
    return None, Issue(row.number, IssueKind.ADDRESS, Severity.ERROR, message, column)


def _copy(cursor: Any, job: ImportJob, features: Iterator[Feature]) -> int:
    count = 0
    statement = "copy geodata_incoming (row_number, geometry, properties) from stdin"
    with cursor.copy(statement) as copy:
        for feature in features:
            shape = shapely.set_srid(feature.shape, WGS84)
            copy.write_row(
                (
                    feature.number,
                    shapely.to_wkb(shape, hex=True, include_srid=True),
                    json.dumps(feature.properties, ensure_ascii=False),
                )
            )
            count += 1
    return count


def _new_version(job: ImportJob, count: int, checker: Checker) -> DatasetVersion:
    kinds = set(checker.kinds)
    geometry = kinds.pop() if len(kinds) == 1 else "mixed"
    dataset = found_dataset(job, geometry)
    options = job.options
    last = dataset.versions.order_by("-number").first()
    return DatasetVersion.objects.create(
        dataset=dataset,
        number=last.number + 1 if last else 1,
        feature_count=count,
        data_on=date.fromisoformat(options["data_on"]),
        file_name=job.file_name,
        sha256=job.sha256,
        crs_stated=job.crs_stated,
        crs_found=job.shift.get("best", ""),
        crs_used=options["crs"] or "EPSG:4326",
        crs_reason=options["reason"],
        shift=job.shift,
        fields=[rule.stored() for rule in checker.rules],
        made_by_name=job.actor_name,
        made_at=clock.now(),
    )


def _place(cursor: Any, version: DatasetVersion) -> None:
    """Turns the temporary rows into features, each with the narrowest area that holds it."""
    cursor.execute("analyze geodata_incoming")
    cursor.execute(
        "insert into geodata_importedfeature"
        " (version_id, row_number, geometry, properties, area_path)"
        " select %s, f.row_number, f.geometry, f.properties, coalesce(("
        "  select a.path from places_area a"
        "  where a.boundary && f.geometry and a.valid_from <= %s"
        "   and (a.valid_to is null or a.valid_to > %s)"
        "   and st_covers(a.boundary, st_pointonsurface(f.geometry))"
        "  order by length(a.path) desc limit 1), '')"
        " from geodata_incoming f order by f.row_number",
        [version.pk, clock.today(), clock.today()],
    )


def _finish(job: ImportJob, findings: Findings, version: DatasetVersion) -> None:
    dataset = Dataset.objects.select_for_update().get(pk=version.dataset_id)
    dataset.current = version
    dataset.save(update_fields=["current"])
    drop_old_versions(dataset)
    note_update(
        dataset.layer_code,
        owner=dataset.unit,
        updated_on=version.data_on,
        update_days=dataset.update_days,
        approval_number=dataset.approval_number,
    )
    _keep_issues(job, findings)
    forget_file(job)
    job.dataset, job.state, job.finished_at = dataset, JobState.DONE, clock.now()
    job.save(update_fields=["dataset", "state", "finished_at", "path", "report"])
    audit.record(
        SYSTEM,
        "geodata_import.written",
        object_type="geodata.dataset",
        object_id=dataset.pk,
        object_label=dataset.name,
        data={
            "import": job.pk,
            "version": version.number,
            "features": version.feature_count,
            "crs_stated": version.crs_stated,
            "crs_found": version.crs_found,
            "crs_used": version.crs_used,
            "ordered_by": job.actor_name,
        },
    )


def _refuse(job: ImportJob, findings: Findings) -> None:
    _keep_issues(job, findings)
    job.state, job.claimed_until = JobState.REFUSED, None
    job.error = _("检查发现 %(count)d 处错误，没有写入任何要素") % {"count": findings.errors}
    job.save(update_fields=["state", "claimed_until", "error", "report"])
    audit.record(
        SYSTEM,
        "geodata_import.refused",
        object_type="geodata.import",
        object_id=job.pk,
        object_label=job.name,
        data={"errors": findings.errors, "ordered_by": job.actor_name},
    )


def _keep_issues(job: ImportJob, findings: Findings) -> None:
    job.issues.all().delete()
    ImportIssue.objects.bulk_create(
        (
            ImportIssue(
                job=job,
                row_number=issue.number,
                kind=issue.kind,
                severity=issue.severity,
                field=issue.field[:80],
                message=issue.message[:300],
                point=point(*issue.point) if issue.point else None,
            )
            for issue in findings.issues
        ),
        batch_size=1000,
    )
    job.report = {"counts": dict(findings.counts), "errors": findings.errors}
