"""Risk assessment of major decisions. GR-19."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.approvals import services as approvals
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.governance import risk
from apps.governance.enums import OpinionSource, RiskLevel
from apps.governance.models import RiskAssessment, RiskTemplate
from apps.governance.selectors import assessments as reads
from apps.governance.services import assessments
from apps.governance.services.assessments import NewOpinions
from tests.cast import Cast

BODY: dict[str, Any] = {
    "items": [
        {"code": "law", "label": "合法性", "weight": 40},
        {"code": "support", "label": "群众接受程度", "weight": 40},
        {"code": "safety", "label": "公共安全", "weight": 20, "critical": True},
    ],
    "medium_from": 40,
    "high_from": 70,
    "opinion_weight": 20,
}
SCORES = {"law": (1, "依据充分"), "support": (3, "部分居民担心"), "safety": (2, "有预案")}


def template_in_force(cast: Cast) -> RiskTemplate:
    draft = assessments.draft_template(
        cast.clerk, tenant=cast.tenant, name="通用模板", basis="本市规定", body=BODY
    )
    assessments.submit_template(cast.clerk, template_id=draft.pk)
    return assessments.decide_template(cast.chief, template_id=draft.pk, approve=True)


def started(cast: Cast) -> RiskAssessment:
    template_in_force(cast)
    return assessments.start_assessment(
        cast.clerk,
        tenant=cast.tenant,
        title="旧城改造",
        decision="改造三个片区。",
        unit_id=cast.center.pk,
        partner_ids=[cast.east_works.pk],
    )


def concluded(cast: Cast) -> RiskAssessment:
    assessment = started(cast)
    assessments.save_scores(cast.clerk, assessment_id=assessment.pk, scores=SCORES)
    new = NewOpinions(OpinionSource.PUBLIC, "问卷", clock.today(), 80, 20, 5, "多数赞成")
    assessments.record_opinions(cast.clerk, assessment_id=assessment.pk, new=new)
    return assessments.write_conclusion(
        cast.clerk, assessment_id=assessment.pk, text="可以实施，先做安置。"
    )


def test_the_score_is_the_sum_it_says() -> None:
    scheme = risk.parse(BODY)
    scores = {"law": 1, "support": 3, "safety": 2}

    found = risk.conclude(scheme, scores, supporting=80, opposing=20)

    # items: (40 + 120 + 40) / 500 = 40; opinions: 20; 40 x 80% + 20 x 20% = 36
    assert (found.score, found.level) == (Decimal("36.00"), RiskLevel.LOW)
    assert risk.conclude(scheme, scores, supporting=0, opposing=0).level == RiskLevel.MEDIUM
    grave = risk.conclude(scheme, {"safety": 5, "law": 0, "support": 0}, supporting=0, opposing=0)
    assert (grave.score, grave.level) == (Decimal("20.00"), RiskLevel.HIGH)
    assert risk.conclude(scheme, {}, supporting=0, opposing=0).missing == [
        "合法性",
        "群众接受程度",
        "公共安全",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"code": "a", "label": "甲", "weight": 0}]}, "items"),
        ({"items": [{"code": "a", "label": "甲", "weight": 1}] * 2}, "items"),
        ({"high_from": 40}, "medium_from"),
        ({"opinion_weight": 61}, "opinion_weight"),
    ],
)
def test_a_template_must_make_sense(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        risk.parse(BODY | changes)

    assert refusal.value.field == field


def test_a_template_needs_a_second_person(governed: Cast) -> None:
    first = template_in_force(governed)
    draft = assessments.draft_template(
        governed.clerk, tenant=governed.tenant, name="新模板", basis="新规定", body=BODY
    )
    assessments.submit_template(governed.clerk, template_id=draft.pk)
    with pytest.raises(NotAllowed):
        assessments.decide_template(governed.clerk, template_id=draft.pk, approve=True)
    assessments.decide_template(governed.chief, template_id=draft.pk, approve=True)

    first.refresh_from_db()
    assert (first.state, draft.number) == ("retired", 2)


def test_a_conclusion_is_fixed_by_another_person(governed: Cast) -> None:
    assessment = concluded(governed)
    held = assessments.file_conclusion(
        governed.clerk, assessment_id=assessment.pk, reason="评估完成"
    )
    with pytest.raises(Refused):
        assessments.save_scores(governed.clerk, assessment_id=assessment.pk, scores=SCORES)

    approvals.approve_change(governed.chief, change_id=held.pk, digest=held.digest)

    assessment.refresh_from_db()
    assert (assessment.state, assessment.level) == ("approved", "low")
    assert assessment.score == Decimal("36.00")
    assert assessment.approved_by_name == "常安"
    with pytest.raises(Refused):
        assessments.write_conclusion(governed.clerk, assessment_id=assessment.pk, text="改")


def test_nothing_is_concluded_while_risks_are_not_scored(governed: Cast) -> None:
    assessment = started(governed)
    with pytest.raises(Refused):
        assessments.write_conclusion(governed.clerk, assessment_id=assessment.pk, text="可以")
    with pytest.raises(InvalidInput) as refusal:
        assessments.save_scores(
            governed.clerk, assessment_id=assessment.pk, scores={"law": (6, "高")}
        )
    assert refusal.value.field == "law"
    with pytest.raises(NotAllowed):
        assessments.save_scores(governed.mediator, assessment_id=assessment.pk, scores=SCORES)


def test_a_measure_is_followed_up(governed: Cast) -> None:
    assessment = started(governed)
    due_on = clock.today() + timedelta(days=10)
    measure = assessments.order_measure(
        governed.clerk,
        assessment_id=assessment.pk,
        unit_id=governed.east_works.pk,
        text="做好安置",
        due_on=due_on,
    )
    assessments.finish_measure(governed.clerk, measure_id=measure.pk, note="已安置")
    with pytest.raises(Refused):
        assessments.finish_measure(governed.clerk, measure_id=measure.pk, note="再来")


def test_the_pages_lead_from_template_to_report(governed: Cast, client: Client) -> None:
    client.force_login(governed.clerk)
    lines = "law|合法性|40|是否合法\nsafety|公共安全|60|有无隐患|否决"
    template = {
        "name": "模板",
        "basis": "规定",
        "items": lines,
        "medium_from": "40",
        "high_from": "70",
        "opinion_weight": "20",
    }
    bad = client.post(reverse("governance:template-new"), template | {"items": "law|合法性"})
    assert "第 1 行应为" in bad.content.decode()
    client.post(reverse("governance:template-new"), template)
    made = RiskTemplate.objects.get()
    address = reverse("governance:template-deed", args=[made.pk, "submit"])
    client.post(address)
    client.force_login(governed.chief)
    client.post(reverse("governance:template-deed", args=[made.pk, "approve"]))
    client.force_login(governed.clerk)
    new = {"title": "修路", "decision": "拓宽。", "unit": governed.center.pk}
    client.post(reverse("governance:assessment-new"), new)
    one = RiskAssessment.objects.get()

    def deed(name: str, **data: Any) -> int:
        address = reverse("governance:assessment-deed", args=[one.pk, name])
        return client.post(address, data).status_code

    assert deed("scores", score_law="1") == 422
    scores = {"score_law": "1", "reason_law": "好", "score_safety": "2", "reason_safety": "行"}
    assert deed("scores", **scores) == 302
    opinions = {"source": "public", "way": "公示", "collected_on": clock.today().isoformat()}
    counts = {"supporting": "9", "opposing": "1", "neutral": "0", "summary": "赞成"}
    assert deed("opinions", **opinions, **counts) == 302
    assert deed("conclusion", conclusion="可行") == 302
    assert deed("approval", reason="请审定结论") == 302
    for name in ("assessment", "assessment-report"):
        page = client.get(reverse(f"governance:{name}", args=[one.pk]))
        assert "低风险" in page.content.decode()
    assert client.get(reverse("governance:assessment-list")).status_code == 200
    assert client.get(reverse("governance:template", args=[made.pk])).status_code == 200
    client.force_login(governed.mediator)
    assert client.get(reverse("governance:assessment-list")).status_code == 403


def test_another_body_sees_nothing(governed: Cast) -> None:
    started(governed)

    assert not reads.list_assessments(governed.outsider).exists()
