"""Shape and conversion of what is entered about gateways, plans and polls."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.common import clock
from apps.common.narrowing import NarrowingForm
from apps.gateway.models import ApiClient
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.polling.enums import (
    ByteOrder,
    DataType,
    FileState,
    InstallState,
    LinkKind,
    LinkStanding,
    LoginScheme,
    Protocol,
    SnmpVersion,
    Table,
)
from apps.polling.models import EdgeApplication, EdgeNode, Gateway, PlanLine, Poll, PollPlan
from apps.polling.permissions import EDGE
from apps.polling.services import (
    ApplicationSpec,
    EdgeSpec,
    GatewaySpec,
    LineSpec,
    PlanSpec,
    PollSpec,
    ReleaseSpec,
)
from apps.sensing.models import Device, DeviceProfile
from apps.sensing.permissions import KEEP
from apps.sensing.selectors import list_devices

_SECRETS = (
    "community", "user", "auth", "auth_key", "priv_key", "Authorization", "scheme", "login",
    "password",
)  # fmt: skip


class GatewayFilterForm(NarrowingForm):
    """Narrows the list of gateways."""

    q = forms.CharField(label=gettext_lazy("名称或地址"), required=False, max_length=60)
    protocol = forms.ChoiceField(
        label=gettext_lazy("协议"),
        choices=[("", gettext_lazy("全部协议")), *Protocol.choices],
        required=False,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部")),
            ("interrupted", gettext_lazy("轮询中断")),
            ("stopped", gettext_lazy("停用")),
        ],
        required=False,
    )


class LinkFilterForm(NarrowingForm):
    """Narrows the list of links."""

    q = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("链路"),
        choices=[("", gettext_lazy("全部链路")), *LinkKind.choices],
        required=False,
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[("", gettext_lazy("全部")), *LinkStanding.choices],
        required=False,
    )


class GatewayForm(forms.Form):
    """A gateway. What stands in the secret's fields replaces the secret; all empty keeps it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    protocol = forms.ChoiceField(label=gettext_lazy("协议"), choices=Protocol)
    host = forms.CharField(
        label=gettext_lazy("IP 地址"),
        max_length=39,
        help_text=gettext_lazy("设备网段内的 IP 地址，不能用名称"),
    )
    port = forms.IntegerField(
        label=gettext_lazy("端口"),
        min_value=1,
        max_value=65535,
        initial=502,
        help_text=gettext_lazy("Modbus 一般为 502，SNMP 为 161，HTTP 为 80 或 443"),
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    area = AreaChoice(
        label=gettext_lazy("所在区域"), queryset=Area.objects.none(), to_field_name="code"
    )
    timeout_s = forms.IntegerField(
        label=gettext_lazy("超时（秒）"), min_value=1, max_value=10, initial=3
    )
    concurrency = forms.IntegerField(
        label=gettext_lazy("并发连接数"),
        min_value=1,
        max_value=8,
        initial=1,
        help_text=gettext_lazy("多数 Modbus 网关只接受一个连接"),
    )
    snmp_version = forms.ChoiceField(
        label=gettext_lazy("SNMP 版本"), choices=SnmpVersion, required=False
    )
    secret_community = forms.CharField(
        label=gettext_lazy("SNMP v2c 团体名"), max_length=64, required=False
    )
    secret_user = forms.CharField(
        label=gettext_lazy("SNMP v3 用户名"), max_length=32, required=False
    )
    secret_auth = forms.ChoiceField(
        label=gettext_lazy("SNMP v3 认证算法"),
        choices=[("", gettext_lazy("不认证")), ("SHA", "SHA-1"), ("SHA256", "SHA-256")],
        required=False,
    )
    secret_auth_key = forms.CharField(
        label=gettext_lazy("SNMP v3 认证密钥"),
        max_length=64,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    secret_priv_key = forms.CharField(
        label=gettext_lazy("SNMP v3 加密密钥（AES）"),
        max_length=64,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    is_tls = forms.BooleanField(
        label=gettext_lazy("用 TLS 加密（仅 HTTP）"),
        required=False,
        help_text=gettext_lazy("网关证书须由本市证书机构签发，过期、名称不符时不读取并说明原因"),
    )
    server_name = forms.CharField(
        label=gettext_lazy("证书名称"),
        max_length=253,
        required=False,
        help_text=gettext_lazy("证书上写的名称；不填则须写有该 IP 地址"),
    )
    secret_scheme = forms.ChoiceField(
        label=gettext_lazy("HTTP 登录方式"),
        choices=[("", gettext_lazy("不登录")), *LoginScheme.choices],
        required=False,
    )
    secret_login = forms.CharField(label=gettext_lazy("HTTP 用户名"), max_length=64, required=False)
    secret_password = forms.CharField(
        label=gettext_lazy("HTTP 密码"),
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    secret_Authorization = forms.CharField(
        label=gettext_lazy("HTTP 的 Authorization 头"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("凭据加密保存，不再显示；凭据各栏全部留空则保留原有凭据"),
    )

    def __init__(self, data: Any = None, *, viewer: User, gateway: Gateway | None = None) -> None:
        super().__init__(data, initial=_initial_of(gateway) if gateway else None)
        _offer_places(self, viewer)

    def clean_secret_Authorization(self) -> str:
        """One line: a header within a header would be another request."""
        told: str = self.cleaned_data["secret_Authorization"]
        if not told.isprintable() or not told.isascii():
            raise forms.ValidationError(_("只能用可见的英文字符"))
        return told

    def spec(self) -> GatewaySpec:
        """Will give the gateway as it shall be."""
        given = dict(self.cleaned_data)
        told = {name: given.pop(f"secret_{name}") for name in _SECRETS}
        secret = {name: value for name, value in told.items() if value}
        given["snmp_version"] = given["snmp_version"] or SnmpVersion.V2C
        return GatewaySpec(**given, secret=secret or None)


def _offer_places(form: forms.Form, viewer: User) -> None:
    """The units and areas in which the viewer keeps devices."""
    scope = scope_for(viewer, KEEP)
    fields: dict[str, Any] = form.fields
    fields["unit"].queryset = Organization.objects.filter(
        organization_scope_q(scope, "path")
    ).order_by("path")
    areas = Area.objects.valid_on(clock.today()).filter(area_scope_q(scope, "path"))
    fields["area"].queryset = areas.filter(level__is_cell=False).defer("boundary").order_by("path")


def _initial_of(gateway: Gateway) -> dict[str, Any]:
    names = ("name", "protocol", "host", "port", "timeout_s", "concurrency", "snmp_version",
             "is_tls", "server_name")  # fmt: skip
    plain = {name: getattr(gateway, name) for name in names}
    return plain | {"unit": gateway.unit.code, "area": gateway.area.code}


class PollForm(forms.Form):
    """A device asked through a gateway."""

    device = forms.CharField(label=gettext_lazy("节点编号"), max_length=64)
    plan = forms.ModelChoiceField(
        label=gettext_lazy("采集方案"), queryset=PollPlan.objects.none(), to_field_name="code"
    )
    address = forms.CharField(
        label=gettext_lazy("单元号或路径"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Modbus 填单元号（0 到 247），HTTP 填路径（以 / 开头），SNMP 不填"),
    )
    every_s = forms.IntegerField(
        label=gettext_lazy("轮询周期（秒）"), min_value=5, max_value=86400, initial=60
    )

    def __init__(
        self, data: Any = None, *, viewer: User, gateway: Gateway, poll: Poll | None = None
    ) -> None:
        super().__init__(data, initial=_initial_of_poll(poll) if poll else None)
        self.viewer = viewer
        fields: dict[str, Any] = self.fields
        fields["plan"].queryset = PollPlan.objects.filter(protocol=gateway.protocol)

    def clean_device(self) -> Device:
        """The device of this node, if the person may see it."""
        node = self.cleaned_data["device"].strip()
        found = list_devices(self.viewer).filter(node=node).first()
        if found is None:
            raise forms.ValidationError(_("没有节点编号为“%(node)s”的设备") % {"node": node})
        return found

    def spec(self) -> PollSpec:
        """Will say how the device shall be asked."""
        return PollSpec(**self.cleaned_data)


def _initial_of_poll(poll: Poll) -> dict[str, Any]:
    return {
        "device": poll.device.node,
        "plan": poll.plan.code,
        "address": poll.address,
        "every_s": poll.every_s,
    }


class PlanForm(forms.Form):
    """The card of a plan; its lines stand in ``LineFormSet``."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=40)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    protocol = forms.ChoiceField(label=gettext_lazy("协议"), choices=Protocol)
    profile = forms.ModelChoiceField(
        label=gettext_lazy("设备型号"),
        queryset=DeviceProfile.objects.order_by("code"),
        to_field_name="code",
    )

    def spec(self, lines: list[LineSpec]) -> PlanSpec:
        """Will give the plan as it shall be."""
        return PlanSpec(**self.cleaned_data, lines=lines)


class LineForm(forms.Form):
    """Where one field stands; a row without a field is left out."""

    field = forms.SlugField(label=gettext_lazy("字段代码"), max_length=40, required=False)
    address = forms.CharField(
        label=gettext_lazy("地址"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Modbus 从 0 起的寄存器号，SNMP 对象标识，HTTP 的 JSON 路径"),
    )
    table = forms.ChoiceField(label=gettext_lazy("寄存器表"), choices=Table)
    data_type = forms.ChoiceField(
        label=gettext_lazy("数据类型"), choices=DataType, initial=DataType.UINT16
    )
    byte_order = forms.ChoiceField(label=gettext_lazy("字节序"), choices=ByteOrder)
    scale = forms.FloatField(label=gettext_lazy("倍率"), initial=1)
    offset = forms.FloatField(label=gettext_lazy("偏移"), initial=0)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("field") and not given.get("address"):
            self.add_error("address", _("请填写地址"))
        if given.get("address") and not given.get("field"):
            self.add_error("field", _("请填写字段代码"))
        return given

    def spec(self) -> LineSpec:
        """Will give the line as it shall be."""
        return LineSpec(**self.cleaned_data)


def initial_of_line(line: PlanLine) -> dict[str, Any]:
    """Will give what a row of the editor begins with."""
    plain = {name: getattr(line, name) for name in LineForm.base_fields if name != "field"}
    return plain | {"field": line.field.code}


LineFormSet = forms.formset_factory(LineForm, extra=2, max_num=200)


class ReadingFileForm(forms.Form):
    """A file of readings."""

    file = forms.FileField(
        label=gettext_lazy("读数文件"),
        help_text=gettext_lazy("CSV（列名 node, at, field, value，可有 unit）或 JSON 行，不压缩"),
    )


class FileFilterForm(NarrowingForm):
    """Narrows the list of files."""

    q = forms.CharField(label=gettext_lazy("文件名"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[("", gettext_lazy("全部")), *FileState.choices],
        required=False,
    )


class EdgeFilterForm(NarrowingForm):
    """Narrows the list of edge nodes."""

    q = forms.CharField(label=gettext_lazy("名称或代码"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部")),
            ("silent", gettext_lazy("失联")),
            ("backlog", gettext_lazy("有积压")),
            ("stopped", gettext_lazy("停用")),
        ],
        required=False,
    )


class ApplicationFilterForm(NarrowingForm):
    """Narrows the list of edge applications."""

    q = forms.CharField(label=gettext_lazy("名称或代码"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部")),
            (InstallState.FAILED, gettext_lazy("有节点启动失败")),
            (InstallState.WAITING, gettext_lazy("有节点等待取用")),
        ],
        required=False,
    )


class _PlacedForm(forms.Form):
    """What is called by a code, belongs to a unit and stands in an area."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=40)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    area = AreaChoice(
        label=gettext_lazy("所在区域"), queryset=Area.objects.none(), to_field_name="code"
    )


class ApplicationForm(_PlacedForm):
    """An application of edge nodes. Its code is what nodes call it."""

    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, data: Any = None, *, viewer: User, application: EdgeApplication | None = None
    ) -> None:
        initial = {}
        if application is not None:
            initial = {name: getattr(application, name) for name in ("code", "name", "note")}
            initial |= {"unit": application.unit.code, "area": application.area.code}
        super().__init__(data, initial=initial)
        _offer_places(self, viewer)
        self.fields["code"].help_text = _("节点上报时用的名字")

    def spec(self) -> ApplicationSpec:
        """Will give the application as it shall be."""
        return ApplicationSpec(**self.cleaned_data)


class ReleaseForm(forms.Form):
    """A version of an application."""

    version = forms.CharField(label=gettext_lazy("版本"), max_length=40)
    digest = forms.CharField(
        label=gettext_lazy("SHA-256 摘要"),
        max_length=64,
        help_text=gettext_lazy("节点取用后先核对摘要，不符则不运行"),
    )
    source = forms.CharField(
        label=gettext_lazy("获取地址"),
        max_length=300,
        help_text=gettext_lazy("城市内网中安装包的 http 或 https 地址"),
    )
    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)

    def spec(self) -> ReleaseSpec:
        """Will give the version to add."""
        return ReleaseSpec(**self.cleaned_data | {"digest": self.cleaned_data["digest"].lower()})


class EdgeForm(_PlacedForm):
    """An edge node. Its API client is made by whoever manages clients."""

    client = forms.ModelChoiceField(
        label=gettext_lazy("接口客户端"),
        queryset=ApiClient.objects.none(),
        help_text=gettext_lazy("边缘节点以它的密钥报到和补传，须有“作为边缘节点报到和补传”的授权"),
    )
    silent_after_s = forms.IntegerField(
        label=gettext_lazy("多久无消息判失联（秒）"), min_value=30, max_value=86400, initial=300
    )

    device = forms.CharField(
        label=gettext_lazy("节点自身的设备编号"),
        max_length=64,
        required=False,
        help_text=gettext_lazy(
            "选填。先以“边缘节点”型号登记一台设备，节点上报的资源占用即存为它的读数，可看曲线、设告警"
        ),
    )

    def __init__(self, data: Any = None, *, viewer: User, edge: EdgeNode | None = None) -> None:
        super().__init__(data, initial=_initial_of_edge(edge) if edge else None)
        self._viewer = viewer
        _offer_places(self, viewer)
        fields: dict[str, Any] = self.fields
        free = ApiClient.objects.filter(revoked_at=None, scopes__contains=[EDGE])
        held = Q(edge_node=None) if edge is None else Q(edge_node=None) | Q(edge_node=edge)
        fields["client"].queryset = free.filter(held, tenant=viewer.tenant).order_by("name")

    def clean_device(self) -> Device | None:
        """The device of this node number, as far as the viewer sees it."""
        node = self.cleaned_data["device"].strip()
        if not node:
            return None
        found = list_devices(self._viewer).filter(node=node).first()
        if found is None:
            raise forms.ValidationError(_("没有节点编号为“%(node)s”的设备") % {"node": node})
        return found

    def spec(self) -> EdgeSpec:
        """Will give the edge node as it shall be."""
        return EdgeSpec(**self.cleaned_data)


def _initial_of_edge(edge: EdgeNode) -> dict[str, Any]:
    return {
        "code": edge.code,
        "name": edge.name,
        "unit": edge.unit.code,
        "area": edge.area.code,
        "client": edge.client_id,
        "silent_after_s": edge.silent_after_s,
        "device": edge.device.node if edge.device else "",
    }
