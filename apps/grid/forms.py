"""Shape of what people enter on the pages of the grid; the services decide."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.grid.enums import Doubt, EventKind, Season
from apps.grid.models import GridClass
from apps.grid.selectors.classes import class_choices, event_classes
from apps.matters.enums import Channel, Priority, StateCategory, Verdict
from apps.places.models import Area
from apps.places.selectors import area_prefixes

#: How a report reaches somebody who sits at a desk.
DESK_CHANNELS = (Channel.GRID, Channel.PHONE, Channel.WECHAT, Channel.WEB, Channel.INTERNAL)


class ReportForm(forms.Form):
    """上报 at a desk: the point from the map, the class from the table, pictures beside."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    class_code = forms.ChoiceField(label=_("分类"), required=False)
    asset_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("问题"), max_length=120)
    text = forms.CharField(
        label=_("详细情况"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    address = forms.CharField(label=_("地点描述"), max_length=200, required=False)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("来源渠道"))
    handled_on_spot = forms.BooleanField(label=_("已现场处置"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["class_code"].choices = [("", gettext("请选择")), *grouped_classes()]
        fields["channel"].choices = [(c.value, c.label) for c in DESK_CHANNELS]
        fields["key"].initial = str(uuid.uuid4())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (
            cleaned.get("lon") is None
            and not cleaned.get("address")
            and not cleaned.get("asset_id")
        ):
            self.add_error("address", gettext("请在地图上选点，或填写地点描述"))
        return cleaned


def grouped_classes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Will give the small classes of today under their large ones."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for kind in EventKind:
        found = event_classes(kind)
        for large in found:
            if not large.parent:
                small = [(c.code, c.label) for c in found if c.parent == large.code]
                groups.append((f"{kind.label} · {large.label}", small))
    return groups


class EventFilterForm(forms.Form):
    """Narrows the list of events; rubbish narrows nothing."""

    q = forms.CharField(
        label=_("搜索"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("标题、内容或受理编号")}),
    )
    kind = forms.ChoiceField(label=_("类别"), required=False)
    class_code = forms.ChoiceField(label=_("分类"), required=False)
    category = forms.ChoiceField(label=_("阶段"), required=False)
    doubt = forms.ChoiceField(label=_("疑点"), required=False)
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("区域"), required=False, queryset=None, empty_label=_("全部")
    )
    opened_from = forms.DateField(
        label=_("上报自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    opened_to = forms.DateField(
        label=_("上报至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        everything = [("", _("全部"))]
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = everything + list(EventKind.choices)
        fields["class_code"].choices = everything + list(class_choices())
        fields["category"].choices = everything + list(StateCategory.choices)
        fields["doubt"].choices = everything + [c for c in Doubt.choices if c[0]]
        fields["area"].queryset = areas_of(viewer)

    def wanted(self) -> dict[str, Any]:
        """Will give what to narrow by: the valid fields that were filled in."""
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if area := found.pop("area", None):
            found["area_paths"] = area_prefixes(area)
        return found


def areas_of(viewer: User) -> Any:
    """Will give the districts and streets a viewer may choose among."""
    scope = scope_of(viewer)
    areas = Area.objects.valid_on(clock.today()).filter(level__depth__in=[1, 2]).order_by("code")
    return areas if scope.everything else areas.below(list(scope.area_paths))


class ClassForm(forms.ModelForm):
    """One class as it counts from a day on."""

    limit = forms.CharField(
        label=_("处置时限"),
        required=False,
        max_length=20,
        help_text=_("例如：4个工作小时、5个工作日"),
    )
    flood = forms.CharField(label=Season.FLOOD.label, required=False, max_length=20)
    heating = forms.CharField(label=Season.HEATING.label, required=False, max_length=20)
    level = forms.ChoiceField(label=_("紧急程度"), choices=Priority.choices)

    class Meta:
        model = GridClass
        fields = (
            "code",
            "name",
            "level",
            "filing_condition",
            "closing_condition",
            "photo_distance_m",
            "source",
            "valid_from",
        )
        widgets = {
            "valid_from": forms.DateInput(attrs={"type": "date"}),
            "filing_condition": forms.Textarea(attrs={"rows": 2}),
            "closing_condition": forms.Textarea(attrs={"rows": 2}),
        }


class RetireForm(forms.Form):
    valid_to = forms.DateField(label=_("停用日期"), widget=forms.DateInput(attrs={"type": "date"}))


class FileForm(forms.Form):
    """A table to take over. partial: keep the good rows although others fail."""

    file = forms.FileField(label=_("文件（xlsx 或 csv）"))
    partial = forms.BooleanField(label=_("有错误时仍导入正确的行"), required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=300)


class EvaluationForm(forms.Form):
    """Which span, seen by what."""

    by = forms.ChoiceField(
        label=_("按"),
        required=False,
        choices=[("area", _("区域")), ("unit", _("部门")), ("post", _("岗位"))],
    )
    since = forms.DateField(
        label=_("上报自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("上报至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class LookForm(forms.Form):
    """What was found on the spot; the browser fills the place, or the person says why not."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    accuracy_m = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=0)
    verdict = forms.ChoiceField(
        label=_("结论"),
        choices=[(Verdict.PASS, Verdict.PASS.label), (Verdict.FAIL, Verdict.FAIL.label)],
        widget=forms.RadioSelect,
    )
    result = forms.CharField(
        label=_("现场情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    at = forms.DateTimeField(
        label=_("现场时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    no_place_reason = forms.CharField(
        label=_("未能定位的原因"),
        max_length=200,
        required=False,
        help_text=_("取得位置时不用填；没有位置的照片比对不能通过"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = str(uuid.uuid4())
        self.fields["at"].initial = clock.now()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        placed = cleaned.get("lon") is not None and cleaned.get("lat") is not None
        if not placed and not cleaned.get("no_place_reason"):
            self.add_error("no_place_reason", gettext("没有取得位置，请说明原因"))
        return cleaned


class DeskForm(forms.Form):
    """What one pile of the shift desk asks besides the rows that were ticked."""

    unit = forms.ModelChoiceField(
        label=_("承办单位"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=_("按规则建议"),
    )
    reason = forms.CharField(label=_("改派理由"), required=False, max_length=300)
    note = forms.CharField(label=_("结案说明"), max_length=500)

    _OF_PILE = {"send": ("unit", "reason"), "finish": ("note",)}

    def __init__(self, data: Any = None, *, tenant: Tenant, pile: str) -> None:
        super().__init__(data, auto_id="bulk_%s")
        for name in [name for name in self.fields if name not in self._OF_PILE.get(pile, ())]:
            del self.fields[name]
        if "unit" in self.fields:
            chosen: Any = self.fields["unit"]
            units = Organization.objects.filter(tenant=tenant, is_active=True)
            chosen.queryset = units.order_by("path")

    def given(self) -> dict[str, Any]:
        """Will give what the deed of the pile takes."""
        found = dict(self.cleaned_data)
        if "unit" in found:
            unit = found.pop("unit")
            found["unit_id"] = unit.pk if unit is not None else None
        return found
