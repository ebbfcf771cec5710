"""Shape and conversion of what is entered about monitoring."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.monitoring.enums import (
    CheckKind,
    Cycle,
    OutageCause,
    OutageKind,
    RunKind,
    State,
    TargetKind,
)
from apps.monitoring.models import Check, Measure, Outage, Target
from apps.monitoring.permissions import reach_q
from apps.monitoring.selectors import run_areas
from apps.monitoring.services import CheckSpec, MeasureSpec
from apps.places.forms import AreaChoice
from apps.places.models import Area

_SECRETS = ("community", "user", "auth_key", "priv_key", "password", "Authorization")
_SETTINGS = ("path", "scheme", "status", "text", "database", "query", "rolling")
_HIDDEN = {"autocomplete": "off"}


class FilterForm(forms.Form):
    """Narrows a list; nonsense narrows nothing."""

    def wanted(self) -> dict[str, str]:
        """Will give what was chosen by name, "" where nothing was."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "").strip() for name in self.fields}


class TargetFilterForm(FilterForm):
    """Narrows the list of what is watched."""

    text = forms.CharField(label=gettext_lazy("名称、编码或地址"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部类别")), *TargetKind.choices],
        required=False,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部状态")), *State.choices, ("stopped", gettext_lazy("停用")),
        ],
        required=False,
    )  # fmt: skip


class OutageFilterForm(FilterForm):
    """Narrows the list of outages."""

    text = forms.CharField(label=gettext_lazy("名称或编码"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部类别")), *OutageKind.choices],
        required=False,
    )
    open = forms.ChoiceField(
        label=gettext_lazy("是否结束"),
        choices=[
            ("", gettext_lazy("全部")),
            ("yes", gettext_lazy("未结束")),
            ("no", gettext_lazy("已结束")),
        ],
        required=False,
    )


class EventFilterForm(FilterForm):
    """Narrows the events of one thing."""

    text = forms.CharField(label=gettext_lazy("内容"), required=False, max_length=60)
    grave = forms.ChoiceField(
        label=gettext_lazy("程度"),
        choices=[("", gettext_lazy("全部")), ("yes", gettext_lazy("只看严重"))],
        required=False,
    )


class FindingFilterForm(FilterForm):
    """Narrows what a one-key check found."""

    text = forms.CharField(label=gettext_lazy("点位"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部类别")), *RunKind.choices],
        required=False,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("结果"),
        choices=[
            ("bad", gettext_lazy("有问题")),
            ("new", gettext_lazy("新出现的问题")),
            *State.choices,
            ("all", gettext_lazy("全部")),
        ],
        required=False,
    )


class TargetForm(forms.Form):
    """A thing of the register that is to be watched, by its code."""

    asset = forms.CharField(
        label=gettext_lazy("部件编码"),
        max_length=16,
        help_text=gettext_lazy("部件台账中的 16 位编码"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=TargetKind)
    host = forms.CharField(
        label=gettext_lazy("IP 地址"),
        max_length=39,
        help_text=gettext_lazy("设备网段内的 IP 地址，不能用名称"),
    )

    def __init__(self, data: Any = None, *, viewer: User, target: Target | None = None) -> None:
        known = {}
        if target is not None:
            known = {"asset": target.asset.code, "kind": target.kind, "host": target.host}
        super().__init__(data, initial=known)
        self._viewer = viewer
        if target is not None:
            self.fields["asset"].disabled = True

    def clean_asset(self) -> Asset:
        """The thing, where the viewer reaches it."""
        code = self.cleaned_data["asset"].strip()
        asset = Asset.objects.filter(reach_q(self._viewer, ""), code=code).first()
        if asset is None:
            raise forms.ValidationError(_("台账中没有这个编码，或不在您的范围内"))
        return asset


class CheckForm(forms.Form):
    """A check. What stands in the secret's fields replaces the secret; all empty keeps it."""

    kind = forms.ChoiceField(label=gettext_lazy("检查方式"), choices=CheckKind)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    port = forms.IntegerField(
        label=gettext_lazy("端口"),
        min_value=0,
        max_value=65535,
        initial=80,
        help_text=gettext_lazy("ping 填 0"),
    )
    every_s = forms.IntegerField(
        label=gettext_lazy("周期（秒）"), min_value=10, max_value=86400, initial=60
    )
    timeout_s = forms.IntegerField(
        label=gettext_lazy("超时（秒）"), min_value=1, max_value=10, initial=3
    )
    is_vital = forms.BooleanField(
        label=gettext_lazy("决定是否在线"),
        required=False,
        initial=True,
        help_text=gettext_lazy("所有这样的检查都连续三次失败，对象即为中断"),
    )
    path = forms.CharField(
        label=gettext_lazy("HTTP 路径"), max_length=300, required=False,
        help_text=gettext_lazy(
            "HTTP、ONVIF、Prometheus、负载均衡、Hadoop（/jmx 为 HDFS）、录像机存储页用；"
            "不填用各自的默认路径"
        ),
    )  # fmt: skip
    scheme = forms.ChoiceField(
        label=gettext_lazy("HTTP 协议"), choices=[("http", "http"), ("https", "https")],
        required=False,
    )  # fmt: skip
    status = forms.IntegerField(
        label=gettext_lazy("应有的状态码"), min_value=100, max_value=599, required=False
    )
    text = forms.CharField(label=gettext_lazy("应答中应有的文字"), max_length=100, required=False)
    database = forms.CharField(label=gettext_lazy("数据库名"), max_length=63, required=False)
    query = forms.CharField(
        label=gettext_lazy("自定义查询"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("一条 select，取第一行第一列的数值；在只读事务中执行"),
    )
    server_name = forms.CharField(label=gettext_lazy("证书的域名"), max_length=120, required=False)
    rolling = forms.BooleanField(
        label=gettext_lazy("循环覆盖写入"),
        required=False,
        help_text=gettext_lazy("磁盘检查用：录像写满后覆盖最早的，满盘不告警"),
    )
    secret_community = forms.CharField(
        label=gettext_lazy("SNMP v2c 团体名"), max_length=64, required=False
    )
    secret_user = forms.CharField(
        label=gettext_lazy("用户名（SNMP v3、数据库、虚拟化平台、录像机）"),
        max_length=63,
        required=False,
    )
    secret_auth_key = forms.CharField(
        label=gettext_lazy("SNMP v3 认证密钥（SHA-256）"), max_length=64, required=False,
        widget=forms.PasswordInput(attrs=_HIDDEN),
    )  # fmt: skip
    secret_priv_key = forms.CharField(
        label=gettext_lazy("SNMP v3 加密密钥（AES）"), max_length=64, required=False,
        widget=forms.PasswordInput(attrs=_HIDDEN),
    )  # fmt: skip
    secret_password = forms.CharField(
        label=gettext_lazy("口令（数据库、虚拟化平台、录像机）"), max_length=128, required=False,
        widget=forms.PasswordInput(attrs=_HIDDEN),
    )  # fmt: skip
    secret_Authorization = forms.CharField(
        label=gettext_lazy("HTTP 的 Authorization 头"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs=_HIDDEN),
        help_text=gettext_lazy("凭据加密保存，不再显示；凭据各栏全部留空则保留原有凭据"),
    )

    def __init__(self, data: Any = None, *, check: Check | None = None) -> None:
        super().__init__(data, initial=_told(check) if check is not None else None)

    def spec(self) -> CheckSpec:
        """Will give the check as it shall be."""
        given = dict(self.cleaned_data)
        secret = {name: given[f"secret_{name}"] for name in _SECRETS if given[f"secret_{name}"]}
        settings = {name: given[name] for name in _SETTINGS if given[name]}
        if given["server_name"]:
            settings["name"] = given["server_name"]
        return CheckSpec(
            kind=given["kind"], name=given["name"], port=given["port"], settings=settings,
            secret=secret or None, every_s=given["every_s"], timeout_s=given["timeout_s"],
            is_vital=given["is_vital"],
        )  # fmt: skip


def _told(check: Check) -> dict[str, Any]:
    names = ("kind", "name", "port", "every_s", "timeout_s", "is_vital")
    known = {name: getattr(check, name) for name in names}
    settings = dict(check.settings)
    return known | {"server_name": settings.pop("name", "")} | settings


class MeasureForm(forms.ModelForm):
    """A figure of a check with its limits."""

    class Meta:
        model = Measure
        fields = [
            "code", "name", "unit", "address", "scale", "warn", "critical", "is_below",
            "lasting_s", "asks_capacity",
        ]  # fmt: skip
        help_texts = {
            "code": gettext_lazy("检查自带的指标用其代码，如 time_ms、days_left"),
            "address": gettext_lazy("SNMP 填对象标识；Prometheus 填指标，或 @cpu、@memory、@disk"),
        }

    def spec(self) -> MeasureSpec:
        """Will give the figure as it shall be."""
        return MeasureSpec(**self.cleaned_data)

    def validate_unique(self) -> None:
        """The service says which field is taken."""
        self._validate_unique = False


class JudgeForm(forms.Form):
    """Why a thing was out, as a person who knows says."""

    cause = forms.ChoiceField(label=gettext_lazy("原因"), choices=OutageCause)
    is_planned = forms.BooleanField(label=gettext_lazy("计划内"), required=False)
    text = forms.CharField(
        label=gettext_lazy("说明"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, outage: Outage) -> None:
        known = {"cause": outage.cause, "is_planned": outage.is_planned, "text": outage.text}
        super().__init__(data, initial=known)


class RunForm(forms.Form):
    """What is to be checked with one button."""

    area = AreaChoice(
        label=gettext_lazy("检查范围"), queryset=Area.objects.none(), to_field_name="code",
        empty_label=None,
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("检查类别"),
        choices=RunKind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选则全部检查"),
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        area: Any = self.fields["area"]
        area.queryset = run_areas(viewer).filter(
            level__is_cell=False, valid_to__isnull=True, level__depth__lte=2
        )


class PlanForm(RunForm):
    """When it is made by itself."""

    cycle = forms.ChoiceField(label=gettext_lazy("周期"), choices=Cycle)
    at = forms.TimeField(
        label=gettext_lazy("时刻"), widget=forms.TimeInput(attrs={"type": "time"}),
        initial="07:30",
    )  # fmt: skip
