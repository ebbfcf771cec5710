"""Shapes of what the pages take."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import Channel, Depth
from apps.matters.models import MatterType
from apps.matters.registry import holders
from apps.retention.enums import Family
from apps.retention.models import Schedule
from apps.retention.models.schedules import YEARS_LEAST, YEARS_MOST
from apps.retention.services import LineSpec
from apps.retention.services.scheduling import LINES_MOST

#: A line may be about all matters of a prefix.
_WHOLE = {
    "hotline": _("全部热线诉求"),
    "service": _("全部政务服务事项"),
    "onething": _("全部联办事项"),
    "supervision": _("全部监管检查事项"),
}


def matter_choices() -> list[tuple[str, str]]:
    """Will give the matters whose people are kept here: each family of matters, then its own."""
    found: list[tuple[str, str]] = []
    for prefix in sorted({one for holder in holders().values() for one in holder.matters}):
        found.append((prefix, str(_WHOLE.get(prefix, prefix))))
        own = MatterType.objects.filter(code__startswith=f"{prefix}.").order_by("code")
        found += own.values_list("code", "name")
    return found


class NoteForm(forms.Form):
    """Why there is a new version."""

    note = forms.CharField(label=_("变更说明"), min_length=2, max_length=300)


class LineForm(forms.Form):
    """One line; one without years is no line."""

    matter = forms.ChoiceField(label=_("事项"))
    channel = forms.ChoiceField(
        label=_("来源渠道"), required=False, choices=[("", _("全部")), *Channel.choices]
    )
    family = forms.ChoiceField(label=_("投诉类别"), required=False, choices=Family.choices)
    years = forms.IntegerField(
        label=_("办结后保存（年）"), required=False, min_value=YEARS_LEAST, max_value=YEARS_MOST
    )
    depth = forms.ChoiceField(label=_("到期方式"), choices=Depth.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matter"].choices = matter_choices()  # type: ignore[attr-defined]


LineFormSet = forms.formset_factory(LineForm, extra=2, max_num=LINES_MOST, validate_max=True)


def initial_lines(schedule: Schedule | None) -> list[dict[str, Any]]:
    """Will give the lines of a version as the formset begins with."""
    names = ("matter", "channel", "family", "years", "depth")
    return list(schedule.lines.values(*names)) if schedule else []


def specs_of(lines: Any) -> list[LineSpec]:
    """Will give the lines of a valid formset that say how many years."""
    filled = [form.cleaned_data for form in lines if form.cleaned_data.get("years")]
    return [LineSpec(**values) for values in filled]


class ReasonForm(forms.Form):
    """A reason for a deed."""

    reason = forms.CharField(
        label=_("理由"), min_length=2, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class HoldForm(ReasonForm):
    """A case to keep."""

    number = forms.CharField(label=_("受理编号"), max_length=20)

    field_order = ("number", "reason")


class FilterForm(forms.Form):
    """What a list is narrowed by."""

    number = forms.CharField(label=_("受理编号"), required=False, max_length=20)


class StoneFilterForm(FilterForm):
    """Tombstones by number and depth."""

    depth = forms.ChoiceField(
        label=_("方式"), required=False, choices=[("", _("全部")), *Depth.choices]
    )

    def wanted(self) -> dict[str, str]:
        """Will give the arguments of ``selectors.list_tombstones``."""
        return {n: v for n, v in self.cleaned_data.items() if v} if self.is_valid() else {}


class HoldFilterForm(FilterForm):
    """Holds by number, and only those that stand."""

    open = forms.BooleanField(label=_("只看保全中"), required=False)

    def wanted(self) -> dict[str, Any]:
        """Will give the arguments of ``selectors.list_holds``."""
        if not self.is_valid():
            return {}
        return {"number": self.cleaned_data["number"], "is_open": self.cleaned_data["open"]}
