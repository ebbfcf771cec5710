"""Shape and conversion of what people enter; choices depend on the viewer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, scope_of
from apps.assets import own_fields
from apps.assets.enums import AssetState, Finding
from apps.assets.models import Asset, AssetClass
from apps.assets.own_filters import narrowed, narrowing
from apps.common import clock
from apps.common.forms_data import DataForm, build_form, initial_of
from apps.places.forms import AreaChoice
from apps.places.models import Area

#: A round of the whole register takes half a year (普查周期).
USUAL_DAYS = 180


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _areas(viewer: User, chosen: str = "") -> Any:
    """The viewer's areas above cells; and the one chosen, as a link from a cell's page."""
    own = Q(pk=int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else Q(pk__in=[])
    found = Area.objects.valid_on(clock.today()).filter(area_scope_q(scope_of(viewer), "path"))
    return found.filter(Q(level__is_cell=False) | own).defer("boundary").order_by("path")


class AssetFilterForm(forms.Form):
    """Narrows the register."""

    q = forms.CharField(label=_("编码或名称"), required=False, max_length=60)
    kind = forms.ModelChoiceField(
        label=_("类别"),
        queryset=AssetClass.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=_("全部类别"),
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *AssetState.choices], required=False
    )
    area = AreaChoice(
        label=_("区域"), queryset=Area.objects.none(), required=False, empty_label=_("全部区域")
    )
    owner = forms.ModelChoiceField(
        label=_("权属单位"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=_("全部单位"),
    )
    days = forms.IntegerField(
        label=_("超过多少天未普查"), min_value=1, max_value=3650, required=False
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas(viewer, data.get("area", ""))
        fields["owner"].queryset = Organization.objects.filter(
            tenant_id__in=scope_of(viewer).tenant_ids
        ).order_by("name")
        self.chosen = AssetClass.objects.filter(code=data.get("kind", "")[:4]).first()
        self.own: list[own_fields.Entry] = []
        for entry in own_fields.entries_of(self.chosen) if self.chosen is not None else ():
            if found := narrowing(entry):
                fields.update(found)
                self.own.append(entry)

    @property
    def kinds(self) -> list[AssetClass]:
        """The classes whose own fields a sheet of this list shows: the chosen one, or all."""
        return [self.chosen] if self.chosen else list(AssetClass.objects.order_by("code"))

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_assets`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        days = given.get("days")
        return {
            "text": (given.get("q") or "").strip(),
            "kind": given["kind"].code if given.get("kind") else "",
            "state": given.get("state") or "",
            "area": given.get("area"),
            "owner_id": given["owner"].pk if given.get("owner") else None,
            "unseen_since": clock.now() - timedelta(days=days) if days else None,
            "answered": [one for entry in self.own if (one := narrowed(entry, given))],
        }


class ProgressForm(forms.Form):
    """Of which area, and how long a survey counts."""

    area = AreaChoice(
        label=_("区域"), queryset=Area.objects.none(), required=False, empty_label=_("全部区域")
    )
    days = forms.IntegerField(
        label=_("普查周期（天）"), min_value=1, max_value=3650, required=False
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas(viewer)

    def wanted(self) -> tuple[Area | None, int]:
        """Will give the area and the days; nonsense means the whole reach and half a year."""
        self.is_valid()
        return self.cleaned_data.get("area"), self.cleaned_data.get("days") or USUAL_DAYS


class FileForm(forms.Form):
    """A file of things; tried first."""

    file = forms.FileField(label=_("文件"), help_text=_("xlsx、CSV 或 GeoJSON，坐标为 WGS 84"))


def own_form(asset: Asset, data: Any = None) -> DataForm:
    """Will give the form of the fields of the thing's class; without any it asks nothing."""
    made = build_form(asset.kind.form)
    return made(data, prefix="own", initial=initial_of(asset.kind.form, asset.details))


class CardForm(forms.Form):
    """The card of a thing."""

    name = forms.CharField(label=_("名称"), max_length=80)
    owner_unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("权属单位"), queryset=None, required=False, empty_label=_("未填写")
    )
    maintainer: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("养护单位"), queryset=None, required=False, empty_label=_("未填写")
    )
    since = forms.DateField(label=_("启用日期"), widget=_day(), required=False)
    maker = forms.CharField(label=_("生产厂家"), max_length=80, required=False)
    model = forms.CharField(label=_("规格型号"), max_length=60, required=False)
    vendor = forms.CharField(label=_("维保单位"), max_length=80, required=False)
    contract = forms.CharField(label=_("维保合同号"), max_length=60, required=False)
    installed_on = forms.DateField(label=_("安装日期"), widget=_day(), required=False)
    expires_on = forms.DateField(label=_("到期日期"), widget=_day(), required=False)

    def __init__(self, data: Any = None, *, viewer: User, asset: Asset) -> None:
        super().__init__(data, initial={name: getattr(asset, name) for name in self.base_fields})
        own = {asset.owner_unit_id, asset.maintainer_id} - {None}
        units = Organization.objects.filter(
            Q(tenant_id__in=scope_of(viewer).tenant_ids) | Q(pk__in=own)
        ).order_by("name")
        fields: dict[str, Any] = self.fields
        fields["owner_unit"].queryset = fields["maintainer"].queryset = units


class PictureForm(forms.Form):
    """A picture of a thing."""

    file = forms.FileField(label=_("照片"))


class DayForm(forms.Form):
    """Of which day the card is to be shown."""

    on = forms.DateField(label=_("查看当日资料"), widget=_day(), required=False)


class SurveyForm(forms.Form):
    """A survey written at a desk or on a phone's browser; the key makes it one."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    finding = forms.ChoiceField(
        label=_("普查结果"), choices=[c for c in Finding.choices if c[0] != Finding.NEW]
    )
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90)
    note = forms.CharField(label=_("说明"), max_length=500, required=False)
    file = forms.FileField(label=_("照片"), required=False)


class RulingForm(forms.Form):
    """What a keeper says of a survey that waits."""

    name = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=200, required=False)
    accept = forms.BooleanField(required=False)


class SampleForm(forms.Form):
    """Which surveys to draw from, and how many."""

    area = AreaChoice(label=_("抽查范围"), queryset=Area.objects.none())
    since = forms.DateField(label=_("普查起始日"), widget=_day())
    until = forms.DateField(label=_("普查截止日"), widget=_day(), initial=clock.today)
    size = forms.IntegerField(label=_("抽取数"), min_value=1, max_value=500, initial=20)

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        first = clock.today() - timedelta(days=30)
        super().__init__(data, initial={"since": first})
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas(viewer)
