"""What the forms of the studio have in common: a form knows what surrounds its part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.codes import fresh_code
from apps.matters.studio import words
from apps.matters.studio.rows import rows_of

Row = dict[str, Any]
Choices = list[tuple[str, Any]]
NONE: Choices = [("", "—")]
_CODE_HELP = gettext_lazy("留空自动生成；系统内部使用，发布后请勿随意改动")


@dataclass(frozen=True)
class Surroundings:
    """What a form may offer: the body being edited and what the city has.

    rights: permission names by code. tables: rule tables by code. matters: key states of
    published matters, {code: (name, {state: label})}. dictionaries: names by code.
    split_tables: COLLECT tables in force that name sub-matters, by code. callable: matters in
    force that may be called. other_fields: their form fields, {matter's name: {field: label}}.
    seals: names of the seals in use, by code.
    """

    body: dict[str, Any]
    kind: str
    rights: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    matters: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    dictionaries: dict[str, str] = field(default_factory=dict)
    split_tables: dict[str, str] = field(default_factory=dict)
    callable: dict[str, str] = field(default_factory=dict)
    other_fields: dict[str, dict[str, str]] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)


class PartForm(forms.Form):
    """A form that knows what surrounds the part it edits.

    prepare: fills choices; None where there are none.
    """

    prepare: Callable[[], None] | None = None

    def __init__(self, *args: Any, around: Surroundings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.around = around
        if self.prepare is not None:
            self.prepare()

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Will set the choices of a field."""
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]


class RowForm(PartForm):
    """One row of a part. before: the row as it was, {} for a new one."""

    section = ""
    key = "code"

    def __init__(self, *args: Any, before: Row, **kwargs: Any) -> None:
        self.before = before
        kwargs.setdefault("initial", self.initial_of(before))
        super().__init__(*args, **kwargs)

    def initial_of(self, row: Row) -> Row:
        """Will give the form's first values from a row."""
        return dict(row)

    def row(self) -> Row:
        """Will give the row to keep, empty values left out."""
        return kept(self.cleaned_data)

    def coded(self, row: Row, label: str) -> Row:
        """Will give the row its code: the one typed, the one it had, or a new one."""
        own = row.get(self.key) or self.before.get(self.key)
        return {**row, self.key: own or fresh_code(label, self._taken())}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get(self.key)
        if typed and self.key in self.fields and typed in self._taken():
            self.add_error(self.key, _("“%s”已用过，请换一个") % typed)
        return cleaned

    def _taken(self) -> set[str]:
        rows = rows_of(self.around.body, self.section)
        own = self.before.get(self.key)
        return {str(r.get(self.key)) for r in rows if r.get(self.key)} - {own}


def kept(values: Row) -> Row:
    """Will drop what was left empty; zero and an explicit no stay."""
    return {k: v for k, v in values.items() if v not in ("", None, [], {})}


def code_field() -> forms.Field:
    """Will make a code nobody has to type."""
    return forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$",
        label=gettext_lazy("代码"),
        required=False,
        help_text=_CODE_HELP,
        error_messages={"invalid": gettext_lazy("须为小写字母开头的字母、数字、下划线")},
    )


def text_field(
    label: Any, most: int, *, required: bool = False, help_text: Any = ""
) -> forms.CharField:
    """Will make a line of at most ``most`` characters."""
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text)


def boxes(label: Any, *, required: bool = False, help_text: Any = "") -> forms.Field:
    """Will make boxes to tick."""
    return forms.MultipleChoiceField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def amount_field(label: Any) -> forms.Field:
    """Will make a whole number from 1."""
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=10_000)


def unit_field(label: Any) -> forms.Field:
    """Will make the unit of a limit."""
    return forms.ChoiceField(label=label, required=False, choices=list(words.UNITS.items()))


def others(before: Row, fields: Iterable[str]) -> Row:
    """Will give what a row holds that its form does not show; other parts put it there."""
    return {key: value for key, value in before.items() if key not in set(fields)}
