from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.corners import CornersField
from apps.places import coordinates, selectors
from apps.places.area_files import MAX_BYTES
from apps.places.enums import GazetteerKind, RedrawState, SpecialKind, UnplacedState
from apps.places.geometry import point
from apps.places.models import Area, AreaLevel
from apps.places.services import NewEntry
from apps.places.services.library import PARENTS

_CRS_LABELS = {
    "EPSG:4326": _("WGS 84 经纬度(EPSG:4326)"),
    "EPSG:4490": _("CGCS2000 经纬度(EPSG:4490)"),
    "EPSG:4549": _("CGCS2000 三度带 120°E(EPSG:4549)"),
    "EPSG:4550": _("CGCS2000 三度带 123°E(EPSG:4550)"),
    "EPSG:3857": _("Web 墨卡托(EPSG:3857)"),
    coordinates.GCJ02: _("GCJ-02(公开电子地图)"),
    coordinates.BD09: _("BD-09"),
}


class AreaChoice(forms.ModelChoiceField):
    """Areas indented by their level, so that a district is told from its streets."""

    def label_from_instance(self, obj: Area) -> str:
        return f"{'　' * max(obj.path.count('/') - 2, 0)}{obj.name}"


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
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("在用")), ("closed", _("已停用"))], required=False
    )


class TryForm(forms.Form):
    """A text to understand, a point to describe, or both."""

    q = forms.CharField(label=_("地址"), max_length=300, required=False)
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180, required=False)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90, required=False)


class _PlacedForm(forms.Form):
    """What stands in every form of a place name. lon, lat are picked on the map."""

    name = forms.CharField(label=_("名称"), max_length=60)
    aliases = forms.CharField(
        label=_("别名"), max_length=400, required=False, help_text=_("多个别名用“、”隔开")
    )
    house_number = forms.IntegerField(
        label=_("号码"),
        min_value=0,
        max_value=999_999,
        required=False,
        help_text=_("门牌、楼栋、单元、灯杆填写"),
    )
    source = forms.CharField(label=_("来源"), max_length=120, required=False)
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90)

    def _place(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "name": data["name"],
            "aliases": tuple(data["aliases"].replace(",", "、").split("、")),
            "point": point(data["lon"], data["lat"]),
            "house_number": data["house_number"],
            "source": data["source"],
        }

    def add_error(self, field: str | None, error: Any) -> None:
        """A refused position is shown where it is picked."""
        super().add_error("lon" if field == "point" else field, error)


class EntryForm(_PlacedForm):
    """One new place name."""

    kind = forms.ChoiceField(
        label=_("类别"),
        choices=[("", _("请选择"))] + [c for c in GazetteerKind.choices if c[0] != "area"],
    )
    parent = forms.CharField(
        label=_("所属地名"),
        max_length=60,
        required=False,
        help_text=_("门牌填道路，楼栋填小区，单元填楼栋，灯杆填道路"),
    )
    field_order = ("kind", "name", "parent", "house_number", "aliases", "source", "lon", "lat")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        name = data.get("parent", "").strip()
        allowed = PARENTS.get(data.get("kind", ""), ())
        data["parent_id"] = None
        if name and "lon" in data and "lat" in data:
            held = selectors.entries_named(
                name, kinds=allowed, near=point(data["lon"], data["lat"])
            )
            if not held:
                self.add_error("parent", _("地名库中没有这个所属地名"))
            else:
                data["parent_id"] = held[0].pk
        return data

    def new_entry(self) -> NewEntry:
        """Will give what was entered, after the form was found valid."""
        return NewEntry(
            kind=self.cleaned_data["kind"],
            parent_id=self.cleaned_data["parent_id"],
            **self._place(),
        )


class CorrectForm(_PlacedForm):
    """A known place name, corrected; kind and parent stay."""

    def changes(self) -> dict[str, Any]:
        """Will give what was entered, after the form was found valid."""
        return self._place()


class CloseForm(forms.Form):
    note = forms.CharField(label=_("停用原因"), max_length=200)


class IgnoreForm(forms.Form):
    reason = forms.CharField(label=_("忽略的原因"), max_length=200)


class UnplacedSearchForm(forms.Form):
    q = forms.CharField(label=_("地址中的字"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("待处理")), *UnplacedState.choices[1:]], required=False
    )


class NamesForm(forms.Form):
    """A file of place names with its stated coordinate system."""

    file = forms.FileField(label=_("文件"), help_text=_("xlsx 或 CSV，第一行为列名"))
    crs = forms.ChoiceField(
        label=_("坐标系"),
        choices=[("", _("请选择")), *((c, _CRS_LABELS[c]) for c in coordinates.CHOICES)],
        help_text=_("以数据提供方的说明为准"),
    )
    source = forms.CharField(label=_("数据来源"), max_length=120, required=False)


class CellChoice(forms.ModelChoiceField):
    """One cell of an area, code and name."""

    def label_from_instance(self, obj: Area) -> str:
        return f"{obj.code} {obj.name}"


class CellsChoice(forms.ModelMultipleChoiceField):
    """Several cells of an area, code and name."""

    def label_from_instance(self, obj: Area) -> str:
        return f"{obj.code} {obj.name}"


class _RedrawForm(forms.Form):
    """What every re-drawing says: from when, and why."""

    on = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        initial=clock.today,
    )
    reason = forms.CharField(label=_("调整原因"), max_length=200)

    def __init__(self, data: Any = None, *, cells: Any, **given: Any) -> None:
        super().__init__(data, **given)
        fields: dict[str, Any] = self.fields
        for name in ("cell", "cells"):
            if name in fields:
                fields[name].queryset = cells

    def add_error(self, field: str | None, error: Any) -> None:
        """A refusal about the cells is shown where they are picked."""
        super().add_error("cell" if field == "cells" and "cell" in self.fields else field, error)


class SplitForm(_RedrawForm):
    """One cell and the line that cuts it."""

    cell = CellChoice(label=_("要拆分的网格"), queryset=Area.objects.none())
    line = CornersField(label=_("分割线"))
    names = forms.CharField(
        label=_("新网格名称"),
        max_length=400,
        required=False,
        help_text=_("自北向南、自西向东，用“、”隔开；不填则在原名后加序号"),
    )
    field_order = ("cell", "line", "names", "on", "reason")

    def drawn(self) -> dict[str, Any]:
        """Will give what ``draft_split`` takes, after the form was found valid."""
        data = self.cleaned_data
        names = tuple(data["names"].split("、")) if data["names"] else ()
        return {
            "cell_id": data["cell"].pk,
            "line": data["line"],
            "names": names,
            "on": data["on"],
            "reason": data["reason"],
        }


class MergeForm(_RedrawForm):
    """Several cells that become one."""

    cells = CellsChoice(
        label=_("要合并的网格"),
        queryset=Area.objects.none(),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    name = forms.CharField(label=_("新网格名称"), max_length=80)
    field_order = ("cells", "name", "on", "reason")

    def drawn(self) -> dict[str, Any]:
        """Will give what ``draft_merge`` takes, after the form was found valid."""
        data = self.cleaned_data
        return {
            "cell_ids": [cell.pk for cell in data["cells"]],
            "name": data["name"],
            "on": data["on"],
            "reason": data["reason"],
        }


class BoundaryForm(_RedrawForm):
    """One cell and its new outline."""

    cell = CellChoice(label=_("要调整的网格"), queryset=Area.objects.none())
    boundary = CornersField(label=_("新边界"), is_closed=True)
    field_order = ("cell", "boundary", "on", "reason")

    def drawn(self) -> dict[str, Any]:
        """Will give what ``draft_boundary`` takes, after the form was found valid."""
        data = self.cleaned_data
        return {
            "cell_id": data["cell"].pk,
            "boundary": data["boundary"],
            "on": data["on"],
            "reason": data["reason"],
        }


class NewCellForm(_RedrawForm):
    """The outline of a cell on free ground."""

    name = forms.CharField(label=_("网格名称"), max_length=80)
    boundary = CornersField(label=_("边界"), is_closed=True)
    field_order = ("name", "boundary", "on", "reason")

    def drawn(self) -> dict[str, Any]:
        """Will give what ``draft_new`` takes beside the area, after the form was found valid."""
        data = self.cleaned_data
        return {name: data[name] for name in ("boundary", "name", "on", "reason")}


class NoteForm(forms.Form):
    """Why a re-drawing is dropped."""

    note = forms.CharField(label=_("撤销原因"), max_length=200)


class RedrawSearchForm(forms.Form):
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *RedrawState.choices], required=False
    )


class SpecialGridForm(forms.Form):
    """One special grid; where its community is given it does not change."""

    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类型"), choices=[("", _("请选择")), *SpecialKind.choices])
    boundary = CornersField(label=_("边界"), is_closed=True)
    contact_name = forms.CharField(label=_("联系人"), max_length=40, required=False)
    contact_phone = forms.RegexField(
        label=_("联系电话"),
        regex=r"^[0-9+\-() ]{5,20}$",
        required=False,
        error_messages={"invalid": _("电话号码无效")},
    )
    valid_from = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        initial=clock.today,
    )


class SpecialSearchForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("类型"), choices=[("", _("全部")), *SpecialKind.choices], required=False
    )
