"""Shape and conversion of input; rules live in services and schemes."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Post, Tenant
from apps.appraisal.enums import Cause, Indicator, StaffPart, Wish
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.appraisal.schemes import STAFF_WEIGHTS
from apps.assets.models import AssetClass
from apps.common import clock
from apps.places.forms import AreaChoice
from apps.places.models import Area


def day_input() -> forms.DateInput:
    """Will give the input of a day, filled as browsers want it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MonthField(forms.DateField):
    """A month, as browsers send it: 2026-11."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **more: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], **more)


class MonthForm(forms.Form):
    """Which month."""

    month = MonthField(label=_("考核月"))


class SeveralFiles(forms.ClearableFileInput):
    """Takes several files; the form looks at the last, the view reads all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class AppealForm(forms.Form):
    """What an appeal asks for, and why."""

    wish = forms.ChoiceField(label=_("申诉请求"), choices=Wish, widget=forms.RadioSelect)
    cause = forms.ChoiceField(
        label=_("应计原因"),
        choices=[("", _("请选择")), *Cause.choices],
        required=False,
        help_text=_("选择“更正原因”时填写"),
    )
    reason = forms.CharField(
        label=_("申诉理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(
        label=_("证据"),
        help_text=_("1 至 9 份图片或文档，如停电通知、施工许可、现场照片"),
        widget=SeveralFiles(attrs={"multiple": True}),
    )


class StaffAppealForm(forms.Form):
    """Why a row should not be held against somebody."""

    reason = forms.CharField(
        label=_("申诉理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(
        label=_("证据"),
        help_text=_("1 至 9 份图片或文档，如停电通知、施工许可、现场照片"),
        widget=SeveralFiles(attrs={"multiple": True}),
    )


class RulingForm(forms.Form):
    """What the other person says of an appeal."""

    grant = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda told: told == "yes"
    )
    ruling = forms.CharField(max_length=2000)


class SchemeForm(forms.Form):
    """A scheme as its editor fills it in; ``body`` is what the service takes."""

    name = forms.CharField(label=_("名称"), max_length=80)
    basis = forms.CharField(label=_("依据"), max_length=300)
    effective_from = MonthField(label=_("起用月份"))
    excused = forms.MultipleChoiceField(
        label=_("不计入考核的原因"),
        choices=Cause,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("计划内停机始终不计"),
    )
    unknown_is_down = forms.BooleanField(
        label=_("无法判明的时间按中断计"), required=False, help_text=_("不勾选则不计入分母")
    )
    kinds = forms.MultipleChoiceField(
        label=_("考核的部件类别"), required=False, help_text=_("不选则为全部有监测的点位")
    )
    appeal_days = forms.IntegerField(label=_("申诉期（天）"), min_value=1, max_value=30, initial=5)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = AssetClass.objects.order_by("code").values_list("code", "name")
        kinds = self.fields["kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = list(choices)
        kinds.widget.attrs["size"] = 6
        for code, start in zip(INDICATORS, (40, 20, 20, 20), strict=True):
            self.fields[code] = forms.IntegerField(
                label=_("%s权重") % Indicator(code).label, min_value=0, max_value=100, initial=start
            )
        for part in StaffPart:
            self.fields[f"staff_{part}"] = forms.IntegerField(
                label=_("人员与岗位：%s权重") % part.label, min_value=0, max_value=100,
                initial=STAFF_WEIGHTS[part],
            )  # fmt: skip
        self.order_fields(["name", "basis", "effective_from", *INDICATORS, *self.staff_names()])

    @staticmethod
    def staff_names() -> list[str]:
        """The names of the fields of people and posts."""
        return [f"staff_{part}" for part in StaffPart.values]

    @property
    def body(self) -> dict[str, Any]:
        """What was filled in, as the body of a scheme."""
        told = self.cleaned_data
        return {
            "weights": {code: told[code] for code in INDICATORS},
            "excused": told["excused"],
            "unknown_is_down": told["unknown_is_down"],
            "kinds": told["kinds"],
            "appeal_days": told["appeal_days"],
            "staff": {part: told[f"staff_{part}"] for part in StaffPart.values},
        }


class TargetForm(forms.Form):
    """What is expected of a vendor, or of each person on a post, in a month."""

    month = MonthField(label=_("考核月"))
    vendor = forms.ChoiceField(label=_("维保单位"), required=False)
    post = forms.ModelChoiceField(
        label=_("岗位"), queryset=Post.objects.none(), required=False,
        help_text=_("维保单位和岗位填写一项；岗位指标对在岗的每个人"),
    )  # fmt: skip
    area = AreaChoice(label=_("区域"), queryset=Area.objects.none(), required=False)
    work = forms.ChoiceField(label=_("工作类型"), required=False)
    quantity = forms.IntegerField(label=_("完成数量（单）"), min_value=0, required=False)
    hours = forms.DecimalField(
        label=_("平均修复时长不超过（小时）"), min_value=0, max_digits=6, decimal_places=1,
        required=False,
    )  # fmt: skip
    cost = forms.DecimalField(
        label=_("费用不超过（元）"), min_value=0, max_digits=12, decimal_places=2, required=False
    )

    def __init__(
        self, *args: Any, tenant: Tenant, vendors: list[str], works: list[tuple[str, str]],
        posts: QuerySet[Post], **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **more)
        cast(forms.ModelChoiceField, self.fields["post"]).queryset = posts
        _choose(self, "vendor", [("", _("请选择")), *((one, one) for one in vendors)])
        _choose(self, "work", [("", _("全部工作")), *works])
        area = self.fields["area"]
        assert isinstance(area, AreaChoice)
        area.queryset = areas_in(tenant)
        area.empty_label = str(_("全部区域"))


class StatisticsForm(forms.Form):
    """Which days, where, whose."""

    since = forms.DateField(
        label=_("起"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("止"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    area = AreaChoice(label=_("区域"), queryset=Area.objects.none(), required=False)
    vendor = forms.ChoiceField(label=_("维保单位"), required=False)

    def __init__(self, *args: Any, areas: Any, vendors: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        area = self.fields["area"]
        assert isinstance(area, AreaChoice)
        area.queryset = areas
        area.empty_label = str(_("全部区域"))
        _choose(self, "vendor", [("", _("全部维保单位")), *((one, one) for one in vendors)])


def areas_in(tenant: Tenant) -> Any:
    """Will give the districts and streets of a body, for choosing one."""
    found = Area.objects.filter(level__depth__lte=3, valid_to__isnull=True)
    if tenant.area is not None:
        found = found.filter(path__startswith=tenant.area.path)
    return found.defer("boundary", "center").order_by("path")


def last_month() -> date:
    """Will give the first day of the month before this one."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


def _choose(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
