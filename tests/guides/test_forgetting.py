"""HL-03, MT-16: when the time of an application is over, nobody reads who applied."""

from datetime import timedelta

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.models import StoredFile
from apps.guides.models import Application, ApplicationPart
from apps.matters.enums import Depth
from apps.matters.models import Case, Tombstone
from apps.matters.services import Condemned, forget_cases, kept_of
from tests.cast import Cast
from tests.guides.factories import MOTHER, PHONE, birth


def test_an_applicant_goes_with_papers_when_every_department_has_decided(served: Cast) -> None:
    made = birth(served)
    papers = [one["file"] for sent in made.materials.values() for one in sent]
    assert "有部门尚未作出决定" in kept_of([made.case_id])[made.case_id]
    ApplicationPart.objects.update(state="approved", opinion="林晓雨材料齐全")
    cases = Case.objects.filter(pk__in=[made.case_id, *_parts(made)])
    cases.update(category="ended", state="done", closed_at=clock.now(), open_orders=0)
    moment = clock.now() + timedelta(days=1)
    condemned = [
        Condemned(pk, Depth.CLEANED, "期限表 v1 第1条（3年）", moment)
        for pk in cases.values_list("pk", flat=True)
    ]
    stones = forget_cases(SYSTEM, condemned)
    assert {stone.case_id for stone in stones} == {one.case_id for one in condemned}
    kept = Application.objects.get(pk=made.pk)
    assert (kept.applicant_name, kept.applicant_phone) == ("〔已匿名〕", "")
    assert (kept.applicant_id_number, kept.materials) == ("", {})
    said = f"{list(cases.values())}{list(ApplicationPart.objects.values())}"
    for trace in ("林晓雨", PHONE, MOTHER):
        assert trace not in said
    assert Tombstone.objects.get(case=made.case_id).counts["guides"] >= 2
    assert not StoredFile.objects.filter(pk__in=papers).exists()
    assert forget_cases(SYSTEM, condemned) == []


def _parts(made: Application) -> list[int]:
    rows = made.parts.exclude(case=None).values_list("case_id", flat=True)
    return [key for key in rows if key is not None]
