"""What pages say of a device that was asked by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.polling.services import Tried
from apps.sensing.enums import FieldKind, Flaw, Quality
from apps.sensing.models import ProfileField

_LEVELS = {Quality.VALID: "done", Quality.SUSPECT: "soon"}


@dataclass(frozen=True)
class ShownLine:
    """One field: as the device wrote it, as it would be stored, and what is wrong with it."""

    name: str
    address: str
    raw: str
    text: str
    quality: str
    level: str
    problem: str


def shown_tried(tried: Tried, fields: Mapping[str, ProfileField]) -> list[ShownLine]:
    """Will give what was read in words."""
    shown = []
    for one in tried.fields:
        field = fields.get(one.code)
        quality = "" if one.quality is None else str(Quality(one.quality).label)
        if one.flaw:
            quality = f"{quality}：{Flaw(one.flaw).label}"
        shown.append(
            ShownLine(
                field.name if field else one.code,
                one.address,
                str(one.raw)[:80],
                _text(field, one.value, one.label),
                quality,
                _LEVELS.get(Quality(one.quality), "") if one.quality is not None else "",
                one.problem,
            )
        )
    return shown


def _text(field: ProfileField | None, value: float | None, label: str | None) -> str:
    if field is None or (value is None and label is None):
        return "—"
    if label is not None:
        return str(field.choices.get(label, label))
    if field.kind == FieldKind.BOOLEAN:
        return _("是") if value else _("否")
    return f"{value:.{field.precision}f} {field.unit}".strip()
