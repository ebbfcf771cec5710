"""Ranking of workers and streets: formula, month, provenance, appeal, publication."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.files import store
from apps.common.models import StoredFile
from apps.fieldwork.enums import PatrolState
from apps.fieldwork.models import Patrol, PatrolPlan, Worker
from apps.governance import scoring
from apps.governance.enums import Subject
from apps.governance.models import Appeal, AppraisalFact, AppraisalFormula, AppraisalRun
from apps.governance.scoring import Weight
from apps.governance.selectors import appraisal as reads
from apps.governance.services import appraisal
from tests.cast import SINCE, Cast

PAPER = b"%PDF-1.4\n%rain\n"
BODY: dict[str, Any] = {
    "indicators": [
        {"code": "patrol_coverage", "weight": 60, "floor": 0, "ceiling": 100},
        {"code": "visits_on_time", "weight": 40, "floor": 0, "ceiling": 100},
    ]
}


def last_month() -> date:
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


def worker(cast: Cast, user: User, unit: Any) -> Worker:
    return Worker.objects.create(
        tenant=cast.tenant,
        user=user,
        unit=unit,
        area_path=unit.area.path,
        kind="full",
        since_on=SINCE,
        created_at=clock.now(),
    )


def patrol(made: Worker, share: float, *, missed: bool = False) -> Patrol:
    plan, _made = PatrolPlan.objects.get_or_create(
        tenant=made.tenant,
        unit=made.unit,
        title="日常巡查",
        defaults={
            "area_path": made.area_path,
            "subject": "routine",
            "weekdays": [1],
            "starts_at": "08:00",
            "ends_at": "18:00",
            "from_on": SINCE,
            "saved_by_name": "测试",
            "saved_at": clock.now(),
        },
    )
    begin = reads.month_of(last_month()).start + timedelta(days=3 + plan.patrols.count())
    return Patrol.objects.create(
        plan=plan,
        tenant=made.tenant,
        worker=made,
        area_path=made.area_path,
        day=begin.date() + timedelta(days=1),
        starts_at=begin,
        ends_at=begin + timedelta(hours=8),
        state=PatrolState.MISSED if missed else PatrolState.PARTIAL,
        point_share=share,
    )


def formula(cast: Cast, subject: Subject = Subject.WORKER) -> AppraisalFormula:
    draft = appraisal.draft_formula(
        cast.clerk,
        tenant=cast.tenant,
        subject=subject,
        name="月度考核",
        basis="本市办法",
        body=BODY,
        effective_from=last_month(),
    )
    appraisal.submit_formula(cast.clerk, formula_id=draft.pk)
    return appraisal.decide_formula(cast.chief, formula_id=draft.pk, approve=True)


def computed(cast: Cast, subject: Subject = Subject.WORKER) -> AppraisalRun:
    return appraisal.compute_month(
        cast.clerk, tenant=cast.tenant, subject=subject, month=last_month()
    )


def paper() -> StoredFile:
    return store(SimpleUploadedFile("证据.pdf", PAPER))


@pytest.fixture
def walked(governed: Cast) -> Cast:
    return walk(governed)


def walk(governed: Cast) -> Cast:
    """Two workers: one reached nine and five tenths of the points, the other missed a patrol."""
    one = worker(governed, governed.worker, governed.east_works)
    other = worker(governed, governed.grid_worker, governed.east_works)
    patrol(one, 0.9)
    patrol(one, 0.5)
    patrol(other, 0.8)
    patrol(other, 0.0, missed=True)
    formula(governed)
    return governed


def test_a_figure_is_scored_between_floor_and_ceiling() -> None:
    weight = Weight("x", 50, 40, 100)

    def score(values: list[float], *, less: bool = False) -> Decimal | None:
        return scoring.figure_of(weight, values, is_share=True, less_is_better=less).score

    assert score([0.7]) == Decimal("50.00")
    assert score([0.7], less=True) == Decimal("50.00")
    assert score([0.4, 0.2]) == Decimal("0.00")
    assert score([1.0], less=True) == Decimal("0.00")
    assert score([]) is None


def test_what_was_nobodys_to_do_is_shared_by_the_others() -> None:
    counted = scoring.figure_of(Weight("a", 60, 0, 100), [0.5], is_share=True, less_is_better=False)
    empty = scoring.figure_of(Weight("b", 40, 0, 100), [], is_share=True, less_is_better=False)

    assert scoring.total([counted, empty]) == Decimal("50.00")
    assert scoring.total([empty]) is None
    assert scoring.places({1: Decimal(5), 2: Decimal(9), 3: Decimal(9), 4: None}) == {
        1: 3,
        2: 1,
        3: 1,
        4: None,
    }


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"code": "unknown"}, "indicators"),
        ({"weight": 0}, "patrol_coverage"),
        ({"floor": 100}, "patrol_coverage"),
        ({"ceiling": None}, "patrol_coverage"),
        ({"weight": 99}, "indicators"),
    ],
)
def test_a_formula_must_make_sense(row: dict[str, Any], field: str) -> None:
    whole = {"code": "patrol_coverage", "weight": 100, "floor": 0, "ceiling": 100}
    with pytest.raises(InvalidInput) as refusal:
        scoring.parse({"indicators": [whole | row]}, ["patrol_coverage"])

    assert refusal.value.field == field


def test_a_month_ranks_workers_by_rows_one_can_open(walked: Cast) -> None:
    run = computed(walked)

    lines = {line.subject_name: line for line in run.lines.all()}
    assert (lines["网员"].score, lines["网员"].place) == (Decimal("70.00"), 1)
    assert (lines["冯军"].score, lines["冯军"].place) == (Decimal("40.00"), 2)
    assert [f.count for f in reads.figures_of(lines["网员"])] == [2, 0]
    assert reads.facts_of(lines["冯军"], "patrol_coverage").count() == 2
    again = computed(walked)
    assert again.pk == run.pk
    assert AppraisalFact.objects.count() == 4


def test_a_granted_appeal_leaves_the_row_out_for_good(walked: Cast) -> None:
    run = computed(walked)
    line = run.lines.get(subject_id=walked.grid_worker.pk)
    fact = line.facts.get(value=0)
    with pytest.raises(NotFound):
        appraisal.file_appeal(walked.worker, fact_id=fact.pk, reason="别人的", files=[paper()])
    role = walked.grid_worker.appointments.get().post.roles.get()
    role.permissions.add(*walked.worker.appointments.get().post.roles.get().permissions.all())
    actor = User.objects.get(pk=walked.grid_worker.pk)
    with pytest.raises(InvalidInput):
        appraisal.file_appeal(actor, fact_id=fact.pk, reason="暴雨", files=[])
    appeal = appraisal.file_appeal(actor, fact_id=fact.pk, reason="暴雨", files=[paper()])
    with pytest.raises(Refused):
        appraisal.file_appeal(actor, fact_id=fact.pk, reason="再来", files=[paper()])
    with pytest.raises(Refused):
        appraisal.publish_run(walked.chief, run_id=run.pk)

    appraisal.rule_appeal(walked.chief, appeal_id=appeal.pk, grant=True, ruling="属实")
    with pytest.raises(Refused):
        appraisal.publish_run(walked.chief, run_id=run.pk)
    run = computed(walked)

    line = run.lines.get(subject_id=walked.grid_worker.pk)
    assert (line.score, line.place) == (Decimal("80.00"), 1)
    assert line.facts.get(object_id=fact.object_id).left_out


def test_a_published_month_stands(walked: Cast) -> None:
    run = computed(walked)
    with pytest.raises(NotAllowed):
        appraisal.publish_run(walked.clerk, run_id=run.pk)
    run = appraisal.publish_run(walked.chief, run_id=run.pk)

    assert reads.is_untouched(run)
    with pytest.raises(Refused):
        computed(walked)
    run.lines.filter(place=2).update(score=99)
    assert not reads.is_untouched(run)


def test_streets_are_ranked_and_their_centres_told(walked: Cast) -> None:
    formula(walked, Subject.STREET)
    run = computed(walked, Subject.STREET)

    scores = dict(run.lines.values_list("subject_name", "score"))
    # The workers' unit answers for the whole district: no street of its own.
    assert scores == {"东区一街道": None, "西区一街道": None}
    Patrol.objects.update(area_path=walked.cells["east"][0].path)
    run = computed(walked, Subject.STREET)
    assert dict(run.lines.values_list("subject_name", "score"))["东区一街道"] == Decimal("55.00")


def test_another_person_approves_the_formula(governed: Cast) -> None:
    first = formula(governed)
    draft = appraisal.draft_formula(
        governed.clerk,
        tenant=governed.tenant,
        subject=Subject.WORKER,
        name="新公式",
        basis="新办法",
        body=BODY,
        effective_from=last_month(),
    )
    with pytest.raises(Refused):
        appraisal.decide_formula(governed.chief, formula_id=draft.pk, approve=True)
    appraisal.submit_formula(governed.clerk, formula_id=draft.pk)
    with pytest.raises(NotAllowed):
        appraisal.decide_formula(governed.clerk, formula_id=draft.pk, approve=True)
    appraisal.decide_formula(governed.chief, formula_id=draft.pk, approve=True)

    first.refresh_from_db()
    assert first.state == "retired"


def test_the_pages_show_each_what_is_theirs(walked: Cast, client: Client) -> None:
    month = f"{last_month():%Y-%m}"
    ranking = f"{reverse('governance:ranking')}?subject=worker&month={month}"
    client.force_login(walked.clerk)
    assert client.post(reverse("governance:compute"), {"month": month}).status_code == 302
    run = AppraisalRun.objects.get()
    assert "70.00" in client.get(ranking).content.decode()
    export = client.get(f"{reverse('governance:ranking-export')}?subject=worker&month={month}")
    assert export["Content-Type"].endswith("sheet")
    mine = run.lines.get(subject_id=walked.worker.pk)
    other = run.lines.exclude(pk=mine.pk).get()

    client.force_login(walked.worker)
    page = client.get(ranking).content.decode()
    assert "网员" in page
    assert "冯军" not in page
    assert client.get(reverse("governance:line", args=[mine.pk])).status_code == 200
    assert client.get(reverse("governance:line", args=[other.pk])).status_code == 404
    fact = mine.facts.all()[0]
    appeal = reverse("governance:appeal-new", args=[mine.pk, fact.pk])
    assert "请附 1 至 9 份证据" in client.post(appeal, {"reason": "不对"}).content.decode()
    evidence = SimpleUploadedFile("证据.pdf", PAPER)
    client.post(appeal, {"reason": "不对", "evidence": evidence})
    found = Appeal.objects.get()
    assert client.get(reverse("governance:appeal-list")).status_code == 200

    client.force_login(walked.chief)
    assert (
        client.get(
            reverse("governance:appeal-file", args=[found.pk, found.evidence.get().pk])
        ).status_code
        == 200
    )
    rule = reverse("governance:appeal-rule", args=[found.pk])
    client.post(rule, {"ruling": "证据不足", "grant": "no"})
    client.post(reverse("governance:publish", args=[run.pk]), {"month": month})
    client.force_login(walked.worker)
    assert "冯军" in client.get(ranking).content.decode()


def test_a_formula_is_written_on_its_page(governed: Cast, client: Client) -> None:
    client.force_login(governed.clerk)
    address = reverse("governance:formula-new", args=["street"])
    form = client.get(address).context["form"]
    data = {name: field.initial for name, field in form.fields.items() if field.initial is not None}
    data |= {"name": "街道考核", "basis": "办法", "effective_from": "2026-10"}
    # 20 + 20 + 30 + 10 + 10 + 20 + 20: more than 100
    assert "各指标权重之和应为 100" in client.post(address, data).content.decode()
    answer = client.post(address, data | {"weight_events_valid": 0, "weight_looks_on_time": 10})

    made = AppraisalFormula.objects.get()
    assert answer.status_code == 302
    deed = reverse("governance:formula-deed", args=[made.pk, "submit"])
    client.post(deed)
    client.force_login(governed.chief)
    client.post(reverse("governance:formula-deed", args=[made.pk, "approve"]))
    made.refresh_from_db()
    assert made.state == "published"
    page = client.get(reverse("governance:formula", args=[made.pk])).content.decode()
    assert "纠纷调解成功率" in page
