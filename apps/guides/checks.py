"""What a register said, against what a check expects. Pure; see ``matters.definition.instant``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.common import forms_data
from apps.guides.shared_data import Answer

#: What stands in the record of a check instead of a value nobody needs to read there.
COVERED = "***"


@dataclass(frozen=True)
class CheckResult:
    """One check done. input: what was asked for, masked where the form masks it."""

    code: str
    label: str
    dataset: str
    passed: bool
    reason: str
    input: dict[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Will give plain values to keep."""
        return asdict(self)


def question(check: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str] | None:
    """Will give what to ask the register; None where the applicant left a key empty."""
    asked = {key: values.get(name) for key, name in check["match"].items()}
    if any(value in (None, "", []) for value in asked.values()):
        return None
    return {key: str(value) for key, value in asked.items()}


def judge(
    check: Mapping[str, Any],
    values: Mapping[str, Any],
    answer: Answer | None,
    *,
    form: Mapping[str, Any],
    today: date,
    problem: str = "",
) -> CheckResult:
    """Will hold an answer against a check. answer: None where nothing could be asked."""
    reason = problem or _reason(check, values, answer, today)
    return CheckResult(
        code=check["code"],
        label=check["label"],
        dataset=check["dataset"],
        passed=not reason,
        reason=reason or _("与共享数据一致"),
        input=_shown_input(check, values, form),
    )


def _reason(
    check: Mapping[str, Any], values: Mapping[str, Any], answer: Answer | None, today: date
) -> str:
    if answer is None:
        return _("核验所需的内容没有填写")
    if answer.record is None:
        return _("共享数据中没有对应记录")
    for expected in check.get("expect", []):
        actual = answer.record.get(expected["field"])
        wanted = (
            values.get(expected["form_field"])
            if "form_field" in expected
            else expected.get("value")
        )
        if not _holds(expected["op"], actual, wanted, today):
            return _("“%(field)s”与共享数据不符") % {"field": expected["field"]}
    return ""


def _holds(op: str, actual: Any, wanted: Any, today: date) -> bool:
    if actual is None:
        return False
    match op:
        case "is" | "same_as":
            return str(actual) == str(wanted)
        case "one_of":
            return actual in wanted if isinstance(wanted, list) else False
        case "years_at_least":
            return _years(str(actual), today) >= _number(wanted)
        case "at_least":
            return _number(actual) >= _number(wanted)
        case _:
            return _number(actual) <= _number(wanted)


def _number(value: Any) -> float:
    """A value that is no number satisfies no comparison."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _years(born: str, today: date) -> float:
    try:
        day = date.fromisoformat(born)
    except ValueError:
        return float("nan")
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _shown_input(
    check: Mapping[str, Any], values: Mapping[str, Any], form: Mapping[str, Any]
) -> dict[str, str]:
    shown = {v.name: v.text for v in forms_data.show(form, values)}
    return {key: shown.get(name, COVERED) for key, name in check["match"].items()}
