"""Shape and conversion of what agents and keepers enter."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.common import clock, dictionaries
from apps.common.narrowing import NarrowingForm
from apps.hotline.enums import Nature
from apps.hotline.models import Line
from apps.messaging.enums import WRITTEN, IntakeRule
from apps.messaging.models import ChannelAccount, ReplyTemplate
from apps.messaging.permissions import KEEP
from apps.messaging.registry import sender_choices
from apps.messaging.services import ANSWER_MAX, SECRETS, AccountSpec

CHANNELS = [(one.value, one.label) for one in WRITTEN]
_ALL = [("", _("全部渠道")), *CHANNELS]
MUTES = [("1", _("1小时")), ("24", _("1天")), ("168", _("7天")), ("720", _("30天"))]


class ConversationFilterForm(NarrowingForm):
    """Narrows the queue."""

    q = forms.CharField(label=_("称呼或号码尾数"), required=False, max_length=40)
    channel = forms.ChoiceField(label=_("渠道"), choices=_ALL, required=False)


class AccountFilterForm(ConversationFilterForm):
    """Narrows the list of accounts."""

    q = forms.CharField(label=_("名称或代码"), required=False, max_length=40)


class AnswerForm(forms.Form):
    """An agent's answer. key: of this form, so that sending it twice answers once."""

    text = forms.CharField(label=_("答复"), widget=forms.Textarea(attrs={"rows": 4}))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].error_messages["required"] = gettext("答复应为1到%s个字") % ANSWER_MAX


class MuteForm(forms.Form):
    """For how long, and why, nobody has to answer somebody."""

    hours = forms.ChoiceField(label=_("静默时长"), choices=MUTES)
    reason = forms.CharField(label=_("理由"), max_length=200)

    def until(self) -> Any:
        """Will give the end, aware."""
        return clock.now() + timedelta(hours=int(self.cleaned_data["hours"]))


class TransferForm(forms.Form):
    """To which hotline a case goes, and why."""

    line = forms.ModelChoiceField(label=_("外线"), queryset=ChannelAccount.objects.none())
    reason = forms.CharField(label=_("转办理由"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["line"].queryset = lines


class AccountForm(forms.Form):
    """An account; secrets are written, never read back: empty leaves them as they are."""

    name = forms.CharField(label=_("名称"), max_length=60)
    code = forms.SlugField(label=_("代码"), help_text=_("用于回调地址，启用后勿改"))
    channel = forms.ChoiceField(label=_("渠道"), choices=CHANNELS)
    sender = forms.ChoiceField(label=_("发送方式"))
    unit = forms.ModelChoiceField(
        label=_("接待单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    line = forms.ModelChoiceField(
        label=_("对应热线号码"), queryset=Line.objects.none(), required=False
    )
    intake_rule = forms.ChoiceField(label=_("自动登记"), choices=IntakeRule.choices)
    class_code = forms.ChoiceField(label=_("默认分类"), required=False)
    nature = forms.ChoiceField(label=_("默认性质"), choices=Nature.choices, initial=Nature.HELP)
    greeting = forms.CharField(
        label=_("问候语"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    api_base = forms.CharField(label=_("平台地址"), max_length=300, required=False)
    app_id = forms.CharField(label="AppID", max_length=60, required=False)
    template_id = forms.CharField(label=_("模板消息编号"), max_length=80, required=False)
    url = forms.CharField(label=_("外线接口地址"), max_length=300, required=False)
    host = forms.CharField(label=_("收信服务器"), max_length=200, required=False)
    port = forms.IntegerField(label=_("端口"), min_value=1, max_value=65535, required=False)
    user = forms.CharField(label=_("邮箱账号"), max_length=200, required=False)
    address = forms.EmailField(label=_("发信地址"), required=False)
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)
    is_receive_only = forms.BooleanField(
        label=_("只收不发"),
        required=False,
        help_text=_("来信照常接收；待发的消息保留，恢复后发出。外线只收不发时不能转出案件。"),
    )

    OPTIONS = ("api_base", "app_id", "template_id", "url", "host", "port", "user", "address")
    SECRET_LABELS: dict[str, Any] = {
        "token": _("回调令牌"),
        "app_secret": "AppSecret",
        "aes_key": "EncodingAESKey",
        "inbound": _("来信签名密钥"),
        "outbound": _("去信签名密钥"),
        "password": _("邮箱密码"),
    }

    def __init__(
        self, *args: Any, viewer: User, account: ChannelAccount | None = None, **kwargs: Any
    ) -> None:
        if account is not None:
            kwargs["initial"] = _initial_of(account)
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        units = _units(viewer)
        fields["unit"].queryset = units
        fields["line"].queryset = Line.objects.filter(tenant__in=units.values("tenant"))
        fields["sender"].choices = sender_choices()
        fields["class_code"].choices = [
            ("", gettext("不预设")),
            *dictionaries.choices("demand-class"),
        ]
        for name, label in self.SECRET_LABELS.items():
            fields[f"secret_{name}"] = forms.CharField(
                label=label,
                required=False,
                max_length=300,
                help_text=_("留空保持不变，保存后不再显示"),
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            )

    def spec(self) -> AccountSpec:
        """Will give the account as the service takes it."""
        given = self.cleaned_data
        named = ("name", "code", "channel", "sender", "unit", "line", "intake_rule")
        more = ("class_code", "nature", "greeting", "is_active", "is_receive_only")
        known = SECRETS.get(given["sender"], ())
        return AccountSpec(
            **{name: given[name] for name in (*named, *more)},
            options={k: given[k] for k in self.OPTIONS if given[k] not in (None, "")},
            secrets={name: given[f"secret_{name}"] for name in known if given[f"secret_{name}"]},
        )


class TemplateForm(forms.Form):
    """A ready answer."""

    title = forms.CharField(label=_("标题"), max_length=40)
    text = forms.CharField(
        label=_("内容"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    channel = forms.ChoiceField(label=_("渠道"), choices=_ALL, required=False)
    unit = forms.ModelChoiceField(
        label=_("接待单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(
        self, *args: Any, viewer: User, template: ReplyTemplate | None = None, **kwargs: Any
    ) -> None:
        if template is not None:
            names = ("title", "text", "channel", "is_active")
            kwargs["initial"] = {name: getattr(template, name) for name in names} | {
                "unit": template.unit.code
            }
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = _units(viewer)


def _units(viewer: User) -> Any:
    """The units whose accounts the viewer keeps."""
    scope = scope_for(viewer, KEEP)
    within = Q() if scope.everything else Q(pk__in=[])
    for path in () if scope.everything else scope.organization_paths:
        within |= Q(path__startswith=path)
    return Organization.objects.filter(within).order_by("path")


def _initial_of(account: ChannelAccount) -> dict[str, Any]:
    names = ("name", "code", "channel", "sender", "line", "intake_rule", "class_code", "nature")
    more = ("greeting", "is_active", "is_receive_only")
    plain = {name: getattr(account, name) for name in (*names, *more)}
    return plain | {"unit": account.unit.code} | account.options
