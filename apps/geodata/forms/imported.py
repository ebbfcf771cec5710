"""Shape and conversion of what keepers of map data type."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.geodata import permissions
from apps.geodata.enums import AnalysisKind, Visibility
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.reading import MAX_BYTES
from apps.geodata.schema import FieldRule, rules_of
from apps.onemap.enums import FieldKind
from apps.onemap.selectors import list_layers
from apps.places.models import AreaLevel

_ENCODINGS = [("", _("自动识别")), ("utf-8-sig", "UTF-8"), ("gb18030", "GBK / GB 18030")]
_STATED = [
    ("", _("文件自带或不清楚")),
    ("EPSG:4490", _("CGCS2000 经纬度（EPSG:4490）")),
    ("EPSG:4326", _("WGS 84 经纬度（EPSG:4326）")),
    ("EPSG:4547", _("CGCS2000 高斯 3 度带 114°（EPSG:4547）")),
    ("EPSG:4548", _("CGCS2000 高斯 3 度带 117°（EPSG:4548）")),
    ("EPSG:4549", _("CGCS2000 高斯 3 度带 120°（EPSG:4549）")),
    ("EPSG:4550", _("CGCS2000 高斯 3 度带 123°（EPSG:4550）")),
    ("EPSG:3857", _("Web 墨卡托（EPSG:3857）")),
    ("GCJ-02", _("GCJ-02（高德、腾讯等公众地图）")),
    ("BD-09", _("BD-09（百度地图）")),
]
_TOPOLOGIES = [
    ("", _("不检查")),
    ("coverage", _("面应无重叠、无缝隙")),
    ("network", _("线应首尾相接")),
]


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class UploadForm(forms.Form):
    """A file with its name and unit; ``dataset`` to replace one."""

    file = forms.FileField(
        label=_("文件"),
        help_text=_("GeoJSON、Shapefile（zip）、GeoPackage、CSV 或 KML，不超过 %(size)d MB")
        % {"size": MAX_BYTES // 1024 // 1024},
    )
    name = forms.CharField(label=_("图层名称"), max_length=80)
    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())
    crs = forms.ChoiceField(
        label=_("标称坐标系"),
        required=False,
        choices=_STATED,
        help_text=_("提供单位说的坐标系；系统会与本市道路、建筑、地名比对"),
    )

    def __init__(self, *args: Any, viewer: User, dataset: Dataset | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        units = permissions.units_kept_by(viewer)
        self.fields["unit"].queryset = Organization.objects.filter(  # type: ignore[attr-defined]
            pk__in=[u.pk for u in units]
        )
        if dataset is not None:
            self.fields["name"].initial = dataset.name
            self.fields["unit"].initial = dataset.unit_id
            for name in ("name", "unit"):
                self.fields[name].disabled = True
        elif units:
            self.fields["unit"].initial = units[0].pk


class RereadForm(forms.Form):
    """How a file is to be read again."""

    encoding = forms.ChoiceField(label=_("文字编码"), required=False, choices=_ENCODINGS)
    layer = forms.ChoiceField(label=_("文件中的图层"), required=False)
    crs = forms.ChoiceField(label=_("标称坐标系"), required=False, choices=_STATED)
    x_field = forms.ChoiceField(label=_("经度（东）列"), required=False)
    y_field = forms.ChoiceField(label=_("纬度（北）列"), required=False)
    address_field = forms.ChoiceField(label=_("地址列"), required=False)

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        hints = job.summary.get("hints", {})
        kwargs["initial"] = {**hints, "crs": job.crs_stated}
        super().__init__(*args, **kwargs)
        layers = job.summary.get("layers", [])
        self.fields["layer"].choices = (  # type: ignore[attr-defined]
            [(name, name) for name in layers]
        )
        if len(layers) < 2:
            del self.fields["layer"]
        if "encoding" not in hints:
            del self.fields["encoding"]
        sources = [rule["source"] for rule in job.summary.get("rules", [])]
        for name in ("x_field", "y_field", "address_field"):
            if job.format == "csv":
                self.fields[name].choices = [  # type: ignore[attr-defined]
                    ("", _("无")),
                    *((s, s) for s in sources),
                ]
            else:
                del self.fields[name]


class ConfirmForm(forms.Form):
    """How a previewed file is to be taken."""

    crs = forms.ChoiceField(label=_("采用的坐标系"), required=False)
    reason = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("与判断结果不同时必填，记入版本与审计"),
    )
    data_on = forms.DateField(label=_("数据日期"), widget=_day())
    visibility = forms.ChoiceField(label=_("可见范围"), choices=Visibility.choices)
    source = forms.CharField(label=_("数据来源"), required=False, max_length=120)
    approval_number = forms.CharField(label=_("审图号"), required=False, max_length=40)
    update_days = forms.IntegerField(
        label=_("更新周期（天）"), required=False, min_value=1, max_value=3660
    )
    repair = forms.BooleanField(label=_("自动修复自相交的图形，并列出面积差"), required=False)
    topology = forms.ChoiceField(label=_("拓扑检查"), required=False, choices=_TOPOLOGIES)
    strict = forms.BooleanField(label=_("拓扑问题按错误处理，有则不导入"), required=False)

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        found = job.shift.get("findings", [])
        best = job.shift.get("best") or job.crs_stated
        initial: dict[str, Any] = {"crs": best, "data_on": clock.today(), **job.options}
        if job.dataset is not None:
            initial = {
                "visibility": job.dataset.visibility,
                "source": job.dataset.source,
                "approval_number": job.dataset.approval_number,
                "update_days": job.dataset.update_days,
            } | initial
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        choices = [(f["code"], f["label"]) for f in found]
        if job.crs_stated and job.crs_stated not in dict(choices):
            choices.append((job.crs_stated, job.crs_stated))
        self.fields["crs"].choices = choices  # type: ignore[attr-defined]
        if job.summary.get("needs_addresses"):
            for name in ("crs", "reason"):
                del self.fields[name]


class FieldForm(forms.Form):
    """One field of the file as it shall be kept."""

    source = forms.CharField(widget=forms.HiddenInput)
    is_taken = forms.BooleanField(label=_("导入"), required=False)
    name = forms.CharField(label=_("字段名"), max_length=40)
    label = forms.CharField(label=_("中文名"), max_length=40)
    kind = forms.ChoiceField(label=_("类型"), choices=FieldKind.choices)
    is_required = forms.BooleanField(label=_("必填"), required=False)
    is_unique = forms.BooleanField(label=_("唯一"), required=False)
    low = forms.FloatField(label=_("下限"), required=False)
    high = forms.FloatField(label=_("上限"), required=False)
    codes = forms.CharField(label=_("代码表"), required=False, max_length=600)

    def rule(self) -> FieldRule:
        """Will give what was typed as a rule. Codes are parted by a comma of either kind."""
        data = self.cleaned_data
        codes = data["codes"].replace("，", ",").replace("、", ",").split(",")
        return FieldRule(
            name=data["name"],
            source=data["source"],
            label=data["label"],
            kind=data["kind"],
            is_taken=data["is_taken"],
            is_required=data["is_required"],
            is_unique=data["is_unique"],
            low=data["low"],
            high=data["high"],
            choices=tuple(code.strip() for code in codes if code.strip()),
        )


FieldFormSet = forms.formset_factory(FieldForm, extra=0, max_num=120, absolute_max=120)


def field_initial(job: ImportJob) -> list[dict[str, Any]]:
    """Will give the first values of the fields: as confirmed before, else as guessed."""
    stored = job.options.get("rules") or job.summary.get("rules", [])
    return [vars(rule) | {"codes": "，".join(rule.choices)} for rule in rules_of(stored)]


class DatasetForm(forms.ModelForm):
    """What is said about a dataset."""

    class Meta:
        model = Dataset
        fields = [
            "name",
            "description",
            "color",
            "label_field",
            "visibility",
            "source",
            "approval_number",
            "update_days",
        ]
        widgets = {
            "color": forms.TextInput(attrs={"type": "color"}),
            "label_field": forms.Select,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.current.fields if self.instance.current else []
        named = [(f["name"], f["label"]) for f in kept if f["is_taken"]]
        self.fields["label_field"].widget.choices = [("", _("不标注")), *named]


class ReasonForm(forms.Form):
    """Why something is asked for."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class SwitchForm(forms.Form):
    """The ground on which shifted coordinates may be turned back, or may not any more."""

    basis = forms.CharField(
        label=_("依据"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如主管部门批复文号；记入审计日志"),
    )


class AnalysisForm(forms.Form):
    """What shall be computed over which layers."""

    kind = forms.ChoiceField(label=_("方法"), choices=AnalysisKind.choices)
    name = forms.CharField(label=_("结果名称"), max_length=80)
    layer = forms.ChoiceField(label=_("图层"))
    other = forms.ChoiceField(
        label=_("另一图层"), required=False, help_text=_("叠加和找最近时需要")
    )
    distance_m = forms.FloatField(
        label=_("距离（米）"),
        required=False,
        help_text=_("缓冲距离、沿路范围，或插值的格边长"),
    )
    is_dissolved = forms.BooleanField(label=_("合并相连的缓冲区"), required=False)
    field = forms.CharField(
        label=_("字段名"),
        required=False,
        max_length=40,
        help_text=_("插值、求和用的数值字段；也用作结果中的名称"),
    )
    level_code = forms.ChoiceField(label=_("统计到"), required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(opened.code, opened.layer.label) for opened in list_layers(viewer)]
        self.fields["layer"].choices = found  # type: ignore[attr-defined]
        self.fields["other"].choices = [("", _("无")), *found]  # type: ignore[attr-defined]
        levels = AreaLevel.objects.order_by("depth").values_list("code", "name")
        self.fields["level_code"].choices = [("", _("无")), *levels]  # type: ignore[attr-defined]
