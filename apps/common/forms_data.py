"""Forms as data: one definition gives a page's form, an API's schema and the check of both.

A definition is JSON kept in a version of something (a matter type, an archive); it never runs
code. ``check_definition`` is asked before publishing, the others trust a checked definition.

    {"fields": [{"name": "depth_cm", "label": "积水深度", "type": "integer", "required": true,
                 "min": 0, "max": 500, "show_if": {"field": "kind", "in": ["flood"]},
                 "masked": false, "help": "厘米"}]}

type: text longtext integer decimal date datetime choice multichoice boolean phone point files.
choices: [[code, label], ...], or dictionary: the code of a dictionary (choice, multichoice).
show_if: the field is asked, and required, only while another one has one of the values.
point: {"lng", "lat"} in degrees (SRID 4326). files: ids of stored files.
Source: CO-03.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.common import dictionaries
from apps.common.errors import InvalidInput

Definition = Mapping[str, Any]

TYPES = (
    "text",
    "longtext",
    "integer",
    "decimal",
    "date",
    "datetime",
    "choice",
    "multichoice",
    "boolean",
    "phone",
    "point",
    "files",
)
MAX_FIELDS = 200
_TEXT_LIMITS = {"text": 200, "longtext": 5000}
_MAX_FILES = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
# Mobile numbers, land lines with area code, and short service numbers such as 12345.
_PHONE = re.compile(r"(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|\d{5,8})\Z")
_KEYS = {
    "name",
    "label",
    "type",
    "required",
    "min",
    "max",
    "max_length",
    "choices",
    "dictionary",
    "show_if",
    "masked",
    "help",
}


class PointField(forms.Field):
    """Will read ``{"lng", "lat"}``, the same as JSON text, or ``lng,lat``."""

    def to_python(self, value: Any) -> dict[str, float] | None:
        if value in (None, "", {}):
            return None
        try:
            if isinstance(value, str):
                text = value.strip()
                if text.startswith("{"):
                    value = json.loads(text)
                else:
                    lng_text, lat_text = re.split(r"[,，\s]+", text)
                    value = {"lng": lng_text, "lat": lat_text}
            lng, lat = round(float(value["lng"]), 7), round(float(value["lat"]), 7)
        except (ValueError, TypeError, KeyError) as error:
            raise forms.ValidationError(_("请在地图上选点")) from error
        if not (-180 <= lng <= 180 and -90 <= lat <= 90):
            raise forms.ValidationError(_("坐标超出范围"))
        return {"lng": lng, "lat": lat}


class StoredFilesField(forms.Field):
    """Will read the ids of stored files: a list, or text separated by commas."""

    def to_python(self, value: Any) -> list[int]:
        if value in (None, ""):
            return []
        parts = [part for part in value.split(",") if part] if isinstance(value, str) else value
        try:
            ids = list(dict.fromkeys(int(part) for part in parts))
        except (ValueError, TypeError) as error:
            raise forms.ValidationError(_("附件编号无效")) from error
        if len(ids) > _MAX_FILES:
            raise forms.ValidationError(_("附件不能超过 %(n)d 个") % {"n": _MAX_FILES})
        return ids


class DataForm(forms.Form):
    """A form built from a definition; asks and requires only what is shown.

    ``definition`` holds the field entries by name. Values of fields not shown are dropped.
    """

    definition: dict[str, Mapping[str, Any]] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shown: set[str] = set()
        for name, entry in self.definition.items():
            if not _is_shown(entry, cleaned, shown):
                cleaned.pop(name, None)
                self.errors.pop(name, None)
                continue
            shown.add(name)
            missing = name not in self.errors and _is_empty(cleaned.get(name))
            if entry.get("required") and missing:
                self.add_error(name, _("请填写“%(label)s”") % {"label": entry["label"]})
        return cleaned

    def plain_data(self) -> dict[str, Any]:
        """Will give the cleaned values as plain JSON: dates and decimals as text."""
        return {name: _plain(value) for name, value in self.cleaned_data.items()}


def check_definition(definition: Any) -> list[str]:
    """Will give what is wrong with a definition, in sentences; an empty list: publishable.

    Conditions may only look at earlier fields, so they can never form a circle.
    """
    fields = definition.get("fields") if isinstance(definition, dict) else None
    if not isinstance(fields, list):
        return [_("定义应含 fields 列表")]
    if len(fields) > MAX_FIELDS:
        return [_("字段不能超过 %(n)d 个") % {"n": MAX_FIELDS}]
    problems: list[str] = []
    earlier: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(fields, start=1):
        if not isinstance(entry, dict):
            problems.append(_("第 %(n)d 个字段不是对象") % {"n": number})
            continue
        name = str(entry.get("name", ""))
        where = name or _("第 %(n)d 个字段") % {"n": number}
        problems += [f"{where}: {text}" for text in _check_field(entry, earlier)]
        earlier[name] = entry
    return problems


def build_form(definition: Definition) -> type[DataForm]:
    """Will build the form class of a checked definition; dictionary choices as of today.

    Each widget carries ``data-show-if`` (field) and ``data-show-in`` (JSON list of values) for
    the page's script, and each field ``masked``: whether viewers without the right see ``***``.
    """
    attributes: dict[str, Any] = {"definition": {e["name"]: e for e in definition["fields"]}}
    for entry in definition["fields"]:
        field = _form_field(entry)
        field.masked = bool(entry.get("masked"))  # type: ignore[attr-defined]
        if entry.get("masked"):
            field.widget.attrs["autocomplete"] = "off"
        if condition := entry.get("show_if"):
            field.widget.attrs["data-show-if"] = condition["field"]
            field.widget.attrs["data-show-in"] = json.dumps(condition["in"], ensure_ascii=False)
        attributes[entry["name"]] = field
    return type("DefinedForm", (DataForm,), attributes)


def clean(definition: Definition, data: Mapping[str, Any]) -> dict[str, Any]:
    """Will check data against a checked definition and give the plain JSON values to keep.

    Unknown keys are dropped. Raises: InvalidInput (the first field at fault; ``data`` of the
    error holds ``errors``: every field with its message).
    """
    form = build_form(definition)(data=data)
    if not form.is_valid():
        messages = {name: [str(m) for m in found] for name, found in form.errors.items()}
        field = next(iter(messages))
        raise InvalidInput(messages[field][0], field=field, data={"errors": messages})
    return form.plain_data()


def masked_names(definition: Definition) -> frozenset[str]:
    """Will give the names of the fields that are hidden from viewers without the right."""
    return frozenset(e["name"] for e in definition["fields"] if e.get("masked"))


def json_schema(definition: Definition) -> dict[str, Any]:
    """Will give the JSON Schema (draft 2020-12) of the data a definition accepts."""
    properties = {entry["name"]: _property(entry) for entry in definition["fields"]}
    always = [e["name"] for e in definition["fields"] if e.get("required") and not e.get("show_if")]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": always,
    }
    conditions = [
        {
            "if": {
                "properties": {entry["show_if"]["field"]: {"enum": entry["show_if"]["in"]}},
                "required": [entry["show_if"]["field"]],
            },
            "then": {"required": [entry["name"]]},
        }
        for entry in definition["fields"]
        if entry.get("required") and entry.get("show_if")
    ]
    if conditions:
        schema["allOf"] = conditions
    return schema


def _is_shown(entry: Mapping[str, Any], cleaned: Mapping[str, Any], shown: set[str]) -> bool:
    condition = entry.get("show_if")
    if not condition:
        return True
    if condition["field"] not in shown:  # what it hangs on is itself hidden
        return False
    value = cleaned.get(condition["field"])
    values = value if isinstance(value, list) else [value]
    return any(part in condition["in"] for part in values)


def _is_empty(value: Any) -> bool:
    """Zero is an answer; an unticked box is not."""
    return value is None or value is False or value == "" or value == [] or value == {}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _choices(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    if code := entry.get("dictionary"):
        return dictionaries.choices(code)
    return [(code, label) for code, label in entry.get("choices", [])]


def _form_field(entry: Mapping[str, Any]) -> forms.Field:
    common: dict[str, Any] = {
        "label": entry["label"],
        "help_text": entry.get("help", ""),
        "required": False,  # DataForm.clean requires it where it is shown
    }
    span: dict[str, Any] = {"min_value": entry.get("min"), "max_value": entry.get("max")}
    match entry["type"]:
        case "text":
            return forms.CharField(max_length=_max_length(entry), **common)
        case "longtext":
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=_max_length(entry), widget=area, **common)
        case "integer":
            return forms.IntegerField(**span, **common)
        case "decimal":
            return forms.DecimalField(**span, **common, max_digits=18, decimal_places=6)
        case "date":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
        case "datetime":
            picker = forms.DateTimeInput(attrs={"type": "datetime-local"})
            return forms.DateTimeField(widget=picker, **common)
        case "choice":
            return forms.ChoiceField(choices=[("", "—"), *_choices(entry)], **common)
        case "multichoice":
            boxes = forms.CheckboxSelectMultiple()
            return forms.MultipleChoiceField(choices=_choices(entry), widget=boxes, **common)
        case "boolean":
            return forms.BooleanField(**common)
        case "phone":
            phone = forms.RegexField(_PHONE, max_length=30, **common)
            phone.error_messages["invalid"] = _("电话号码格式不对")
            phone.widget.attrs |= {"inputmode": "tel"}
            return phone
        case "point":
            return PointField(**common)
        case _:
            return StoredFilesField(**common)


def _max_length(entry: Mapping[str, Any]) -> int:
    return int(entry.get("max_length") or _TEXT_LIMITS[entry["type"]])


def _property(entry: Mapping[str, Any]) -> dict[str, Any]:
    codes = [code for code, _label in _choices(entry)]
    span = {
        target: entry[source]
        for source, target in (("min", "minimum"), ("max", "maximum"))
        if entry.get(source) is not None
    }
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer", **span},
        "decimal": {"type": ["number", "string"], **span},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": codes},
        "multichoice": {"type": "array", "items": {"enum": codes}, "uniqueItems": True},
        "boolean": {"type": "boolean"},
        "phone": {"type": "string", "maxLength": 30},
        "point": {
            "type": "object",
            "properties": {
                "lng": {"type": "number", "minimum": -180, "maximum": 180},
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
            },
            "required": ["lng", "lat"],
        },
        "files": {"type": "array", "items": {"type": "integer"}, "maxItems": _MAX_FILES},
    }
    kind = entry["type"]
    found = kinds.get(kind) or {"type": "string", "maxLength": _max_length(entry)}
    described = {"description": entry["help"]} if entry.get("help") else {}
    return {"title": entry["label"], **described, **found}


def _check_field(entry: Mapping[str, Any], earlier: Mapping[str, Mapping[str, Any]]) -> list[str]:
    name, kind = entry.get("name"), entry.get("type")
    problems = []
    if not isinstance(name, str) or not _NAME.match(name):
        problems.append(_("名称须为小写字母开头的字母、数字、下划线"))
    elif name in earlier:
        problems.append(_("名称重复"))
    if not isinstance(entry.get("label"), str) or not entry["label"].strip():
        problems.append(_("缺少标题"))
    if kind not in TYPES:
        problems.append(_("类型无效：%(type)s") % {"type": kind})
    if unknown := sorted(set(entry) - _KEYS):
        problems.append(_("不认识的属性：%(names)s") % {"names": "、".join(unknown)})
    if kind in ("choice", "multichoice"):
        problems += _check_choices(entry)
    problems += _check_limits(entry)
    if "show_if" in entry:
        problems += _check_condition(entry["show_if"], earlier)
    return problems


def _check_choices(entry: Mapping[str, Any]) -> list[str]:
    if "dictionary" in entry:
        known = dictionaries.exists(str(entry["dictionary"]))
        return [] if known else [_("字典不存在：%(code)s") % {"code": entry["dictionary"]}]
    choices = entry.get("choices")
    shaped = isinstance(choices, list) and all(
        isinstance(c, list | tuple) and len(c) == 2 and all(isinstance(part, str) for part in c)
        for c in choices
    )
    if not shaped or not choices:
        return [_("选项应为 [代码, 名称] 的列表")]
    codes = [code for code, _label in choices]
    return [_("选项代码重复")] if len(set(codes)) < len(codes) else []


def _check_limits(entry: Mapping[str, Any]) -> list[str]:
    low, high = entry.get("min"), entry.get("max")
    numbers = [n for n in (low, high) if n is not None]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        return [_("最小值、最大值应为数字")]
    if low is not None and high is not None and low > high:
        return [_("最小值大于最大值")]
    length = entry.get("max_length")
    if length is not None and (not isinstance(length, int) or not 1 <= length <= 20_000):
        return [_("最大长度应为 1 至 20000")]
    return []


def _check_condition(condition: Any, earlier: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not isinstance(condition, dict) or not isinstance(condition.get("in"), list):
        return [_("显示条件应为 {field, in}")]
    other = earlier.get(str(condition.get("field")))
    if other is None:
        return [_("显示条件只能引用排在前面的字段")]
    if other.get("choices") and other.get("type") in ("choice", "multichoice"):
        codes = {c[0] for c in other["choices"] if isinstance(c, list | tuple) and c}
        unknown = [str(value) for value in condition["in"] if value not in codes]
        if unknown:
            return [_("显示条件的值不在选项中：%(v)s") % {"v": "、".join(unknown)}]
    return []
