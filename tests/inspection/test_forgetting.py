"""HL-03, MT-19: persons who were inspected are forgotten with their cases; firms are no persons."""

from datetime import timedelta

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.inspection import services
from apps.inspection.models import CheckResult, DrawResult, SupervisedObject
from apps.inspection.services.forgetting import SupervisedPeople
from apps.matters.enums import Depth
from apps.matters.models import Case
from apps.matters.services import Condemned, forget_cases
from tests.cast import Cast
from tests.inspection import factories as make

NAME, PLACE = "欧阳墨涵", "和平路19号3单元502"


def test_a_person_goes_with_the_case_and_then_from_the_register(staffed: Cast) -> None:
    make.many(staffed, 4)
    make.drawn(staffed, rates={"A": 10_000, "B": 10_000, "C": 10_000, "D": 10_000})
    result = DrawResult.objects.exclude(case=None).select_related("case").order_by("pk")[0]
    SupervisedObject.objects.filter(pk=result.supervised_id).update(
        kind="person", name=NAME, address=PLACE, credit_code="", is_active=False
    )
    make_check = make.new_result(text=f"{NAME}在{PLACE}经营，电话13912340057")
    services.record_result(make.lead_of(result), result_id=result.pk, new=make_check)
    moment = clock.now() + timedelta(days=1)
    assert SupervisedPeople().sweep(moment) == 0  # its case is not forgotten yet
    Case.objects.filter(pk=result.case_id).update(category="ended", closed_at=clock.now())
    assert result.case_id is not None
    one = Condemned(result.case_id, Depth.CLEANED, "期限表 v1 第1条（3年）", moment)
    [stone] = forget_cases(SYSTEM, [one])
    assert stone.counts["inspection"] >= 1
    said = f"{CheckResult.objects.get(result=result).text}{Case.objects.get(pk=one.case_id).title}"
    assert not any(trace in said for trace in (NAME, PLACE, "13912340057"))
    assert SupervisedPeople().sweep(moment) == 1
    assert SupervisedPeople().sweep(moment) == 0
    kept = SupervisedObject.objects.get(pk=result.supervised_id)
    assert (kept.name, kept.address, kept.point) == ("〔已匿名〕", "", None)
    firms = SupervisedObject.objects.filter(kind="firm")
    assert not firms.filter(name="〔已匿名〕").exists()
