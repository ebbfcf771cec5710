"""Shape and conversion of what people type about requests, cards and outside services."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import list_organizations, scope_of
from apps.common import clock
from apps.onemap.models import LayerCard, OutsideService, ServiceKind
from apps.onemap.sharing import permissions
from apps.onemap.sharing.selectors import CardRow
from apps.places.models import Area

_SYSTEMS = [
    ("EPSG:3857", _("Web 墨卡托（EPSG:3857）")),
    ("EPSG:4490", _("CGCS2000 经纬度（EPSG:4490）")),
    ("EPSG:4326", _("WGS 84 经纬度（EPSG:4326）")),
]


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class RequestForm(forms.Form):
    """A request for a layer."""

    code = forms.ChoiceField(label=_("图层"))
    unit = forms.ModelChoiceField(label=_("申请单位"), queryset=Organization.objects.none())
    purpose = forms.CharField(
        label=_("用途"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    area = forms.ModelChoiceField(
        label=_("区域"),
        required=False,
        queryset=Area.objects.none(),
        empty_label=_("全部区域"),
    )
    since = forms.DateField(label=_("起始日期"), widget=_day())
    until = forms.DateField(label=_("截止日期"), widget=_day())

    def __init__(self, *args: Any, viewer: User, rows: list[CardRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = permissions.units_of(viewer)
        self.fields["code"].choices = [  # type: ignore[attr-defined]
            (row.layer.code, row.layer.label) for row in rows
        ]
        self.fields["unit"].queryset = Organization.objects.filter(  # type: ignore[attr-defined]
            pk__in=[u.pk for u in units]
        )
        self.fields["unit"].initial = units[0].pk if units else None
        self.fields["area"].queryset = (  # type: ignore[attr-defined]
            Area.objects.valid_on(clock.today()).filter(level__is_cell=False).defer("boundary")
        )
        self.fields["since"].initial = clock.today()
        self.fields["until"].initial = clock.today() + timedelta(days=365)


class NoteForm(forms.Form):
    """Why, or a word with it."""

    note = forms.CharField(
        label=_("意见"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class CardForm(forms.ModelForm):
    """The card of a layer."""

    class Meta:
        model = LayerCard
        fields = [
            "owner_unit",
            "description",
            "update_days",
            "updated_on",
            "approval_number",
            "color",
            "is_hidden",
        ]
        widgets = {"updated_on": _day()}

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_unit"].queryset = list_organizations(  # type: ignore[attr-defined]
            viewer
        )
        self.fields["color"].help_text = _("形如 #1f5eb8；空着用登记的颜色")
        self.fields["is_hidden"].label = _("停用，任何人都看不到")


class ServiceForm(forms.Form):
    """A map service of others."""

    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类型"), choices=ServiceKind.choices)
    url = forms.CharField(
        label=_("地址"),
        max_length=800,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "瓦片处写 {z}、{x}、{y}；WMS 和要素服务写 {bbox}；"
            "ArcGIS 切片文件写 {L}、{R}、{C}；密钥处写 {key}"
        ),
    )
    crs = forms.ChoiceField(label=_("坐标系"), choices=_SYSTEMS)
    key = forms.CharField(
        label=_("密钥"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("加密保存，不再显示；空着不改"),
    )
    min_zoom = forms.IntegerField(label=_("最小级别"), min_value=0, max_value=22, initial=0)
    max_zoom = forms.IntegerField(label=_("最大级别"), min_value=0, max_value=22, initial=18)
    attribution = forms.CharField(label=_("来源说明"), required=False, max_length=200)
    approval_number = forms.CharField(label=_("审图号"), required=False, max_length=40)
    is_base = forms.BooleanField(label=_("可作底图"), required=False, initial=True)
    is_public = forms.BooleanField(label=_("公众可见"), required=False)

    def __init__(self, *args: Any, service: OutsideService | None = None, **kwargs: Any) -> None:
        initial = {} if service is None else {f: getattr(service, f, "") for f in self.base_fields}
        initial.pop("key", None)
        kwargs["initial"] = initial or None
        super().__init__(*args, **kwargs)
        if service is not None:
            self.fields["code"].disabled = True


def tenant_of(viewer: User) -> Any:
    """Will give the body whose services the person keeps; None without one."""
    for pk in sorted(scope_of(viewer).tenant_ids):
        if permissions.can_keep(viewer, pk):
            return Organization.objects.filter(tenant_id=pk).select_related("tenant")[0].tenant
    return None
