"""A person has looked at the preview and says how the file is to be taken."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.geodata.detective import reader_of
from apps.geodata.enums import JobState, Visibility
from apps.geodata.models import ImportJob
from apps.geodata.schema import FieldRule, check_rules, rules_of
from apps.geodata.services.intake import lock_job
from apps.geodata.services.switch import is_unshift_allowed
from apps.geodata.services.texts import unshift_forbidden
from apps.geodata.services.waking import wake_worker

SHORTEST_REASON = 4
TOPOLOGIES = ("", "coverage", "network")


@dataclass(frozen=True)
class Confirmation:
    """How a file is to be taken.

    crs: code of a hypothesis of the detective. rules: of the fields; None: as they were
    guessed. reason: why, where it is not the one found.
    repair: mend shapes that cross themselves. topology: "coverage" looks for overlaps and
    gaps, "network" for loose ends; strict: what it finds refuses the import.
    """

    crs: str
    data_on: date
    rules: list[FieldRule] | None = None
    reason: str = ""
    repair: bool = False
    topology: str = ""
    strict: bool = False
    visibility: str = Visibility.UNIT
    source: str = ""
    approval_number: str = ""
    update_days: int | None = None


@transaction.atomic
def confirm_import(actor: User, *, job_id: int, confirmation: Confirmation) -> ImportJob:
    """Will queue a previewed file to be written with what the person chose; audited.

    Locks the import. Raises: NotFound; NotAllowed; Refused (not waiting; shifted coordinates
    while turning them back is switched off); InvalidInput (fields ``crs``, ``reason``,
    ``fields``, ``data_on``, ``topology``).
    """
    job = lock_job(actor, job_id)
    if job.state not in {JobState.PREVIEWED, JobState.REFUSED} or not job.path:
        raise Refused(_("这次导入不在待确认状态"))
    _check_system(job, confirmation)
    rules = confirmation.rules
    if rules is None:
        rules = rules_of(job.summary["rules"])
    check_rules(rules)
    if confirmation.topology not in TOPOLOGIES:
        raise InvalidInput(_("没有这种拓扑检查"), field="topology")
    if confirmation.visibility not in Visibility.values:
        raise InvalidInput(_("没有这种可见范围"), field="visibility")
    if confirmation.data_on > clock.today():
        raise InvalidInput(_("数据日期不能晚于今天"), field="data_on")
    job.options = {
        **job.options,
        "crs": confirmation.crs,
        "reason": confirmation.reason.strip()[:300],
        "rules": [rule.stored() for rule in rules],
        "data_on": confirmation.data_on.isoformat(),
        "repair": confirmation.repair,
        "topology": confirmation.topology,
        "strict": confirmation.strict,
        "visibility": confirmation.visibility,
        "source": confirmation.source.strip()[:120],
        "approval_number": confirmation.approval_number.strip()[:40],
        "update_days": confirmation.update_days,
    }
    job.state, job.claimed_until, job.report = JobState.WRITING, None, {}
    job.save(update_fields=["options", "state", "claimed_until", "report"])
    job.issues.all().delete()
    audit.record(
        actor,
        "geodata_import.confirmed",
        object_type="geodata.import",
        object_id=job.pk,
        object_label=job.name,
        data={
            "crs_stated": job.crs_stated,
            "crs_found": job.shift.get("best", ""),
            "crs_used": confirmation.crs,
            "reason": confirmation.reason.strip()[:300],
        },
    )
    wake_worker()
    return job


def _check_system(job: ImportJob, confirmation: Confirmation) -> None:
    if job.summary.get("needs_addresses"):
        return
    try:
        chosen = reader_of(confirmation.crs)
    except ValueError as error:
        raise InvalidInput(_("请选择坐标系"), field="crs") from error
    if chosen.is_shifted and not is_unshift_allowed():
        raise Refused(unshift_forbidden(), code="unshift_forbidden")
    found = job.shift.get("best", "")
    differs = confirmation.crs != found if found else confirmation.crs != job.crs_stated
    if differs and len(confirmation.reason.strip()) < SHORTEST_REASON:
        raise InvalidInput(_("所选坐标系与判断结果不同，请说明理由（至少4个字）"), field="reason")
