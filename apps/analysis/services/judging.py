"""People say what was right; thresholds learn of it, and another person puts them in force.

Source: VD-09 (false findings feed thresholds).
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.enums import Source
from apps.alarms.services import recover_alarm
from apps.algorithms.models import AlgorithmVersion
from apps.analysis import permissions
from apps.analysis.enums import ChangeState, Verdict
from apps.analysis.models import AnalysisJob, Finding, ThresholdChange
from apps.analysis.services.jobs import lock_job, note
from apps.analysis.services.settling import kind_of, raise_for, subject_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile

LEAST_JUDGED = 5
#: What a finding's value is held against, by the parameter.
_LEARNT = ("fill", "limit", "least_area")


@transaction.atomic
def judge_finding(actor: User, *, finding_id: int, verdict: str, text: str = "") -> Finding:
    """Will note whether a finding was right; the same verdict again changes nothing. Locks it.

    A hint that is confirmed raises its alarm then; a false one ends it.
    Raises: NotFound; NotAllowed; InvalidInput ("verdict", "note": a false one needs a reason).
    """
    finding = _lock(actor, finding_id, permissions.JUDGE)
    if verdict not in (Verdict.CONFIRMED, Verdict.FALSE):
        raise InvalidInput(_("请选择属实或误报"), field="verdict")
    if verdict == Verdict.FALSE and len(text.strip()) < 2:
        raise InvalidInput(_("请写明误报原因"), field="note")
    if finding.verdict == verdict:
        return finding
    before, finding.verdict = finding.verdict, verdict
    finding.judged_by, finding.judged_at = actor, clock.now()
    finding.note = text.strip()[:200]
    finding.save(update_fields=["verdict", "judged_by", "judged_at", "note"])
    audit.record(
        actor, "finding.judged", object_type="analysis.finding", object_id=finding.pk,
        object_label=finding.job.name,
        data={"before": before, "after": verdict, "note": finding.note},
    )  # fmt: skip
    _tell(finding)
    return finding


def _tell(finding: Finding) -> None:
    job = finding.job
    if job.alarm_level is None:
        return
    if finding.verdict == Verdict.FALSE:
        recover_alarm(
            source=Source.VIDEO, kind=kind_of(job), asset=job.camera.asset,
            key=subject_of(job, finding.zone), at=max(clock.now(), finding.last_at),
            sentence=_("核实为误报：%(note)s") % {"note": finding.note},
        )  # fmt: skip
    elif finding.is_hint and finding.ended_at is None:
        raise_for(job, finding)


def reveal_finding(actor: User, *, finding_id: int, reason: str) -> StoredFile:
    """Will give the picture as taken and note who looked at it and why.

    Raises: NotFound (no such finding, or its picture is gone); NotAllowed; InvalidInput
        ("reason").
    """
    with transaction.atomic():
        finding = _lock(actor, finding_id, permissions.REVEAL)
        if len(reason.strip()) < 4:
            raise InvalidInput(_("请写明查看原图的事由"), field="reason")
        if finding.plain is None:
            raise NotFound(_("原图已按保留期限清除"))
        audit.record(
            actor, "finding.revealed", object_type="analysis.finding", object_id=finding.pk,
            object_label=finding.job.name, data={"reason": reason.strip()[:200]},
        )  # fmt: skip
        return finding.plain


def suggest_change(job: AnalysisJob) -> dict[str, Any] | None:
    """Will give a better threshold learnt from judged findings; None where there is none.

    The threshold that keeps every confirmed finding and away as many false ones as can be.
    Gives code, before, after, right, false, kept_away. Needs five judged findings.
    """
    judged = list(
        job.findings.exclude(verdict=Verdict.NEW)
        .filter(job_version=job.version)
        .values_list("verdict", "value", "parameters")
    )
    right = [value for verdict, value, _used in judged if verdict == Verdict.CONFIRMED]
    false = [value for verdict, value, _used in judged if verdict == Verdict.FALSE]
    if len(judged) < LEAST_JUDGED or not false:
        return None
    used: dict[str, float] = judged[0][2]
    code = next((name for name in _LEARNT if name in used), "")
    if not code:
        return None
    ceiling = min(right) if right else max(false) * 1.1
    kept_away = [value for value in false if value < ceiling]
    if not kept_away:
        return None
    after = round((max(kept_away) + ceiling) / 2, 4)
    if after <= used[code]:
        return None
    return {
        "code": code, "before": used[code], "after": after, "right": len(right),
        "false": len(false), "kept_away": len(kept_away),
    }  # fmt: skip


@transaction.atomic
def propose_change(
    actor: User, *, job_id: int, code: str, after: float, evidence: dict[str, Any] | None = None
) -> ThresholdChange:
    """Will lay a new threshold before another person. Locks the job.

    Raises: NotFound; NotAllowed; InvalidInput ("code", "after"); Refused (one waits already).
    """
    job = lock_job(actor, job_id)
    part = _parameter(job, code)
    if not part["least"] <= after <= part["most"]:
        raise InvalidInput(
            _("“%(name)s”须在 %(least)s 到 %(most)s 之间")
            % {"name": part["label"], "least": part["least"], "most": part["most"]},
            field="after",
        )
    try:
        with transaction.atomic():
            change = ThresholdChange.objects.create(
                job=job, code=code, before=job.parameters.get(code, part["default"]),
                after=after, evidence=evidence or {}, proposed_by=actor, proposed_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("该阈值已有一项调整等待审核"), field="code") from error
    note(actor, "threshold.proposed", job, code=code, before=change.before, after=after)
    return change


@transaction.atomic
def decide_change(actor: User, *, change_id: int, is_applied: bool) -> ThresholdChange:
    """Will put a proposed threshold in force, or not; never by who proposed it. Locks both.

    Raises: NotFound; NotAllowed; Refused (decided already).
    """
    known = ThresholdChange.objects.filter(pk=change_id).first()
    if known is None:
        raise NotFound(_("没有这项阈值调整"))
    job = lock_job(actor, known.job_id)
    change = ThresholdChange.objects.select_for_update().get(pk=change_id)
    if change.state != ChangeState.WAITING:
        raise Refused(_("该调整已经审核"))
    if change.proposed_by_id == actor.pk:
        raise NotAllowed(_("提出人不能审核自己提出的调整"))
    change.state = ChangeState.APPLIED if is_applied else ChangeState.REFUSED
    change.decided_by, change.decided_at = actor, clock.now()
    change.save(update_fields=["state", "decided_by", "decided_at"])
    if is_applied:
        job.parameters = job.parameters | {change.code: change.after}
        job.version += 1
        job.save(update_fields=["parameters", "version"])
    note(
        actor, f"threshold.{change.state}", job, code=change.code, before=change.before,
        after=change.after,
    )  # fmt: skip
    return change


def _parameter(job: AnalysisJob, code: str) -> dict[str, Any]:
    version = AlgorithmVersion.objects.filter(algorithm=job.algorithm).order_by("-pk").first()
    told: list[dict[str, Any]] = version.manifest.get("parameters", []) if version else []
    found = next((one for one in told if one["code"] == code), None)
    if found is None:
        raise InvalidInput(_("该算法没有阈值“%(code)s”") % {"code": code}, field="code")
    return found


def _lock(actor: User, finding_id: int, right: str) -> Finding:
    found = Finding.objects.select_for_update(of=("self",)).select_related(
        "job__unit", "job__area", "job__algorithm", "job__camera__asset", "plain", "run"
    )
    finding = found.filter(permissions.reach_q(actor, "job__"), pk=finding_id).first()
    if finding is None:
        raise NotFound(_("没有这条分析发现"))
    permissions.require(actor, finding.job, right)
    return finding
