"""Plans and draws: frozen before drawn, by two people, provable, never rewritten."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.accounts.models import Appointment
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import drawing, services
from apps.inspection.models import Conflict, Draw, DrawnInspector, DrawResult, Inspector
from apps.inspection.selectors import draws
from apps.inspection.selectors.candidates import preview_of
from apps.matters.models import Case
from apps.notices.models import Notice
from tests.cast import Cast
from tests.inspection import factories as make


def test_a_draw_is_frozen_drawn_proven_and_becomes_cases(staffed: Cast) -> None:
    make.many(staffed, 8)
    frozen = make.frozen(staffed)
    assert (frozen.state, frozen.list_digest) == ("frozen", drawing.digest(frozen.frozen))
    with pytest.raises(NotFound):
        draws.proof_of(frozen)
    draw = services.run_draw(staffed.runner, draw_id=frozen.pk)
    assert draw.results.count() == 4
    proof = draws.proof_of(draw)
    assert drawing.verify(proof) == []
    outbox.drain()
    for result in draw.results.select_related("case", "case__unit"):
        assert result.case is not None
        assert (result.case.state, result.case.unit) == ("assigned", staffed.east_works)
        assert result.inspectors.count() == 2
        lead = make.lead_of(result)
        assert Notice.objects.filter(recipient=lead).exists()


def test_who_planned_or_froze_does_not_draw(staffed: Cast) -> None:
    make.many(staffed)
    frozen = make.frozen(staffed)
    staffed.planner.appointments.create(
        post=staffed.runner.appointments.get().post, from_on=clock.today()
    )
    with pytest.raises(NotAllowed, match="另一人"):
        services.run_draw(staffed.planner, draw_id=frozen.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Draw.objects.filter(pk=frozen.pk).update(drawn_by=staffed.planner)


@pytest.mark.parametrize("who", ["runner_west", "keeper", "inspector0", "outsider"])
def test_others_do_not_draw(staffed: Cast, who: str) -> None:
    make.many(staffed)
    with pytest.raises(NotAllowed):
        services.run_draw(getattr(staffed, who), draw_id=make.frozen(staffed).pk)


@pytest.mark.parametrize("who", ["runner", "runner_west", "keeper"])
def test_others_do_not_plan(staffed: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        services.save_plan(getattr(staffed, who), tenant=staffed.tenant, new=make.new_plan(staffed))


def test_the_neighbour_sees_no_draw(staffed: Cast) -> None:
    make.many(staffed)
    frozen = make.frozen(staffed)
    with pytest.raises(NotFound):
        draws.get_draw(staffed.runner_west, frozen.number)
    assert draws.get_draw(staffed.runner, frozen.number) == frozen


def test_a_list_is_frozen_and_drawn_once(staffed: Cast) -> None:
    make.many(staffed)
    draw = make.drawn(staffed)
    with pytest.raises(Refused, match="已抽取"):
        services.run_draw(staffed.runner, draw_id=draw.pk)
    with pytest.raises(Refused):
        services.freeze_draw(staffed.planner, plan_id=draw.plan_id)
    with pytest.raises(Refused):
        services.save_plan(
            staffed.planner, tenant=staffed.tenant, new=make.new_plan(staffed),
            plan_id=draw.plan_id,
        )  # fmt: skip
    with pytest.raises(Refused):
        services.abandon_draw(staffed.planner, draw_id=draw.pk, reason="不满意")
    assert Case.objects.filter(matter_type=make.matter()).count() == draw.results.count()


def test_a_frozen_list_given_up_stays_visible(staffed: Cast) -> None:
    make.many(staffed)
    frozen = make.frozen(staffed)
    with pytest.raises(InvalidInput):
        services.abandon_draw(staffed.planner, draw_id=frozen.pk, reason="")
    services.abandon_draw(staffed.planner, draw_id=frozen.pk, reason="区域选错")
    again = services.freeze_draw(staffed.planner, plan_id=frozen.plan_id)
    assert again.secret != frozen.secret
    listed = list(draws.list_public_draws(staffed.tenant))
    assert {draw.state for draw in listed} == {"frozen", "abandoned"}


def test_later_changes_of_the_register_do_not_move_a_frozen_list(staffed: Cast) -> None:
    make.many(staffed, 8)
    frozen = make.frozen(staffed)
    make.supervised(staffed, 99)
    draw = services.run_draw(staffed.runner, draw_id=frozen.pk)
    assert len(draw.frozen["objects"]) == 8


def test_nothing_of_a_draw_can_be_rewritten(staffed: Cast) -> None:
    make.many(staffed)
    draw = make.drawn(staffed)
    deeds: list[Any] = [
        lambda: Draw.objects.filter(pk=draw.pk).update(public_seed="x"),
        lambda: Draw.objects.filter(pk=draw.pk).delete(),
        lambda: DrawResult.objects.filter(draw=draw).update(grade="D"),
        lambda: DrawnInspector.objects.filter(result__draw=draw).update(position=9),
        lambda: DrawnInspector.objects.filter(result__draw=draw).delete(),
    ]
    for deed in deeds:
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_a_frozen_list_cannot_be_changed(staffed: Cast) -> None:
    make.many(staffed)
    frozen = make.frozen(staffed)
    for change in ({"frozen": {}}, {"secret": "0" * 64}, {"list_digest": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Draw.objects.filter(pk=frozen.pk).update(**change)


def test_conflicts_and_the_last_check_keep_inspectors_away(staffed: Cast) -> None:
    objects = make.many(staffed, 6)
    first = Inspector.objects.get(user=staffed.inspector0)
    services.declare_conflict(
        staffed.inspector0, inspector_id=first.pk, supervised=objects[0], reason="亲属经营"
    )
    everything = dict.fromkeys("ABCD", 10_000)
    draw = make.drawn(staffed, rates=everything, per_object=1)
    result = draw.results.get(supervised=objects[0])
    assert first.pk not in set(result.inspectors.values_list("inspector", flat=True))
    for one in draw.results.all():
        services.record_result(make.lead_of(one), result_id=one.pk, new=make.new_result())
        services.publish_result(staffed.runner, result_id=one.pk)
    barred = make.frozen(staffed, rates=everything, per_object=1, title="第二次").frozen["barred"]
    assert sorted(barred[objects[0].ref].values()) == ["conflict", "last_time"]
    assert all(list(barred[one.ref].values()) == ["last_time"] for one in objects[1:])


def test_too_few_inspectors_are_told_with_what_to_change(staffed: Cast) -> None:
    objects = make.many(staffed, 6)
    for number in range(3):
        one = Inspector.objects.get(user=getattr(staffed, f"inspector{number}"))
        services.declare_conflict(
            staffed.keeper, inspector_id=one.pk, supervised=objects[0], reason="回避"
        )
    with pytest.raises(Refused, match=r"测试商行001.*请增加检查人员"):
        make.frozen(staffed)
    with pytest.raises(Refused, match="没有可抽取的对象"):
        make.frozen(staffed, kind="project")
    with pytest.raises(Refused, match="只有4名"):
        make.frozen(staffed, per_object=5)


def test_who_may_not_check_is_left_out_with_the_reason(staffed: Cast) -> None:
    make.many(staffed)
    Inspector.objects.filter(user=staffed.inspector0).update(valid_to=clock.today())
    Inspector.objects.filter(user=staffed.inspector1).update(is_active=False)
    frozen = make.frozen(staffed).frozen
    assert {row["reason"] for row in frozen["excluded"]["inspectors"]} == {"expired", "inactive"}
    assert len(frozen["inspectors"]) == 2


def test_objects_under_check_and_just_checked_are_left_out(staffed: Cast) -> None:
    make.many(staffed, 8)
    draw = make.drawn(staffed)
    plan = make.plan(staffed, title="第二次", skip_days=30)
    assert len(preview_of(plan, day=clock.today()).frozen["objects"]) == 4
    result = draw.results.first()
    services.record_result(make.lead_of(result), result_id=result.pk, new=make.new_result())
    left_out = preview_of(plan, day=clock.today()).frozen["excluded"]["objects"]
    assert sorted(row["reason"] for row in left_out) == ["recent", "running", "running", "running"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"rates": {}}, "rates"),
        ({"rates": {"A": 5000, "B": 5000, "C": 5000, "D": 1000}}, "rates"),
        ({"rates": {"D": 10_001}}, "rates"),
        ({"rates": {"X": 100}}, "rates"),
        ({"per_object": 0}, "per_object"),
        ({"skip_days": -1}, "skip_days"),
        ({"units": []}, "units"),
        ({"to_on": clock.today() - timedelta(days=1)}, "to_on"),
        ({"kind": "ghost"}, "kind"),
    ],
)
def test_wrong_plans_name_their_field(staffed: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make.plan(staffed, **changes)
    assert refusal.value.field == field


def test_a_matter_of_another_kind_is_refused(staffed: Cast) -> None:
    from apps.matters.models import MatterType

    demand = MatterType.objects.get(code="hotline.demand")
    with pytest.raises(InvalidInput, match="监管事项"):
        make.plan(staffed, matter_type=demand)


def test_a_public_seed_needs_its_witness(staffed: Cast) -> None:
    make.many(staffed)
    frozen = make.frozen(staffed)
    for words, name, field in (
        ("今日福彩", "", "witness"),
        ("长" * 201, "王", "public_seed"),
        ("x", "长" * 61, "witness"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            services.run_draw(staffed.runner, draw_id=frozen.pk, public_seed=words, witness=name)
        assert refusal.value.field == field


def test_nobody_lifts_their_own_conflict(staffed: Cast) -> None:
    one = Inspector.objects.get(user=staffed.inspector0)
    conflict = services.declare_conflict(
        staffed.inspector0, inspector_id=one.pk, kind="person", reason="曾任职"
    )
    with pytest.raises(Refused):
        services.declare_conflict(
            staffed.keeper, inspector_id=one.pk, kind="person", reason="曾任职"
        )
    for who in (staffed.inspector0, staffed.keeper_west, staffed.inspector1):
        with pytest.raises(NotAllowed):
            services.lift_conflict(who, conflict_id=conflict.pk, reason="已过两年")
    services.lift_conflict(staffed.keeper, conflict_id=conflict.pk, reason="已过两年")
    with pytest.raises(Refused):
        services.lift_conflict(staffed.keeper, conflict_id=conflict.pk, reason="再来")
    assert Conflict.objects.count() == 1


def test_a_conflict_is_of_one_object_or_of_a_kind(staffed: Cast) -> None:
    one = Inspector.objects.get(user=staffed.inspector0)
    for kind in ("", "ghost"):
        with pytest.raises(InvalidInput):
            services.declare_conflict(staffed.keeper, inspector_id=one.pk, kind=kind, reason="x")
    with pytest.raises(NotAllowed):
        services.declare_conflict(
            staffed.inspector1, inspector_id=one.pk, kind="firm", reason="害他"
        )


def test_an_inspector_holds_the_post(staffed: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make.inspector(staffed, staffed.handler, make.matter(), certificate="X1")
    assert refusal.value.field == "user"
    with pytest.raises(InvalidInput) as refusal:
        make.inspector(staffed, staffed.inspector0, make.matter(), certificate="X2")
    assert refusal.value.field == "certificate"
    assert Appointment.objects.filter(user=staffed.handler).exists()
