"""What people fill in about warnings to the public."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.alarms.enums import Level, WarningState
from apps.alarms.models import Alarm, PublicWarning
from apps.alarms.permissions import ISSUE
from apps.alarms.selectors import list_warnings
from apps.alarms.services import NewWarning
from apps.common import clock
from apps.places.forms import AreaChoice
from apps.places.models import Area


class WarningFilterForm(forms.Form):
    """Narrows the list of warnings."""

    q = forms.CharField(label=_("标题或说明"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *WarningState.choices], required=False
    )
    level = forms.TypedChoiceField(
        label=_("级别"), choices=[("", _("全部")), *reversed(Level.choices)], coerce=int,
        empty_value=None, required=False,
    )  # fmt: skip

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_warnings`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "state": given.get("state") or "",
            "level": given.get("level"),
        }


class PublicWarningForm(forms.Form):
    """A warning to be issued. Empty words are taken from the description of the level."""

    level = forms.TypedChoiceField(label=_("级别"), choices=Level.choices, coerce=int)
    title = forms.CharField(label=_("标题"), max_length=80)
    text = forms.CharField(
        label=_("情况说明"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    area = AreaChoice(label=_("影响区域"), queryset=Area.objects.none())
    until_at = forms.DateTimeField(
        label=_("预计持续至"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("到时不会自动解除，须由人确认条件后解除"),
    )
    audience = forms.CharField(
        label=_("告知对象"), max_length=200, required=False,
        help_text=_("不填则用该级别预先写明的内容，下两栏相同"),
    )  # fmt: skip
    action = forms.CharField(
        label=_("应采取的措施"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    lift = forms.CharField(label=_("解除条件"), max_length=300, required=False)
    replaces: "forms.ModelChoiceField[PublicWarning]" = forms.ModelChoiceField(
        label=_("接替的预警"), queryset=None, required=False, empty_label=_("不接替")
    )
    reason = forms.CharField(
        label=_("拟发理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("供签发人核对，不公开"),
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None, *, viewer: User, alarm: Alarm | None = None) -> None:
        super().__init__(data, initial=_of_alarm(alarm))
        self.alarm = alarm
        fields: dict[str, Any] = self.fields
        areas = Area.objects.valid_on(clock.today()).filter(level__is_cell=False)
        near = area_scope_q(scope_for(viewer, ISSUE), "path")
        fields["area"].queryset = areas.filter(near).defer("boundary").order_by("path")
        fields["replaces"].queryset = list_warnings(viewer, state=WarningState.ISSUED)

    def new(self) -> NewWarning:
        """Will give the warning as it shall be; only once valid."""
        said = {name: self.cleaned_data[name] for name in NewWarning.__dataclass_fields__
                if name != "alarm"}  # fmt: skip
        return NewWarning(**said, alarm=self.alarm)


class LiftForm(forms.Form):
    """Why a warning is lifted."""

    reason = forms.CharField(
        label=_("已满足的解除条件"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def _of_alarm(alarm: Alarm | None) -> dict[str, Any]:
    if alarm is None:
        return {}
    return {"level": alarm.level, "title": alarm.title, "text": alarm.sentence}
