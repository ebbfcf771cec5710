import copy
from datetime import timedelta

import jsonschema
import pytest
from django.http import QueryDict

from apps.common import clock, forms_data
from apps.common.errors import InvalidInput
from tests.common.factories import DictionaryEntryFactory, DictionaryFactory

DEFINITION = {
    "fields": [
        {
            "name": "kind",
            "label": "类型",
            "type": "choice",
            "required": True,
            "choices": [["flood", "积水"], ["lamp", "路灯"]],
        },
        {
            "name": "depth_cm",
            "label": "积水深度",
            "type": "integer",
            "required": True,
            "min": 0,
            "max": 500,
            "show_if": {"field": "kind", "in": ["flood"]},
        },
        {"name": "phone", "label": "电话", "type": "phone", "masked": True},
        {"name": "place", "label": "位置", "type": "point"},
        {"name": "seen_at", "label": "发现时间", "type": "datetime"},
        {"name": "cost", "label": "费用", "type": "decimal"},
        {"name": "photos", "label": "照片", "type": "files"},
        {"name": "urgent", "label": "紧急", "type": "boolean"},
    ]
}


def test_good_definition_has_no_problems():
    assert forms_data.check_definition(DEFINITION) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "1x"}, "名称须为"),
        ({"name": "kind"}, "名称重复"),
        ({"label": " "}, "缺少标题"),
        ({"type": "script"}, "类型无效"),
        ({"onload": "x"}, "不认识的属性"),
        ({"type": "choice"}, "选项应为"),
        ({"type": "choice", "choices": [["a", "1"], ["a", "2"]]}, "选项代码重复"),
        ({"min": 5, "max": 1}, "最小值大于最大值"),
        ({"min": "5"}, "应为数字"),
        ({"max_length": 0}, "最大长度"),
        ({"show_if": {"field": "later", "in": ["x"]}}, "排在前面"),
        ({"show_if": {"field": "kind", "in": ["fire"]}}, "不在选项中"),
        ({"show_if": "kind"}, "显示条件应为"),
    ],
)
def test_faulty_definitions_are_told(change, words):
    definition = copy.deepcopy(DEFINITION)
    definition["fields"].append({"name": "more", "label": "更多", "type": "text"} | change)
    problems = forms_data.check_definition(definition)
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize("definition", [None, [], {}, {"fields": {}}, {"fields": [1]}])
def test_shapeless_definitions_are_told(definition):
    assert forms_data.check_definition(definition)


def test_clean_gives_plain_values():
    cleaned = forms_data.clean(
        DEFINITION,
        {
            "kind": "flood",
            "depth_cm": "0",
            "phone": "13812345678",
            "place": "120.38, 36.07",
            "seen_at": "2026-11-20T08:00",
            "cost": "12.50",
            "photos": [forms_data.file_key(3, "井盖.jpg"), forms_data.file_key(3, "again")],
            "unknown": "dropped",
        },
    )
    assert cleaned == {
        "kind": "flood",
        "depth_cm": 0,
        "phone": "13812345678",
        "place": {"lng": 120.38, "lat": 36.07},
        "seen_at": "2026-11-20T08:00:00+08:00",
        "cost": "12.50",
        "photos": [{"file": 3, "name": "井盖.jpg"}],
        "urgent": False,
    }


def test_hidden_field_is_neither_required_nor_kept():
    cleaned = forms_data.clean(DEFINITION, {"kind": "lamp", "depth_cm": "999"})
    assert "depth_cm" not in cleaned


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "kind"),
        ({"kind": "fire"}, "kind"),
        ({"kind": "flood"}, "depth_cm"),
        ({"kind": "flood", "depth_cm": 501}, "depth_cm"),
        ({"kind": "lamp", "phone": "call me"}, "phone"),
        ({"kind": "lamp", "place": {"lng": 200, "lat": 1}}, "place"),
        ({"kind": "lamp", "place": {"lng": "x"}}, "place"),
        ({"kind": "lamp", "photos": ["x"]}, "photos"),
        ({"kind": "lamp", "photos": [3]}, "photos"),
        ({"kind": "lamp", "photos": list(range(21))}, "photos"),
    ],
)
def test_faulty_data_names_its_field(data, field):
    with pytest.raises(InvalidInput) as refusal:
        forms_data.clean(DEFINITION, data)
    assert refusal.value.field == field
    assert field in refusal.value.data["errors"]


def test_schema_and_form_agree_on_conditions():
    schema = forms_data.json_schema(DEFINITION)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"kind": "lamp"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "flood"}, schema)


def test_form_tells_the_page_what_hangs_on_what():
    form = forms_data.build_form(DEFINITION)()
    assert form.fields["depth_cm"].show_if == "kind=flood"
    assert form.fields["phone"].masked
    assert forms_data.masked_names(DEFINITION) == {"phone"}


def test_prefix_reaches_what_a_field_hangs_on():
    form = forms_data.build_form(DEFINITION)(prefix="form", data={"form-kind": "flood"})
    assert form.fields["depth_cm"].show_if == "form-kind=flood"
    assert form.shows("depth_cm")
    assert not forms_data.build_form(DEFINITION)(data={"kind": "lamp"}).shows("depth_cm")


def test_an_untouched_file_input_is_no_file():
    form = forms_data.build_form(DEFINITION)(data=QueryDict("kind=lamp&photos="))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["photos"] == []


CASCADE = {
    "fields": [
        {
            "name": "district",
            "label": "区",
            "type": "choice",
            "choices": [["east", "东区"], ["west", "西区"]],
        },
        {
            "name": "street",
            "label": "街道",
            "type": "choice",
            "parent": "district",
            "choices": [["e1", "东一街道", "east"], ["w1", "西一街道", "west"]],
        },
    ]
}


def test_cascade_takes_only_what_lies_under_the_parent():
    assert forms_data.check_definition(CASCADE) == []
    good = {"district": "east", "street": "e1"}
    assert forms_data.clean(CASCADE, good) == good
    with pytest.raises(InvalidInput) as refusal:
        forms_data.clean(CASCADE, {"district": "east", "street": "w1"})
    assert refusal.value.field == "street"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"district": "east", "street": "w1"}, forms_data.json_schema(CASCADE))


def test_cascade_options_name_their_parent():
    html = str(forms_data.build_form(CASCADE)(prefix="form")["street"])
    assert 'data-cascade="form-district"' in html
    assert 'data-under="west"' in html


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parent": "nowhere"}, "单选字段"),
        ({"choices": [["e1", "东一街道", "north"]]}, "没有这些选项"),
        ({"choices": [["e1", "东一街道"]]}, "级联选项"),
        ({"searchable": True, "masked": True}, "脱敏字段"),
    ],
)
def test_faulty_cascades_are_told(change, words):
    broken = {"fields": [CASCADE["fields"][0], CASCADE["fields"][1] | change]}
    assert words in forms_data.check_definition(broken)[0]


PERSON = {
    "fields": [
        {"name": "id", "label": "身份证号", "type": "id_number", "masked": True},
        {"name": "born", "label": "出生日期", "type": "date", "min": "2000-01-01", "max": "today"},
        {"name": "sex", "label": "性别", "type": "choice", "choices": [["f", "女"], ["m", "男"]]},
    ]
}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"id": "370102199003074518"}, "身份证号"),
        ({"id": "370102199013074517"}, "身份证号"),
        ({"born": "1999-12-31"}, "出生日期：不能早于2000-01-01"),
        ({"born": "2126-01-01"}, "出生日期：不能晚于今天"),
    ],
)
def test_ranges_and_identity_name_their_field(data, words):
    with pytest.raises(InvalidInput) as refusal:
        forms_data.clean(PERSON, data)
    assert words in str(refusal.value)


def test_values_are_shown_with_labels_and_masks():
    values = forms_data.clean(PERSON, {"id": "370102199003074519", "sex": "f"})
    shown = {v.name: v for v in forms_data.show(PERSON, values)}
    assert shown["sex"].text == "女"
    assert shown["id"].is_masked
    assert shown["id"].text == "370*************19"
    unmasked = forms_data.show(PERSON, values, unmasked=True)
    assert unmasked[0].text == "370102199003074519"


@pytest.mark.django_db
def test_dictionary_choices_are_those_of_today():
    dictionary = DictionaryFactory(code="reasons")
    DictionaryEntryFactory(dictionary=dictionary, code="new")
    DictionaryEntryFactory(
        dictionary=dictionary, code="old", to_on=clock.today() - timedelta(days=1)
    )
    definition = {
        "fields": [{"name": "why", "label": "原因", "type": "choice", "dictionary": "reasons"}]
    }
    assert forms_data.check_definition(definition) == []
    assert forms_data.clean(definition, {"why": "new"}) == {"why": "new"}
    with pytest.raises(InvalidInput):
        forms_data.clean(definition, {"why": "old"})


@pytest.mark.django_db
def test_unknown_dictionary_is_told():
    entry = {"name": "why", "label": "原因", "type": "choice", "dictionary": "none"}
    assert "字典不存在" in forms_data.check_definition({"fields": [entry]})[0]
