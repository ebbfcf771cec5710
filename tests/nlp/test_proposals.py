import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.common.errors import InvalidInput
from apps.common.personal import extract_ids, extract_phones, mask_personal
from apps.nlp import proposals
from apps.nlp.models import ClassWord

WORDS = Path(__file__).resolve().parents[2] / "fixtures" / "nlp" / "words.json"
LISTS = json.loads(WORDS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("楼下工地夜间施工,噪音很大,一家人睡不着", "env.noise"),
        ("人民路与海泊路路口的红绿灯坏了两天", "road.signal"),
        ("小区电梯三天两头坏,昨天还困人", "estate.elevator"),
        ("干了四个月,包工头拖欠工资不给", "labor.wage"),
        ("门前的窨井盖丢失,晚上走路很危险", "road.manhole"),
        ("暖气不热,室温只有14度", "utility.heat"),
        ("健身房关门跑路,会员卡不退款", "market.refund"),
        ("出租车司机拒载还不打表", "traffic.taxi"),
        ("大雨后路口积水严重,下水道堵塞", "utility.drain"),
        ("占用消防通道,电动车上楼充电有火灾隐患", "safety.fire"),
    ],
)
def test_the_seed_words_propose_the_class(text, code):
    found = proposals.propose(text, LISTS["class"])
    assert found[0].code == code
    assert found[0].reasons
    assert 0 < found[0].confidence <= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("请问居住证如何办理,需要什么材料", "consult"),
        ("我要投诉饭店乱收费,态度恶劣", "complaint"),
        ("举报该厂夜里偷排,涉嫌违法", "report"),
        ("建议在路口增设斑马线", "advice"),
        ("感谢热心的社区工作人员,点赞", "praise"),
    ],
)
def test_the_seed_words_propose_the_nature(text, code):
    assert proposals.propose(text, LISTS["nature"])[0].code == code


def test_spans_show_the_words_in_the_text_as_written():
    text = "ＫＴＶ音响太吵"
    found = proposals.propose(text, {"n": {"ktv": 1, "音响": 2, "响太吵": 1}})
    assert [text[a:b] for a, b in found[0].spans] == ["ＫＴＶ音响太吵"]


def test_the_title_counts_more_and_negative_words_speak_against():
    words = {"a": {"停车": 1}, "b": {"路灯": 1, "停车": -2}}
    assert proposals.propose("停车 路灯", words, title="停车")[0].code == "a"
    assert proposals.propose("路灯不亮,停车看不见", words)[0].code == "a"


def test_no_word_no_proposal():
    assert proposals.propose("今天天气很好", LISTS["class"]) == []


@pytest.mark.django_db
def test_loading_keeps_what_staff_edited():
    call_command("load_words", str(WORDS), stdout=StringIO())
    ClassWord.objects.filter(word="停电", class_code="utility.power").update(weight=9)
    assert proposals.load_words(LISTS) == 0
    assert proposals.words_of("class")["utility.power"]["停电"] == 9.0
    assert proposals.propose_class("家里停电了")[0].code == "utility.power"
    assert proposals.propose_nature("请问怎么办理")[0].code == "consult"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lists", [{"other": {}}, {"class": {"a": {"": 1}}}, {"class": {"a": {"长" * 41: 1}}}]
)
def test_a_bad_list_is_refused(lists):
    with pytest.raises(InvalidInput):
        proposals.load_words(lists)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("+86 138 1234 5678", "+86 138 **** 5678"),
        ("0532-85912345", "0532*******45"),
        ("身份证37020219900307123X办理", "身份证370*************3X办理"),
        ("卡号6222021234567890123", "卡号***************0123"),
        ("车牌鲁B·12345堵门", "车牌鲁B*****5堵门"),
        ("鲁BD12345新能源", "鲁B*****5新能源"),
        ("编号20261120000123没有动", "编号20261120000123没有动"),
        ("3栋2单元501", "3栋2单元501"),
    ],
)
def test_personal_numbers_are_covered(text, masked):
    assert mask_personal(text) == masked


def test_numbers_are_found():
    text = "我13812345678,家0532-85912345,证37020219900307123x,再打138 1234 5678"
    assert extract_phones(text) == ["13812345678", "053285912345"]
    assert extract_ids(text) == ["37020219900307123X"]
