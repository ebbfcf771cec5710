"""Fields of a class's own: defined, answered, kept, filtered, in and out by files. IO-02."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.assets import own_fields, selectors, services
from apps.assets.models import Asset, AssetClass, AssetPast
from apps.assets.selectors import Answered
from apps.assets.services import Card
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places.models import Area
from tests.assets.test_pages import registrar, signed_in, upload
from tests.assets.test_surveys import lamp, staff, town

__all__ = ["lamp", "registrar", "town"]  # fixtures

FIELDS: list[dict[str, Any]] = [
    {"name": "pole", "label": "杆高", "type": "decimal", "required": True, "min": 1, "max": 40},
    {"name": "lights", "label": "灯头数", "type": "integer"},
    {"name": "source", "label": "光源", "type": "choice",
     "choices": [["led", "LED"], ["sodium", "高压钠灯"]]},
    {"name": "uses", "label": "挂载", "type": "multichoice",
     "choices": [["camera", "摄像机"], ["sign", "指示牌"]]},
    {"name": "smart", "label": "单灯控制", "type": "boolean"},
    {"name": "painted", "label": "油漆日期", "type": "date"},
    {"name": "remark", "label": "灯杆说明", "type": "text"},
]  # fmt: skip
DETAILS = {
    "pole": "8.5", "lights": 2, "source": "led", "uses": ["camera"], "smart": True,
    "painted": "2025-03-01", "remark": "<b>路口",
}  # fmt: skip


@pytest.fixture
def lamps(lamp: Asset) -> AssetClass:
    return services.set_class_fields(SYSTEM, code="0110", fields=FIELDS)


def answer(asset: Asset, **details: Any) -> None:
    services.amend_asset(SYSTEM, asset_id=asset.pk, card=Card("路灯", details=DETAILS | details))


def row_of(sheet: Any) -> dict[str, Any]:
    table = list(load_workbook(BytesIO(b"".join(sheet))).active.iter_rows(values_only=True))
    return dict(zip(table[0], table[1], strict=False))


def test_set_once_with_both_sides_by_who_may(lamps: AssetClass, registrar: User) -> None:
    services.set_class_fields(SYSTEM, code="0110", fields=FIELDS)
    entry = AuditEntry.objects.get(action="asset_class.form_set")
    assert (entry.data["before"], entry.object_label) == ({}, "路灯")
    assert "杆高" in str(entry.data["after"])
    with pytest.raises(NotAllowed):
        services.set_class_fields(registrar, code="0110", fields=[])
    with pytest.raises(NotFound):
        services.set_class_fields(SYSTEM, code="9999", fields=[])
    assert AssetClass.objects.get(code="0110").form == {"fields": FIELDS}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"name": "a", "label": "身份证", "type": "id_number"}, "个人信息"),
        ({"name": "a", "label": "秘密", "type": "text", "masked": True}, "个人信息"),
        ({"name": "a", "label": "生产厂家", "type": "text"}, "固定栏目"),
        ({"name": "A!", "label": "甲", "type": "text"}, "名称须为"),
    ],
)
def test_what_no_class_may_ask(town: dict[str, Area], entry: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as refused:
        services.set_class_fields(SYSTEM, code="0110", fields=[entry])
    assert refused.value.field == "fields"
    assert AssetClass.objects.get(code="0110").form == {}


def test_answers_are_checked_kept_with_the_past_and_shown(lamps: AssetClass, lamp: Asset) -> None:
    with pytest.raises(InvalidInput, match="杆高") as refused:
        answer(lamp, pole="99")
    assert refused.value.field == "pole"
    answer(lamp)
    answer(lamp)
    assert AuditEntry.objects.filter(action="asset.amended").count() == 1
    answer(lamp, pole="9", smart=False)
    lamp.refresh_from_db()
    assert own_fields.said(lamps, lamp.details)["pole"] == ("杆高", "9")
    newest = selectors.list_card_changes(lamp)[0]
    assert newest.fields == [("杆高", "8.5", "9"), ("单灯控制", "是", "否")]
    past = AssetPast.objects.earliest("pk")
    before = selectors.asset_as_of(lamp, past.until - timedelta(seconds=1))
    assert before.details == {}


def test_a_field_that_went_comes_back_with_its_answers_never_as_another_type(
    lamps: AssetClass, lamp: Asset
) -> None:
    answer(lamp)
    services.set_class_fields(SYSTEM, code="0110", fields=FIELDS[:1])
    services.amend_asset(SYSTEM, asset_id=lamp.pk, card=Card("路灯", details={"pole": "7"}))
    services.set_class_fields(SYSTEM, code="0110", fields=FIELDS)
    lamp.refresh_from_db()
    assert lamp.details == DETAILS | {"pole": "7"}
    other = FIELDS[0] | {"type": "text", "min": None, "max": None}
    with pytest.raises(Refused, match="不能改变填写方式"):
        services.set_class_fields(SYSTEM, code="0110", fields=[other])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Answered("source", has="led"), True),
        (Answered("source", has="sodium"), False),
        (Answered("uses", has="camera"), True),
        (Answered("uses", has="sign"), False),
        (Answered("smart", has=True), True),
        (Answered("remark", contains="路口"), True),
        (Answered("pole", low=8.5, high=10), True),
        (Answered("pole", low=9), False),
        (Answered("lights", high=2), True),
        (Answered("painted", low="2025-02-28", high="2025-03-01"), True),
        (Answered("painted", low="2025-03-02"), False),
        (Answered("remark", low=1), False),
    ],
)
def test_narrowed_by_what_things_answered(
    lamps: AssetClass, lamp: Asset, registrar: User, asked: Answered, found: bool
) -> None:
    """A text where a number is asked for matches nothing and breaks nothing."""
    Asset.objects.update(details=DETAILS)
    assert selectors.list_assets(registrar, answered=[asked]).exists() is found


def test_a_file_answers_the_fields_of_its_class_and_comes_out_again(
    lamps: AssetClass, registrar: User
) -> None:
    Asset.objects.all().delete()
    client = signed_in(registrar)
    head = "类别代码,名称,经度,纬度,杆高,灯头数,光源,挂载,单灯控制,油漆日期,灯杆说明\n"
    good = f"{head}0110,新灯,123.01,35.005,8.5,2,LED,摄像机、指示牌,是,2025/3/1,路口\n"
    assert upload(client, good, write="1").status_code == 302
    made = Asset.objects.get(name="新灯")
    assert made.details == DETAILS | {"uses": ["camera", "sign"], "remark": "路口"}
    row = row_of(client.get("/assets/export/?kind=0110&own_pole_from=8&own_source=led"))
    told = (row["杆高"], row["光源"], row["挂载"], row["单灯控制"])
    assert told == ("8.5", "LED", "摄像机、指示牌", "是")
    wrong = (
        f"{head}0110,灯,123.01,35.005,,2,LED,,,,\n"
        "0110,灯,123.01,35.005,5,二,LED,,,,\n"
        "0110,灯,123.01,35.005,5,2,蜡烛,,,,\n"
        "0110,灯,123.01,35.005,5,2,LED,,也许,,\n"
        "0111,栓,123.01,35.005,5,,,,,,\n"
    )
    page = upload(client, wrong, write="1").content.decode()
    for line in ("第2行 杆高", "第3行 灯头数", "第4行 光源", "第5行 单灯控制", "第6行 杆高"):
        assert line in page
    assert Asset.objects.count() == 1


def test_pages_of_classes_cards_and_filters(
    lamps: AssetClass, lamp: Asset, registrar: User, town: dict[str, Area]
) -> None:
    definer = signed_in(staff("definer", town["990101"], "define_classes", "register_asset"))
    page = definer.get("/assets/classes/").content.decode()
    assert "杆高、灯头数" in page
    form = {
        "fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "0", "fields-0-label": "管径",
        "fields-0-type": "decimal", "fields-0-ORDER": "1",
    }  # fmt: skip
    assert definer.post("/assets/classes/0111/", form).status_code == 302
    assert own_fields.columns_of([AssetClass.objects.get(code="0111")]) == ["管径"]
    refused = definer.post("/assets/classes/0111/", form | {"fields-0-type": "phone"})
    assert (refused.status_code, "个人信息" in refused.content.decode()) == (422, True)
    keeper = signed_in(registrar)
    assert keeper.get("/assets/classes/0111/").status_code == 403
    edit = f"/assets/{lamp.pk}/edit/"
    assert "杆高" in keeper.get(edit).content.decode()
    assert keeper.post(edit, {"name": "路灯", "own-pole": "99"}).status_code == 422
    said = {"name": "路灯", "own-pole": "8.5", "own-remark": "<b>路口", "own-source": "led"}
    assert keeper.post(edit, said).status_code == 302
    assert "&lt;b&gt;路口" in keeper.get(f"/assets/{lamp.pk}/").content.decode()
    assert list(keeper.get("/assets/?kind=0110&own_pole_to=9").context["rows"]) == [lamp]
    assert not keeper.get("/assets/?kind=0110&own_pole_to=8&own_smart=x").context["rows"]
    assert "own_pole_from" not in keeper.get("/assets/").content.decode()


def test_neighbours_keeper_answers_nothing(
    lamps: AssetClass, lamp: Asset, town: dict[str, Area]
) -> None:
    stranger = staff("stranger", town["990101001002"], "register_asset")
    with pytest.raises(NotAllowed):
        services.amend_asset(stranger, asset_id=lamp.pk, card=Card("灯", details=DETAILS))
    with pytest.raises(InvalidInput, match="杆高"):
        own_fields.answers(lamps, {})
    lamp.refresh_from_db()
    assert lamp.details == {}
