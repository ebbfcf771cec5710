"""Freezing a list, drawing from it, giving up a draw (MT-20); see ``inspection.drawing``."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock, outbox, rows
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import drawing, permissions
from apps.inspection.enums import DrawState
from apps.inspection.models import Draw, DrawnInspector, DrawResult
from apps.inspection.selectors.candidates import preview_of
from apps.inspection.selectors.scales import is_assessing
from apps.inspection.services.checks import OPEN_TOPIC
from apps.inspection.services.plans import lock_plan

PUBLIC_SEED_MAX, WITNESS_MAX = 200, 60


@transaction.atomic
def freeze_draw(actor: User, *, plan_id: int) -> Draw:
    """Will freeze the list of a plan and publish its digest and that of a new secret.

    Locks the plan. Raises: NotFound; NotAllowed; Refused (a draw is frozen or drawn already;
        a new credit scale is being applied; nothing to draw, or too few inspectors: the
        sentence says what to change).
    """
    plan = lock_plan(plan_id)
    permissions.require(actor, permissions.PLAN, tenant_id=plan.tenant_id, area_path=plan.area_path)
    if plan.draws.exclude(state=DrawState.ABANDONED).exists():
        raise Refused(_("该计划的名单已锁定，不能再次锁定"))
    if is_assessing(plan.tenant_id):
        raise Refused(_("信用等级正按新评分表重新计算，请完成后再锁定名单"))
    moment = clock.now()
    found = preview_of(plan, day=clock.today())
    if found.trouble:
        raise Refused(found.trouble)
    secret = secrets.token_hex(32)
    key = rows.next_key(Draw)
    draw = Draw.objects.create(
        pk=key,
        plan=plan,
        number=f"CQ{clock.today():%Y}-{key:05d}",
        state=DrawState.FROZEN,
        algorithm=drawing.ALGORITHM,
        frozen=found.frozen,
        list_digest=drawing.digest(found.frozen),
        secret=secret,
        secret_digest=drawing.secret_digest(secret),
        frozen_at=moment,
        frozen_by=actor,
    )
    _record(actor, "draw.frozen", draw, list=draw.list_digest, secret=draw.secret_digest)
    return draw


@transaction.atomic
def run_draw(actor: User, *, draw_id: int, public_seed: str = "", witness: str = "") -> Draw:
    """Will draw, once: objects by grade, inspectors for each; every object becomes a case.

    public_seed: words of a witness, who is named then. Locks the draw; orders one case per
    object through the outbox. Raises: NotFound; NotAllowed (no right, or the actor planned or
        froze); Refused (not frozen; the stored list is not the published one); InvalidInput
        (public_seed, witness).
    """
    draw = _lock(draw_id)
    plan = draw.plan
    permissions.require(actor, permissions.RUN, tenant_id=plan.tenant_id, area_path=plan.area_path)
    if not permissions.can_run(actor, draw):
        raise NotAllowed(_("编制计划或锁定名单的人不能执行抽取，请由另一人执行"))
    if draw.state != DrawState.FROZEN:
        raise Refused(_("这次抽取%s，不能再抽") % DrawState(draw.state).label)
    words, name = _witnessed(public_seed, witness)
    if (
        drawing.digest(draw.frozen) != draw.list_digest
        or drawing.secret_digest(draw.secret) != draw.secret_digest
    ):
        raise Refused(_("锁定的名单或种子与公布的摘要不一致，请作废后重新锁定并报告审计"))
    picks = drawing.draw(draw.frozen, secret=draw.secret, public=words)
    draw.state, draw.drawn_at, draw.drawn_by = DrawState.DRAWN, clock.now(), actor
    draw.public_seed, draw.witness = words, name
    draw.results_digest = drawing.digest(drawing.as_results(picks))
    draw.save(
        update_fields=[
            "state", "drawn_at", "drawn_by", "public_seed", "witness", "results_digest",
        ]
    )  # fmt: skip
    _write(draw, picks)
    _record(actor, "draw.drawn", draw, results=draw.results_digest, objects=len(picks))
    return draw


@transaction.atomic
def abandon_draw(actor: Actor, *, draw_id: int, reason: str) -> Draw:
    """Will give up a frozen list that was not drawn from; it stays visible with the reason.

    Locks the draw. Raises: NotFound; NotAllowed; Refused (drawn or abandoned already);
        InvalidInput (reason).
    """
    draw = _lock(draw_id)
    permissions.require(
        actor, permissions.PLAN, tenant_id=draw.plan.tenant_id, area_path=draw.plan.area_path
    )
    if draw.state != DrawState.FROZEN:
        raise Refused(_("这次抽取%s，不能作废") % DrawState(draw.state).label)
    if not reason.strip():
        raise InvalidInput(_("请填写作废原因，将向社会公开"), field="reason")
    draw.state, draw.abandoned_at = DrawState.ABANDONED, clock.now()
    draw.abandoned_by_name = actor.display_name[:100]
    draw.abandoned_reason = reason.strip()[:200]
    draw.save(update_fields=["state", "abandoned_at", "abandoned_by_name", "abandoned_reason"])
    _record(actor, "draw.abandoned", draw, reason=draw.abandoned_reason)
    return draw


def _write(draw: Draw, picks: list[drawing.Pick]) -> None:
    results = DrawResult.objects.bulk_create(
        DrawResult(
            draw=draw,
            position=position,
            supervised_id=_key(pick.object_id),
            grade=pick.grade,
        )
        for position, pick in enumerate(picks, start=1)
    )
    DrawnInspector.objects.bulk_create(
        DrawnInspector(result=result, inspector_id=_key(ref), position=seat)
        for result, pick in zip(results, picks, strict=True)
        for seat, ref in enumerate(pick.inspectors, start=1)
    )
    for result in results:
        outbox.enqueue(OPEN_TOPIC, key=f"draw-result:{result.pk}", payload={"result_id": result.pk})


def _key(ref: str) -> int:
    """The key behind a number of the list: O000012 is 12."""
    return int(ref[1:])


def _witnessed(public_seed: str, witness: str) -> tuple[str, str]:
    words, name = public_seed.replace("\x00", "").strip(), witness.replace("\x00", "").strip()
    if len(words) > PUBLIC_SEED_MAX:
        raise InvalidInput(_("公开种子不能超过%d个字") % PUBLIC_SEED_MAX, field="public_seed")
    if words and not name:
        raise InvalidInput(_("有公开种子时请填写见证人"), field="witness")
    if len(name) > WITNESS_MAX:
        raise InvalidInput(_("见证人不能超过%d个字") % WITNESS_MAX, field="witness")
    return words, name


def _lock(draw_id: int) -> Draw:
    found = (
        Draw.objects.select_for_update(of=("self",))
        .select_related("plan")
        .filter(pk=draw_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这次抽取，或您无权查看"))
    return found


def _record(actor: Actor, action: str, draw: Draw, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="draw",
        object_id=draw.pk,
        object_label=draw.number,
        data=data,
    )
