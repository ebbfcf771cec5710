"""Shape and conversion of what people enter about plans of points; choices depend on the viewer."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.assets.models import Asset, AssetClass
from apps.places.forms import AreaChoice
from apps.places.geometry import point
from apps.places.models import Area
from apps.siting.enums import Demand, PlanState
from apps.siting.models import FURTHEST_M, NEAREST_M, Plan, PlannedPoint
from apps.siting.selectors import plannable_areas, plannable_units
from apps.siting.services import PlanSpec, PointSpec

MOST_PROPOSED = 200


class PlanFilterForm(forms.Form):
    """Narrows the list of plans."""

    q = forms.CharField(label=_("名称"), required=False, max_length=60)
    kind = forms.ModelChoiceField(
        label=_("设备类别"),
        queryset=AssetClass.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=_("全部类别"),
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *PlanState.choices], required=False
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_plans`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "kind": given["kind"].code if given.get("kind") else "",
            "state": given.get("state") or "",
        }


class PlanForm(forms.Form):
    """What is to be covered, by what."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ModelChoiceField(
        label=_("设备类别"),
        queryset=AssetClass.objects.order_by("code"),
        help_text=_("与部件台账同一类别的现有部件计入现状覆盖"),
    )
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("建设单位"), queryset=None
    )
    area = AreaChoice(label=_("规划区域"), queryset=Area.objects.none())
    demand = forms.ChoiceField(
        label=_("覆盖对象"),
        choices=Demand,
        initial=Demand.GROUND,
        help_text=_("按面积，或按区域内的建筑数量、近一年案件数加权"),
    )
    radius_m = forms.IntegerField(
        label=_("覆盖半径（米）"),
        min_value=NEAREST_M,
        max_value=FURTHEST_M,
        help_text=_("一个点位能覆盖的距离，以设备说明书为准"),
    )
    duplicate_m = forms.IntegerField(
        label=_("重复距离（米）"),
        min_value=1,
        help_text=_("两个点位比这更近时提示重复，不大于覆盖半径"),
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any, *, viewer: User, plan: Plan | None = None) -> None:
        begun = {name: getattr(plan, name) for name in self.base_fields} if plan else {}
        super().__init__(data, initial=begun)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = plannable_units(viewer)
        fields["area"].queryset = plannable_areas(viewer)

    def spec(self) -> PlanSpec:
        """Will give the plan as it shall be."""
        return PlanSpec(**self.cleaned_data)


class PointForm(forms.Form):
    """One point, picked on the map or typed. WGS 84 degrees."""

    label = forms.CharField(label=_("点位名称"), max_length=60)
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90)
    price = forms.DecimalField(
        label=_("预算（元）"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    note = forms.CharField(label=_("备注"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, of: PlannedPoint | None = None, **given: Any) -> None:
        begun: dict[str, Any] = {}
        if of is not None:
            begun = {"label": of.label, "note": of.note, "price": of.price}
            begun |= {"lon": round(of.point.x, 7), "lat": round(of.point.y, 7)}
        super().__init__(data, initial=begun, **given)
        for name in ("lon", "lat"):
            self.fields[name].widget.attrs["step"] = "any"

    def spec(self) -> PointSpec:
        """Will give the point as it shall be."""
        said = self.cleaned_data
        here = point(said["lon"], said["lat"])
        return PointSpec(said["label"], here, said["note"], said["price"])


class ProposalForm(forms.Form):
    """How many points to propose at most, and what share of the demand is enough."""

    count = forms.IntegerField(
        label=_("至多新增几个点"), min_value=1, max_value=MOST_PROPOSED, initial=20
    )
    share = forms.FloatField(label=_("覆盖率达到（%）即可"), min_value=1, max_value=100, initial=90)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class FinishForm(forms.Form):
    """Why some points are not built, where some are not."""

    reason = forms.CharField(
        label=_("未建点位的说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("全部建成时不必填写"),
    )


class FileForm(forms.Form):
    """A file of points; tried first."""

    file = forms.FileField(label=_("文件"), help_text=_("xlsx 或 CSV，坐标为 WGS 84"))


class BuiltForm(forms.Form):
    """Which asset was built at a point."""

    asset = forms.TypedChoiceField(
        label=_("建成部件"), coerce=int, widget=forms.RadioSelect, choices=()
    )

    def __init__(self, data: Any, *, near: Iterable[Any], chosen: Asset | None) -> None:
        super().__init__(data, initial={"asset": chosen.pk if chosen else None})
        fields: dict[str, Any] = self.fields
        fields["asset"].choices = [
            (one.pk, f"{one.name}（{one.code}，{one.distance.m:.0f} 米）") for one in near
        ]
