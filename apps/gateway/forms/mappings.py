"""Shapes of what people fill in about field mappings and reconciliation."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.gateway.enums import DateFormat
from apps.gateway.forms._styled import Styled
from apps.gateway.mapping import MOST_ROWS, OTHERWISE, Row

MOST_SAMPLE = 256 * 1024
SPARE_ROWS = 3


class RowForm(Styled):
    """One row; left empty it is dropped. codes: one ``word=their word`` a line."""

    target = forms.CharField(label=_("目标路径"), max_length=250, required=False)
    source = forms.CharField(label=_("来源路径"), max_length=250, required=False)
    fixed = forms.CharField(label=_("固定值"), max_length=200, required=False)
    codes = forms.CharField(
        label=_("代码表"),
        max_length=40_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    format = forms.ChoiceField(
        label=_("日期格式"),
        choices=[("", _("不转换")), *DateFormat.choices],
        required=False,
    )
    required = forms.BooleanField(label=_("必填"), required=False)

    def clean_codes(self) -> dict[str, str]:
        """Reads the lines. Raises: ValidationError (no equals sign, a word twice)."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["codes"].splitlines())):
            word, equals, theirs = (part.strip() for part in line.partition("="))
            if not equals:
                raise forms.ValidationError(_("每行一对，如 closed=9"))
            if word in found:
                raise forms.ValidationError(_("代码重复：%(word)s"), params={"word": word})
            found[word] = theirs
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in; only once valid."""
        return not any(self.cleaned_data.values())

    @property
    def row(self) -> Row:
        """What was filled in; only once valid."""
        return Row(**{name: self.cleaned_data[name] for name in self.fields})


RowFormSet = forms.formset_factory(
    RowForm, extra=SPARE_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS + SPARE_ROWS
)


class MappingForm(Styled):
    """What goes with the rows: which version was seen, why it is changed, what to try."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    note = forms.CharField(label=_("修改说明"), max_length=200, required=False)
    sample = forms.CharField(
        label=_("样例"),
        max_length=MOST_SAMPLE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=_("只用来试一试，不保存、不发送"),
    )

    @property
    def document(self) -> Any:
        """The sample read. Raises: ValueError (not JSON)."""
        try:
            return json.loads(self.cleaned_data["sample"])
        except RecursionError as error:
            raise ValueError from error


class DayForm(Styled):
    """Which day to look at."""

    day = forms.DateField(
        label=_("对账日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("请选择日期"), "invalid": _("请选择日期")},
        initial=clock.today,
    )


def rows_initial(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Will give the first values of the rows as they are kept."""
    return [
        values | {"codes": "\n".join(f"{word}={theirs}" for word, theirs in _in_order(values))}
        for values in kept
    ]


def _in_order(values: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(values["codes"].items(), key=lambda pair: pair[0] == OTHERWISE)
