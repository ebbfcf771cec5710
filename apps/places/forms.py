from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.places import coordinates
from apps.places.area_files import MAX_BYTES
from apps.places.enums import GazetteerKind
from apps.places.models import AreaLevel

_CRS_LABELS = {
    "EPSG:4326": _("WGS 84 经纬度(EPSG:4326)"),
    "EPSG:4490": _("CGCS2000 经纬度(EPSG:4490)"),
    "EPSG:4549": _("CGCS2000 三度带 120°E(EPSG:4549)"),
    "EPSG:4550": _("CGCS2000 三度带 123°E(EPSG:4550)"),
    "EPSG:3857": _("Web 墨卡托(EPSG:3857)"),
    coordinates.GCJ02: _("GCJ-02(公开电子地图)"),
    coordinates.BD09: _("BD-09"),
}


class ImportForm(forms.Form):
    """A file of areas of one level with its stated coordinate system."""

    file = forms.FileField(label=_("文件"), help_text=_("GeoJSON(含边界)或 CSV(代码、名称)"))
    crs = forms.ChoiceField(
        label=_("坐标系"),
        choices=[("", _("请选择")), *((c, _CRS_LABELS[c]) for c in coordinates.CHOICES)],
        help_text=_("以数据提供方的说明为准；系统只提示疑点，不会擅自换算"),
    )
    level = forms.ModelChoiceField(
        label=_("层级"), queryset=AreaLevel.objects.all(), to_field_name="code"
    )
    valid_from = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}), initial=clock.today
    )
    source = forms.CharField(
        label=_("数据来源"),
        max_length=120,
        required=False,
        help_text=_("如：市民政局 2026 年区划成果，审图号"),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 %(size)d MB") % {"size": MAX_BYTES // 2**20})
        return file


class SearchForm(forms.Form):
    q = forms.CharField(label=_("名称或代码"), max_length=60, required=False)


class GazetteerSearchForm(forms.Form):
    q = forms.CharField(label=_("地名或地址"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=_("类别"), choices=[("", _("全部")), *GazetteerKind.choices], required=False
    )
