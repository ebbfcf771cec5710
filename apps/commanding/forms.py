"""Shape and conversion of what people enter about commands."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.commanding.enums import CommandRight, CommandState
from apps.commanding.models import CommandKind
from apps.commanding.services import KindSpec
from apps.sensing.models import DeviceProfile


class CommandFilterForm(forms.Form):
    """Narrows the list of commands."""

    q = forms.CharField(label=_("节点、设备或命令名称"), required=False, max_length=60)
    profile = forms.ModelChoiceField(
        label=_("设备型号"),
        queryset=DeviceProfile.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=_("全部型号"),
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *CommandState.choices], required=False
    )
    since = forms.DateField(
        label=_("下达自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("下达至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_commands`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "profile": given["profile"].code if given.get("profile") else "",
            "state": given.get("state") or "",
            "since": given.get("since"),
            "until": given.get("until"),
        }


class ReasonForm(forms.Form):
    """Why a command is given. key: of this page, so that a form sent twice is one command."""

    reason = forms.CharField(
        label=_("事由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class KindForm(forms.Form):
    """The card of a kind of command; its parameters stand in rows."""

    profile = forms.ModelChoiceField(
        label=_("设备型号"), queryset=DeviceProfile.objects.order_by("code")
    )
    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=40)
    right = forms.ChoiceField(label=_("级别"), choices=CommandRight)
    needs_approval = forms.BooleanField(label=_("须双人复核"), required=False)
    time_limit_s = forms.IntegerField(
        label=_("时限（秒）"),
        help_text=_("放行后这么久没有答复即为超时；其间设备不在线也一直保留"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False)

    def spec(self, fields: list[dict[str, Any]]) -> KindSpec:
        """Will give the kind as it shall be."""
        return KindSpec(**self.cleaned_data, parameters={"fields": fields})


def initial_of(kind: CommandKind | None) -> dict[str, Any]:
    """Will give what the card begins with."""
    if kind is None:
        return {"time_limit_s": 300, "is_active": True}
    return {name: getattr(kind, name) for name in KindForm.base_fields}
