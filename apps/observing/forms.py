"""Shape and conversion of what people enter about readings."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.observing.services import RuleSpec
from apps.sensing.enums import FieldKind
from apps.sensing.models import ProfileField

LONGEST_DAYS = 366


class SpanForm(forms.Form):
    """Days of the city, both included; without them the last day."""

    since = forms.DateField(
        label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    usual_days = 1

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("结束日期不能早于开始日期"))
        elif since and ((until or clock.today()) - since).days >= LONGEST_DAYS:
            self.add_error("since", gettext("时间范围不能超过一年"))
        return given

    def span(self) -> tuple[datetime, datetime]:
        """Will give the moments the span begins and ends; nonsense means the usual days."""
        self.is_valid()
        given = self.cleaned_data
        now = clock.now()
        until = min(_begin(given["until"] + timedelta(days=1)), now) if given.get("until") else now
        since = given.get("since")
        begin = _begin(since) if since else until - timedelta(days=self.usual_days)
        return (begin, until) if begin < until else (until - timedelta(days=1), until)


class CompareForm(SpanForm):
    """Which series, over which days, beside which days before."""

    node = forms.CharField(label=_("节点编号"), required=False, max_length=64)
    field = forms.ChoiceField(label=_("字段"), required=False)
    shift = forms.ChoiceField(
        label=_("对照"),
        required=False,
        choices=[
            ("", _("不对照")),
            ("day", _("前一天")),
            ("week", _("上一周")),
            ("year", _("去年同期")),
        ],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        numbers = ProfileField.objects.filter(kind=FieldKind.NUMBER).order_by("code", "pk")
        names: dict[str, str] = {}
        for code, name in numbers.values_list("code", "name"):
            names.setdefault(code, name)
        fields: dict[str, Any] = self.fields
        fields["field"].choices = [("", "—"), *names.items()]


class RuleForm(forms.Form):
    """How a field is held against its neighbours."""

    radius_m = forms.IntegerField(label=_("范围（米）"))
    nearest = forms.IntegerField(
        label=_("最多比较几台"), initial=8, help_text=_("不足 4 台时不作判断")
    )
    z_limit = forms.FloatField(
        label=_("偏离倍数上限"),
        initial=6,
        help_text=_("偏离邻近设备中位数超过多少倍离散度判为可疑"),
    )
    least_spread = forms.FloatField(
        label=_("最小离散度"), help_text=_("按该字段的单位；邻近设备几乎一致时按此值计算")
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def spec(self) -> RuleSpec:
        """Will give the rule as it shall be."""
        return RuleSpec(**self.cleaned_data)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
