"""The credit scale: drafted by one, put in force by another, applied to everybody."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.audit.models import AuditEntry
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import credit, services
from apps.inspection.models import (
    CreditChange,
    CreditRun,
    CreditScale,
    CreditScaleDraft,
    SupervisedObject,
)
from apps.inspection.selectors import scales
from apps.inspection.services import scales as deeds
from tests.cast import Cast, _person
from tests.inspection import factories as make
from tests.matters.test_two_at_once import at_once

HIGHER = credit.DEFAULT_SCALE | {"base": 100}


def draft_of(cast: Cast, body: Any = HIGHER, **changes: Any) -> CreditScaleDraft:
    given = {"tenant": cast.tenant, "body": body, "reason": "鼓励守信"} | changes
    return services.save_scale_draft(cast.drafter, **given)


def enforced(cast: Cast, body: Any = HIGHER) -> CreditScale:
    draft = draft_of(cast, body)
    return services.enforce_scale(cast.enforcer, draft_id=draft.pk, revision=draft.revision)


def grades() -> list[str]:
    return list(SupervisedObject.objects.order_by("pk").values_list("grade", flat=True))


def test_a_redrafted_scale_says_what_it_was(staffed: Cast) -> None:
    draft_of(staffed)
    draft_of(staffed, body=HIGHER | {"base": 90})
    told = AuditEntry.objects.filter(action="credit_scale.drafted").latest("id").data
    assert (told["before"], told["after"]) == ({"base": 100}, {"base": 90})


def test_a_scale_is_drafted_enforced_and_applied(staffed: Cast) -> None:
    objects = make.many(staffed, 3)
    assert grades() == ["B", "B", "B"]
    scale = enforced(staffed)
    assert (scale.number, scale.made_by_name, scale.published_by_name) == (1, "起草", "启用")
    assert grades() == ["B", "B", "B"]
    outbox.drain()
    assert grades() == ["A", "A", "A"]
    run = CreditRun.objects.get()
    assert (run.done, run.changed, run.share) == (3, 3, 100)
    assert run.finished_at is not None
    change = objects[0].credit_changes.first()
    assert change is not None
    assert (change.scale, change.from_grade, change.to_grade) == (1, "B", "A")
    assert change.reason.startswith("第1版评分表启用")
    assert make.supervised(staffed, 9).points == 100
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"credit_scale.drafted", "credit_scale.enforced", "credit_scale.applied"} <= actions


def test_its_maker_never_enforces_it(staffed: Cast) -> None:
    draft = draft_of(staffed)
    enforcer_post = staffed.enforcer.appointments.get().post
    staffed.drafter.appointments.create(post=enforcer_post, from_on=clock.today())
    with pytest.raises(NotAllowed, match="另一人"):
        services.enforce_scale(staffed.drafter, draft_id=draft.pk, revision=1)
    scale = CreditScale.objects.create(
        tenant=staffed.tenant, number=1, body=HIGHER, published_at=clock.now()
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditScaleDraft.objects.filter(pk=draft.pk).update(
            state="enforced", closed_by=staffed.drafter, scale=scale
        )


@pytest.mark.parametrize("who", ["drafter_east", "keeper", "enforcer"])
def test_others_draft_nothing(staffed: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        services.save_scale_draft(
            getattr(staffed, who), tenant=staffed.tenant, body=HIGHER, reason="试"
        )


@pytest.mark.parametrize("who", ["drafter_east", "keeper", "runner"])
def test_others_enforce_and_discard_nothing(staffed: Cast, who: str) -> None:
    draft = draft_of(staffed)
    with pytest.raises(NotAllowed):
        services.enforce_scale(getattr(staffed, who), draft_id=draft.pk, revision=1)
    with pytest.raises(NotAllowed):
        services.discard_scale_draft(getattr(staffed, who), draft_id=draft.pk, reason="试")


def test_what_is_enforced_is_what_was_looked_at(staffed: Cast) -> None:
    draft = draft_of(staffed)
    assert draft_of(staffed, credit.DEFAULT_SCALE | {"base": 200}).revision == 2
    with pytest.raises(Refused, match="又有修改"):
        services.enforce_scale(staffed.enforcer, draft_id=draft.pk, revision=1)
    services.enforce_scale(staffed.enforcer, draft_id=draft.pk, revision=2)
    with pytest.raises(Refused):
        services.enforce_scale(staffed.enforcer, draft_id=draft.pk, revision=2)
    with pytest.raises(NotFound):
        services.enforce_scale(staffed.enforcer, draft_id=0, revision=1)


def test_one_draft_at_a_time_given_up_with_a_reason(staffed: Cast) -> None:
    draft = draft_of(staffed)
    other = _person("drafter2", "另一起草", "scale_drafter", staffed.center)
    with pytest.raises(Refused, match="起草"):
        services.save_scale_draft(other, tenant=staffed.tenant, body=HIGHER, reason="抢")
    with pytest.raises(InvalidInput) as refusal:
        services.discard_scale_draft(staffed.enforcer, draft_id=draft.pk, reason=" ")
    assert refusal.value.field == "reason"
    services.discard_scale_draft(staffed.enforcer, draft_id=draft.pk, reason="依据不足")
    assert scales.find_draft(staffed.tenant) is None
    assert scales.list_given_up(staffed.tenant).get().closed_reason == "依据不足"
    services.save_scale_draft(other, tenant=staffed.tenant, body=HIGHER, reason="再来")
    with pytest.raises(DatabaseError), transaction.atomic():
        CreditScaleDraft.objects.filter(pk=draft.pk).update(reason="改写")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base": 1001}, "base"),
        ({"grades": [{"grade": "A", "from": 10}, {"grade": "B", "from": 20}, {"grade": "C"}]},
         "grades-1-from"),
        ({"behaviours": [{"code": "x", "label": "甲", "points": 1},
                         {"code": "x", "label": "乙", "points": 1}]}, "behaviours-1-code"),
        ({"behaviours": [{"code": "x", "label": "甲", "points": 1, "months": 0}]},
         "behaviours-0-months"),
        ({"behaviours": [{"code": "x", "label": "甲", "points": 1, "finding": "filed"},
                         {"code": "y", "label": "乙", "points": 1, "finding": "filed"}]},
         "behaviours-1-finding"),
    ],
)  # fmt: skip
def test_a_wrong_draft_names_its_place(staffed: Cast, change: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft_of(staffed, credit.DEFAULT_SCALE | change)
    assert refusal.value.field == field


def behave(cast: Cast, one: SupervisedObject, code: str, days_ago: int = 0) -> None:
    services.record_behaviour(
        cast.keeper, object_id=one.pk, code=code,
        happened_on=clock.today() - timedelta(days=days_ago), text="属实",
    )  # fmt: skip


def test_the_preview_is_what_comes_true(staffed: Cast) -> None:
    one, two, three = make.many(staffed, 3)
    behave(staffed, one, "refused")
    behave(staffed, two, "accident", days_ago=400)
    behave(staffed, three, "praised")
    assert grades() == ["C", "D", "A"]
    shorter = [
        row | ({"months": 6} if row["code"] == "accident" else {})
        for row in credit.DEFAULT_SCALE["behaviours"]
    ]
    grades_now = [{"grade": "A", "from": 99}, *credit.DEFAULT_SCALE["grades"][1:]]
    body = credit.DEFAULT_SCALE | {"behaviours": shorter, "grades": grades_now}
    found = scales.preview_scale(staffed.tenant, body)
    assert [(m.object_id, m.before, m.after) for m in found.moves] == [
        (three.pk, "A", "B"),
        (two.pk, "D", "B"),
    ]
    assert (found.total, found.worse, found.better) == (3, 1, 1)
    table = {grade: (before, after) for grade, before, after, _cells in found.table}
    assert table == {"A": (1, 0), "B": (0, 2), "C": (1, 1), "D": (1, 0)}
    enforced(staffed, body)
    outbox.drain()
    assert grades() == ["C", "B", "B"]


def test_records_keep_the_points_of_their_day(staffed: Cast) -> None:
    one = make.supervised(staffed)
    behave(staffed, one, "praised")
    dearer = [
        row | ({"points": -50} if row["code"] == "praised" else {})
        for row in credit.DEFAULT_SCALE["behaviours"]
    ]
    enforced(staffed, credit.DEFAULT_SCALE | {"behaviours": dearer})
    outbox.drain()
    one.refresh_from_db()
    assert (one.points, one.grade) == (95, "A")


def test_a_run_goes_on_where_it_stopped(staffed: Cast, monkeypatch: Any) -> None:
    """A batch that fails leaves nothing behind; the next try does it once."""
    monkeypatch.setattr(deeds, "BATCH", 2)
    make.many(staffed, 5)
    enforced(staffed)
    run = CreditRun.objects.get()
    services.assess_batch(run.pk)
    with monkeypatch.context() as broken:
        broken.setattr(deeds, "_order", lambda _run: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.assess_batch(run.pk)
    run.refresh_from_db()
    assert (run.done, grades()) == (2, ["A", "A", "B", "B", "B"])
    outbox.drain()
    outbox.drain()
    run.refresh_from_db()
    assert (run.done, run.changed, grades()) == (5, 5, ["A"] * 5)
    assert CreditChange.objects.filter(scale=1).count() == 5


def test_a_newer_version_takes_over(staffed: Cast) -> None:
    make.many(staffed, 2)
    enforced(staffed)
    first = CreditRun.objects.get()
    enforced(staffed, credit.DEFAULT_SCALE | {"base": 50})
    outbox.drain()
    first.refresh_from_db()
    assert (first.superseded, first.done) == (True, 0)
    assert grades() == ["D", "D"]
    assert set(CreditChange.objects.values_list("scale", flat=True)) == {0, 2}


def test_no_list_is_frozen_while_grades_change(staffed: Cast) -> None:
    make.many(staffed, 4)
    plan = make.plan(staffed)
    enforced(staffed)
    with pytest.raises(Refused, match="重新计算"):
        services.freeze_draw(staffed.planner, plan_id=plan.pk)
    outbox.drain()
    services.freeze_draw(staffed.planner, plan_id=plan.pk)


def test_who_comes_back_is_assessed_by_the_scale_in_force(staffed: Cast) -> None:
    one = make.supervised(staffed)
    services.end_object(staffed.keeper, object_id=one.pk, reason="停业")
    enforced(staffed)
    outbox.drain()
    assert grades() == ["B"]
    services.resume_object(staffed.keeper, object_id=one.pk)
    assert grades() == ["A"]


def test_differences_are_told(staffed: Cast) -> None:
    old = credit.DEFAULT_SCALE
    rows = [old["behaviours"][0] | {"points": 9}, *old["behaviours"][2:]]
    new = old | {
        "months": 12,
        "grades": [{"grade": "A", "from": 95}, {"grade": "B", "from": 70}, {"grade": "D"}],
        "behaviours": [*rows, {"code": "own_1", "label": "公益", "points": 1, "months": 6}],
    }
    told = scales.differences(old, new)
    assert "计分期：24个月 → 12个月" in told
    assert "C级：60分起 → 不设" in told
    assert "新增行为：公益 +1，计6个月" in told
    assert "删去行为：履行信用承诺" in told
    assert "受到表彰奖励 +5 → 受到表彰奖励 +9" in told
    assert scales.differences(old, old) == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_enforce_once(staffed: Cast) -> None:
    draft = draft_of(staffed)
    second = _person("enforcer2", "启二", "scale_enforcer", staffed.center)
    results = at_once(
        *(
            lambda who=who: services.enforce_scale(who, draft_id=draft.pk, revision=1)
            for who in (staffed.enforcer, second)
        )
    )
    assert sum(isinstance(one, DomainError) for one in results) == 1
    assert CreditScale.objects.count() == CreditRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_assess_each_object_once(staffed: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(deeds, "BATCH", 2)
    make.many(staffed, 6)
    enforced(staffed)
    at_once(outbox.drain, outbox.drain)
    outbox.drain()
    assert grades() == ["A"] * 6
    assert CreditChange.objects.filter(scale=1).count() == 6
