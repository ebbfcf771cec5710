"""Shape and conversion of what people enter; choices depend on the viewer."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_of
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.common import clock
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.sensing.enums import DeviceState, FieldKind, Link, Refusal
from apps.sensing.models import DeviceProfile, ProfileField
from apps.sensing.services import FieldSpec, ProfileSpec


class DeviceFilterForm(forms.Form):
    """Narrows the list of devices."""

    q = forms.CharField(label=gettext_lazy("节点、部件编码或名称"), required=False, max_length=60)
    profile = forms.ModelChoiceField(
        label=gettext_lazy("设备型号"),
        queryset=DeviceProfile.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("全部型号"),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[("", gettext_lazy("全部状态")), *DeviceState.choices],
        required=False,
    )
    area = AreaChoice(
        label=gettext_lazy("区域"),
        queryset=Area.objects.none(),
        required=False,
        empty_label=gettext_lazy("全部区域"),
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        areas = Area.objects.valid_on(clock.today()).filter(area_scope_q(scope_of(viewer), "path"))
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = (
            areas.filter(level__is_cell=False).defer("boundary").order_by("path")
        )

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_devices`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "profile": given["profile"].code if given.get("profile") else "",
            "state": given.get("state") or "",
            "area": given.get("area"),
        }


class RefusalFilterForm(forms.Form):
    """Narrows what was refused."""

    node = forms.CharField(label=gettext_lazy("节点编号"), required=False, max_length=64)
    reason = forms.ChoiceField(
        label=gettext_lazy("原因"),
        choices=[("", gettext_lazy("全部原因")), *Refusal.choices],
        required=False,
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_refusals`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {"node": (given.get("node") or "").strip(), "reason": given.get("reason") or ""}


class DeviceForm(forms.Form):
    """A device beside an asset that stands in the register."""

    node = forms.CharField(
        label=gettext_lazy("节点编号"),
        max_length=64,
        help_text=gettext_lazy("设备上报时使用的编号，全市唯一"),
    )
    profile = forms.ModelChoiceField(
        label=gettext_lazy("设备型号"),
        queryset=DeviceProfile.objects.filter(is_active=True).order_by("code"),
        to_field_name="code",
    )
    asset = forms.CharField(
        label=gettext_lazy("部件编码"),
        max_length=16,
        help_text=gettext_lazy("设备安装在哪个部件上；新部件可在导入文件中一并登记"),
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer

    def clean_asset(self) -> Asset:
        """The asset of this code, if the person may see it."""
        code = self.cleaned_data["asset"].strip()
        found = list_assets(self.viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("台账中没有编码为“%(code)s”的部件") % {"code": code})
        return found


class FileForm(forms.Form):
    """A file of devices."""

    file = forms.FileField(
        label=gettext_lazy("文件"), help_text=gettext_lazy("xlsx 或 CSV，坐标为 WGS 84")
    )
    partial = forms.BooleanField(label=gettext_lazy("有错误的行跳过，其余照常导入"), required=False)


class ProfileForm(forms.ModelForm):
    """The card of a profile; its fields stand in ``FieldFormSet``."""

    link = forms.ChoiceField(label=gettext_lazy("连接方式"), choices=Link)

    class Meta:
        model = DeviceProfile
        fields = (
            "code", "name", "description", "link", "asset_class", "report_every_s",
            "offline_after_s", "late_after_s", "is_active",
        )  # fmt: skip

    def spec(self, fields: list[FieldSpec]) -> ProfileSpec:
        """Will give the profile as it shall be."""
        return ProfileSpec(**self.cleaned_data, fields=fields)


class FieldForm(forms.Form):
    """One field; a row without a code is left out."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=40, required=False)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40, required=False)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=20, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=FieldKind)
    precision = forms.IntegerField(
        label=gettext_lazy("小数位数"), min_value=0, max_value=9, initial=1
    )
    low = forms.FloatField(label=gettext_lazy("合理下限"), required=False)
    high = forms.FloatField(label=gettext_lazy("合理上限"), required=False)
    max_step = forms.FloatField(label=gettext_lazy("最大变化"), required=False, min_value=0)
    stuck_after_s = forms.IntegerField(
        label=gettext_lazy("不变多久可疑（秒）"), min_value=0, initial=0
    )
    choices = forms.CharField(
        label=gettext_lazy("类别取值"),
        required=False,
        help_text=gettext_lazy("每个写作 代码=名称，用分号隔开"),
    )
    fault_values = forms.CharField(
        label=gettext_lazy("故障取值"),
        required=False,
        help_text=gettext_lazy("设备以哪些值表示自身故障，用逗号隔开"),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("code") and not given.get("name"):
            self.add_error("name", _("请填写字段名称"))
        if given.get("name") and not given.get("code"):
            self.add_error("code", _("请填写字段代码"))
        return given

    def clean_choices(self) -> dict[str, str]:
        """Codes with their words."""
        found: dict[str, str] = {}
        for part in self.cleaned_data["choices"].replace("；", ";").split(";"):
            code, is_pair, label = part.partition("=")
            if part.strip() and not (is_pair and code.strip() and label.strip()):
                raise forms.ValidationError(_("每个写作 代码=名称，用分号隔开"))
            if part.strip():
                found[code.strip()] = label.strip()
        return found

    def clean_fault_values(self) -> list[str]:
        """The values one by one."""
        parts = self.cleaned_data["fault_values"].replace("，", ",").split(",")
        return [part.strip() for part in parts if part.strip()]

    def spec(self) -> FieldSpec:
        """Will give the field as it shall be."""
        return FieldSpec(**self.cleaned_data)


def initial_of(field: ProfileField) -> dict[str, Any]:
    """Will give what a row of the editor begins with."""
    plain = {name: getattr(field, name) for name in FieldForm.base_fields}
    choices = ";".join(f"{code}={label}" for code, label in field.choices.items())
    return plain | {"choices": choices, "fault_values": ",".join(map(str, field.fault_values))}


FieldFormSet = forms.formset_factory(FieldForm, extra=2, max_num=60)
