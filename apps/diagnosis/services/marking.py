"""What people say of findings: true or false; that is what thresholds learn from. VD-06."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.enums import Source as AlarmSource
from apps.alarms.services import recover_alarm
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.diagnosis import permissions
from apps.diagnosis.enums import Opinion, Verdict
from apps.diagnosis.models import Condition, Mark, Result
from apps.diagnosis.services.life import kind_of, learn


@transaction.atomic
def mark_finding(actor: User, *, result_id: int, fault: str, opinion: str, note: str = "") -> Mark:
    """Will note what a person says of one fault of a result; said again it is changed.

    A false finding ends its alarm and counts as good for what is usual for the camera; see
    ``sets.propose`` for what becomes of many. Audited with both sides. Locks the condition.

    Raises: NotFound; NotAllowed; InvalidInput (fields "fault", "opinion").
    """
    result = (
        Result.objects.select_related("camera__asset__area")
        .filter(permissions.camera_q(actor, "camera__"), pk=result_id).first()
    )  # fmt: skip
    if result is None:
        raise NotFound(_("没有这条诊断结果"))
    if not permissions.can_run_on(actor, result.camera):
        raise NotAllowed(_("您没有标注这台摄像机的权限"))
    if fault not in result.faults:
        raise InvalidInput(_("这条结果没有此项异常"), field="fault")
    if opinion not in Opinion.values:
        raise InvalidInput(_("请选择属实或误判"), field="opinion")
    old = Mark.objects.select_for_update().filter(result=result, fault=fault).first()
    mark, _created = Mark.objects.update_or_create(
        result=result, fault=fault,
        defaults={"opinion": opinion, "note": note.strip()[:200], "by": actor, "at": clock.now()},
    )  # fmt: skip
    audit.record(
        actor, "diagnosis_finding.marked", object_type="diagnosis_result", object_id=result.pk,
        object_label=result.camera.asset.name,
        data={"fault": fault}
        | audit.changes({"opinion": old.opinion} if old else {}, {"opinion": opinion}),
    )  # fmt: skip
    if opinion == Opinion.FALSE:
        _forgive(result, fault)
        learn(result.camera, result.light, at_once=True)
    return mark


def _forgive(result: Result, fault: str) -> None:
    condition = (
        Condition.objects.select_for_update(of=("self",)).filter(camera=result.camera_id).first()
    )
    if condition is None:
        return
    if fault in condition.alarmed:
        condition.alarmed.remove(fault)
        recover_alarm(
            source=AlarmSource.QUALITY, kind=kind_of(fault), asset=result.camera.asset,
            at=clock.now(), sentence=_("人工核对为误判"),
        )  # fmt: skip
    if condition.result_id == result.pk and fault in condition.faults:
        condition.faults.remove(fault)
        condition.verdict = condition.verdict if condition.faults else Verdict.GOOD
    condition.save(update_fields=["alarmed", "faults", "verdict"])
