"""Shape and conversion of what is entered about cameras; choices depend on the viewer."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import Scope, area_scope_q, organization_scope_q, scope_for, scope_of
from apps.common import clock, forms_data
from apps.places.forms import AreaChoice
from apps.places.geometry import point
from apps.places.models import Area
from apps.video import permissions
from apps.video.enums import (
    Light,
    Network,
    PlatformKind,
    Protocol,
    Purpose,
    RecorderKind,
    RequestState,
    Shape,
)
from apps.video.models import Camera, CameraForm, Gate, Platform, Recorder, Source
from apps.video.selectors import list_platforms, list_recorders
from apps.video.services import CameraSpec, PlatformSpec, RecorderSpec, SourceSpec

_DAY = {"type": "date"}
_TIME = {"type": "datetime-local"}


def areas_of(scope: Scope) -> Any:
    """Will give the areas a person reaches, cells not, in their order."""
    found = Area.objects.valid_on(clock.today()).filter(area_scope_q(scope, "path"))
    return found.filter(level__is_cell=False).defer("boundary").order_by("path")


def units_within(scope: Scope) -> Any:
    """Will give the units a person reaches, in their order."""
    within = organization_scope_q(scope, "path") | area_scope_q(scope, "area__path")
    return Organization.objects.filter(within, is_active=True).order_by("path")


class CameraFilterForm(forms.Form):
    """Narrows the list of cameras."""

    q = forms.CharField(label=gettext_lazy("名称、地址或国标编码"), required=False, max_length=60)
    network = forms.ChoiceField(
        label=gettext_lazy("点位性质"),
        choices=[("", gettext_lazy("全部性质")), *Network.choices],
        required=False,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部状态")),
            ("active", gettext_lazy("在用")),
            ("stopped", gettext_lazy("停用")),
            ("gone", gettext_lazy("平台已撤点")),
            ("isolated", gettext_lazy("隔离")),
            ("shared", gettext_lazy("他单位共享")),
            ("bare", gettext_lazy("无取流方式")),
            ("unapproved", gettext_lazy("无标准画面")),
        ],
        required=False,
    )
    area = AreaChoice(
        label=gettext_lazy("区域"),
        queryset=Area.objects.none(),
        required=False,
        empty_label=gettext_lazy("全部区域"),
    )
    label = forms.CharField(label=gettext_lazy("标签"), required=False, max_length=20)
    maker = forms.CharField(label=gettext_lazy("生产厂家"), required=False, max_length=80)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = areas_of(scope_of(viewer))

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_cameras`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "network": given.get("network") or "",
            "state": given.get("state") or "",
            "area": given.get("area"),
            "label": (given.get("label") or "").strip(),
            "maker": (given.get("maker") or "").strip(),
        }


class CameraEditForm(forms.Form):
    """A camera as its keeper states it; of a networked point the locked fields are not asked."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    gb_code = forms.CharField(label=gettext_lazy("国标编码"), max_length=20)
    lon = forms.FloatField(label=gettext_lazy("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=gettext_lazy("纬度"), min_value=-90, max_value=90)
    address = forms.CharField(label=gettext_lazy("安装地址"), max_length=200, required=False)
    owner_unit = forms.ModelChoiceField(
        label=gettext_lazy("权属单位"), queryset=Organization.objects.none(),
        to_field_name="code", required=False,
    )  # fmt: skip
    maintainer = forms.ModelChoiceField(
        label=gettext_lazy("养护单位"), queryset=Organization.objects.none(),
        to_field_name="code", required=False,
    )  # fmt: skip
    maker = forms.CharField(label=gettext_lazy("生产厂家"), max_length=80, required=False)
    model = forms.CharField(label=gettext_lazy("规格型号"), max_length=60, required=False)
    vendor = forms.CharField(label=gettext_lazy("维保单位"), max_length=80, required=False)
    installed_on = forms.DateField(
        label=gettext_lazy("安装日期"), required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY),
    )  # fmt: skip
    shape = forms.ChoiceField(label=gettext_lazy("外形"), choices=Shape)
    has_ptz = forms.BooleanField(label=gettext_lazy("有云台"), required=False)
    is_day_night = forms.BooleanField(
        label=gettext_lazy("日夜型"), required=False, initial=True,
        help_text=gettext_lazy("夜间转为红外黑白画面"),
    )  # fmt: skip
    heading_deg = forms.FloatField(
        label=gettext_lazy("朝向（度）"), min_value=0, max_value=359.999, required=False,
        help_text=gettext_lazy("正北为 0，顺时针"),
    )  # fmt: skip
    tilt_deg = forms.FloatField(
        label=gettext_lazy("俯角（度）"), min_value=-90, max_value=90, required=False
    )
    view_deg = forms.FloatField(
        label=gettext_lazy("视场角（度）"), min_value=1, max_value=360, required=False
    )
    height_m = forms.FloatField(
        label=gettext_lazy("安装高度（米）"), min_value=0, max_value=200, required=False
    )
    recorder = forms.ModelChoiceField(
        label=gettext_lazy("录像机"), queryset=Recorder.objects.none(), required=False
    )
    channel = forms.IntegerField(label=gettext_lazy("通道号"), min_value=1, required=False)
    labels = forms.CharField(
        label=gettext_lazy("标签"), max_length=200, required=False,
        help_text=gettext_lazy("多个标签用“、”隔开"),
    )  # fmt: skip
    consent_owner = forms.CharField(
        label=gettext_lazy("同意接入的业主"), max_length=80, required=False
    )
    consent_on = forms.DateField(
        label=gettext_lazy("同意日期"), required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY),
    )  # fmt: skip
    is_isolated = forms.BooleanField(
        label=gettext_lazy("隔离"), required=False,
        help_text=gettext_lazy("隔离的摄像机不对外共享，也不上报"),
    )  # fmt: skip
    _LOCKED = ("name", "gb_code", "lon", "lat", "consent_owner", "consent_on")

    def __init__(self, data: Any = None, *, viewer: User, camera: Camera | None = None) -> None:
        super().__init__(data, initial=_initial_of_camera(camera) if camera else None)
        self.camera = camera
        fields: dict[str, Any] = self.fields
        scope = scope_for(viewer, permissions.KEEP)
        for name in ("owner_unit", "maintainer"):
            fields[name].queryset = units_within(scope)
        fields["recorder"].queryset = list_recorders(viewer)
        if camera is not None and camera.network == Network.NETWORKED:
            for name in self._LOCKED:
                del fields[name]

    def spec(self, details: Mapping[str, Any]) -> CameraSpec:
        """Will give the camera as it shall be, after the form was found valid."""
        given = dict(self.cleaned_data)
        camera = self.camera
        if camera is not None and camera.network == Network.NETWORKED:
            given |= {
                "name": camera.asset.name, "gb_code": camera.gb_code, "point": camera.asset.point,
            }  # fmt: skip
        else:
            given["point"] = point(given.pop("lon"), given.pop("lat"))
        given["labels"] = tuple(given["labels"].replace(",", "、").split("、"))
        return CameraSpec(
            **given, details=details, consent_file=camera.consent_file if camera else None
        )

    def add_error(self, field: str | None, error: Any) -> None:
        """A refused position is shown where it is entered."""
        super().add_error("lon" if field == "point" and "lon" in self.fields else field, error)


def _initial_of_camera(camera: Camera) -> dict[str, Any]:
    asset = camera.asset
    own = (
        "gb_code", "address", "shape", "has_ptz", "is_day_night", "heading_deg", "tilt_deg",
        "view_deg", "height_m", "recorder", "channel", "consent_owner", "consent_on",
        "is_isolated",
    )  # fmt: skip
    its = ("name", "maker", "model", "vendor", "installed_on")
    return (
        {name: getattr(camera, name) for name in own}
        | {name: getattr(asset, name) for name in its}
        | {
            "lon": round(asset.point.x, 7), "lat": round(asset.point.y, 7),
            "owner_unit": asset.owner_unit.code if asset.owner_unit else None,
            "maintainer": asset.maintainer.code if asset.maintainer else None,
            "labels": "、".join(camera.labels.values_list("name", flat=True)),
        }
    )  # fmt: skip


def details_form(
    form: CameraForm | None, data: Any, camera: Camera | None
) -> forms_data.DataForm | None:
    """Will build what the city asks besides, None while it asks nothing."""
    if form is None:
        return None
    kind = forms_data.build_form(form.definition)
    initial = forms_data.initial_of(form.definition, camera.details) if camera else {}
    return kind(data, initial=initial, prefix="details")


class SheetForm(forms.Form):
    """A list of cameras to take in."""

    file = forms.FileField(label=gettext_lazy("文件"), help_text=gettext_lazy("xlsx 或 CSV"))
    partial = forms.BooleanField(label=gettext_lazy("导入无误的行"), required=False)


class SecretForm(forms.Form):
    """User and password; both empty keeps what there is."""

    username = forms.CharField(label=gettext_lazy("用户名"), max_length=64, required=False)
    password = forms.CharField(
        label=gettext_lazy("密码"), max_length=128, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("凭据加密保存，不再显示；用户名和密码都留空则保留原有凭据"),
    )  # fmt: skip

    def secret(self) -> dict[str, str] | None:
        """Will give what was entered, None to keep what there is."""
        told = {name: self.cleaned_data[name] for name in ("username", "password")}
        return told if any(told.values()) else None


class SourceForm(SecretForm):
    """A way to a camera's picture."""

    protocol = forms.ChoiceField(
        label=gettext_lazy("接入方式"),
        choices=[one for one in Protocol.choices if one[0] != Protocol.FILE],
    )
    url = forms.CharField(
        label=gettext_lazy("地址"), max_length=300, required=False,
        help_text=gettext_lazy("设备网段内的 IP 地址；ONVIF 填设备服务地址"),
    )  # fmt: skip
    platform = forms.ModelChoiceField(
        label=gettext_lazy("网关"), queryset=Platform.objects.none(), required=False
    )
    channel_id = forms.CharField(
        label=gettext_lazy("通道编码"), max_length=64, required=False,
        help_text=gettext_lazy("网关接入填“设备编码/通道编码”"),
    )  # fmt: skip
    position = forms.IntegerField(
        label=gettext_lazy("顺序"), min_value=0, max_value=99, initial=0,
        help_text=gettext_lazy("小的先试"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)
    field_order = ("protocol", "url", "platform", "channel_id", "username", "password")

    def __init__(self, data: Any = None, *, viewer: User, source: Source | None = None) -> None:
        names = ("protocol", "url", "platform", "channel_id", "position", "is_active")
        initial = {name: getattr(source, name) for name in names} if source else None
        super().__init__(data, initial=initial)
        fields: dict[str, Any] = self.fields
        fields["platform"].queryset = list_platforms(viewer).filter(kind=PlatformKind.GATEWAY)

    def spec(self) -> SourceSpec:
        """Will give the way as it shall be."""
        given = self.cleaned_data
        names = ("protocol", "url", "platform", "channel_id", "position", "is_active")
        return SourceSpec(**{name: given[name] for name in names}, secret=self.secret())


class ClipForm(forms.Form):
    """A clip to be read like a camera."""

    file = forms.FileField(label=gettext_lazy("视频文件"))


class ConsentForm(forms.Form):
    """What the owner of a social camera signed."""

    file = forms.FileField(
        label=gettext_lazy("同意书"), help_text=gettext_lazy("照片或 PDF 扫描件")
    )


class PictureForm(forms.Form):
    """A standard picture put forward; without a file one is taken from the camera now."""

    light = forms.ChoiceField(label=gettext_lazy("光照"), choices=Light)
    file = forms.FileField(
        label=gettext_lazy("画面"), required=False,
        help_text=gettext_lazy("不选文件则从摄像机连拍三张，去掉过往的车和人，约需四秒"),
    )  # fmt: skip


class _PlacedForm(SecretForm):
    """Whose it is and where."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    area = AreaChoice(
        label=gettext_lazy("所在区域"), queryset=Area.objects.none(), to_field_name="code"
    )

    def __init__(self, data: Any = None, *, viewer: User, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        scope = scope_for(viewer, permissions.KEEP)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_within(scope)
        fields["area"].queryset = areas_of(scope)


class RecorderForm(_PlacedForm):
    """A recorder."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    gb_code = forms.CharField(label=gettext_lazy("国标编码"), max_length=20)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=RecorderKind)
    maker = forms.CharField(label=gettext_lazy("生产厂家"), max_length=80, required=False)
    url = forms.CharField(
        label=gettext_lazy("接口地址"), max_length=300, required=False,
        help_text=gettext_lazy("留空则不核对录像"),
    )  # fmt: skip
    channels = forms.IntegerField(
        label=gettext_lazy("通道数"), min_value=1, max_value=1024, initial=16
    )
    concurrency = forms.IntegerField(
        label=gettext_lazy("并发取流数"), min_value=1, max_value=16, initial=2
    )
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)
    field_order = ("name", "gb_code", "kind", "maker", "unit", "area", "url")
    _NAMES = ("name", "gb_code", "kind", "maker", "url", "channels", "concurrency", "is_active")

    def __init__(self, data: Any = None, *, viewer: User, recorder: Recorder | None = None) -> None:
        super().__init__(data, viewer=viewer, initial=_initial(recorder, self._NAMES))
        self.recorder = recorder

    def spec(self) -> RecorderSpec:
        """Will give the recorder as it shall be."""
        given = {name: self.cleaned_data[name] for name in (*self._NAMES, "unit", "area")}
        asset = self.recorder.asset if self.recorder else None
        return RecorderSpec(**given, asset=asset, secret=self.secret())


class PlatformForm(_PlacedForm):
    """An outside platform. key: its token or the key catalogues are signed with."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=PlatformKind)
    url = forms.CharField(label=gettext_lazy("接口地址"), max_length=300)
    key = forms.CharField(
        label=gettext_lazy("令牌或签名密钥"), max_length=200, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("加密保存，不再显示；留空则保留原有的"),
    )  # fmt: skip
    pulls = forms.BooleanField(label=gettext_lazy("接收目录"), required=False)
    pushes = forms.BooleanField(label=gettext_lazy("上报目录"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)
    field_order = ("name", "kind", "unit", "area", "url", "key", "pulls", "pushes")
    _NAMES = ("name", "kind", "url", "pulls", "pushes", "is_active")

    def __init__(self, data: Any = None, *, viewer: User, platform: Platform | None = None) -> None:
        super().__init__(data, viewer=viewer, initial=_initial(platform, self._NAMES))
        del self.fields["username"], self.fields["password"]

    def spec(self) -> PlatformSpec:
        """Will give the platform as it shall be."""
        given = {name: self.cleaned_data[name] for name in (*self._NAMES, "unit", "area")}
        key = self.cleaned_data["key"]
        name = "token" if given["kind"] == PlatformKind.GATEWAY else "key"
        return PlatformSpec(**given, secret={name: key} if key else None)


def _initial(row: Recorder | Platform | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    if row is None:
        return None
    plain = {name: getattr(row, name) for name in names}
    return plain | {"unit": row.unit.code, "area": row.area.code}


class PlayForm(forms.Form):
    """Why somebody wants to look; with times: recordings."""

    purpose = forms.ChoiceField(label=gettext_lazy("观看目的"), choices=Purpose)
    text = forms.CharField(label=gettext_lazy("事由"), max_length=200, required=False)
    since = forms.DateTimeField(
        label=gettext_lazy("录像起"), required=False,
        widget=forms.DateTimeInput(attrs=_TIME, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("看实时画面不填"),
    )  # fmt: skip
    until = forms.DateTimeField(
        label=gettext_lazy("录像止"), required=False,
        widget=forms.DateTimeInput(attrs=_TIME, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class TurnForm(forms.Form):
    """What shall become of the head of a camera that is looked through."""

    deed = forms.ChoiceField(choices=[(one, one) for one in ("take", "turn", "leave")])
    pan = forms.FloatField(min_value=-1, max_value=1, required=False)
    tilt = forms.FloatField(min_value=-1, max_value=1, required=False)
    zoom = forms.FloatField(min_value=-1, max_value=1, required=False)

    def speeds(self) -> dict[str, float]:
        """Will give the speeds; what is not said is 0."""
        return {name: self.cleaned_data[name] or 0.0 for name in ("pan", "tilt", "zoom")}


class RequestForm(forms.Form):
    """A camera of another department asked for."""

    gb_code = forms.CharField(label=gettext_lazy("国标编码"), max_length=20)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("申请单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    reason = forms.CharField(label=gettext_lazy("用途"), max_length=300)
    since = forms.DateField(
        label=gettext_lazy("起始日期"), initial=clock.today,
        widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("截止日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    with_records = forms.BooleanField(label=gettext_lazy("含录像"), required=False)

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        ids = [unit.pk for unit in permissions.units_of(viewer)]
        fields["unit"].queryset = Organization.objects.filter(pk__in=ids).order_by("path")


class RequestFilterForm(forms.Form):
    """Narrows the requests."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[("", gettext_lazy("全部状态")), *RequestState.choices],
        required=False,
    )

    def wanted(self) -> str:
        """Will give the state asked for; nonsense is none."""
        return self.cleaned_data.get("state", "") if self.is_valid() else ""


class GateForm(forms.Form):
    """What is wanted of a gate camera."""

    plate_norm = forms.FloatField(
        label=gettext_lazy("号牌识别率标准（%）"),
        min_value=1,
        max_value=100,
        initial=90,
        help_text=gettext_lazy("低于标准的整点小时记为异常并告警"),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("启用"),
        required=False,
        initial=True,
        help_text=gettext_lazy("停用后不再接收上报，也不再告警"),
    )

    def __init__(self, data: Any = None, *, gate: Gate | None) -> None:
        initial = {} if gate is None else {
            "plate_norm": round(100 * gate.plate_norm, 1), "is_active": gate.is_active,
        }  # fmt: skip
        super().__init__(data, initial=initial)

    def values(self) -> dict[str, Any]:
        """Will give them as ``services.save_gate`` takes them."""
        return self.cleaned_data | {"plate_norm": self.cleaned_data["plate_norm"] / 100}


class NoteForm(forms.Form):
    """A reason."""

    text = forms.CharField(label=gettext_lazy("理由"), max_length=200)

    def clean_text(self) -> str:
        """Blanks are no reason."""
        told: str = self.cleaned_data["text"].strip()
        if not told:
            raise forms.ValidationError(_("请说明理由"))
        return told
