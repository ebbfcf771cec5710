"""Shape of what is entered about codes by which devices enter themselves."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, scope_of
from apps.common import clock
from apps.places.forms import AreaChoice
from apps.places.geometry import point
from apps.places.models import Area
from apps.sensing.models import DeviceProfile
from apps.sensing.services import ClaimSpec
from apps.sensing.services.claims import MOST_CODES


class PlaceForm(forms.Form):
    """A place picked on the map."""

    lon = forms.FloatField(label=gettext_lazy("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90)

    def point(self) -> Point:
        """Will give the place, WGS 84."""
        return point(self.cleaned_data["lon"], self.cleaned_data["lat"])


class ClaimForm(forms.Form):
    """A batch of codes."""

    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("例如工程名称")
    )
    profile = forms.ModelChoiceField(
        label=gettext_lazy("设备型号"),
        queryset=DeviceProfile.objects.filter(is_active=True).order_by("code"),
        to_field_name="code",
    )
    area = AreaChoice(label=gettext_lazy("所在区域"), queryset=Area.objects.none())
    owner_unit = forms.ModelChoiceField(
        label=gettext_lazy("权属单位"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=gettext_lazy("不指定"),
    )
    count = forms.IntegerField(
        label=gettext_lazy("数量"), min_value=1, max_value=MOST_CODES, initial=10
    )
    ends_on = forms.DateField(
        label=gettext_lazy("有效至"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    lon = forms.FloatField(
        label=gettext_lazy("经度"),
        min_value=-180,
        max_value=180,
        required=False,
        help_text=gettext_lazy("都安装在同一处时填写；不填则领取后在地图上定位"),
    )
    lat = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90, required=False)

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        scope = scope_of(viewer)
        areas = Area.objects.valid_on(clock.today()).filter(area_scope_q(scope, "path"))
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = (
            areas.filter(level__is_cell=False).defer("boundary").order_by("path")
        )
        fields["owner_unit"].queryset = Organization.objects.filter(
            tenant_id__in=scope.tenant_ids
        ).order_by("name")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if (given.get("lon") is None) != (given.get("lat") is None):
            self.add_error("lat" if given.get("lat") is None else "lon", _("经度和纬度须一并填写"))
        return given

    def spec(self) -> ClaimSpec:
        """Will give the batch as it shall be; good to the end of its last day."""
        given = self.cleaned_data
        is_there = given["lon"] is not None
        return ClaimSpec(
            name=given["name"],
            profile=given["profile"],
            area=given["area"],
            count=given["count"],
            ends_at=_end_of(given["ends_on"]),
            owner_unit=given["owner_unit"],
            point=point(given["lon"], given["lat"]) if is_there else None,
        )


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
