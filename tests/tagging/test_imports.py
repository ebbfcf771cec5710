"""Tags from a sheet: what is taken, what is told row by row, who may. Source: IO-14."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from apps.accounts.models import Organization, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.imports import read_rows
from apps.tagging import services
from apps.tagging.models import Binding, Passage, Tag, UnknownTag
from apps.tagging.services import TagSpec
from tests.cast import Cast
from tests.people import appointed
from tests.tagging.factories import EPC, OTHER_EPC, gate, keeper, read, tag, thing

PAGE = reverse("tagging:tag-import")
EMPTY = reverse("tagging:tag-sheet")
HEADERS = ["EPC", "TID", "标准", "权属单位代码", "部件编码", "说明"]
THIRD_EPC = "E28011606000020500000003"


@pytest.fixture
def east(cast: Cast) -> User:
    return keeper(cast)


@pytest.fixture
def page(east: User, client: Client) -> Client:
    client.force_login(east)
    return client


def csv(*rows: str) -> bytes:
    return "\n".join([",".join(HEADERS), *rows]).encode()


def xlsx(*rows: list[Any]) -> bytes:
    book, out = Workbook(), BytesIO()
    for row in (HEADERS, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def send(client: Client, content: bytes, **given: str) -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile("标签", content), **given})


def wrong(answer: Any) -> list[tuple[int, str]]:
    """Will give row and column of each error of a refused sheet."""
    assert answer.status_code == 422
    return [(error.number, error.header) for error in answer.context["report"].errors]


def test_a_sheet_of_a_supplier_becomes_tags(cast: Cast, page: Client) -> None:
    rows = (
        f" {EPC[:4].lower()} {EPC[4:].lower()} ,e2003412,gb/t 29768,{cast.east_works.code},,一号箱",
        f"{OTHER_EPC},,,,,",
        "",
    )
    answer = send(page, csv(*rows))
    assert (answer.status_code, answer["Location"]) == (302, reverse("tagging:tag-list"))
    found = Tag.objects.values_list("epc", "tid", "standard", "state", "unit", "note")
    unit = cast.east_works.pk
    assert list(found) == [
        (EPC, "E2003412", "gb29768", "free", unit, "一号箱"),
        (OTHER_EPC, "", "iso18000-63", "free", unit, ""),
    ]
    registered = AuditEntry.objects.filter(action="tag.registered")
    assert set(registered.values_list("object_label", flat=True)) == {EPC, OTHER_EPC}
    sheet = AuditEntry.objects.get(action="tags.imported")
    assert (sheet.data, sheet.actor_name) == ({"count": 2, "bound": 0, "errors": 0}, "测tagger")


def test_the_list_leads_there_for_who_keeps_tags(cast: Cast, page: Client) -> None:
    assert PAGE in page.get(reverse("tagging:tag-list")).content.decode()
    assert EMPTY in page.get(PAGE).content.decode()
    viewer = appointed("seer", cast.east_works, role="seer", rights=["tagging.view_tags"])
    page.force_login(viewer)
    assert PAGE not in page.get(reverse("tagging:tag-list")).content.decode()


def test_the_empty_sheet_keeps_every_digit_and_is_read(page: Client) -> None:
    content = b"".join(page.get(EMPTY).streaming_content)
    sheet = load_workbook(BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert sheet.column_dimensions["A"].number_format == "@"
    answer = send(page, content)
    assert answer.context["form"].errors == {"file": ["文件中没有标签"]}


@pytest.mark.parametrize("role", ["handler", "seer"])
def test_who_keeps_no_tags_is_refused(cast: Cast, client: Client, role: str) -> None:
    seer = appointed("seer", cast.east_works, role="seer", rights=["tagging.view_tags"])
    client.force_login(seer if role == "seer" else cast.handler)
    answers = [client.get(PAGE), client.get(EMPTY), send(client, csv(EPC))]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not Tag.objects.exists()
    parsed = read_rows(BytesIO(csv(EPC)), services.COLUMNS)
    with pytest.raises(NotAllowed):
        services.import_tags(seer, parsed=parsed, partial=True)


def test_who_is_not_signed_in_signs_in_first(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_each_wrong_row_is_told_and_nothing_is_written(cast: Cast, page: Client) -> None:
    rows = (
        f"{EPC},,,,,",
        f"{EPC[:-1]},,,,,",  # an odd number of digits
        ",E2003412,,,,",
        "Z" * 24 + ",,,,,",
        f"{OTHER_EPC},E2-1,,,,",
        f"{OTHER_EPC},,VHS,,,",
        f"{OTHER_EPC},,,nowhere,,",
        f"{OTHER_EPC},,,,3702020502999999,",
        f"{OTHER_EPC},,,,,{'长' * 201}",
        "=1+1,,,,,",
    )
    answer = send(page, csv(*rows))
    assert wrong(answer) == [
        (3, "EPC"), (4, "EPC"), (5, "EPC"), (6, "TID"), (7, "标准"), (8, "权属单位代码"),
        (9, "部件编码"), (10, "说明"), (11, "EPC"),
    ]  # fmt: skip
    shown = answer.content.decode()
    assert "第3行 EPC：EPC 应为 8 至 124 位十六进制数，位数为 4 的倍数" in shown
    assert "已导入 0 个标签，9 处有误" in shown
    assert not Tag.objects.exists()
    assert not AuditEntry.objects.filter(action="tags.imported").exists()


def test_the_errors_come_as_a_sheet(page: Client) -> None:
    answer = send(page, csv(f"{EPC},,,,,", "123,,,,,"), sheet="1")
    content = b"".join(answer.streaming_content)
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0] == ("行号", "列", "问题")
    assert rows[1][:2] == (3, "EPC")
    assert len(rows) == 2


def test_the_good_rows_alone_where_that_is_asked(page: Client) -> None:
    answer = send(page, csv(f"{EPC},,,,,", "123,,,,,"), partial="on")
    assert wrong(answer) == [(3, "EPC")]
    assert "已导入 1 个标签，1 处有误" in answer.content.decode()
    assert [one.epc for one in Tag.objects.all()] == [EPC]
    sheet = AuditEntry.objects.get(action="tags.imported")
    assert sheet.data == {"count": 1, "bound": 0, "errors": 1}


def test_the_same_sheet_twice_changes_nothing(page: Client) -> None:
    content = csv(f"{EPC},E2003412,,,,", f"{OTHER_EPC},,,,,")
    assert send(page, content).status_code == 302
    before = list(Tag.objects.values())
    again = send(page, content, partial="on")
    assert wrong(again) == [(2, "EPC"), (3, "EPC")]
    assert "第2行 EPC：该 EPC 已登记" in again.content.decode()
    assert list(Tag.objects.values()) == before


def test_a_chip_that_is_registered_is_told_by_its_column(cast: Cast, page: Client) -> None:
    services.register_tag(
        keeper(cast, "second"), spec=TagSpec(EPC, cast.east_works, tid="E2003412")
    )
    assert wrong(send(page, csv(f"{OTHER_EPC},e2003412,,,,"))) == [(2, "TID")]
    assert Tag.objects.count() == 1


def test_a_number_twice_in_one_sheet_names_the_first_row(page: Client) -> None:
    answer = send(
        page,
        csv(
            f"{EPC},E2003412,,,,",
            f"{EPC.lower()},,,,,",
            f"{OTHER_EPC},e2003412,,,,",
            f"{THIRD_EPC},,,,,",
        ),
        partial="on",
    )
    assert wrong(answer) == [(3, "EPC"), (4, "TID")]
    assert "第3行 EPC：与第 2 行重复" in answer.content.decode()
    assert [one.epc for one in Tag.objects.all()] == [EPC, THIRD_EPC]


def test_numbers_in_cells_have_lost_digits(cast: Cast, page: Client) -> None:
    asset = thing(cast)
    content = xlsx(
        [3008330000000000],
        [EPC, 20034120],
        [OTHER_EPC, None, None, None, int(asset.code)],
        ["=A9"],  # a formula whose result the file does not hold
    )
    answer = send(page, content)
    assert wrong(answer) == [(2, "EPC"), (3, "TID"), (4, "部件编码"), (5, "EPC")]
    assert "须为文本单元格" in answer.content.decode()


def test_tags_of_other_units_are_refused_by_row(cast: Cast, page: Client) -> None:
    team = Organization.objects.create(
        tenant=cast.east_works.tenant, parent=cast.east_works, code="east-team", name="东区一班",
        kind="enterprise", path="",
    )  # fmt: skip
    team.path = f"{cast.east_works.path}{team.pk}/"
    team.save()
    rows = (f"{EPC},,,{cast.west_works.code},,", f"{OTHER_EPC},,,{team.code},,")
    answer = send(page, csv(*rows), partial="on")
    assert wrong(answer) == [(2, "权属单位代码")]
    assert "或不在您的管辖范围内" in answer.content.decode()
    assert [(one.epc, one.unit) for one in Tag.objects.all()] == [(OTHER_EPC, team)]


def test_who_keeps_tags_nowhere_by_a_post_must_name_the_unit(cast: Cast, client: Client) -> None:
    everywhere = User.objects.create_superuser(
        username="root", full_name="总管", password="x", tenant=cast.east_works.tenant
    )
    client.force_login(everywhere)
    answer = send(client, csv(f"{EPC},,,,,"))
    assert wrong(answer) == [(2, "权属单位代码")]
    assert "必填" in answer.content.decode()


def test_a_tag_is_bound_to_the_thing_it_names(cast: Cast, page: Client, east: User) -> None:
    asset = thing(cast)
    assert send(page, csv(f"{EPC},,,,{asset.code},", f"{OTHER_EPC},,,,,")).status_code == 302
    states = dict(Tag.objects.values_list("epc", "state"))
    assert states == {EPC: "bound", OTHER_EPC: "free"}
    bound = Binding.objects.get()
    assert (bound.tag.epc, bound.asset, bound.until) == (EPC, asset, None)
    assert bound.bound_by_name == east.display_name
    told = AuditEntry.objects.get(action="tag.bound")
    assert (told.object_label, told.data["code"]) == (EPC, asset.code)
    assert AuditEntry.objects.get(action="tags.imported").data["bound"] == 1


def test_a_thing_of_the_neighbour_is_not_there(cast: Cast, page: Client) -> None:
    theirs = thing(cast, "西区车", at=Cast.inside_west(), owner_unit=cast.west_works)
    answer = send(page, csv(f"{EPC},,,,{theirs.code},"))
    assert wrong(answer) == [(2, "部件编码")]
    assert "西区车" not in answer.content.decode()
    assert f"台账中没有编码为“{theirs.code}”的部件" in answer.content.decode()
    assert not Binding.objects.exists()


def test_what_was_read_of_them_before_becomes_passages(cast: Cast, page: Client) -> None:
    reader, now, asset = gate(), clock.now(), thing(cast)
    read(reader, now - timedelta(minutes=30))
    read(reader, now - timedelta(minutes=20), OTHER_EPC)
    assert send(page, csv(f"{EPC},,,,{asset.code},", f"{OTHER_EPC},,,,,")).status_code == 302
    passed = Passage.objects.order_by("first_at").values_list("tag__epc", "asset")
    assert list(passed) == [(EPC, None), (OTHER_EPC, None)]  # bound since now, not since then
    assert not UnknownTag.objects.exists()
    read(reader, clock.now())
    assert Passage.objects.latest("pk").asset == asset


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\0" * (25 * 2**20), "上限"),
        ("编号,TID\n1,2\n".encode(), "缺少列：EPC"),
        (b"", "空文件"),
        (b"PK\x03\x04 broken", "文件已损坏"),
        (b'EPC\n"' + b"E2\n" * 100_000, "文件已损坏"),
        (b"EPC\n\n,\n", "文件中没有标签"),
        (b"EPC\n" + b"E280\n" * 20_001, "超过 2 万行"),
    ],
    ids=["large", "header", "empty", "damaged", "quote", "no rows", "long"],
)
def test_a_file_that_is_none_is_refused_whole(page: Client, content: bytes, told: str) -> None:
    answer = send(page, content)
    assert answer.status_code == 422
    assert told in str(answer.context["form"].errors["file"])
    assert not Tag.objects.exists()


def test_what_the_database_cannot_hold_is_told(page: Client) -> None:
    answer = send(page, csv(f"{EPC},,,,,a\0b", f"{OTHER_EPC},\0,,\0,\0,"))
    assert wrong(answer) == [(2, "说明"), (3, "TID"), (3, "权属单位代码"), (3, "部件编码")]


def test_many_are_entered_in_few_questions(cast: Cast, east: User) -> None:
    """Twenty thousand must not be twenty thousand times one; the log writes several at once."""
    asset = thing(cast)
    rows = [f"E280{number:08X},,,,{asset.code}," for number in range(300)]
    parsed = read_rows(BytesIO(csv(*rows)), services.COLUMNS)
    with CaptureQueriesContext(connection) as asked:
        report = services.import_tags(east, parsed=parsed, partial=False)
    logged = [one for one in asked if '"audit_auditentry"' in one["sql"]]
    assert (len(logged) <= 100, len(asked) - len(logged) <= 30) == (True, True)
    assert (report.saved, report.errors) == (300, [])
    assert Binding.objects.count() == 300
    assert AuditEntry.objects.filter(action="tag.registered").count() == 300


def test_many_by_the_service_are_all_or_none(cast: Cast, east: User) -> None:
    tag(cast)
    specs = [TagSpec(OTHER_EPC, cast.east_works), TagSpec(EPC, cast.east_works)]
    with pytest.raises(InvalidInput):
        services.register_tags(east, specs=specs)
    twice = [TagSpec(OTHER_EPC, cast.east_works), TagSpec(OTHER_EPC.lower(), cast.east_works)]
    with pytest.raises(InvalidInput):
        services.register_tags(east, specs=twice)
    abroad = [TagSpec(OTHER_EPC, cast.east_works), TagSpec(THIRD_EPC, cast.west_works)]
    with pytest.raises(NotAllowed):
        services.register_tags(east, specs=abroad)
    assert Tag.objects.count() == 1
