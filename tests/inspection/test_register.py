"""The register: objects in and out, credit codes, behaviour and credit, files."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from openpyxl import Workbook

from apps.audit.models import AuditEntry
from apps.common import clock, imports
from apps.common.credit_code import check_character, clean_credit_code
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import credit, services
from apps.inspection.models import BehaviourRecord, CreditChange, SupervisedObject
from apps.inspection.selectors import register
from tests.cast import Cast
from tests.inspection import factories as make


def test_an_object_is_registered_where_its_point_lies(staffed: Cast) -> None:
    one = make.supervised(staffed)
    assert one.area == staffed.cells["east"][3] or one.area_path.startswith(staffed.east.path)
    assert (one.grade, one.points) == ("B", make.base_points(staffed))
    change = CreditChange.objects.get(supervised=one)
    assert (change.from_grade, change.to_grade) == ("", "B")
    assert "登记入册" in change.reason
    assert AuditEntry.objects.filter(action="supervised_object.registered").count() == 1


@pytest.mark.parametrize("who", ["keeper_west", "planner", "inspector0", "outsider"])
def test_others_register_nothing_here(staffed: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        services.register_object(
            getattr(staffed, who), tenant=staffed.tenant, new=make.new_object(staffed)
        )
    assert not SupervisedObject.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"kind": "ghost"}, "kind"),
        ({"credit_code": ""}, "credit_code"),
        ({"credit_code": "91990100MA00000010"}, "credit_code"),
        ({"credit_code": "123"}, "credit_code"),
        ({"lon": 121.5, "lat": 37.5}, "point"),
        ({"lat": None}, "point"),
        ({"lon": 999.0}, "point"),
        ({"kind": "person"}, "credit_code"),
    ],
)
def test_wrong_entries_name_their_field(staffed: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make.supervised(staffed, **changes)
    assert refusal.value.field == field


def test_a_credit_code_is_registered_once(staffed: Cast) -> None:
    make.supervised(staffed)
    with pytest.raises(InvalidInput) as refusal:
        make.supervised(staffed)
    assert refusal.value.field == "credit_code"


def test_credit_codes_are_checked_by_their_last_character() -> None:
    """A mistyped or swapped character is noticed, whichever it is."""
    code = make.credit_code(42)
    assert clean_credit_code(f" {code.lower()} ") == code
    for place in range(18):
        wrong = code[:place] + ("3" if code[place] != "3" else "4") + code[place + 1 :]
        with pytest.raises(InvalidInput):
            clean_credit_code(wrong)
    assert check_character(code[:17]) == code[17]
    with pytest.raises(InvalidInput, match="I"):
        clean_credit_code("I" + code[1:])


def test_an_object_cannot_be_moved_into_the_neighbours_area(staffed: Cast) -> None:
    one = make.supervised(staffed)
    lon, lat = staffed.inside_west()
    with pytest.raises(NotAllowed):
        services.change_object(
            staffed.keeper, object_id=one.pk, new=make.new_object(staffed, lon=lon, lat=lat)
        )


def test_the_neighbour_does_not_see_it(staffed: Cast) -> None:
    one = make.supervised(staffed)
    assert register.get_object(staffed.keeper, one.pk) == one
    for other in (staffed.keeper_west, staffed.handler, staffed.outsider):
        with pytest.raises(NotFound):
            register.get_object(other, one.pk)


def test_an_object_leaves_once_and_may_come_back(staffed: Cast) -> None:
    one = make.supervised(staffed)
    with pytest.raises(InvalidInput):
        services.end_object(staffed.keeper, object_id=one.pk, reason=" ")
    services.end_object(staffed.keeper, object_id=one.pk, reason="已注销")
    with pytest.raises(Refused):
        services.end_object(staffed.keeper, object_id=one.pk, reason="已注销")
    assert not register.list_objects(staffed.keeper).exists()
    assert register.list_objects(staffed.keeper, ended=True).get() == one
    services.resume_object(staffed.keeper, object_id=one.pk)
    with pytest.raises(Refused):
        services.resume_object(staffed.keeper, object_id=one.pk)


def test_people_are_masked_and_not_found_by_half_a_name(staffed: Cast) -> None:
    person = make.supervised(staffed, kind="person", name="欧阳小明", credit_code="")
    assert register.shown_name(person) == "欧**明"
    assert not register.list_objects(staffed.keeper, text="小明").exists()
    assert register.list_objects(staffed.keeper, text="欧阳小明").exists()


def behave(cast: Cast, one: SupervisedObject, code: str, **changes: Any) -> BehaviourRecord:
    given: dict[str, Any] = {"happened_on": clock.today(), "text": "情况属实"}
    return services.record_behaviour(cast.keeper, object_id=one.pk, code=code, **given | changes)


def test_behaviour_moves_the_grade_and_says_why(staffed: Cast) -> None:
    one = make.supervised(staffed)
    behave(staffed, one, "filed")
    one.refresh_from_db()
    assert (one.grade, one.points) == ("C", make.base_points(staffed) - 20)
    change = one.credit_changes.first()
    assert change is not None
    assert (change.from_grade, change.to_grade) == ("B", "C")
    assert "违法行为被立案" in change.reason
    assert "合计-20分" in change.reason


def test_a_withdrawn_record_counts_no_more_and_stays(staffed: Cast) -> None:
    one = make.supervised(staffed)
    record = behave(staffed, one, "refused")
    services.withdraw_behaviour(staffed.keeper, record_id=record.pk, reason="登记错对象")
    one.refresh_from_db()
    assert one.grade == "B"
    assert one.behaviours.count() == 1
    with pytest.raises(Refused):
        services.withdraw_behaviour(staffed.keeper, record_id=record.pk, reason="再撤")


def test_old_records_count_no_more(staffed: Cast) -> None:
    one = make.supervised(staffed)
    behave(staffed, one, "refused", happened_on=clock.today() - timedelta(days=900))
    one.refresh_from_db()
    assert one.points == make.base_points(staffed)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "nonsense"}, "code"),
        ({"text": ""}, "text"),
        ({"happened_on": clock.today() + timedelta(days=2)}, "happened_on"),
    ],
)
def test_wrong_behaviour_is_refused(staffed: Cast, changes: dict[str, Any], field: str) -> None:
    one = make.supervised(staffed)
    with pytest.raises(InvalidInput) as refusal:
        behave(staffed, one, **{"code": "praised"} | changes)
    assert refusal.value.field == field


def test_the_neighbour_writes_no_behaviour(staffed: Cast) -> None:
    one = make.supervised(staffed)
    with pytest.raises(NotAllowed):
        services.record_behaviour(
            staffed.keeper_west, object_id=one.pk, code="praised",
            happened_on=clock.today(), text="x",
        )  # fmt: skip


def test_credit_history_cannot_be_rewritten(staffed: Cast) -> None:
    one = make.supervised(staffed)
    record = behave(staffed, one, "praised")
    for rows in (CreditChange.objects.all(), BehaviourRecord.objects.filter(pk=record.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(points=0)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


@pytest.mark.parametrize(
    "change",
    [
        {"grades": []},
        {"grades": [{"grade": "A", "from": 10}]},
        {"grades": [{"grade": "A", "from": 10}, {"grade": "B", "from": 20}, {"grade": "C"}]},
        {"grades": [{"grade": "A", "from": 10}, {"grade": "A"}]},
        {"behaviours": [{"code": "x", "label": "x", "points": 1e9}]},
        {"base": "many"},
        {"more": 1},
    ],
)
def test_a_senseless_scale_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        credit.check_scale(credit.DEFAULT_SCALE | change)


def sheet(*rows: list[Any]) -> BytesIO:
    book, file = Workbook(), BytesIO()
    book.active.append([column.header for column in services.COLUMNS])
    for row in rows:
        book.active.append(row)
    book.save(file)
    file.seek(0)
    return file


def row(cast: Cast, number: int, **changes: Any) -> list[Any]:
    cells = {
        "kind": "企业", "name": f"商行{number}", "code": make.credit_code(number),
        "area": cast.east.code, "address": "", "lon": None, "lat": None, "unit": "east-cgj",
    }  # fmt: skip
    return list((cells | changes).values())


def taken(cast: Cast, file: BytesIO, *, partial: bool) -> imports.Report:
    parsed = imports.read_rows(file, services.COLUMNS)
    return services.import_objects(cast.keeper, tenant=cast.tenant, parsed=parsed, partial=partial)


def test_a_file_is_taken_whole_or_not_at_all(staffed: Cast) -> None:
    bad = row(staffed, 2, code="91990100MA00000019")
    report = taken(staffed, sheet(row(staffed, 1), bad), partial=False)
    assert (report.saved, report.errors[0].number) == (0, 3)
    assert report.errors[0].header == "统一社会信用代码"
    assert not SupervisedObject.objects.exists()
    assert taken(staffed, sheet(row(staffed, 1), bad), partial=True).saved == 1


def test_rows_of_the_neighbour_are_refused(staffed: Cast) -> None:
    report = taken(staffed, sheet(row(staffed, 1, area=staffed.west.code)), partial=True)
    assert (report.saved, len(report.errors)) == (0, 1)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 broken", b"\x00\xff\x00\xff", b"no,header\n1,2\n", b""]
)
def test_hostile_files_are_refused(staffed: Cast, content: bytes) -> None:
    with pytest.raises(DomainError):
        taken(staffed, BytesIO(content), partial=True)


def test_hostile_cells_are_told_row_by_row(staffed: Cast) -> None:
    report = taken(
        staffed,
        sheet(
            row(staffed, 1, kind="=1+1"),
            row(staffed, 2, lon="NaN", lat="inf"),
            row(staffed, 3, name="长" * 500),
            row(staffed, 4, unit="'; drop table"),
        ),
        partial=True,
    )
    assert [error.number for error in report.errors] == [2, 3, 4, 5]
    assert report.saved == 0
