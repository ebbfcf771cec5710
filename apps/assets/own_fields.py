"""The fields a city gives a class of things of its own: checked, read from sheets, said in words.

A definition (``AssetClass.form``) is a form as data; what a thing answers stands in
``Asset.details``. Nothing personal belongs there: the register is read by many. Source: IO-02.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.assets.models import AssetClass
from apps.common import forms_data
from apps.common.errors import InvalidInput
from apps.common.forms_data.shape import choices_of
from apps.common.imports import ImportColumn, day, text

Entry = dict[str, Any]
#: What a thing can say of itself; files, places and persons have columns and rows of their own.
TYPES = (
    "text", "longtext", "integer", "decimal", "boolean", "choice", "multichoice", "date",
)  # fmt: skip
#: How columns of a sheet are named among the others: by their label.
PREFIX = "own:"
BETWEEN = "、"
LONGEST_CELL = 5000


def entries_of(kind: AssetClass) -> list[Entry]:
    """Will give the fields of a class, in their order."""
    found: list[Entry] = kind.form.get("fields", [])
    return found


def problems_of(form: Mapping[str, Any], taken: Iterable[str]) -> list[str]:
    """Will say why a form cannot be a class's; taken: labels that sheets use already."""
    problems = forms_data.check_definition(form)
    if problems:
        return problems
    standing = set(taken)
    for entry in form["fields"]:
        said = {"label": entry["label"]}
        if entry["type"] not in TYPES or entry.get("masked"):
            problems.append(_("“%(label)s”不能作为部件的自有字段：台账不收附件和个人信息") % said)
        if entry["label"] in standing:
            problems.append(_("“%(label)s”已是台账的固定栏目，请换个名称") % said)
    return problems


def answers(kind: AssetClass, data: Mapping[str, Any]) -> dict[str, Any]:
    """Will check what is said of a thing of this class and give it as it is kept.

    Raises: InvalidInput (the field at fault, its label in the message).
    """
    return forms_data.clean(kind.form, data) if entries_of(kind) else {}


def said(kind: AssetClass, details: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Will give label and words by name for what a thing answered and its class still asks."""
    shown = forms_data.show(kind.form, details)
    return {one.name: (one.label, one.text) for one in shown if one.text}


def columns_of(kinds: Iterable[AssetClass]) -> list[str]:
    """Will give the labels of these classes' fields, once each, in their order."""
    return list(dict.fromkeys(e["label"] for kind in kinds for e in entries_of(kind)))


def import_columns(kinds: Iterable[AssetClass]) -> tuple[ImportColumn, ...]:
    """Will give a column of a file for each field of these classes, named by its label."""
    return tuple(ImportColumn(f"{PREFIX}{label}", label, _cell) for label in columns_of(kinds))


def read_cells(kind: AssetClass, values: Mapping[str, Any]) -> dict[str, Any]:
    """Will give what the cells of a row answer to the fields of its class.

    Choices are given by label or code, several with 、 between; yes and no as 是 and 否.
    Raises: InvalidInput (field: the column): a field of another class, an answer that is wrong.
    """
    cells = {
        name.removeprefix(PREFIX): value
        for name, value in values.items()
        if name.startswith(PREFIX) and value is not None
    }
    entries = {entry["label"]: entry for entry in entries_of(kind)}
    for label in cells:
        if label not in entries:
            raise InvalidInput(
                _("“%(name)s”没有这个字段，请留空") % {"name": kind.name}, field=label
            )
    data = {entry["name"]: _read(entry, cells[label]) for label, entry in entries.items()
            if label in cells}  # fmt: skip
    try:
        return answers(kind, data)
    except InvalidInput as error:
        label = next((e["label"] for e in entries.values() if e["name"] == error.field), "")
        raise InvalidInput(str(error), field=label) from error


def _cell(cell: Any) -> str:
    """A date cell as its day; everything else as its text."""
    return day(cell).isoformat() if hasattr(cell, "isoformat") else text(LONGEST_CELL)(cell)


def _read(entry: Entry, cell: str) -> Any:
    match entry["type"]:
        case "boolean":
            answers = {"是": True, "否": False, "true": True, "false": False, "1": True, "0": False}
            if cell.lower() not in answers:
                raise InvalidInput(_("请填“是”或“否”"), field=entry["label"])
            return answers[cell.lower()]
        case "choice":
            return _code(entry, cell)
        case "multichoice":
            return [_code(entry, part.strip()) for part in cell.split(BETWEEN) if part.strip()]
        case "date":
            try:
                return day(cell).isoformat()
            except ValueError as error:
                raise InvalidInput(str(error), field=entry["label"]) from error
        case _:
            return cell


def _code(entry: Entry, cell: str) -> str:
    codes = {label: code for code, label in choices_of(entry)}
    return codes.get(cell, cell)
