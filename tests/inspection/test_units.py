"""Who answers for an object by subject: entered, imported, and what a draw makes of it."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.inspection import services
from apps.inspection.models import DrawPlan, ObjectUnit, SupervisedObject
from apps.inspection.selectors.candidates import preview_of
from apps.matters.models import MatterType
from tests.cast import Cast
from tests.inspection import factories as make
from tests.inspection.test_pages import enter, object_data, page, plan_data
from tests.inspection.test_register import row, sheet, taken


@pytest.fixture
def fire(staffed: Cast) -> Organization:
    """A unit beside the eastern works."""
    return Organization.objects.create(
        tenant=staffed.tenant, code="east-fire", name="东区消防大队", area=staffed.east,
        path="/east-fire/",
    )  # fmt: skip


def test_the_subject_decides_who_answers(staffed: Cast, fire: Organization) -> None:
    own = make.supervised(staffed, 1)
    other = make.supervised(staffed, 2, subject_units={make.matter().pk: fire})
    plan = make.plan(staffed, only_responsible=True)
    found = preview_of(plan, day=clock.today()).frozen
    assert [(o["id"], o["unit"]) for o in found["objects"]] == [(own.ref, own.unit.name)]
    assert found["excluded"]["objects"] == [{"id": other.ref, "reason": "other_unit"}]
    every = make.plan(staffed, title="不限单位")
    units = [o["unit"] for o in preview_of(every, day=clock.today()).frozen["objects"]]
    assert units == [own.unit.name, "东区消防大队"]


def test_the_case_names_who_answers(staffed: Cast, fire: Organization) -> None:
    for number in (1, 2):
        make.supervised(staffed, number, subject_units={make.matter().pk: fire})
    result = make.drawn(staffed).results.select_related("case")[0]
    assert result.case is not None
    assert "监管责任单位：东区消防大队" in result.case.text


def test_units_are_changed_and_fall_back(staffed: Cast, fire: Organization) -> None:
    subject = make.matter().pk
    one = make.supervised(staffed, subject_units={subject: fire})
    services.change_object(
        staffed.keeper, object_id=one.pk, new=make.new_object(staffed, name="改名")
    )
    assert ObjectUnit.objects.get().unit == fire
    for wanted in ({}, {subject: staffed.east_works}):
        services.change_object(
            staffed.keeper, object_id=one.pk, new=make.new_object(staffed, subject_units=wanted)
        )
        assert not ObjectUnit.objects.exists()


def test_foreign_units_and_other_matters_are_refused(staffed: Cast, fire: Organization) -> None:
    other = MatterType.objects.exclude(kind="supervision").first()
    assert other is not None
    with pytest.raises(InvalidInput) as refusal:
        make.supervised(staffed, subject_units={other.pk: fire})
    assert refusal.value.field == f"unit_{other.pk}"
    assert not SupervisedObject.objects.exists()


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("supervision.random_check=east-fire", ""),
        ("supervision.random_check＝east-fire；", ""),
        ("supervision.random_check", "应为"),
        ("supervision.random_check=east-fire;supervision.random_check=east-fire", "应为"),
        ("supervision.none=east-fire", "没有代码为“supervision.none”的监管事项"),
        ("supervision.random_check=nobody", "没有代码为“nobody”的单位"),
    ],
)
def test_a_file_names_units_by_subject(
    staffed: Cast, fire: Organization, cell: str, error: str
) -> None:
    report = taken(staffed, sheet([*row(staffed, 1), cell]), partial=False)
    assert ObjectUnit.objects.count() == (0 if error else 1)
    assert error in "".join(each.message for each in report.errors)
    assert {each.header for each in report.errors} <= {"分事项监管单位"}


def test_units_by_subject_on_the_pages(staffed: Cast, fire: Organization, client: Client) -> None:
    enter(client, staffed.keeper)
    name = f"unit_{make.matter().pk}"
    data: dict[str, Any] = object_data(staffed)
    assert client.post("/inspection/objects/new/", data | {name: "0"}).status_code == 422
    client.post("/inspection/objects/new/", data | {name: fire.pk})
    one = SupervisedObject.objects.get()
    assert "双随机检查：东区消防大队" in page(client, f"/inspection/objects/{one.pk}/")
    assert f'value="{fire.pk}" selected' in page(client, f"/inspection/objects/{one.pk}/edit/")
    enter(client, staffed.planner)
    client.post("/inspection/plans/new/", plan_data(staffed, only_responsible="on"))
    plan = DrawPlan.objects.get()
    assert plan.only_responsible
    assert "只抽参加单位负责监管的对象" in page(client, f"/inspection/plans/{plan.pk}/")
