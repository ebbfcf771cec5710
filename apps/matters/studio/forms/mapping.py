"""Rows "this field takes that one, or these words": typed as a small table in one field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.matters.definition.splits import MAX_ROWS

SPARE = 3  # empty rows offered below those that are filled
WORDS_MAX = 500
_KEYS = ("to", "from", "value")

Row = dict[str, str]
Group = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Fields:
    """What a mapping may name, in groups of {code: label} under a heading."""

    targets: tuple[Group, ...] = ()
    sources: tuple[Group, ...] = ()


class MappingWidget(forms.Widget):
    """Per row a target, a source, and words for where there is no source; no script needed."""

    template_name = "studio/_mapping.html"
    fields = Fields()

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> list[Row] | None:
        rows = []
        for number in range(MAX_ROWS + SPARE):
            row = {key: str(data.get(f"{name}-{number}-{key}", "")).strip() for key in _KEYS}
            if any(row.values()):
                rows.append(row)
        return rows

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return f"{name}-0-to" not in data

    def id_for_label(self, id_: str | None) -> str:
        return f"{id_}-0-to"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        rows: list[Row] = [row for row in value or [] if isinstance(row, dict)]
        spare: list[Row] = [{}] * max(0, min(SPARE, MAX_ROWS - len(rows)))
        context["widget"]["rows"] = [
            {
                "value": row.get("value", ""),
                "targets": _options(self.fields.targets, row.get("to", "")),
                "sources": _options(self.fields.sources, row.get("from", "")),
            }
            for row in [*rows, *spare]
        ]
        return context


def _options(groups: Iterable[Group], chosen: str) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The groups as a list box shows them; what is chosen but no longer offered stays."""
    shown = [
        (title, [(code, label, code == chosen) for code, label in known.items()])
        for title, known in groups
        if known
    ]
    if chosen and not any(chosen in known for _title, known in groups):
        shown.append((_("现有的"), [(chosen, chosen, True)]))
    return shown


class MappingField(forms.Field):
    """Cleans to the rows of a ``mapping`` or ``back``: [{to, from} | {to, value}]."""

    widget = MappingWidget

    def offer(self, fields: Fields, *, kept: Iterable[Row] = ()) -> None:
        """Will set what may be named. kept: rows from before, whose names stay allowed."""
        widget: Any = self.widget
        widget.fields = fields
        rows = [row for row in kept if isinstance(row, dict)]
        self.targets = {c for _t, known in fields.targets for c in known}
        self.targets |= {row.get("to", "") for row in rows}
        self.sources = {c for _t, known in fields.sources for c in known}
        self.sources |= {row.get("from", "") for row in rows}

    def clean(self, value: Any) -> list[Row]:
        problems, filled = [], set()
        rows: list[Row] = value or []
        for number, row in enumerate(rows, 1):
            trouble = self._trouble(row, filled)
            if trouble:
                problems.append(
                    _("第%(number)s行：%(trouble)s") % {"number": number, "trouble": trouble}
                )
            filled.add(row["to"])
        if len(rows) > MAX_ROWS:
            problems.append(_("最多%s行") % MAX_ROWS)
        if problems:
            raise forms.ValidationError(problems[:5])
        return [{key: row[key] for key in _KEYS if row[key]} for row in rows]

    def _trouble(self, row: Row, filled: set[str]) -> str:
        if not row["to"]:
            return _("请选择填到哪里")
        if row["to"] in filled:
            return _("这一项在前面已经填过")
        if bool(row["from"]) == bool(row["value"]):
            return _("取自字段和固定文字，须填且只填一个")
        if row["to"] not in self.targets or (row["from"] and row["from"] not in self.sources):
            return _("所选的字段不在可选范围内")
        if len(row["value"]) > WORDS_MAX:
            return _("固定文字最多%s个字") % WORDS_MAX
        return ""
