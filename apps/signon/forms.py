"""Shapes of what people fill in about applications."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Role, User
from apps.accounts.selectors import list_users
from apps.signon import selectors
from apps.signon.enums import AccessMode, ApplicationState, DeliveryState, Protocol
from apps.signon.models import PushTarget
from apps.signon.services import ApplicationData

ICONS = (
    ("briefcase", _("公文包")),
    ("building", _("楼宇")),
    ("map", _("地图")),
    ("file-text", _("文件")),
    ("chart-bar", _("图表")),
    ("phone", _("电话")),
    ("shield", _("盾牌")),
    ("users", _("人员")),
    ("calendar", _("日历")),
    ("mail", _("信件")),
    ("book", _("书本")),
    ("video", _("视频")),
    ("truck", _("车辆")),
    ("world", _("网络")),
)
SCOPE_NAMES = (
    ("openid", _("用户编号（单点登录必选）")),
    ("profile", _("姓名和登录名")),
    ("email", _("电子邮箱")),
    ("phone", _("手机号")),
    ("organization", _("单位和岗位")),
)
LEVELS = (
    (1, _("1 级：密码")),
    (2, _("2 级：密码加动态口令")),
    (3, _("3 级：通行密钥，并核验过身份")),
    (4, _("4 级：密钥盘证书，并当面核验过身份")),
)


class Lines(forms.CharField):
    """Addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


class ApplicationForm(forms.Form):
    """Everything of an application; takes effect when a second person has approved it."""

    name = forms.CharField(label=_("名称"), max_length=40)
    description = forms.CharField(label=_("说明"), max_length=200, required=False)
    mode = forms.ChoiceField(label=_("接入方式"), choices=AccessMode.choices)
    protocol = forms.ChoiceField(
        label=_("协议"),
        choices=Protocol.choices,
        help_text=_("老系统只支持 CAS 时选 CAS 2/3，其余选 OpenID Connect。"),
    )
    start_url = forms.CharField(
        label=_("入口地址"),
        max_length=500,
        required=False,
        help_text=_("“我的应用”里点开的地址；留空则不显示。"),
    )
    redirect_uris = Lines(
        label=_("回调地址"),
        required=False,
        max_length=6000,
        help_text=_("每行一个，必须与对方请求的完全一致；CAS 填服务地址，不含问号后的部分。"),
    )
    post_logout_uris = Lines(
        label=_("退出后返回地址"), required=False, max_length=6000, help_text=_("每行一个。")
    )
    logout_url = forms.CharField(
        label=_("退出通知地址"),
        max_length=500,
        required=False,
        help_text=_("人员退出、停用或改密码时，系统把签名的退出令牌送到这里。"),
    )
    minimum_level = forms.TypedChoiceField(
        label=_("最低可信等级"),
        choices=LEVELS,
        coerce=int,
        initial=1,
        help_text=_("达不到的人会先被要求补做验证，再自动回到应用。"),
    )
    scopes = forms.MultipleChoiceField(
        label=_("授权范围"),
        choices=SCOPE_NAMES,
        initial=["openid", "profile"],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只勾选应用确实需要的信息。"),
    )
    roles = forms.ModelMultipleChoiceField(
        label=_("可用角色"),
        queryset=Role.objects.order_by("code"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("角色和单位都不选，则本单位租户的全体人员可用。"),
    )
    units = forms.ModelMultipleChoiceField(
        label=_("可用单位"),
        queryset=Organization.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("含其下级单位。"),
    )
    is_shared = forms.BooleanField(label=_("全市可用：其他租户的人员也能看到"), required=False)
    is_public = forms.BooleanField(
        label=_("无法保管密钥：手机应用、网页前端或设备"), required=False
    )
    allows_refresh = forms.BooleanField(label=_("可续期"), required=False, initial=True)
    allows_device = forms.BooleanField(label=_("可用设备登录"), required=False)
    asks_consent = forms.BooleanField(label=_("登录时征得本人同意"), required=False)
    icon = forms.ChoiceField(label=_("图标"), choices=ICONS)
    position = forms.IntegerField(
        label=_("顺序"), min_value=0, max_value=9999, initial=100, help_text=_("小的在前。")
    )
    reason = forms.CharField(
        label=_("理由"),
        min_length=4,
        max_length=300,
        help_text=_("给复核人看：为什么接入或修改、依据哪份文件。"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.fields["units"]
        assert isinstance(units, forms.ModelMultipleChoiceField)
        units.queryset = selectors.list_owner_units(viewer)

    @property
    def application_data(self) -> ApplicationData:
        """What was filled in, as the service takes it; only once valid."""
        d = dict(self.cleaned_data)
        for name in ("reason", "owner"):
            d.pop(name, None)
        d["role_ids"] = tuple(sorted(role.pk for role in d.pop("roles")))
        d["unit_ids"] = tuple(sorted(unit.pk for unit in d.pop("units")))
        d["scopes"] = tuple(d["scopes"])
        return ApplicationData(**d)


class NewApplicationForm(ApplicationForm):
    """The same with the unit that answers for it."""

    field_order = ["owner"]
    owner = forms.ModelChoiceField(label=_("归属单位"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, viewer=viewer, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = selectors.list_owner_units(viewer)


class SuspendForm(forms.Form):
    """Why an application is closed."""

    reason = forms.CharField(label=_("停用原因"), min_length=2, max_length=200)


class PushForm(forms.Form):
    """Where another system takes people, and what proves us there."""

    base_url = forms.URLField(
        label=_("SCIM 地址"),
        max_length=500,
        assume_scheme="https",
        help_text=_("对方 SCIM 2.0 服务的根地址，例如 https://oa.example.gov.cn/scim/v2"),
    )
    token = forms.CharField(
        label=_("访问令牌"),
        max_length=500,
        required=False,
        strip=True,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("加密保存，不再显示；留空则沿用原来的"),
    )

    def __init__(self, *args: Any, target: PushTarget | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if target is not None:
            self.initial["base_url"] = target.base_url


class PushSearchForm(forms.Form):
    q = forms.CharField(label=_("姓名或登录名"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *DeliveryState.choices], required=False
    )


class LinkForm(forms.Form):
    """How the platform above knows a person."""

    username = forms.CharField(label=_("登录名"), max_length=60)
    subject = forms.CharField(
        label=_("上级平台的人员标识"), max_length=200, help_text=_("由上级平台管理员提供。")
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def clean_username(self) -> User:
        """The person, as far as the viewer administers them."""
        found = list_users(self.viewer).filter(username__iexact=self.cleaned_data["username"])
        person = found.first()
        if person is None:
            raise forms.ValidationError(_("没有找到该人员。"))
        return person


class ApplicationFilterForm(forms.Form):
    """Narrows the register of applications."""

    q = forms.CharField(label=_("名称"), required=False, max_length=40)
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *ApplicationState.choices], required=False
    )
    mode = forms.ChoiceField(
        label=_("接入方式"), choices=[("", _("全部")), *AccessMode.choices], required=False
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_applications`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "state": given.get("state") or "",
            "mode": given.get("mode") or "",
        }
