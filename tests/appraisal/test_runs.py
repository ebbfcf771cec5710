"""A month computed, computed anew, opened, appealed, frozen. OP-16."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.appraisal import services
from apps.appraisal.enums import PassState, RunState, SubjectKind
from apps.appraisal.models import FigureChange, Pass, PointFact, PointFigure, Run, SubjectLine
from apps.appraisal.selectors import runs as reads
from apps.assets.models import Asset, AssetPast
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.monitoring.models import Outage
from tests.appraisal.factories import (
    HOUR,
    camera,
    computed,
    known_for_long,
    last_month,
    outage,
    paper,
    point,
    recorded,
    scheme,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def two_points(desk: Cast) -> tuple[Asset, Asset]:
    """An eastern camera of 甲 and a western one of 乙, both watched all month."""
    east = point(desk)
    west = point(desk, side="west", vendor="乙维保")
    for asset in (east, west):
        known_for_long(asset)
    return east, west


def test_every_figure_is_kept_with_the_rows_it_was_made_of(desk: Cast) -> None:
    east, west = two_points(desk)
    made = outage(east, 24 * HOUR, 10 * HOUR)
    outage(east, 30 * HOUR, 10 * HOUR, "power")
    recorded(camera(east), [3600] * 23 + [None])
    scheme(desk)
    run = computed(desk)
    assert run.shown is not None
    assert run.shown.state == PassState.DONE
    (figure,) = PointFigure.objects.filter(of=run.shown, asset=east)
    month = last_month().days * 86400
    # Ten hours of power excused, of which four overlap the equipment's: six held against it.
    assert figure.seconds == {
        "up": month - 16 * 3600, "down": 6 * 3600, "excused": 10 * 3600, "planned": 0, "unknown": 0,
    }  # fmt: skip
    assert figure.causes == {"equipment": 6 * 3600, "power": 10 * 3600}
    assert figure.rates["online"] == [month - 16 * 3600, month - 10 * 3600]
    assert figure.rates["recording"] == [23 * 3600, 23 * 3600]
    keys = set(PointFact.objects.filter(of=run.shown, asset=east).values_list("key", flat=True))
    assert f"outage:{made.pk}" in keys
    assert {piece[2] for piece in figure.bar} == {"up", "down", "excused"}
    assert PointFigure.objects.get(of=run.shown, asset=west).score == Decimal("100.00")


def test_districts_streets_and_vendors_are_ranked_by_sums_not_by_means(desk: Cast) -> None:
    east, _west = two_points(desk)
    known_for_long(point(desk))
    outage(east, HOUR, 72 * HOUR)
    scheme(desk)
    run = computed(desk)
    vendors = {one.key: one for one in SubjectLine.objects.filter(of=run.shown, kind="vendor")}
    month = last_month().days * 86400
    assert vendors["甲维保"].points == 2
    assert vendors["甲维保"].rates["online"] == [2 * month - 72 * 3600, 2 * month]
    assert (vendors["乙维保"].place, vendors["甲维保"].place) == (1, 2)
    districts = SubjectLine.objects.filter(of=run.shown, kind=SubjectKind.DISTRICT)
    assert {one.name for one in districts} == {desk.east.name, desk.west.name}


def test_a_thing_moved_in_mid_month_is_counted_where_it_was_when(desk: Cast) -> None:
    east, _west = two_points(desk)
    outage(east, 24 * HOUR, HOUR)
    outage(east, 20 * 24 * HOUR, 2 * HOUR)
    Asset.objects.filter(pk=east.pk).update(vendor="乙维保", area=desk.cells["west"][0])
    moved = AssetPast.objects.filter(asset=east).latest("pk")
    turn = last_month().start + timedelta(days=10)
    # The register's history is written once; another row says the same of an earlier moment.
    AssetPast.objects.filter(pk=moved.pk).delete()
    AssetPast.objects.create(asset=east, until=turn, card=moved.card)
    scheme(desk)
    run = computed(desk)
    first, second = PointFigure.objects.filter(of=run.shown, asset=east).order_by("began_at")
    assert (first.ended_at, second.began_at) == (turn, turn)
    assert (first.vendor, second.vendor) == ("甲维保", "乙维保")
    assert (first.seconds["down"], second.seconds["down"]) == (3600, 7200)
    assert second.area_path.startswith(desk.west.path)


def test_the_same_rows_give_the_same_digests_and_no_changes(desk: Cast) -> None:
    east, _west = two_points(desk)
    outage(east, HOUR, HOUR)
    outage(east, timedelta(days=last_month().days) - HOUR, None)
    scheme(desk)
    first = computed(desk).shown
    Outage.objects.filter(ended_at=None).update(ended_at=clock.now())  # after the month: no change
    second = computed(desk).shown
    assert first is not None
    assert second is not None
    assert first.pk != second.pk
    assert (second.inputs_digest, second.figures_digest) == (
        first.inputs_digest,
        first.figures_digest,
    )
    assert second.changed == 0
    assert not FigureChange.objects.exists()
    assert PointFigure.objects.exclude(of=second).count() == 0


def test_rows_that_changed_give_a_list_of_differences_with_their_reason(desk: Cast) -> None:
    east, west = two_points(desk)
    made = outage(east, HOUR, HOUR)
    scheme(desk)
    first = computed(desk).shown
    Outage.objects.filter(pk=made.pk).update(cause="works")
    second = computed(desk).shown
    assert first is not None
    assert second is not None
    assert second.inputs_digest != first.inputs_digest
    (change,) = FigureChange.objects.filter(of=second)
    month = last_month().days * 86400
    assert (change.code, change.indicator) == (east.code, "online")
    assert (change.before, change.after) == (
        f"{month - 3600}/{month}",
        f"{month - 3600}/{month - 3600}",
    )
    assert change.because == [f"outage:{made.pk}"]
    assert not FigureChange.objects.filter(code=west.code).exists()


def test_ordering_twice_is_one_computation(desk: Cast) -> None:
    scheme(desk)
    month = last_month().first
    first = services.order_pass(desk.manager, tenant=desk.tenant, month=month)
    again = services.order_pass(desk.manager, tenant=desk.tenant, month=month)
    assert first.pk == again.pk
    assert services.compute_due() == 1
    assert services.compute_due() == 0


def test_a_computation_whose_worker_died_is_begun_anew_and_shows_nothing_half(desk: Cast) -> None:
    two_points(desk)
    scheme(desk)
    made = services.order_pass(desk.manager, tenant=desk.tenant, month=last_month().first)
    Pass.objects.filter(pk=made.pk).update(
        state=PassState.RUNNING, attempt=1, claimed_until=clock.now() - HOUR, done=1
    )
    half = PointFigure(
        of=made, asset=Asset.objects.all()[0], code="x", name="x", kind_name="x",
        began_at=last_month().start, ended_at=last_month().end, seconds={}, causes={}, rates={},
        bar=[], digest="",
    )  # fmt: skip
    half.save()
    assert Run.objects.get(pk=made.run_id).shown is None
    assert services.compute_due() == 1
    made.refresh_from_db()
    assert (made.state, made.attempt, made.done) == (PassState.DONE, 2, 2)
    assert not PointFigure.objects.filter(code="x").exists()


def test_one_that_died_too_often_says_so(desk: Cast) -> None:
    scheme(desk)
    made = services.order_pass(desk.manager, tenant=desk.tenant, month=last_month().first)
    Pass.objects.filter(pk=made.pk).update(attempt=3)
    services.compute_due()
    made.refresh_from_db()
    assert made.state == PassState.FAILED
    assert "多次中断" in made.error


def test_without_a_scheme_or_before_its_month_nothing_is_computed(desk: Cast) -> None:
    with pytest.raises(Refused, match="考核方案"):
        services.order_pass(desk.manager, tenant=desk.tenant, month=last_month().first)
    with pytest.raises(InvalidInput) as refusal:
        services.order_pass(
            desk.manager, tenant=desk.tenant, month=clock.today() + timedelta(days=62)
        )
    assert refusal.value.field == "month"
    with pytest.raises(NotAllowed):
        services.order_pass(desk.vendor_a, tenant=desk.tenant, month=last_month().first)


def test_from_appeal_to_frozen_ranking(desk: Cast) -> None:
    east, _west = two_points(desk)
    made = outage(east, HOUR, 5 * HOUR, "unknown")
    scheme(desk)
    run = services.open_run(desk.manager, run_id=computed(desk).pk)
    assert run.state == RunState.APPEALING
    fact = PointFact.objects.get(of=run.shown, key=f"outage:{made.pk}")
    appeal = services.file_appeal(
        desk.vendor_a, fact_id=fact.pk, wish="recause", cause="power",
        reason="供电局检修停电", files=[paper()],
    )  # fmt: skip
    with pytest.raises(Refused, match="已经有人申诉"):
        services.file_appeal(
            desk.manager, fact_id=fact.pk, wish="leave_out", cause="", reason="同一条",
            files=[paper()],
        )  # fmt: skip
    later = clock.now() + timedelta(days=9)
    with clock.at(later):
        with pytest.raises(Refused, match="没有裁定"):
            services.freeze_run(desk.rater, run_id=run.pk)
        services.rule_appeal(desk.rater, appeal_id=appeal.pk, grant=True, ruling="属实")
        with pytest.raises(Refused, match="重新计算"):
            services.freeze_run(desk.rater, run_id=run.pk)
    with clock.at(later + HOUR):
        run = computed(desk, run.month)
        (change,) = FigureChange.objects.filter(of=run.shown)
        assert change.because == [f"outage:{made.pk}"]
        ruled = PointFact.objects.get(of=run.shown, key=f"outage:{made.pk}")
        assert (ruled.cause, ruled.ruled_id) == ("power", appeal.pk)
        with pytest.raises(NotAllowed):
            services.freeze_run(desk.manager, run_id=run.pk)
        run = services.freeze_run(desk.rater, run_id=run.pk)
    assert run.state == RunState.FROZEN
    assert len(run.digest) == 64
    assert AuditEntry.objects.filter(action="ops_appraisal.frozen").exists()
    with pytest.raises(Refused, match="封存"):
        services.order_pass(desk.manager, tenant=desk.tenant, month=run.month)


def test_the_database_refuses_to_change_a_frozen_month(desk: Cast) -> None:
    east, _west = two_points(desk)
    outage(east, HOUR, HOUR)
    scheme(desk)
    run = services.open_run(desk.manager, run_id=computed(desk).pk)
    with clock.at(clock.now() + timedelta(days=9)):
        run = services.freeze_run(desk.rater, run_id=run.pk)
    shown = run.shown
    assert shown is not None
    for change in (
        lambda: Run.objects.filter(pk=run.pk).update(digest="0"),
        lambda: run.delete(),
        lambda: shown.points.update(score=0),
        lambda: shown.lines.all().delete(),
        lambda: shown.facts.all().delete(),
        lambda: Pass.objects.filter(pk=shown.pk).update(figures_digest="0"),
        lambda: FigureChange.objects.create(of=shown, code="x", name="x", indicator="online"),
    ):
        with pytest.raises(DatabaseError, match=r"change|computed"), transaction.atomic():
            change()


def test_neither_strangers_nor_oneself_appeal_rule_or_freeze(desk: Cast) -> None:
    east, _west = two_points(desk)
    made = outage(east, HOUR, HOUR)
    scheme(desk)
    run = computed(desk)
    fact = PointFact.objects.get(of=run.shown, key=f"outage:{made.pk}")
    told: dict[str, Any] = {"wish": "leave_out", "cause": "", "reason": "理由", "files": [paper()]}
    with pytest.raises(Refused, match="申诉期"):
        services.file_appeal(desk.vendor_a, fact_id=fact.pk, **told)
    services.open_run(desk.manager, run_id=run.pk)
    for stranger in (desk.vendor_b, desk.manager_west, desk.outsider):
        with pytest.raises(NotFound):
            services.file_appeal(stranger, fact_id=fact.pk, **told)
    for wrong, field in (
        ({"wish": "better"}, "wish"),
        ({"wish": "recause", "cause": "rain"}, "cause"),
        ({"files": []}, "evidence"),
        ({"reason": " "}, "reason"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            services.file_appeal(desk.vendor_a, fact_id=fact.pk, **told | wrong)
        assert refusal.value.field == field
    appeal = services.file_appeal(desk.vendor_a, fact_id=fact.pk, **told)
    with pytest.raises(NotFound):
        services.rule_appeal(desk.manager, appeal_id=appeal.pk, grant=True, ruling="好")
    with pytest.raises(NotAllowed):
        services.freeze_run(desk.manager, run_id=run.pk)
    services.rule_appeal(desk.rater, appeal_id=appeal.pk, grant=False, ruling="证据不足")
    with pytest.raises(Refused, match="已经裁定"):
        services.rule_appeal(desk.rater, appeal_id=appeal.pk, grant=True, ruling="再来")


def test_a_vendor_and_a_district_see_their_own(desk: Cast) -> None:
    east, _west = two_points(desk)
    scheme(desk)
    run = reads.find_run(desk.tenant, computed(desk).month)
    assert run is not None
    assert [one.key for one in reads.list_lines(desk.vendor_a, run, "vendor")] == ["甲维保"]
    assert not reads.list_lines(desk.vendor_a, run, "district").exists()
    assert not reads.list_lines(desk.manager_west, run, "vendor").exists()
    assert [one.name for one in reads.list_lines(desk.manager_west, run, "district")] == [
        desk.west.name
    ]
    assert reads.list_lines(desk.manager, run, "vendor").count() == 2
    assert reads.slices_of(desk.vendor_a, run, east.pk)
    for stranger in (desk.vendor_b, desk.manager_west):
        with pytest.raises(NotFound):
            reads.slices_of(stranger, run, east.pk)
