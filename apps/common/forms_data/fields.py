"""The fields and widgets that Django has none of: a point, kept files, a cascade, an identity."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.forms.widgets import ChoiceWidget
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.common import clock, files
from apps.common.errors import InvalidInput
from apps.common.forms_data.shape import MAX_FILES, TODAY, Definition

_SALT = "forms_data.file"
# GB 11643: seventeen digits weighted, the sum modulo eleven names the last character.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_NUMBER = re.compile(r"\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dX]\Z")


class PointWidget(forms.MultiWidget):
    """Longitude and latitude in two inputs, which the page's map fills."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(
                attrs={"inputmode": "decimal", "aria-label": label, "placeholder": label}
            )
            for part, label in (("lng", _("经度")), ("lat", _("纬度")))
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [value.get("lng"), value.get("lat")] if isinstance(value, dict) else [None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if name in data:  # a client system sends the whole value
            return data[name]
        lng, lat = data.get(f"{name}_lng", ""), data.get(f"{name}_lat", "")
        return {"lng": lng, "lat": lat} if lng or lat else None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_lng" not in data


class HiddenPointWidget(PointWidget):
    """The same, carried along from one page of a form to the next."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        hidden: list[Any] = list(self.widgets)
        for widget in hidden:
            widget.input_type = "hidden"


class PointField(forms.Field):
    """Will read ``{"lng", "lat"}``, the same as JSON text, or ``lng,lat``."""

    widget = PointWidget
    hidden_widget = HiddenPointWidget

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


def file_key(file_id: int, name: str) -> str:
    """Will give the key by which the outside may name a stored file it handed in."""
    return signing.dumps([file_id, name[:160]], salt=_SALT)


def read_file_key(key: str) -> dict[str, Any] | None:
    """Will give {"file", "name"} of a key made by ``file_key``, None for anything else."""
    try:
        file_id, name = signing.loads(key, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return {"file": file_id, "name": name}


class FilesWidget(forms.Widget):
    """Files already handed in, each a ticked box, and an input for more."""

    needs_multipart_form = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if not isinstance(data, MultiValueDict):
            return data.get(name)
        # A browser sends an untouched file input as an empty value.
        return [part for part in data.getlist(name) if part]

    def kept(self, value: Any) -> list[tuple[str, str]]:
        """Will give (key, name) of the files of a value, kept or as posted."""
        found = []
        for part in value if isinstance(value, list) else []:
            known = part if isinstance(part, dict) else read_file_key(str(part))
            if known:
                found.append((file_key(known["file"], known["name"]), known["name"]))
        return found

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        base = str((attrs or {}).get("id", name))
        boxes = format_html_join(
            "",
            '<label class="form-check"><input class="form-check-input" type="checkbox" name="{}"'
            ' id="{}_{}" value="{}" checked><span class="form-check-label">{}</span></label>',
            (
                (name, base, number, key, label)
                for number, (key, label) in enumerate(self.kept(value))
            ),
        )
        more = forms.FileInput(attrs={**(attrs or {}), "class": "form-control"}).render(
            name, None, {"id": base}
        )
        # FileInput refuses ``multiple``; several of one field are what this widget is for.
        return SafeString(boxes + more.replace("<input ", "<input multiple ", 1))


class StoredFilesField(forms.Field):
    """Will read the keys of stored files: a list, or one alone."""

    widget = FilesWidget
    hidden_widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        if value in (None, "", []):
            return []
        parts = value if isinstance(value, list | tuple) else [value]
        if len(parts) > MAX_FILES:
            raise forms.ValidationError(_("附件不能超过 %(n)d 个") % {"n": MAX_FILES})
        found: dict[int, dict[str, Any]] = {}
        for part in parts:
            known = read_file_key(part) if isinstance(part, str) else None
            if known is None:
                raise forms.ValidationError(_("附件无效，请重新上传"))
            found.setdefault(known["file"], known)
        return list(found.values())


def take_uploads(
    definition: Definition, data: QueryDict, uploads: Any, *, prefix: str = ""
) -> QueryDict:
    """Will store the files just sent for the fields of a definition and add their keys.

    Gives a copy of ``data`` to build the form from; whatever is refused later, they are kept.
    Raises: InvalidInput (field: the one at fault; too large, not an accepted type).
    """
    taken = data.copy()
    for entry in definition.get("fields", []):
        if entry["type"] != "files":
            continue
        name = f"{prefix}-{entry['name']}" if prefix else entry["name"]
        for upload in uploads.getlist(name):
            taken.appendlist(name, _keep(upload, entry))
    return taken


def _keep(upload: UploadedFile, entry: Mapping[str, Any]) -> str:
    try:
        stored = files.store(upload)
    except InvalidInput as error:
        raise InvalidInput(
            f"{entry['label']}：{error}", field=entry["name"], code=error.code
        ) from error
    return file_key(stored.pk, upload.name or "")


def with_file_keys(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Will give kept values as ``clean`` takes them again: files by key instead of by id."""
    of_files = {e["name"] for e in definition.get("fields", []) if e["type"] == "files"}
    return {
        name: [file_key(part["file"], part["name"]) for part in value or []]
        if name in of_files
        else value
        for name, value in values.items()
    }


class _Cascading(ChoiceWidget):
    """A choice whose options say which choice of the parent they belong to."""

    parents: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.parents:
            option["attrs"]["data-under"] = self.parents[str(value)]
        return option


class CascadeSelect(_Cascading, forms.Select):
    """One of several choices."""


class CascadeBoxes(_Cascading, forms.CheckboxSelectMultiple):
    """Several of them."""


class RangedDateField(forms.DateField):
    """A day within a span; either end may be "today", which moves."""

    def __init__(self, *, low: str | None, high: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.low and value < _day(self.low):
            raise forms.ValidationError(_("不能早于%(day)s") % {"day": _day_words(self.low)})
        if self.high and value > _day(self.high):
            raise forms.ValidationError(_("不能晚于%(day)s") % {"day": _day_words(self.high)})


def _day(text: str) -> date:
    return clock.today() if text == TODAY else date.fromisoformat(text)


def _day_words(text: str) -> str:
    return _("今天") if text == TODAY else text


class IdNumberField(forms.CharField):
    """A resident identity number with a true date of birth and the right last character.

    Source: GB 11643-1999.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=18, **kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").strip().upper()

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not is_id_number(value):
            raise forms.ValidationError(_("身份证号码不对，请核对18位号码"))


def is_id_number(text: str) -> bool:
    """Will tell whether a text is a well-formed resident identity number of 18 characters."""
    parts = _ID_NUMBER.match(text)
    if parts is None or not text.isascii():
        return False
    try:
        date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        return False
    total = sum(int(d) * weight for d, weight in zip(text, _ID_WEIGHTS, strict=False))
    return _ID_CHECKS[total % 11] == text[17]
