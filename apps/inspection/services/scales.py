"""The credit scale: drafted by one person, put in force by another, then applied to everybody.

Objects are assessed anew in batches through the outbox. A batch writes the grades, their history
and how far the run is in one transaction: whatever dies, the run goes on behind the last batch
that was committed, and no object is ever assessed by half.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import credit, permissions
from apps.inspection.enums import ScaleDraftState
from apps.inspection.models import (
    BehaviourRecord,
    CreditChange,
    CreditRun,
    CreditScale,
    CreditScaleDraft,
    SupervisedObject,
)
from apps.inspection.selectors.register import counting_q, scale_of

ASSESS_TOPIC = "inspection.assess"
BATCH = 500
REASON_MAX = 300


@transaction.atomic
def save_scale_draft(
    actor: User, *, tenant: Tenant, body: Mapping[str, Any], reason: str
) -> CreditScaleDraft:
    """Will keep a version in the making; begins one where none is open. Locks the tenant.

    Raises: NotAllowed; Refused (somebody else's draft is open); InvalidInput (reason; the place
        in the body, see ``credit.check_scale``).
    """
    _lock_tenant(actor, tenant, permissions.DRAFT_SCALE)
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidInput(_("请填写修订原因，不超过%d字") % REASON_MAX, field="reason")
    credit.check_scale(body)
    moment = clock.now()
    draft = CreditScaleDraft.objects.filter(tenant=tenant, state=ScaleDraftState.OPEN).first()
    if draft is None:
        draft = CreditScaleDraft(tenant=tenant, made_by=actor, made_at=moment, body={})
    elif draft.made_by_id != actor.pk:
        raise Refused(_("已有%s起草的版本，请待其启用或放弃后再起草") % draft.made_by.full_name)
    else:
        draft.revision += 1
    changed = audit.document_changes(draft.body, body)
    draft.body, draft.reason, draft.saved_at = dict(body), reason.strip(), moment
    draft.save()
    said = {"reason": draft.reason, "revision": draft.revision, **changed}
    _record(actor, "credit_scale.drafted", draft, **said)
    return draft


@transaction.atomic
def discard_scale_draft(actor: User, *, draft_id: int, reason: str) -> CreditScaleDraft:
    """Will give up a draft; it stays readable with the reason. Locks tenant and draft.

    For its maker and for who may put it in force. Raises: NotFound; NotAllowed; Refused (closed
        already); InvalidInput (reason).
    """
    known = _find(draft_id)
    right = permissions.DRAFT_SCALE if known.made_by_id == actor.pk else permissions.ENFORCE_SCALE
    draft = _lock_draft(actor, known, right)
    if not reason.strip():
        raise InvalidInput(_("请填写放弃原因"), field="reason")
    _close(draft, actor, ScaleDraftState.DISCARDED)
    draft.closed_reason = reason.strip()[:200]
    draft.save()
    _record(actor, "credit_scale.draft_discarded", draft, reason=draft.closed_reason)
    return draft


@transaction.atomic
def enforce_scale(actor: User, *, draft_id: int, revision: int) -> CreditScale:
    """Will put a draft in force and order every object in supervision to be assessed by it.

    revision: the one that was looked at. Locks the tenant, so that no object is entered by the
    old version meanwhile, then the draft. Orders the first batch through the outbox.
    Raises: NotFound; NotAllowed (no right, or the actor made it); Refused (closed already, or
        changed since).
    """
    known = _find(draft_id)
    draft = _lock_draft(actor, known, permissions.ENFORCE_SCALE)
    if draft.made_by_id == actor.pk:
        raise NotAllowed(_("起草人不能启用自己起草的评分表，请由另一人启用"))
    if draft.revision != revision:
        raise Refused(_("草稿在您查看后又有修改，请重新查看后再启用"))
    scale = CreditScale.objects.create(
        tenant=draft.tenant,
        number=scale_of(draft.tenant_id).number + 1,
        body=draft.body,
        reason=draft.reason,
        made_by_name=draft.made_by.display_name[:100],
        published_at=clock.now(),
        published_by_name=actor.display_name[:100],
    )
    _close(draft, actor, ScaleDraftState.ENFORCED)
    draft.scale = scale
    draft.save()
    _begin_run(scale)
    _record(actor, "credit_scale.enforced", draft, number=scale.number, revision=revision)
    return scale


@transaction.atomic
def assess_batch(run_id: int) -> CreditRun:
    """Will assess the next objects by a new version and order the batch after it.

    Once per object, however often called. A run whose version was replaced meanwhile ends at
    once: the newer one takes over. Locks the run, then the objects by key.
    """
    run = (
        CreditRun.objects.select_for_update(of=("self",))
        .select_related("scale__tenant")
        .get(pk=run_id)
    )
    if run.finished_at is not None:
        return run
    scale = run.scale
    if scale_of(scale.tenant_id).number != scale.number:
        run.superseded = True
        return _finish(run)
    found = list(
        SupervisedObject.objects.select_for_update()
        .filter(tenant_id=scale.tenant_id, is_active=True, pk__gt=run.cursor)
        .order_by("pk")[:BATCH]
    )
    if found:
        run.changed += _assess_all(scale, found)
        run.done += len(found)
        run.cursor = found[-1].pk
    if len(found) < BATCH:
        return _finish(run)
    run.save(update_fields=["done", "changed", "cursor"])
    _order(run)
    return run


def _begin_run(scale: CreditScale) -> None:
    objects = SupervisedObject.objects.filter(tenant_id=scale.tenant_id, is_active=True)
    run = CreditRun.objects.create(scale=scale, total=objects.count(), started_at=clock.now())
    _order(run)


def _order(run: CreditRun) -> None:
    outbox.enqueue(ASSESS_TOPIC, key=f"{run.pk}:{run.cursor}", payload={"run_id": run.pk})


def _finish(run: CreditRun) -> CreditRun:
    run.finished_at = clock.now()
    run.save(update_fields=["done", "changed", "cursor", "finished_at", "superseded"])
    audit.record(
        SYSTEM,
        "credit_scale.applied",
        object_type="credit_scale",
        object_id=run.scale_id,
        object_label=str(run.scale),
        data={"objects": run.done, "changed": run.changed, "superseded": run.superseded},
    )
    return run


def _assess_all(scale: CreditScale, objects: list[SupervisedObject]) -> int:
    """Gives locked objects the standing the scale makes; the number of changed grades."""
    records = BehaviourRecord.objects.filter(counting_q(scale.body), supervised__in=objects)
    points: dict[int, list[int]] = defaultdict(list)
    for supervised_id, value in records.values_list("supervised_id", "points"):
        points[supervised_id].append(value)
    moved, changes, graded = [], [], 0
    because = _("%s启用") % credit.scale_name(scale.number)
    for one in objects:
        standing = credit.assess(scale.body, scale.number, points[one.pk])
        if (one.grade, one.points) == (standing.grade, standing.points):
            continue
        graded += one.grade != standing.grade
        changes.append(
            CreditChange(
                supervised=one,
                at=clock.now(),
                from_grade=one.grade,
                to_grade=standing.grade,
                points=standing.points,
                scale=scale.number,
                reason=f"{because}：{standing.reason}"[:300],
                by_name=scale.published_by_name,
            )
        )
        one.grade, one.points = standing.grade, standing.points
        moved.append(one)
    SupervisedObject.objects.bulk_update(moved, ["grade", "points"])
    CreditChange.objects.bulk_create(changes)
    return graded


def _find(draft_id: int) -> CreditScaleDraft:
    found = CreditScaleDraft.objects.select_related("tenant").filter(pk=draft_id).first()
    if found is None:
        raise NotFound(_("没有这份评分表草稿"))
    return found


def _lock_draft(actor: User, known: CreditScaleDraft, right: str) -> CreditScaleDraft:
    _lock_tenant(actor, known.tenant, right)
    draft = (
        CreditScaleDraft.objects.select_for_update(of=("self",))
        .select_related("tenant", "made_by")
        .get(pk=known.pk)
    )
    if draft.state != ScaleDraftState.OPEN:
        raise Refused(_("这份草稿%s") % ScaleDraftState(draft.state).label)
    return draft


def _lock_tenant(actor: User, tenant: Tenant, right: str) -> None:
    """A scale holds for the whole of a body: the right must reach all of its area."""
    found = Tenant.objects.select_for_update(of=("self",)).select_related("area")
    locked = found.defer("area__boundary").get(pk=tenant.pk)
    path = locked.area.path if locked.area is not None else ""
    permissions.require(actor, right, tenant_id=locked.pk, area_path=path)


def _close(draft: CreditScaleDraft, actor: User, state: ScaleDraftState) -> None:
    draft.state, draft.closed_by, draft.closed_at = state, actor, clock.now()


def _record(actor: Actor, action: str, draft: CreditScaleDraft, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="credit_scale_draft",
        object_id=draft.pk,
        object_label=str(draft.tenant),
        data=data,
    )
