"""Patrols drawn at random and looked at by somebody else. Source: GR-03."""

import random
import secrets
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit.services import record, record_row
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.fieldwork import permissions
from apps.fieldwork.enums import LookPurpose, PatrolState, Verdict
from apps.fieldwork.models import Patrol, Position, SpotCheck, SpotDraw, Worker

MOST_DRAWN = 100


@transaction.atomic
def draw_checks(
    actor: User, *, unit: Organization, from_on: date, to_on: date, count: int
) -> SpotDraw:
    """Will draw ``count`` walked patrols of a unit's area by chance; the seed is kept.

    Raises: NotAllowed; InvalidInput (to_on, count); Refused (fewer were walked).
    """
    if unit.area is None:
        raise InvalidInput(_("该单位没有责任区域"), field="unit")
    path = unit.area.path
    permissions.require(actor, permissions.PLAN, tenant_id=unit.tenant_id, area_path=path)
    if to_on < from_on:
        raise InvalidInput(_("止期早于起期"), field="to_on")
    if not 1 <= count <= MOST_DRAWN:
        raise InvalidInput(_("抽查数量应在 1 至 100 之间"), field="count")
    walked = Patrol.objects.filter(
        tenant_id=unit.tenant_id,
        area_path__startswith=path,
        day__range=(from_on, to_on),
        state__in=(PatrolState.DONE, PatrolState.PARTIAL),
    )
    population = list(
        walked.exclude(worker__user=actor).order_by("pk").values_list("pk", flat=True)
    )
    if len(population) < count:
        raise Refused(_("该时段只有 %(count)d 次已走的巡查，不够抽取") % {"count": len(population)})
    seed = secrets.token_hex(16)
    draw = SpotDraw.objects.create(
        tenant=unit.tenant,
        area_path=path,
        from_on=from_on,
        to_on=to_on,
        seed=seed,
        population=population,
        drawn_at=clock.now(),
        drawn_by_id=actor.pk,
        drawn_by_name=actor.display_name[:100],
    )
    chosen = drawn_of(population, seed, count)
    SpotCheck.objects.bulk_create(SpotCheck(draw=draw, patrol_id=pk) for pk in chosen)
    record_row(actor, "patrols.drawn", draw, seed=seed, of=len(population), drawn=chosen)
    return draw


def drawn_of(population: Sequence[int], seed: str, count: int) -> list[int]:
    """Will give what a seed draws: the same for everybody who computes it again."""
    return sorted(random.Random(seed).sample(sorted(population), count))  # noqa: S311  seeded on purpose


@transaction.atomic
def judge(actor: User, *, check_id: int, verdict: str, note: str = "") -> SpotCheck:
    """Will record what looking at a drawn patrol found; once. Locks the check.

    Raises: NotFound; NotAllowed (outside one's areas, or one's own patrol); InvalidInput
        (verdict; note missing unless all is well); Refused (judged already).
    """
    found = SpotCheck.objects.select_for_update(of=("self",)).filter(pk=check_id)
    check = found.select_related("patrol__worker__user", "patrol__plan", "draw").first()
    if check is None:
        raise NotFound(_("没有这条抽查"))
    if not permissions.can_check(actor, check.patrol):
        raise NotAllowed(_("该巡查是您本人的，或不在您的管理范围内"))
    if check.judged_at is not None:
        raise Refused(_("该抽查已有结论"))
    if verdict not in Verdict.values:
        raise InvalidInput(_("请选择结论"), field="verdict")
    if verdict != Verdict.GOOD and not note.strip():
        raise InvalidInput(_("请说明存疑或不实之处"), field="note")
    check.verdict, check.note = verdict, note.strip()[:300]
    check.judged_by_name, check.judged_at = actor.display_name[:100], clock.now()
    check.save()
    record_row(actor, "patrol.judged", check, before={"verdict": ""}, after={"verdict": verdict})
    return check


@transaction.atomic
def look_at_track(actor: User, *, patrol: Patrol, purpose: str, note: str = "") -> list[Position]:
    """Will give where a worker went on a patrol, the doubtful fixes too; the look is logged.

    One's own patrol needs no purpose. Raises: NotAllowed; InvalidInput (purpose); Refused
        (nobody walked it).
    """
    worker = patrol.worker
    if worker is None or patrol.started_at is None:
        raise Refused(_("该巡查还没有开始，没有轨迹"))
    if not permissions.can_see_track(actor, worker):
        raise NotAllowed(_("您没有查看轨迹的权限"))
    is_own = actor.pk == worker.user_id
    if not is_own and purpose not in LookPurpose.values:
        raise InvalidInput(_("请选择查看轨迹的目的"), field="purpose")
    _log_look(actor, worker, patrol, "own" if is_own else purpose, note)
    last = patrol.finished_at or patrol.ends_at
    fixes = Position.objects.filter(worker=worker, at__range=(patrol.starts_at, last))
    return list(fixes.order_by("at"))


def _log_look(actor: User, worker: Worker, patrol: Patrol, purpose: str, note: str) -> None:
    record(
        actor,
        "track.looked_at",
        object_type="fieldwork.worker",
        object_id=worker.pk,
        object_label=worker.user.full_name,
        data={"patrol": patrol.pk, "purpose": purpose, "note": note.strip()[:200]},
    )
