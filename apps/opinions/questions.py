"""The questions of a survey: forms as data, with a scale, drawn for a telephone's screen.

A survey is a definition of ``common.forms_data`` of four kinds of field: ``choice``,
``multichoice``, ``longtext``, and ``integer`` from a lowest to a highest of at most ten steps,
which is a scale. ``show_if`` as there. What is answered is checked by the same definition.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.common import forms_data

KINDS = ("choice", "multichoice", "integer", "longtext")
STEPS_MOST, QUESTIONS_MOST, CHOICES_MOST, TEXT_MAX = 10, 60, 30, 1000


def fields_of(questions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Will give the questions in their order."""
    return list(questions.get("fields", []))


def check_questions(questions: Any) -> list[str]:
    """Will give what is wrong with a survey's questions, in sentences; empty: publishable."""
    problems = forms_data.check_definition(questions)
    if problems:
        return problems
    asked = fields_of(questions)
    if not 0 < len(asked) <= QUESTIONS_MOST:
        problems.append(_("题目须为 1 至 %d 道") % QUESTIONS_MOST)
    for entry in asked:
        if entry["type"] not in KINDS:
            problems.append(_("“%s”：问卷不能用这种填写方式") % entry["label"])
        elif entry["type"] == "integer" and not 0 < _steps(entry) <= STEPS_MOST:
            problems.append(_("“%(label)s”：打分须为 2 至 %(n)d 档") % {
                "label": entry["label"], "n": STEPS_MOST,
            })  # fmt: skip
        elif len(entry.get("choices", [])) > CHOICES_MOST:
            problems.append(_("“%(label)s”：选项不能超过 %(n)d 个") % {
                "label": entry["label"], "n": CHOICES_MOST,
            })  # fmt: skip
    return problems


def _steps(entry: Mapping[str, Any]) -> int:
    """How many steps lie above the lowest one, plus one; 0 where it is no scale."""
    low, high = entry.get("min"), entry.get("max")
    if not isinstance(low, int) or not isinstance(high, int) or high <= low:
        return 0
    return high - low + 1


def scale_of(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Will give the steps of a scale as choices."""
    return [(str(step), str(step)) for step in range(entry["min"], entry["max"] + 1)]


def question_form(
    questions: Mapping[str, Any],
    data: Any = None,
    *,
    initial: Mapping[str, Any] | None = None,
) -> forms_data.DataForm:
    """Will give the page's form: single choices and scales as tiles to tap."""
    form = forms_data.build_form(questions)(data, initial=dict(initial or {}))
    for entry in fields_of(questions):
        if entry["type"] == "integer":
            form.fields[entry["name"]] = _as_tiles(
                form.fields[entry["name"]], scale_of(entry), coerce=int
            )
        elif entry["type"] == "choice":
            drawn: Any = form.fields[entry["name"]]
            choices = [pair for pair in drawn.choices if pair[0]]
            form.fields[entry["name"]] = _as_tiles(drawn, choices, coerce=str)
    form.connect()
    for name, field in form.fields.items():
        field.starts_hidden = not form.shows(name)  # type: ignore[attr-defined]  # for the page
    return form


def _as_tiles(
    drawn: forms.Field, choices: list[tuple[str, str]], *, coerce: type[int] | type[str]
) -> forms.Field:
    tiles: Any = forms.TypedChoiceField(
        label=drawn.label,
        help_text=drawn.help_text,
        required=False,
        choices=choices,
        coerce=coerce,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    tiles.is_wanted = getattr(drawn, "is_wanted", False)
    return tiles


def typed(questions: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Will give what was typed so far, unchecked but bounded, to go on with later."""
    kept: dict[str, Any] = {}
    for entry in fields_of(questions):
        name = entry["name"]
        if name not in data:
            continue
        values = [str(value)[:TEXT_MAX] for value in data.getlist(name)[:CHOICES_MOST]]
        kept[name] = values if entry["type"] == "multichoice" else values[-1]
    return kept
