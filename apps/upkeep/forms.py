"""Shape and conversion of what is entered about upkeep."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from apps.upkeep.enums import BackupKind, Rhythm, WorkState
from apps.upkeep.models import BackupPolicy
from apps.upkeep.services.backups import PolicySpec


class PolicyForm(forms.Form):
    """When backups are made, and how long they are kept."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("方式"), choices=BackupKind)
    rhythm = forms.ChoiceField(label=_("频率"), choices=Rhythm)
    at = forms.TimeField(
        label=_("时间"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("每小时的策略不填"),
    )
    weekday = forms.TypedChoiceField(
        label=_("星期"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "—"), *WEEKDAYS.items()],
        help_text=_("只用于每周的策略"),
    )
    keep_days = forms.IntegerField(label=_("保留天数"), min_value=1, max_value=3660)
    is_on = forms.BooleanField(label=_("启用"), required=False)

    def spec(self) -> PolicySpec:
        """Will give what was entered."""
        return PolicySpec(**self.cleaned_data)

    @staticmethod
    def values_of(policy: BackupPolicy) -> dict[str, object]:
        """Will give a policy as the form shows it."""
        return {name: getattr(policy, name) for name in PolicySpec.__dataclass_fields__}


class RunFilterForm(forms.Form):
    """Narrows the list of backups."""

    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *WorkState.choices], required=False
    )

    def wanted(self) -> str:
        """Will give the state chosen; nonsense narrows nothing."""
        return str(self.cleaned_data.get("state") or "") if self.is_valid() else ""
