"""The parts of a definition that describe a matter to people: what it asks, gives and tells.

    basic          {summary, audience, conditions, legal_basis, fee, promise, channels, contact}:
                   text; ``promise`` as people write a limit ("5个工作日")
    materials_in   [{code, label, required, source: citizen | shared | unit, shared_code?,
                     form_field?, show_if?: {field, in}, note}]
    materials_out  [{code, label, kind: document | certificate | data | thing, note, seal?}]
                   seal: code of the seal it is handed out under, asked for once it is granted
    subscriptions  [{matter, states, note}]: whose key states this matter wants to hear of
    kind_parts     by the kind of the matter, see ``REQUIRED``
                   supervision {object_kind, legal_items: [{code, label, basis}]}
                   operation   {sources: [channel], on_the_spot_check: bool}
                   office      {inputs: [{code, label}], result}

Source: MT-01, MT-02.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.matters.definition.problems import Problem
from apps.matters.enums import Channel, MatterKind
from apps.matters.limits import limit_trouble

CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$", "maxLength": 40}
_LABEL = {"type": "string", "minLength": 1, "maxLength": 80}
_LONG = {"type": "string", "maxLength": 2000}

BASIC = {
    "summary": gettext_lazy("事项说明"),
    "audience": gettext_lazy("服务对象"),
    "conditions": gettext_lazy("办理条件"),
    "legal_basis": gettext_lazy("法律依据"),
    "promise": gettext_lazy("承诺时限"),
    "fee": gettext_lazy("收费"),
    "channels": gettext_lazy("办理渠道"),
    "contact": gettext_lazy("咨询方式"),
}
SOURCES = {
    "citizen": gettext_lazy("申请人提交"),
    "shared": gettext_lazy("数据共享获取"),
    "unit": gettext_lazy("承办单位出具"),
}
OUTPUT_KINDS = {
    "document": gettext_lazy("文书"),
    "certificate": gettext_lazy("证照"),
    "data": gettext_lazy("数据"),
    "thing": gettext_lazy("实物"),
}
OBJECT_KINDS = {
    "firm": gettext_lazy("企业"),
    "person": gettext_lazy("个人"),
    "place": gettext_lazy("场所"),
    "project": gettext_lazy("项目"),
    "thing": gettext_lazy("设施设备"),
}

SCHEMA: dict[str, Any] = {
    "basic": {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(BASIC, _LONG),
    },
    "materials_in": {
        "type": "array",
        "maxItems": 60,
        "items": {
            "type": "object",
            "required": ["code", "label", "source"],
            "additionalProperties": False,
            "properties": {
                "code": CODE,
                "label": _LABEL,
                "required": {"type": "boolean"},
                "source": {"type": "string", "enum": list(SOURCES)},
                "shared_code": {"type": "string", "maxLength": 60},
                "form_field": {"type": "string", "maxLength": 40},
                "show_if": {
                    "type": "object",
                    "required": ["field", "in"],
                    "additionalProperties": False,
                    "properties": {
                        "field": {"type": "string", "maxLength": 40},
                        "in": {
                            "type": "array",
                            "maxItems": 100,
                            "items": {"type": ["string", "boolean", "number"]},
                        },
                    },
                },
                "note": {"type": "string", "maxLength": 500},
            },
        },
    },
    "materials_out": {
        "type": "array",
        "maxItems": 30,
        "items": {
            "type": "object",
            "required": ["code", "label", "kind"],
            "additionalProperties": False,
            "properties": {
                "code": CODE,
                "label": _LABEL,
                "kind": {"type": "string", "enum": list(OUTPUT_KINDS)},
                "seal": {"type": "string", "maxLength": 20},
                "note": {"type": "string", "maxLength": 500},
            },
        },
    },
    "subscriptions": {
        "type": "array",
        "maxItems": 30,
        "items": {
            "type": "object",
            "required": ["matter", "states"],
            "additionalProperties": False,
            "properties": {
                "matter": {"type": "string", "minLength": 1, "maxLength": 60},
                "states": {"type": "array", "maxItems": 60, "minItems": 1, "items": CODE},
                "note": {"type": "string", "maxLength": 300},
            },
        },
    },
    "kind_parts": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "object_kind": {"type": "string", "enum": list(OBJECT_KINDS)},
            "legal_items": {
                "type": "array",
                "maxItems": 60,
                "items": {
                    "type": "object",
                    "required": ["code", "label", "basis"],
                    "additionalProperties": False,
                    "properties": {
                        "code": CODE,
                        "label": _LABEL,
                        "basis": {"type": "string", "minLength": 1, "maxLength": 500},
                    },
                },
            },
            "sources": {
                "type": "array",
                "maxItems": 20,
                "items": {"type": "string", "maxLength": 20},
            },
            "on_the_spot_check": {"type": "boolean"},
            "inputs": {
                "type": "array",
                "maxItems": 30,
                "items": {
                    "type": "object",
                    "required": ["code", "label"],
                    "additionalProperties": False,
                    "properties": {"code": CODE, "label": _LABEL},
                },
            },
            "result": {"type": "string", "maxLength": 200},
        },
    },
}


@dataclass(frozen=True)
class Required:
    """A part a kind of matter cannot do without. path: section and key."""

    section: str
    key: str
    ask: Any


REQUIRED: dict[str, tuple[Required, ...]] = {
    MatterKind.SERVICE: (
        Required("basic", "audience", gettext_lazy("政务服务事项须写明服务对象")),
        Required("basic", "conditions", gettext_lazy("政务服务事项须写明办理条件")),
        Required("basic", "fee", gettext_lazy("政务服务事项须写明收费，不收费请写“不收费”")),
        Required("basic", "promise", gettext_lazy("政务服务事项须写明承诺时限")),
    ),
    MatterKind.SUPERVISION: (
        Required("kind_parts", "object_kind", gettext_lazy("监管事项须选定监管对象的类型")),
        Required("kind_parts", "legal_items", gettext_lazy("监管事项须至少列出一项执法依据条目")),
    ),
    MatterKind.OPERATION: (
        Required("kind_parts", "sources", gettext_lazy("城市运行事项须选定问题发现的来源")),
        Required(
            "kind_parts", "on_the_spot_check", gettext_lazy("城市运行事项须说明是否要求现场核查")
        ),
    ),
    MatterKind.OFFICE: (
        Required("kind_parts", "inputs", gettext_lazy("协同办公事项须列出被调用时需要的输入")),
        Required("kind_parts", "result", gettext_lazy("协同办公事项须写明返回的结果")),
    ),
}


def part_problems(body: dict[str, Any]) -> Iterator[Problem]:
    """Will say what does not fit together in the describing parts of a well-shaped body."""
    promise = body.get("basic", {}).get("promise", "")
    if promise and (trouble := limit_trouble(promise)):
        yield Problem("basic", _("承诺时限：%s") % trouble)
    fields = {f.get("name") for f in body.get("form", {}).get("fields", [])}
    for section in ("materials_in", "materials_out"):
        codes: set[str] = set()
        for row in body.get(section, []):
            if row["code"] in codes:
                yield Problem(section, _("材料代码“%s”重复，请改其中一个") % row["code"])
            codes.add(row["code"])
    for row in body.get("materials_in", []):
        yield from _material_problems(row, fields)
    for row in body.get("materials_out", []):
        if row.get("seal") and row["kind"] == "thing":
            yield Problem("materials_out", _("实物“%s”不能加盖电子印章") % row["label"])
    for channel in body.get("kind_parts", {}).get("sources", []):
        if channel not in Channel.values:
            yield Problem("kind_parts", _("问题来源“%s”不在渠道清单中") % channel)


def _material_problems(row: dict[str, Any], fields: set[Any]) -> Iterator[Problem]:
    wanted = [row.get("form_field", ""), row.get("show_if", {}).get("field", "")]
    for name in wanted:
        if name and name not in fields:
            yield Problem(
                "materials_in",
                _("材料“%(label)s”引用的表单字段“%(name)s”不存在，请先在表单中添加")
                % {"label": row["label"], "name": name},
            )
    if row["source"] == "shared" and not row.get("shared_code"):
        yield Problem(
            "materials_in",
            _("材料“%s”由数据共享获取，请填写共享数据的代码") % row["label"],
        )


def kind_problems(body: dict[str, Any], kind: str) -> Iterator[Problem]:
    """Will say which mandatory parts of the kind are missing (MT-02)."""
    for required in REQUIRED.get(kind, ()):
        value = body.get(required.section, {}).get(required.key)
        if value in (None, "", []):
            yield Problem(required.section, str(required.ask))
