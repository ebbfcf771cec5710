"""Collection tasks: given, sampled, checked, closed. Sharing: what departments receive.

Source: GR-10, GR-11. A target is done by an edit, see ``targets``.
"""

import secrets
from collections.abc import Mapping
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places.models import Area
from apps.registry import permissions
from apps.registry.enums import FieldGroup, FileKind, TargetState
from apps.registry.models import (
    CollectionTarget,
    CollectionTask,
    RegistryFile,
    Share,
    ShareRead,
)
from apps.registry.selectors.files import tenant_of

TARGETS_MOST = 5000


@transaction.atomic
def give_task(
    actor: User,
    *,
    title: str,
    kind: str,
    area: Area,
    due_on: date,
    worker: User | None = None,
    unseen_days: int = 0,
) -> CollectionTask:
    """Will give a task over the open files of a kind in an area.

    unseen_days: only files nobody has confirmed for so many days; 0: all.
    Raises: NotAllowed; InvalidInput (title, kind, due_on; area: nothing to collect, or too much).
    """
    tenant = tenant_of(actor, permissions.KEEP)
    permissions.require(actor, permissions.KEEP, tenant_id=tenant.pk, area_path=area.path)
    if not title.strip():
        raise InvalidInput(_("请填写任务名称"), field="title")
    if kind not in FileKind.values:
        raise InvalidInput(_("请选择档案类型"), field="kind")
    if due_on < clock.today():
        raise InvalidInput(_("完成期限不能早于今天"), field="due_on")
    files = RegistryFile.objects.filter(
        tenant=tenant, kind=kind, to_on=None, area_path__startswith=area.path
    )
    if unseen_days:
        files = files.filter(confirmed_at__lt=clock.now() - timedelta(days=unseen_days))
    keys = list(files.order_by("area_path", "pk").values_list("pk", flat=True)[: TARGETS_MOST + 1])
    if not keys or len(keys) > TARGETS_MOST:
        text = _("该范围没有需要采集的档案") if not keys else _("一个任务最多%d份档案，请缩小范围")
        raise InvalidInput(text % TARGETS_MOST if keys else text, field="area")
    made = CollectionTask.objects.create(
        tenant=tenant,
        title=title.strip()[:80],
        kind=kind,
        area=area,
        area_path=area.path,
        worker=worker,
        due_on=due_on,
        made_at=clock.now(),
        made_by_name=actor.display_name,
    )
    CollectionTarget.objects.bulk_create(CollectionTarget(task=made, file_id=pk) for pk in keys)
    _log(actor, "collection_task.given", made, before={}, after={"targets": len(keys)})
    return made


@transaction.atomic
def draw_sample(actor: User, *, task_id: int, percent: int) -> int:
    """Will draw a sample of the collected targets to be checked; gives its size. Locks the task.

    Raises: NotFound; NotAllowed; InvalidInput (percent); Refused (nothing collected).
    """
    task = _lock_task(actor, task_id)
    if not 1 <= percent <= 100:
        raise InvalidInput(_("抽查比例应为1至100"), field="percent")
    done = list(
        task.targets.filter(state=TargetState.DONE, is_sample=False).values_list("pk", flat=True)
    )
    if not done:
        raise Refused(_("还没有可抽查的采集结果"))
    size = max(1, round(len(done) * percent / 100))
    drawn = secrets.SystemRandom().sample(done, size)
    task.targets.filter(pk__in=drawn).update(is_sample=True)
    _log(actor, "collection_task.sampled", task, before={}, after={"sample": size})
    return size


@transaction.atomic
def check_target(
    actor: User, *, task_id: int, target_id: int, is_good: bool, note: str = ""
) -> CollectionTarget:
    """Will say whether a sampled target was collected well; a bad one is open again.

    Locks the task. Raises: NotFound; NotAllowed; InvalidInput (a bad one without words); Refused
        (not in the sample, or checked already).
    """
    task = _lock_task(actor, task_id)
    found = task.targets.filter(pk=target_id).first()
    if found is None:
        raise NotFound(_("没有这个采集对象"))
    if not found.is_sample or found.state != TargetState.DONE:
        raise Refused(_("该对象不在抽查样本中，或已抽查"))
    if not is_good and not note.strip():
        raise InvalidInput(_("不合格时请写明问题"), field="note")
    found.state = TargetState.GOOD if is_good else TargetState.BAD
    found.checked_by_name, found.check_note = actor.display_name, note.strip()[:200]
    found.save(update_fields=["state", "checked_by_name", "check_note"])
    after = {"target": found.pk, "state": str(found.state)}
    _log(actor, "collection_target.checked", task, before={"state": "done"}, after=after)
    return found


@transaction.atomic
def close_task(actor: User, *, task_id: int) -> CollectionTask:
    """Will end a task; what is open stays uncollected. Locks it.

    Raises: NotFound; NotAllowed; Refused (ended already).
    """
    task = _lock_task(actor, task_id)
    if task.closed_at is not None:
        raise Refused(_("任务已结束"))
    task.closed_at = clock.now()
    task.save(update_fields=["closed_at"])
    after = {"closed_at": task.closed_at.isoformat()}
    _log(actor, "collection_task.closed", task, before={"closed_at": None}, after=after)
    return task


@transaction.atomic
def share_fields(
    actor: User, *, unit: Organization, kind: str, group: str, area: Area, purpose: str
) -> Share:
    """Will give a department a group of fields of one kind in an area.

    Raises: NotAllowed; InvalidInput (unit of another body, kind, group, purpose); Refused (it
        has it already).
    """
    tenant = tenant_of(actor, permissions.SHARE)
    permissions.require(actor, permissions.SHARE, tenant_id=tenant.pk, area_path=area.path)
    if unit.tenant_id != tenant.pk:
        raise InvalidInput(_("接收单位不属于本级"), field="unit")
    if kind not in FileKind.values or group not in FieldGroup.values:
        raise InvalidInput(_("请选择档案类型和字段组"), field="group")
    if len(purpose.strip()) < 2:
        raise InvalidInput(_("请填写用途"), field="purpose")
    made = Share(
        tenant=tenant,
        unit=unit,
        kind=kind,
        group=group,
        area=area,
        area_path=area.path,
        purpose=purpose.strip()[:200],
        made_at=clock.now(),
        made_by_name=actor.display_name,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Refused(_("该单位已接收这一组数据")) from error
    _log_share(actor, "registry_share.made", made, before={})
    return made


@transaction.atomic
def end_share(actor: User, *, share_id: int) -> Share:
    """Will end what a department receives. Locks it. Raises: NotFound; NotAllowed; Refused."""
    found = Share.objects.select_for_update(of=("self",)).filter(pk=share_id).first()
    if found is None or not permissions.reaches(
        actor, permissions.SHARE, tenant_id=found.tenant_id, area_path=found.area_path
    ):
        raise NotFound(_("没有这条分发"))
    if found.ended_at is not None:
        raise Refused(_("这条分发已终止"))
    found.ended_at = clock.now()
    found.save(update_fields=["ended_at"])
    _log_share(actor, "registry_share.ended", found, before={"ended_at": None})
    return found


def log_share_read(actor: User, *, shares: list[Share], rows: int) -> None:
    """Will note that rows were taken by these shares."""
    now = clock.now()
    ShareRead.objects.bulk_create(
        ShareRead(share=share, at=now, by_name=actor.display_name, rows=rows) for share in shares
    )


def _lock_task(actor: User, task_id: int) -> CollectionTask:
    found = CollectionTask.objects.select_for_update(of=("self",)).filter(pk=task_id).first()
    if found is None or not permissions.reaches(
        actor, permissions.KEEP, tenant_id=found.tenant_id, area_path=found.area_path
    ):
        raise NotFound(_("没有这个采集任务"))
    return found


def _log(
    actor: User,
    action: str,
    task: CollectionTask,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    audit.record(
        actor,
        action,
        object_type="collection_task",
        object_id=task.pk,
        object_label=task.title,
        data={"before": before, "after": after},
    )


def _log_share(actor: User, action: str, share: Share, *, before: Mapping[str, object]) -> None:
    ended = share.ended_at.isoformat() if share.ended_at else None
    audit.record(
        actor,
        action,
        object_type="registry_share",
        object_id=share.pk,
        object_label=share.unit.name,
        data={
            "kind": share.kind,
            "group": share.group,
            "purpose": share.purpose,
            "before": before,
            "after": {"ended_at": ended},
        },
    )
