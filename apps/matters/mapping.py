"""Fields of one case into another: of a split, a call, a listener (MT-06, RU-03).

A row says which field of the target takes which field of the source, or a fixed text. Fields:
title, text, address, class_code, priority, and ``form.<name>``; a source may also give number,
class_label, state (as the city calls it), unit (its name) and result (the unit's last words).
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.matters.definition import MapRow, definition_of
from apps.matters.enums import TaskState
from apps.matters.models import Case

#: What can be filled, and what can be read; ``form.<name>`` besides.
TARGETS = {
    "title": _("标题"),
    "text": _("内容"),
    "address": _("地址"),
    "class_code": _("分类"),
    "priority": _("紧急程度"),
}
SOURCES = TARGETS | {
    "number": _("受理编号"),
    "class_label": _("分类名称"),
    "state": _("状态"),
    "unit": _("承办单位"),
    "result": _("办理结果"),
}


def read_field(case: Case, name: str) -> Any:
    """Will give a field of a case; "" (or None in a form) where it is not known."""
    if name.startswith("form."):
        return case.form_data.get(name.removeprefix("form."))
    if name == "state":
        return definition_of(case.version_id, case.version.body).state(case.state).label
    if name == "unit":
        return case.unit.name if case.unit is not None else ""
    if name == "result":
        return result_of(case)
    return getattr(case, name, "") if name in SOURCES else ""


def result_of(case: Case) -> str:
    """Will give the last answer of a unit on a case, else what the reporter was told last."""
    done = case.tasks.filter(state=TaskState.DONE).exclude(result="").order_by("-id").first()
    if done is not None:
        return done.result
    told = case.events.exclude(public_text="").exclude(action="open").order_by("-seq").first()
    return told.public_text if told is not None else ""


def apply_mapping(rows: Iterable[MapRow], case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Will give (fields, form fields) of the target; empty values are left out."""
    fields: dict[str, Any] = {}
    form: dict[str, Any] = {}
    for row in rows:
        value = read_field(case, row.source) if row.source else row.value
        if value in ("", None):
            continue
        if row.target.startswith("form."):
            form[row.target.removeprefix("form.")] = value
        elif row.target in TARGETS:
            fields[row.target] = str(value)
    return fields, form
