"""A unit objects to a call-back's result, on evidence; somebody else rules. Source: HL-17."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.audit import services as audit
from apps.callbacks import permissions
from apps.callbacks.enums import DisputeState, TaskState
from apps.callbacks.models import CallbackTask, Dispute, DisputeFile
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.rates.services import exclude_by_ruling
from apps.matters.services import NewFile
from apps.notices import services as notices

FILES_MOST, TEXT_MOST = 9, 2000
WITHIN = timedelta(days=10)


@transaction.atomic
def file_dispute(actor: User, *, task_id: int, reason: str, files: Sequence[NewFile]) -> Dispute:
    """Will object to a result for the handling unit, once and within ten days; audited.

    files: 1-9 pieces of evidence. Those who rule are told. Locks the call-back.
    Raises: NotFound (no such call-back of a unit of the actor); InvalidInput (fields "reason",
        "evidence"); Refused (not answered, too late, or objected before).
    """
    task = (
        CallbackTask.objects.select_for_update(of=("self",))
        .select_related("case", "unit")
        .filter(pk=task_id)
        .first()
    )
    scope = scope_for(actor, permissions.FILE)
    if task is None or task.unit is None or not scope.covers_organization(task.unit_path):
        raise NotFound(_("没有这个回访任务"))
    text = _text(reason, "reason")
    if not 1 <= len(files) <= FILES_MOST:
        raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")
    if task.state != TaskState.DONE or task.done_at is None:
        raise Refused(_("回访尚未完成"))
    if clock.now() - task.done_at > WITHIN:
        raise Refused(_("回访完成已超过十天，不能再提出异议"))
    if Dispute.objects.filter(task=task).exists():
        raise Refused(_("此回访已提出过异议"))
    dispute = Dispute.objects.create(
        task=task,
        tenant_id=task.tenant_id,
        unit=task.unit,
        reason=text,
        filed_at=clock.now(),
        filed_by_id=actor.pk,
        filed_by_name=actor.display_name,
    )
    DisputeFile.objects.bulk_create(
        [DisputeFile(dispute=dispute, file=new.file, name=new.name[:160]) for new in files],
        ignore_conflicts=True,
    )
    _note(actor, "callback_dispute.filed", dispute, after={"state": dispute.state})
    notices.notify(
        recipients=users_with_permission(permissions.RULE).filter(
            appointments__post__organization__tenant_id=task.tenant_id
        ),
        kind="request",
        title=_("回访异议待裁定：%s") % task.case.title,
        body=text,
        url=f"/callbacks/disputes/{dispute.pk}/",
        key=f"callback-dispute:{dispute.pk}:filed",
    )
    return dispute


@transaction.atomic
def rule_dispute(actor: User, *, dispute_id: int, overturn: bool, note: str) -> Dispute:
    """Will rule on an objection; where it holds, the case is left out of the rates; audited.

    Locks it. Raises: NotFound; NotAllowed (who objected, or a person of the unit);
        InvalidInput (field "note"); Refused (ruled already; the month is closed).
    """
    dispute = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("task__case__unit", "unit")
        .filter(pk=dispute_id)
        .first()
    )
    scope = scope_for(actor, permissions.RULE)
    if dispute is None or not scope.covers_tenant(dispute.tenant_id):
        raise NotFound(_("没有这份异议"))
    if not scope.covers_area(dispute.task.area_path):
        raise NotFound(_("没有这份异议"))
    if dispute.filed_by_id == actor.pk or not permissions.is_independent(actor, dispute.task):
        raise NotAllowed(_("提出人和承办单位的人员不能裁定，请由另一人办理"))
    if dispute.state != DisputeState.PENDING:
        raise Refused(_("此异议已裁定"))
    dispute.ruling_note = _text(note, "note")
    before = audit.snapshot(dispute, "state")
    dispute.state = DisputeState.OVERTURNED if overturn else DisputeState.UPHELD
    dispute.ruled_at, dispute.ruled_by_id = clock.now(), actor.pk
    dispute.ruled_by_name = actor.display_name
    dispute.save()
    if overturn:
        exclude_by_ruling(
            actor,
            case=dispute.task.case,
            filed_by=(dispute.filed_by_id, dispute.filed_by_name),
            filed_at=dispute.filed_at,
            reason=_("回访异议成立：%s") % dispute.reason,
            note=dispute.ruling_note,
        )
    changed = audit.changes(before, audit.snapshot(dispute, "state"))
    _note(actor, "callback_dispute.ruled", dispute, **changed)
    notices.notify(
        recipients=User.objects.filter(pk=dispute.filed_by_id),
        kind="ruling",
        title=_("回访异议：%s") % dispute.get_state_display(),
        body=dispute.ruling_note,
        url=f"/callbacks/disputes/{dispute.pk}/",
        key=f"callback-dispute:{dispute.pk}:ruled",
    )
    return dispute


def _text(text: str, field: str) -> str:
    found = text.strip()
    if not found:
        raise InvalidInput(_("请填写理由"), field=field)
    if len(found) > TEXT_MOST:
        raise InvalidInput(_("最多 2000 字"), field=field)
    return found


def _note(actor: User, action: str, dispute: Dispute, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="callback_dispute",
        object_id=dispute.pk,
        object_label=dispute.task.case.number,
        data=data,
    )
