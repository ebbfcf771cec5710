"""Shape of what people enter for diagnosis."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.diagnosis.enums import Fault, Verdict
from apps.diagnosis.models import DiagnosisPlan, ThresholdSet
from apps.diagnosis.permissions import READERS, RUN
from apps.diagnosis.services import PlanSpec, values_of
from apps.diagnosis.thresholds import DAY, NIGHT, THRESHOLDS
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.video.enums import Network
from apps.video.models import CameraLabel, Recorder


def _areas(viewer: User, *rights: str) -> Any:
    scope = scope_for(viewer, *rights)
    found = Area.objects.filter(level__depth__lte=3).defer("boundary").order_by("path")
    if scope.everything:
        return found
    ids = [area.pk for area in found if scope.covers_area(area.path)]
    return found.filter(pk__in=ids)


class ConditionFilterForm(forms.Form):
    """Which cameras are shown."""

    q = forms.CharField(label=_("名称或国标编码"), required=False, max_length=40)
    fault = forms.ChoiceField(
        label=_("异常"), required=False, choices=[("", _("全部")), *Fault.choices]
    )
    verdict = forms.ChoiceField(
        label=_("结论"), required=False, choices=[("", _("疑似和异常")), *Verdict.choices]
    )
    area = AreaChoice(
        label=_("区域"), required=False, queryset=Area.objects.none(), to_field_name="code",
        empty_label=_("全部"),
    )  # fmt: skip

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = _areas(viewer, *READERS)  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """Will give what is asked for; what cannot be read is not asked for."""
        self.is_valid()
        told = self.cleaned_data
        return {
            "text": told.get("q", "").strip(), "fault": told.get("fault", ""),
            "verdict": told.get("verdict", ""), "area": told.get("area"),
        }  # fmt: skip


class PlanForm(forms.Form):
    """A plan: which cameras, when."""

    name = forms.CharField(label=_("名称"), max_length=60)
    area = AreaChoice(
        label=_("区域"), queryset=Area.objects.none(), to_field_name="code",
        help_text=_("该区域及下级区域内的摄像机"),
    )  # fmt: skip
    network = forms.ChoiceField(
        label=_("点位性质"), required=False, choices=[("", _("全部")), *Network.choices]
    )
    label = forms.ModelChoiceField(
        label=_("标签"), required=False, queryset=CameraLabel.objects.all(), empty_label=_("全部")
    )
    recorder = forms.ModelChoiceField(
        label=_("录像机"), required=False, queryset=Recorder.objects.none(), empty_label=_("全部")
    )
    times = forms.CharField(
        label=_("巡检时刻"), max_length=200, help_text=_("如 06:00 14:30 22:00，用空格分开")
    )
    recheck_after_m = forms.IntegerField(
        label=_("复检间隔（分钟）"), min_value=1, max_value=1440, initial=10,
        help_text=_("疑似异常隔这么久自动再看一次，仍异常才告警"),
    )  # fmt: skip
    ptz_from = forms.TimeField(
        label=_("云台探测开始"), required=False, widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("只在维护时段内转动云台；不填则不探测"),
    )  # fmt: skip
    ptz_until = forms.TimeField(
        label=_("云台探测结束"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )

    def __init__(self, data: Any = None, *, viewer: User, plan: DiagnosisPlan | None) -> None:
        super().__init__(data, initial=_initial_of(plan))
        areas = _areas(viewer, RUN)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        near = Recorder.objects.filter(area__in=areas).defer("secret").order_by("name")
        self.fields["recorder"].queryset = near  # type: ignore[attr-defined]

    def spec(self) -> PlanSpec:
        """Will give the plan as it shall be; only of a valid form."""
        told = self.cleaned_data
        times = told["times"].replace("，", " ").replace(",", " ").replace("、", " ").split()
        return PlanSpec(**{**told, "times": times})


def _initial_of(plan: DiagnosisPlan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    names = ("name", "network", "recheck_after_m", "ptz_from", "ptz_until")
    plain = {name: getattr(plan, name) for name in names}
    return plain | {
        "area": plan.area.code, "times": " ".join(plan.times), "label": plan.label_id,
        "recorder": plan.recorder_id,
    }  # fmt: skip


class ThresholdForm(forms.Form):
    """A draft of all thresholds, by day and by night. Fields are named "<light>-<code>"."""

    note = forms.CharField(label=_("调整说明"), max_length=200)

    def __init__(self, *args: Any, base: ThresholdSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = values_of(base)
        for rule in THRESHOLDS:
            for light, word in ((DAY, _("白天")), (NIGHT, _("夜间"))):
                self.fields[f"{light}-{rule.code}"] = forms.FloatField(
                    label=f"{rule.label}（{word}）", min_value=rule.low, max_value=rule.high,
                    initial=values[light][rule.code],
                    widget=forms.NumberInput(attrs={"step": "any"}),
                )  # fmt: skip

    def values(self) -> dict[str, dict[str, float]]:
        """Will give the values by light and code; only of a valid form."""
        return {
            light: {rule.code: self.cleaned_data[f"{light}-{rule.code}"] for rule in THRESHOLDS}
            for light in (DAY, NIGHT)
        }
