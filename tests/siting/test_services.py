"""Plans, their points, a second person's word, and what was built. Source: IO-01."""

from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from openpyxl import Workbook

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.places.geometry import distance_m, moved, point
from apps.places.models import Area
from apps.siting import services
from apps.siting.models import Plan, PlannedPoint
from apps.siting.selectors import coverage_of, get_plan, list_plans, proposals_of
from apps.siting.services import PointSpec
from tests.cast import Cast
from tests.siting import factories as make

HERE, THERE = (120.005, 36.005), (120.015, 36.015)


@pytest.fixture
def planner(cast: Cast) -> User:
    return make.planner(cast)


@pytest.fixture
def plan(cast: Cast, planner: User) -> Plan:
    return make.plan(cast, planner)


def near(at: tuple[float, float], east_m: float) -> tuple[float, float]:
    place = moved(point(*at), east_m=east_m, north_m=0)
    return (place.x, place.y)


@pytest.mark.django_db
def test_a_plan_is_written_and_changed_with_both_sides_in_the_log(
    cast: Cast, planner: User, plan: Plan
) -> None:
    changed = make.spec(cast, radius_m=400)
    services.save_plan(planner, spec=changed, plan_id=plan.pk)
    assert Plan.objects.get().radius_m == 400
    entry = AuditEntry.objects.filter(action="siting_plan.changed").get()
    assert (entry.data["before"], entry.data["after"]) == ({"radius_m": 300}, {"radius_m": 400})
    assert AuditEntry.objects.filter(action="siting_plan.created", actor_id=planner.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"radius_m": 19}, "radius_m"),
        ({"radius_m": 5001}, "radius_m"),
        ({"duplicate_m": 301}, "duplicate_m"),
        ({"duplicate_m": 0}, "duplicate_m"),
        ({"demand": "people"}, "demand"),
    ],
)
def test_nonsense_is_refused_by_name(
    cast: Cast, planner: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.plan(cast, planner, **wrong)
    assert refused.value.field == field
    assert not Plan.objects.exists()


@pytest.mark.django_db
def test_only_for_ones_own_unit_and_area(cast: Cast, planner: User, plan: Plan) -> None:
    with pytest.raises(NotAllowed):
        make.plan(cast, planner, unit=cast.west_works)
    with pytest.raises(NotAllowed):
        make.plan(cast, planner, area=cast.west)
    with pytest.raises(NotAllowed):
        make.plan(cast, cast.handler)
    neighbour = make.planner(cast, cast.west_works, "planner2")
    with pytest.raises(NotAllowed):
        services.add_points(neighbour, plan_id=plan.pk, specs=[PointSpec("点", point(*HERE))])
    assert not list_plans(neighbour).exists()
    with pytest.raises(NotFound):
        get_plan(neighbour, plan.pk)
    with pytest.raises(NotAllowed):
        list_plans(cast.handler)


@pytest.mark.django_db
def test_points_are_numbered_once_and_moved(planner: User, plan: Plan) -> None:
    make.put(plan, HERE, THERE, actor=planner)
    services.remove_point(planner, plan_id=plan.pk, number=2)
    (third,) = make.put(plan, THERE, actor=planner)
    assert third.number == 3
    to = PointSpec("路口", point(*THERE), "立杆", None)
    services.change_point(planner, plan_id=plan.pk, number=1, spec=to)
    first = PlannedPoint.objects.get(number=1)
    assert (first.label, first.point.coords) == ("路口", THERE)
    entry = AuditEntry.objects.filter(action="siting_point.changed").get()
    assert entry.data["before"]["lon"] == HERE[0]
    assert entry.data["after"]["lon"] == THERE[0]
    with pytest.raises(NotFound):
        services.remove_point(planner, plan_id=plan.pk, number=2)


@pytest.mark.django_db
def test_a_point_outside_the_area_is_refused_and_none_of_its_lot_written(
    cast: Cast, planner: User, plan: Plan
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.put(plan, HERE, cast.inside_west(), actor=planner)
    assert refused.value.field == "point"
    assert not PlannedPoint.objects.exists()


@pytest.mark.django_db
def test_a_plan_with_points_keeps_an_area_that_holds_them(
    cast: Cast, planner: User, plan: Plan
) -> None:
    make.put(plan, (120.015, 36.015), actor=planner)
    cell = Area.objects.filter(pk__in=[c.pk for c in cast.cells["east"]]).order_by("code")[0]
    assert not cell.boundary.covers(point(120.015, 36.015))
    with pytest.raises(InvalidInput) as refused:
        services.save_plan(planner, spec=make.spec(cast, area=cell), plan_id=plan.pk)
    assert refused.value.field == "area"


@pytest.mark.django_db
def test_coverage_before_and_after_with_reasons(planner: User, plan: Plan) -> None:
    make.asset(HERE, "一号立杆")
    make.put(plan, near(HERE, 40), THERE, actor=planner)
    found = coverage_of(planner, plan)
    disc = 100 * 3.1416 * 300**2 / (1802 * 2220)
    assert found.before == pytest.approx(disc, abs=0.4)
    assert 1.9 * disc < found.after < 2.3 * disc
    (twice,) = found.duplicates
    assert twice.metres == pytest.approx(40, abs=0.5)
    assert "一号立杆" in twice.reason
    assert "小于 100 米" in twice.reason
    assert found.worths[1].alone == pytest.approx(disc, abs=0.4)
    assert found.worths[0].alone < 0.2 * disc
    assert found.gaps
    assert "300 米内没有任何点位" in found.gaps[0].reason
    assert plan.area.boundary.covers(found.gaps[0].point)
    assert found.told["existing"] == 1
    assert found.told["planned"] == 2


@pytest.mark.django_db
def test_assets_out_of_use_of_other_kinds_and_of_the_neighbour_do_not_count(
    cast: Cast, planner: User, plan: Plan
) -> None:
    gone = make.asset(HERE)
    Asset.objects.filter(pk=gone.pk).update(state="removed")
    stopped = make.asset(THERE)
    Asset.objects.filter(pk=stopped.pk).update(state="stopped")
    make.asset((120.0205, 36.005), "西区边上的", owner_unit=cast.west_works)
    assert coverage_of(planner, plan).before == 0
    make.asset((120.0205, 36.015), "东区管的", maintainer=cast.east_works)
    assert coverage_of(planner, plan).before > 0


@pytest.mark.django_db
def test_cases_weigh_where_they_happened(cast: Cast, planner: User) -> None:
    plan = make.plan(cast, planner, demand="cases")
    with pytest.raises(InvalidInput) as refused:
        coverage_of(planner, plan)
    assert refused.value.field == "area"


@pytest.mark.django_db
def test_a_radius_too_small_for_the_city_names_the_field(
    cast: Cast, planner: User, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.siting.coverage.MOST_CELLS", 100)
    with pytest.raises(InvalidInput) as refused:
        coverage_of(planner, plan)
    assert refused.value.field == "radius_m"
    assert "830" in str(refused.value)


@pytest.mark.django_db
def test_what_is_proposed_and_taken_is_what_it_says(planner: User, plan: Plan) -> None:
    proposed = proposals_of(coverage_of(planner, plan), count=5, share=100)
    assert len(proposed) == 5
    places = [PointSpec(f"建议{n}", at) for n, (at, _won) in enumerate(proposed)]
    services.add_points(planner, plan_id=plan.pk, specs=places)
    after = coverage_of(planner, plan).after
    assert after == pytest.approx(sum(won for _at, won in proposed), abs=0.6)


@pytest.mark.django_db
def test_another_person_approves_with_the_figures_kept(
    cast: Cast, planner: User, plan: Plan
) -> None:
    second = make.approver(cast)
    with pytest.raises(Refused):
        services.submit_plan(planner, plan_id=plan.pk)
    make.put(plan, HERE, actor=planner)
    services.submit_plan(planner, plan_id=plan.pk)
    assert Notice.objects.filter(recipient=second, title__contains="待审批").count() == 1
    kept = Plan.objects.get().judged
    assert (kept["planned"], kept["radius_m"], kept["before"]) == (1, 300, 0)
    for deed in (
        lambda: make.put(plan, THERE, actor=planner),
        lambda: services.save_plan(planner, spec=make.spec(cast), plan_id=plan.pk),
        lambda: services.remove_point(planner, plan_id=plan.pk, number=1),
        lambda: services.submit_plan(planner, plan_id=plan.pk),
        lambda: services.finish_plan(planner, plan_id=plan.pk),
    ):
        with pytest.raises(Refused):
            deed()
    services.approve_plan(second, plan_id=plan.pk)
    assert Plan.objects.get().state == "approved"
    assert Notice.objects.filter(recipient=planner, title__contains="已批准").count() == 1
    with pytest.raises(Refused):
        services.approve_plan(second, plan_id=plan.pk)


@pytest.mark.django_db
def test_nobody_approves_their_own_or_the_neighbours(cast: Cast, planner: User, plan: Plan) -> None:
    make.put(plan, HERE, actor=planner)
    services.submit_plan(planner, plan_id=plan.pk)
    west = make.approver(cast, cast.west_works, "approver2")
    with pytest.raises(NotAllowed):
        services.approve_plan(planner, plan_id=plan.pk)
    with pytest.raises(NotAllowed):
        services.approve_plan(west, plan_id=plan.pk)
    both = make.approver(cast, cast.east_works, "approver3")
    Plan.objects.filter(pk=plan.pk).update(author_id=both.pk)
    with pytest.raises(NotAllowed):
        services.approve_plan(both, plan_id=plan.pk)
    assert Plan.objects.get().state == "submitted"


@pytest.mark.django_db
def test_what_is_returned_says_why_and_may_be_changed(
    cast: Cast, planner: User, plan: Plan
) -> None:
    second = make.approver(cast)
    make.put(plan, HERE, actor=planner)
    services.submit_plan(planner, plan_id=plan.pk)
    with pytest.raises(InvalidInput) as refused:
        services.return_plan(second, plan_id=plan.pk, reason="不")
    assert refused.value.field == "reason"
    services.return_plan(second, plan_id=plan.pk, reason="与二期立杆重复")
    assert Notice.objects.filter(recipient=planner, body="与二期立杆重复").count() == 1
    make.put(plan, THERE, actor=planner)
    again = services.submit_plan(planner, plan_id=plan.pk)
    assert (again.state, again.reason, again.judged["planned"]) == ("submitted", "", 2)
    assert Notice.objects.filter(recipient=second).count() == 2


def approved(cast: Cast, planner: User, plan: Plan) -> Plan:
    make.put(plan, HERE, THERE, actor=planner)
    services.submit_plan(planner, plan_id=plan.pk)
    return services.approve_plan(make.approver(cast), plan_id=plan.pk)


@pytest.mark.django_db
def test_what_was_built_is_linked_and_counts_once(cast: Cast, planner: User, plan: Plan) -> None:
    with pytest.raises(Refused):
        services.mark_built(planner, plan_id=plan.pk, number=1, asset_id=1)
    approved(cast, planner, plan)
    pole, far = make.asset(near(HERE, 20), "新立杆"), make.asset((120.015, 36.001), "远处的")
    assert distance_m(far.point, point(*HERE)) > make.RADIUS_M
    services.mark_built(planner, plan_id=plan.pk, number=1, asset_id=pole.pk)
    assert PlannedPoint.objects.get(number=1).asset_id == pole.pk
    assert coverage_of(planner, plan).duplicates == []
    for number, asset_id in ((2, pole.pk), (1, far.pk), (1, 0)):
        with pytest.raises(InvalidInput) as refused:
            services.mark_built(planner, plan_id=plan.pk, number=number, asset_id=asset_id)
        assert refused.value.field == "asset"
    services.clear_built(planner, plan_id=plan.pk, number=1)
    assert len(coverage_of(planner, plan).duplicates) == 1


@pytest.mark.django_db
def test_points_not_built_are_explained_in_the_end(cast: Cast, planner: User, plan: Plan) -> None:
    approved(cast, planner, plan)
    with pytest.raises(InvalidInput) as refused:
        services.finish_plan(planner, plan_id=plan.pk)
    assert refused.value.field == "reason"
    done = services.finish_plan(planner, plan_id=plan.pk, reason="道路改造，暂缓建设")
    assert (done.state, done.reason) == ("done", "道路改造，暂缓建设")
    with pytest.raises(Refused):
        services.mark_built(planner, plan_id=plan.pk, number=1, asset_id=1)


def sheet(*rows: tuple[Any, ...]) -> BytesIO:
    book = Workbook()
    assert book.active is not None
    book.active.append(["点位名称", "经度", "纬度", "预算（元）", "备注"])
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


@pytest.mark.django_db
def test_a_file_is_tried_then_written_all_or_none(planner: User, plan: Plan) -> None:
    good = services.read_file(sheet(("一", *HERE, 1200.5, "杆"), ("二", *THERE, None, None)))
    report = services.import_points(planner, plan_id=plan.pk, parsed=good, is_trial=True)
    assert (report.saved, PlannedPoint.objects.count()) == (2, 0)
    services.import_points(planner, plan_id=plan.pk, parsed=good, is_trial=False)
    first = PlannedPoint.objects.get(number=1)
    assert (first.label, str(first.price), first.note) == ("一", "1200.50", "杆")
    bad = services.read_file(
        sheet(("一", *HERE, None, None), ("外", 120.03, 36.01, None, None), ("贵", *HERE, -1, ""))
    )
    report = services.import_points(planner, plan_id=plan.pk, parsed=bad, is_trial=False)
    assert [(e.number, e.header) for e in report.errors] == [(3, "经度"), (4, "预算（元）")]
    assert (report.saved, PlannedPoint.objects.count()) == (0, 2)


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_different_numbers(cast: Cast) -> None:
    plan = make.plan(cast)
    failed: list[Exception] = []

    def add() -> None:
        try:
            for _turn in range(5):
                make.put(plan, HERE, actor=SYSTEM)
        except Exception as error:  # noqa: BLE001  told below
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=add) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    numbers = sorted(PlannedPoint.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 11))
