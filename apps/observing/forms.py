"""Shape and conversion of what people enter about readings."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, list_organizations, scope_for, scope_of
from apps.alarms.enums import Level
from apps.common import clock
from apps.common.corners import CornersField, corners_along
from apps.common.spans import SpanForm
from apps.observing.enums import FenceRule
from apps.observing.models import Geofence
from apps.observing.permissions import KEEP_FENCES
from apps.observing.services import FenceSpec, RuleSpec
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.sensing.enums import FieldKind
from apps.sensing.models import Device, DeviceProfile, ProfileField
from apps.sensing.selectors import list_devices


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


class SurfaceForm(forms.Form):
    """Which quantity, and of which hour; without one the newest values."""

    quantity = forms.ChoiceField(label=_("监测量"), required=False)
    hour = forms.DateTimeField(
        label=_("小时"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("取该小时的均值；不填为最新读数"),
    )
    area = AreaChoice(
        label=_("区域"),
        queryset=Area.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("全部区域"),
    )

    def __init__(self, data: Any, *, viewer: User, quantities: dict[str, str]) -> None:
        super().__init__(data)
        self._first = next(iter(quantities), "")
        fields: dict[str, Any] = self.fields
        fields["quantity"].choices = [*quantities.items()]
        mine = area_scope_q(scope_of(viewer), "path")
        areas = Area.objects.valid_on(clock.today()).filter(mine, level__is_cell=False)
        fields["area"].queryset = areas.defer("boundary").order_by("path")

    def clean_hour(self) -> datetime | None:
        """The beginning of the hour; one to come has no readings."""
        given: datetime | None = self.cleaned_data["hour"]
        if given is not None and given > clock.now():
            raise forms.ValidationError(gettext("该小时还没有到"))
        return given.replace(minute=0, second=0, microsecond=0) if given else None

    def asked(self) -> tuple[str, datetime | None, Area | None]:
        """Will give quantity ("code|unit"), hour, area; nonsense means first, newest, all."""
        self.is_valid()
        given = self.cleaned_data
        return given.get("quantity") or self._first, given.get("hour"), given.get("area")


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


class FenceForm(forms.Form):
    """A fence, drawn or typed."""

    name = forms.CharField(label=_("名称"), max_length=60)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("责任单位"), queryset=None, help_text=_("只看该单位及其下级单位的设备")
    )
    rule = forms.ChoiceField(label=_("规则"), choices=FenceRule)
    boundary = CornersField(label=_("边界"), is_closed=True)
    from_time = forms.TimeField(
        label=_("自几时"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    to_time = forms.TimeField(
        label=_("至几时"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("不填为全天；可以跨零点"),
    )
    level = forms.TypedChoiceField(
        label=_("告警级别"), choices=Level, coerce=int, initial=Level.YELLOW
    )
    profile: "forms.ModelChoiceField[DeviceProfile]" = forms.ModelChoiceField(
        label=_("设备型号"),
        required=False,
        empty_label=_("全部型号"),
        queryset=DeviceProfile.objects.filter(fields__code="lon").order_by("code"),
    )
    devices = forms.CharField(
        label=_("只看这些设备"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个节点编号；不填为该单位全部定位设备"),
    )
    margin_m = forms.IntegerField(
        label=_("边界余量（米）"),
        initial=50,
        help_text=_("离开边界这么远才算离开，避免定位漂移反复告警"),
    )
    confirm_fixes = forms.IntegerField(label=_("连续几次定位确认"), initial=2)
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, data: Any, *, viewer: User, fence: Geofence | None = None) -> None:
        super().__init__(data, initial=_initial_of(fence))
        self.viewer = viewer
        scope = scope_for(viewer, KEEP_FENCES)
        units = [u.pk for u in list_organizations(viewer) if scope.covers_organization(u.path)]
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Organization.objects.filter(pk__in=units).order_by("path")

    def clean_devices(self) -> list[Device]:
        """The devices named, if the person sees them."""
        nodes = self.cleaned_data["devices"].split()
        found = {d.node: d for d in list_devices(self.viewer).filter(node__in=nodes)}
        if missing := [node for node in nodes if node not in found]:
            raise forms.ValidationError(
                gettext("没有节点编号为“%(node)s”的设备") % {"node": missing[0]}
            )
        return list(found.values())

    def spec(self) -> FenceSpec:
        """Will give the fence as it shall be."""
        return FenceSpec(**self.cleaned_data)


def _initial_of(fence: Geofence | None) -> dict[str, Any]:
    if fence is None:
        return {}
    plain = {name: getattr(fence, name) for name in FenceForm.base_fields}
    outline = fence.boundary[0]
    return plain | {
        "boundary": corners_along(outline).rsplit("\n", 1)[0],
        "devices": "\n".join(fence.devices.order_by("node").values_list("node", flat=True)),
    }
