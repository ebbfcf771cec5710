"""Sheets, drawings and scores of the inspection. Audited. Source: HL-04, HL-13.

Who talked never judges, who judged first never rules the appeal; scores are never changed.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.callcentre import permissions
from apps.callcentre.enums import InspectionState, SampleWay, ScoreKind, SheetState
from apps.callcentre.models import Agent, Inspection, Leg, QualityScore, Sample, ScoreSheet
from apps.callcentre.selectors.quality import calls_to_draw
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.periods import Period
from apps.hotline.models import Call

ITEMS_MOST, SIZE_MOST = 30, 200


@dataclass(frozen=True)
class DrawSpec:
    """What is to be drawn; see ``Sample``. seed: empty, a new one is drawn."""

    name: str
    way: str
    first: date
    last: date
    size: int
    agent: Agent | None = None
    keyword: str = ""
    seed: str = ""


@transaction.atomic
def draft_sheet(
    actor: User, *, tenant: Tenant, name: str, items: Sequence[Mapping[str, Any]]
) -> ScoreSheet:
    """Will write the next version of the score sheet as a draft.

    Raises: NotAllowed; InvalidInput (fields "name", "items").
    """
    permissions.require(actor, permissions.INSPECT, tenant.pk)
    if not 1 <= len(name.strip()) <= 60:
        raise InvalidInput(_("请填写 60 字以内的名称"), field="name")
    kept = checked_items(items)
    Tenant.objects.select_for_update().get(pk=tenant.pk)  # one number at a time
    newest = ScoreSheet.objects.filter(tenant=tenant).order_by("-number").first()
    sheet = ScoreSheet.objects.create(
        tenant=tenant,
        number=newest.number + 1 if newest else 1,
        name=name.strip(),
        items=kept,
        author=actor,
    )
    _record(actor, "callcentre.sheet_drafted", sheet, {"items": len(kept)})
    return sheet


@transaction.atomic
def publish_sheet(actor: User, *, sheet_id: int) -> ScoreSheet:
    """Will put a draft in force instead of the version before; a leader who did not write it.

    Raises: NotFound; NotAllowed; Refused (no draft).
    """
    sheet = ScoreSheet.objects.select_for_update().filter(pk=sheet_id).first()
    if sheet is None:
        raise NotFound(_("没有这份评分表"))
    permissions.require(actor, permissions.LEAD, sheet.tenant_id)
    if actor.pk == sheet.author_id:
        raise NotAllowed(_("编制人不能发布自己的评分表"))
    if sheet.state != SheetState.DRAFT:
        raise Refused(_("只有草稿可以发布"))
    ScoreSheet.objects.filter(tenant=sheet.tenant_id, state=SheetState.PUBLISHED).update(
        state=SheetState.RETIRED
    )
    before = audit.snapshot(sheet, "state")
    sheet.state, sheet.published_by = SheetState.PUBLISHED, actor
    sheet.published_at = clock.now()
    sheet.save(update_fields=["state", "published_by", "published_at"])
    after = audit.snapshot(sheet, "state")
    _record(actor, "callcentre.sheet_published", sheet, audit.changes(before, after))
    return sheet


@transaction.atomic
def draw_sample(actor: User, *, tenant: Tenant, spec: DrawSpec) -> Sample:
    """Will draw answered calls for inspection; the same seed over the same calls, the same calls.

    Calls are put in the order of SHA-256 of seed and the exchange's number, the first ``size``
    are taken. Calls of the actor's own are no part of it.
    Raises: NotAllowed; InvalidInput (fields "name", "way", "size", "last", "agent", "keyword");
        Refused (no sheet in force, nothing to draw from).
    """
    permissions.require(actor, permissions.INSPECT, tenant.pk)
    _check_draw(tenant, spec)
    sheet = ScoreSheet.objects.filter(tenant=tenant, state=SheetState.PUBLISHED).first()
    if sheet is None:
        raise Refused(_("还没有已发布的评分表"))
    seed = spec.seed or secrets.token_hex(8)
    pool = calls_to_draw(
        tenant_id=tenant.pk,
        way=spec.way,
        period=Period(spec.first, spec.last),
        agent=spec.agent,
        keyword=spec.keyword.strip(),
    ).exclude(legs__agent__user=actor)
    calls = sorted(pool, key=lambda call: _rank(seed, call))
    if not calls:
        raise Refused(_("没有符合条件的通话"))
    sample = Sample.objects.create(
        tenant=tenant,
        name=spec.name.strip(),
        way=spec.way,
        first=spec.first,
        last=spec.last,
        size=spec.size,
        agent=spec.agent,
        keyword=spec.keyword.strip(),
        seed=seed,
        population=len(calls),
        drawn_by=actor,
        drawn_at=clock.now(),
    )
    chosen = calls[: spec.size]
    agents = {agent.user_id: agent for agent in Agent.objects.filter(group__tenant=tenant)}
    Inspection.objects.bulk_create(
        Inspection(sample=sample, call=call, agent=agents[call.agent_id], sheet=sheet)
        for call in chosen
        if call.agent_id in agents
    )
    told = {"way": spec.way, "seed": seed, "population": len(calls), "drawn": len(chosen)}
    _record(actor, "callcentre.sample_drawn", sample, told)
    return sample


@transaction.atomic
def score_call(
    actor: User,
    *,
    inspection_id: int,
    kind: str,
    points: Mapping[str, int],
    comment: str = "",
) -> QualityScore:
    """Will keep what an inspector gives a call. Locks the inspection.

    kind: first; second, which rules an appeal and counts from then on (comment: the answer);
    calibration, which counts nowhere but in the agreement.
    Raises: NotFound; NotAllowed (the own call, who judged first); InvalidInput (fields
        "points", "comment"); Refused (not in that state, scored already).
    """
    inspection = _lock(inspection_id)
    permissions.require(actor, permissions.INSPECT, inspection.sample.tenant_id)
    if Leg.objects.filter(call=inspection.call_id, agent__user=actor).exists():
        raise NotAllowed(_("不能质检自己接听的通话"))
    if kind not in ScoreKind.values:
        raise InvalidInput(_("没有这种评分"), field="kind")
    _check_state(inspection, actor, kind)
    given, total, is_fatal = add_up(inspection.sheet.items, points)
    comment = comment.strip()
    if len(comment) > 500 or (kind == ScoreKind.SECOND and not comment):
        raise InvalidInput(_("请填写 500 字以内的意见"), field="comment")
    score = QualityScore.objects.create(
        inspection=inspection,
        kind=kind,
        inspector=actor,
        points=given,
        total=total,
        is_fatal=is_fatal,
        comment=comment,
        at=clock.now(),
    )
    if kind != ScoreKind.CALIBRATION:
        before = audit.snapshot(inspection, "state", "total", "is_fatal")
        inspection.total, inspection.is_fatal = total, is_fatal
        if kind == ScoreKind.SECOND:
            inspection.state, inspection.answer = InspectionState.CLOSED, comment
        else:
            inspection.state = InspectionState.SCORED
        inspection.save(update_fields=["state", "total", "is_fatal", "answer"])
        changed = audit.changes(before, audit.snapshot(inspection, "state", "total", "is_fatal"))
        _record(actor, f"callcentre.call_scored_{kind}", inspection, changed)
    else:
        _record(actor, "callcentre.call_calibrated", inspection, {"total": total})
    return score


@transaction.atomic
def appeal_score(actor: User, *, inspection_id: int, words: str) -> Inspection:
    """Will note that the agent does not agree with the score; once.

    Raises: NotFound (not the agent's own); InvalidInput (field "words"); Refused.
    """
    inspection = _lock(inspection_id)
    if inspection.agent.user_id != actor.pk:
        raise NotFound(_("没有这份质检"))
    if inspection.state != InspectionState.SCORED:
        raise Refused(_("只有已评分、未申诉的质检可以申诉"))
    words = words.strip()
    if not 2 <= len(words) <= 500:
        raise InvalidInput(_("请填写 2 至 500 字的理由"), field="words")
    before = audit.snapshot(inspection, "state")
    inspection.state, inspection.appeal = InspectionState.APPEALED, words
    inspection.appealed_at = clock.now()
    inspection.save(update_fields=["state", "appeal", "appealed_at"])
    changed = audit.changes(before, audit.snapshot(inspection, "state"))
    _record(actor, "callcentre.score_appealed", inspection, changed)
    return inspection


def checked_items(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Will give the items of a sheet as kept. Raises: InvalidInput (field "items")."""
    kept = [
        {
            "code": str(item.get("code", "")).strip()[:30],
            "label": str(item.get("label", "")).strip()[:100],
            "weight": item.get("weight", 0),
            "fatal": bool(item.get("fatal")),
        }
        for item in items
    ]
    codes = {item["code"] for item in kept}
    if not 1 <= len(kept) <= ITEMS_MOST or len(codes) != len(kept) or "" in codes:
        raise InvalidInput(_("评分项须有 1 至 30 项，代码不重复"), field="items")
    if any(not item["label"] for item in kept):
        raise InvalidInput(_("每个评分项须有名称"), field="items")
    weights = [item["weight"] for item in kept if not item["fatal"]]
    if any(not isinstance(w, int) or not 1 <= w <= 100 for w in weights) or sum(weights) != 100:
        raise InvalidInput(_("非致命项的分值须为整数，合计 100 分"), field="items")
    return [item | {"weight": 0} if item["fatal"] else item for item in kept]


def add_up(
    items: Sequence[Mapping[str, Any]], points: Mapping[str, int]
) -> tuple[dict[str, int], int, bool]:
    """Will give points as kept, the total, and whether a fatal item was not kept.

    points: 0 to weight; of a fatal item 1 kept, 0 not. Raises: InvalidInput (field "points").
    """
    kept: dict[str, int] = {}
    for item in items:
        most = 1 if item["fatal"] else item["weight"]
        value = points.get(item["code"])
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise InvalidInput(
                _("“%(item)s”须为 0 至 %(most)d 的整数") % {"item": item["label"], "most": most},
                field="points",
            )
        kept[item["code"]] = value
    is_fatal = any(item["fatal"] and kept[item["code"]] == 0 for item in items)
    total = sum(kept[item["code"]] for item in items if not item["fatal"])
    return kept, 0 if is_fatal else total, is_fatal


def _check_draw(tenant: Tenant, spec: DrawSpec) -> None:
    if not 1 <= len(spec.name.strip()) <= 60:
        raise InvalidInput(_("请填写 60 字以内的名称"), field="name")
    if spec.way not in SampleWay.values:
        raise InvalidInput(_("没有这种抽样方式"), field="way")
    if not 1 <= spec.size <= SIZE_MOST:
        raise InvalidInput(_("抽取数量须在 1 至 200"), field="size")
    if spec.last < spec.first or (spec.last - spec.first).days > 92:
        raise InvalidInput(_("起止日期不正确，最长三个月"), field="last")
    if spec.way == SampleWay.AGENT and (
        spec.agent is None or spec.agent.group.tenant_id != tenant.pk
    ):
        raise InvalidInput(_("请选择话务员"), field="agent")
    if spec.way == SampleWay.KEYWORD and not spec.keyword.strip():
        raise InvalidInput(_("请填写关键词"), field="keyword")


def _check_state(inspection: Inspection, actor: User, kind: str) -> None:
    if inspection.scores.filter(inspector=actor).exists():
        raise NotAllowed(_("您已评过这通电话"))
    wanted = {
        ScoreKind.FIRST.value: (InspectionState.WAITING,),
        ScoreKind.SECOND.value: (InspectionState.APPEALED,),
        ScoreKind.CALIBRATION.value: (
            InspectionState.SCORED,
            InspectionState.APPEALED,
            InspectionState.CLOSED,
        ),
    }
    if inspection.state not in wanted[kind]:
        raise Refused(_("这份质检现在不能这样评分"))


def _lock(inspection_id: int) -> Inspection:
    found = (
        Inspection.objects.select_for_update(of=("self",))
        .select_related("sample", "agent", "sheet", "call")
        .filter(pk=inspection_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份质检"))
    return found


def _rank(seed: str, call: Call) -> str:
    return hashlib.sha256(f"{seed}:{call.exchange_id}".encode()).hexdigest()


def _record(actor: User, action: str, row: Any, data: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type=row._meta.model_name,
        object_id=row.pk,
        object_label=str(row),
        data=data,
    )
