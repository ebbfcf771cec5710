"""Pages of the code lists. Source: CO-02."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock, dictionaries
from apps.common.models import Dictionary, DictionaryEntry
from apps.common.national_codes import load_national_codes
from tests.accounts.factories import make_person
from tests.cast import Cast
from tests.common.factories import DictionaryEntryFactory, DictionaryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client: Client, cast: Cast) -> Client:
    client.force_login(make_person("common.manage_dictionaries", organization=cast.center))
    return client


@pytest.fixture
def colours() -> Dictionary:
    found = DictionaryFactory(code="colour", name="颜色")
    DictionaryEntryFactory(dictionary=found, code="01", label="红")
    DictionaryEntryFactory(
        dictionary=found, code="02", label="旧红", to_on=clock.today() - timedelta(days=1)
    )
    return found


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_list_is_found_by_code_or_name(keeper, colours):
    DictionaryFactory(code="shape", name="形状")
    page = text_of(keeper.get("/dictionaries/", {"q": "颜"}))
    assert "颜色" in page
    assert "形状" not in page


def test_entries_are_filtered_by_state(keeper, colours):
    page = text_of(keeper.get("/dictionaries/colour/", {"state": "retired"}))
    assert "旧红" in page
    assert ">红<" not in page


def test_everybody_may_look_and_only_the_keeper_writes(client, colours, cast):
    client.force_login(cast.acceptor)
    assert client.get("/dictionaries/colour/").status_code == 200
    assert client.get("/dictionaries/colour/new/").status_code == 403
    sheet = SimpleUploadedFile("a.csv", "代码,名称\n9,黑\n".encode())
    assert client.post("/dictionaries/colour/import/", {"file": sheet}).status_code == 403
    assert not DictionaryEntry.objects.filter(code="9").exists()


def test_nobody_looks_without_signing_in(client, colours):
    assert client.get("/dictionaries/colour/").status_code == 302


def test_an_entry_is_added_and_changed_and_the_log_tells(keeper, colours):
    keeper.post("/dictionaries/colour/new/", {"code": "03", "label": "蓝", "parent_code": "01"})
    added = DictionaryEntry.objects.get(code="03")
    assert added.parent.code == "01"
    keeper.post(f"/dictionaries/colour/{added.pk}/", {"label": "深蓝", "position": 7})
    added.refresh_from_db()
    assert (added.code, added.label, added.parent, added.position) == ("03", "深蓝", None, 7)
    told = AuditEntry.objects.get(action="dictionary_entry.changed").data
    assert (told["before"]["label"], told["after"]["label"]) == ("蓝", "深蓝")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"code": "01", "label": "红"}, "已有这个代码"),
        ({"code": "0 4", "label": "黄"}, "代码只能用"),
        ({"code": "04", "label": "黄", "parent_code": "77"}, "上级代码不存在"),
        (
            {"code": "04", "label": "黄", "from_on": "2026-05-02", "to_on": "2026-05-01"},
            "停用日期早于启用日期",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(keeper, colours, values, words):
    page = text_of(keeper.post("/dictionaries/colour/new/", values))
    assert words in page
    assert colours.entries.count() == 2


def test_what_was_exported_comes_in_again_unchanged(keeper, colours):
    answer = keeper.get("/dictionaries/colour/export/")
    content = b"".join(answer.streaming_content)
    assert len(list(load_workbook(BytesIO(content)).active.iter_rows())) >= 3
    page = text_of(
        keeper.post("/dictionaries/colour/import/", {"file": SimpleUploadedFile("a.xlsx", content)})
    )
    assert "已写入" in page
    assert dict(colours.entries.values_list("code", "label")) == {"01": "红", "02": "旧红"}


def test_one_bad_row_keeps_all_out_unless_asked(keeper, colours):
    rows = "代码,名称,上级代码\n03,蓝,\n04,黄,99\n".encode()
    page = text_of(
        keeper.post("/dictionaries/colour/import/", {"file": SimpleUploadedFile("a.csv", rows)})
    )
    assert "上级代码不存在" in page
    assert colours.entries.count() == 2
    keeper.post(
        "/dictionaries/colour/import/",
        {"file": SimpleUploadedFile("a.csv", rows), "partial": "on"},
    )
    assert colours.entries.filter(code="03").exists()


def test_a_file_that_is_no_sheet_is_refused(keeper, colours):
    file = SimpleUploadedFile("a.xlsx", b"\x00\x01\x02" * 50)
    answer = keeper.post("/dictionaries/colour/import/", {"file": file})
    assert answer.status_code == 200
    assert "aria-invalid" in text_of(answer)


def test_national_codes_are_loaded_once_and_leave_the_citys_changes():
    first = load_national_codes(SYSTEM)
    assert first > 100
    assert Dictionary.objects.get(code="gb-ethnic").entries.count() == 56
    dictionaries.save_entry(SYSTEM, dictionary_code="gb-sex", code="1", label="男")
    DictionaryEntry.objects.filter(code="9", dictionary__code="gb-sex").delete()
    assert load_national_codes(SYSTEM) == 1
    assert dictionaries.label("gb-sex", "1") == "男"
