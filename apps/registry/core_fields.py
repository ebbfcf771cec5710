"""The fields every file of a kind has, as a definition of ``apps.common.forms_data``.

Each is kept in a column of its own: of ``RegistryFile`` or of the table of the kind. What a
city wants to know besides stands in a ``FieldSet``.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.registry.enums import FileKind, Household

ID_NUMBER = "id_number"
#: Columns of ``RegistryFile`` by field; all others stand in the table of the kind.
FILE_COLUMNS = {"name": "title", "phone": "phone", "address": "address", "note": "note"}
DETAIL_COLUMNS: dict[str, tuple[str, ...]] = {
    FileKind.PERSON: ("sex", "born_on", "id_kind", "household"),
    FileKind.PREMISES: (
        "code",
        "nature",
        "building",
        "unit_number",
        "floor",
        "room",
        "organisation",
        "police_beat",
        "door_point",
    ),
    FileKind.FIRM: ("credit_code", "trade", "staff_count"),
    FileKind.SITE: ("site_kind", "capacity"),
    FileKind.GOODS: ("goods_kind", "quantity", "measure"),
}
RESERVED = frozenset(
    {"point", "area", "extra", "title", ID_NUMBER, *FILE_COLUMNS}
    | {name for columns in DETAIL_COLUMNS.values() for name in columns}
)


def core_fields(kind: str) -> list[dict[str, Any]]:
    """Will give the entries of the fields every file of this kind has."""
    makers = {
        FileKind.PERSON: _person,
        FileKind.PREMISES: _premises,
        FileKind.FIRM: _firm,
        FileKind.SITE: _site,
        FileKind.GOODS: _goods,
    }
    return [*makers[FileKind(kind)](), *_place(kind), _text("note", _("备注"), 500, "longtext")]


def _text(name: str, label: str, most: int, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "type": kind, "max_length": most} | more


def _choice(name: str, label: str, choices: list[list[str]], **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "type": "choice", "choices": choices} | more


def _phone(label: str, **more: Any) -> dict[str, Any]:
    return {"name": "phone", "label": label, "type": "phone"} | more


def _place(kind: str) -> list[dict[str, Any]]:
    label = _("现住地址") if kind == FileKind.PERSON else _("地址")
    needed: dict[str, Any] = {"required": True} if kind == FileKind.PREMISES else {}
    found: list[dict[str, Any]] = [
        _text("address", label, 200, **needed),
        {"name": "point", "label": _("位置"), "type": "point"},
    ]
    return found


def _person() -> list[dict[str, Any]]:
    passports = [["passport", _("护照")], ["permit", _("居留证件")], ["none", _("未出示")]]
    return [
        _text("name", _("姓名"), 60, required=True, masked=True),
        _choice("id_kind", _("证件类型"), [["id_card", _("居民身份证")], *passports]),
        {
            "name": ID_NUMBER,
            "label": _("身份证号码"),
            "type": "id_number",
            "masked": True,
            "help": _("18位，填写后自动带出性别和出生日期"),
        },
        _choice("sex", _("性别"), [["1", _("男")], ["2", _("女")]]),
        {
            "name": "born_on",
            "label": _("出生日期"),
            "type": "date",
            "min": "1900-01-01",
            "max": "today",
        },
        _phone(_("联系电话"), masked=True),
        _choice(
            "household",
            _("户籍类别"),
            [[code, str(label)] for code, label in Household.choices],
            required=True,
        ),
    ]


def _premises() -> list[dict[str, Any]]:
    natures = [
        ["own", _("自住")],
        ["rent", _("出租")],
        ["idle", _("空置")],
        ["trade", _("经营")],
        ["public", _("公共")],
    ]
    return [
        _text("code", _("房屋编码"), 40, help=_("不填则由系统编号")),
        _choice("nature", _("房屋性质"), natures, required=True),
        _text("building", _("楼栋"), 30),
        _text("unit_number", _("单元"), 20),
        {"name": "floor", "label": _("楼层"), "type": "integer", "min": -9, "max": 200},
        _text("room", _("房号"), 20),
        _text("organisation", _("管理单位"), 80),
        _text("police_beat", _("警务区"), 60),
        _text("door_point", _("关联门禁点"), 60),
        _phone(_("联系电话"), masked=True),
    ]


def _firm() -> list[dict[str, Any]]:
    staff = {"name": "staff_count", "label": _("从业人数"), "type": "integer", "min": 0}
    return [
        _text("name", _("名称"), 120, required=True),
        _text("credit_code", _("统一社会信用代码"), 18),
        _text("trade", _("行业"), 60),
        staff | {"max": 1_000_000},
        _phone(_("联系电话")),
    ]


def _site() -> list[dict[str, Any]]:
    kinds = [
        ["school", _("学校")],
        ["hospital", _("医院")],
        ["worship", _("宗教场所")],
        ["market", _("市场")],
        ["leisure", _("娱乐场所")],
        ["hotel", _("旅馆")],
        ["site", _("工地")],
        ["other", _("其他")],
    ]
    capacity = {"name": "capacity", "label": _("容纳人数"), "type": "integer", "min": 0}
    return [
        _text("name", _("名称"), 120, required=True),
        _choice("site_kind", _("场所类别"), kinds, required=True),
        capacity | {"max": 1_000_000},
        _phone(_("联系电话")),
    ]


def _goods() -> list[dict[str, Any]]:
    kinds = [
        ["hazardous", _("危险化学品")],
        ["flammable", _("易燃易爆品")],
        ["toxic", _("剧毒品")],
        ["fireworks", _("烟花爆竹")],
        ["gas", _("瓶装燃气")],
        ["other", _("其他")],
    ]
    quantity = {"name": "quantity", "label": _("数量"), "type": "decimal", "min": 0}
    return [
        _text("name", _("名称"), 120, required=True),
        _choice("goods_kind", _("物品类别"), kinds, required=True),
        quantity | {"max": 100_000_000},
        _text("measure", _("计量单位"), 20),
        _phone(_("保管人电话"), masked=True),
    ]
