from datetime import date, timedelta
from io import BytesIO

import pytest

from apps.audit.models import AuditEntry
from apps.common import clock, dictionaries
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import write_xlsx
from apps.common.signals import configuration_changed
from tests.common.factories import DictionaryEntryFactory, DictionaryFactory

pytestmark = pytest.mark.django_db


class Person:
    pk = 7
    display_name = "知识管理员"


@pytest.fixture
def heard():
    changes = []

    def listen(change, **_more):
        changes.append(change.action)

    configuration_changed.connect(listen)
    yield changes
    configuration_changed.disconnect(listen)


def save(**values):
    return dictionaries.save_entry(Person(), **{"dictionary_code": "r", "label": "x"} | values)


def test_retired_code_is_readable_but_not_choosable(heard):
    DictionaryFactory(code="r")
    save(code="01", label="不属本单位")
    dictionaries.retire_entry(
        Person(), dictionary_code="r", code="01", last_on=clock.today() - timedelta(days=1)
    )
    assert dictionaries.choices("r") == []
    assert dictionaries.label("r", "01") == "不属本单位"
    assert heard == ["dictionary_entry.added", "dictionary_entry.retired"]


def test_choices_of_another_day():
    entry = DictionaryEntryFactory(from_on=date(2026, 1, 1), to_on=date(2026, 6, 30))
    code = entry.dictionary.code
    assert dictionaries.choices(code, on=date(2026, 6, 30)) == [(entry.code, entry.label)]
    assert dictionaries.choices(code, on=date(2026, 7, 1)) == []


def test_unknown_code_is_shown_as_it_is():
    assert dictionaries.label("none", "X9") == "X9"


def test_saving_again_changes_the_label():
    DictionaryFactory(code="r")
    save(code="01", label="旧")
    save(code="01", label="新")
    assert dictionaries.label("r", "01") == "新"
    first, second = AuditEntry.objects.order_by("id")
    assert (first.data["before"], first.data["after"]["label"]) == ({}, "旧")
    assert (second.data["before"]["label"], second.data["after"]["label"]) == ("旧", "新")


def test_parents_never_form_a_circle():
    DictionaryFactory(code="r")
    save(code="01")
    save(code="02", parent_code="01")
    with pytest.raises(InvalidInput) as refusal:
        save(code="01", parent_code="02")
    assert refusal.value.field == "parent_code"


def test_wrong_span_unknown_parent_and_unknown_dictionary_are_refused():
    DictionaryFactory(code="r")
    with pytest.raises(InvalidInput):
        save(code="01", from_on=date(2026, 2, 1), to_on=date(2026, 1, 1))
    with pytest.raises(InvalidInput):
        save(code="01", parent_code="zz")
    with pytest.raises(NotFound):
        save(code="01", dictionary_code="none")


def test_what_was_exported_can_be_imported():
    source = DictionaryFactory(code="r")
    save(code="01", label="道路")
    save(code="0101", label="路面", parent_code="01", from_on=date(2026, 1, 1))
    file = BytesIO()
    write_xlsx(dictionaries.EXPORT_COLUMNS, dictionaries.list_entries("r"), file)
    file.seek(0)
    DictionaryFactory(code="copy")
    report = dictionaries.import_entries(Person(), dictionary_code="copy", file=file)
    assert (report.saved, report.errors) == (2, [])
    assert dictionaries.choices("copy") == dictionaries.choices("r")
    assert source.entries.count() == 2


def test_import_with_a_bad_row_saves_nothing():
    DictionaryFactory(code="r")
    file = BytesIO("代码,名称,上级代码\n01,道路,\n02,路面,99\n".encode())
    report = dictionaries.import_entries(Person(), dictionary_code="r", file=file)
    assert report.saved == 0
    assert [(e.number, e.message) for e in report.errors] == [(3, "上级代码不存在")]
