"""Shapes of what people fill in about clients and look for among their calls."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.approvals.forms import FilingForm
from apps.accounts.models import Organization, User
from apps.gateway import selectors
from apps.gateway.enums import PersonalField, SignatureAlgorithm
from apps.gateway.forms._styled import Styled
from apps.gateway.models import ApiClient
from apps.gateway.permissions import EVERYTHING
from apps.gateway.registry import scope_labels
from apps.gateway.selectors import CallSearch
from apps.gateway.services.clients import ClientData


class ClientForm(FilingForm, Styled):
    """Everything of a client that may be changed later."""

    field_order = (
        "name",
        "owner",
        "owner_person",
        "service_user",
        "scopes",
        "allowed_ranges",
        "rate",
        "daily_quota",
        "requires_signature",
        "requires_certificate",
        "is_trial",
        "clear_fields",
        "clear_purpose",
        "clear_until",
        "expires_on",
        "reason",
    )

    name = forms.CharField(label=_("名称"), max_length=80)
    owner = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())
    owner_person = forms.ModelChoiceField(
        label=_("责任人"),
        queryset=User.objects.none(),
        help_text=_("到期、告警通知此人；离岗后须另行指定，逾期客户端暂停。"),
    )
    scopes = forms.MultipleChoiceField(
        label=_("授权范围"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("只能在服务账号的权限之内再收窄；未勾选的一律拒绝。"),
    )
    allowed_ranges = forms.CharField(
        label=_("来源地址范围"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个，如 10.20.0.0/16 或 2001:db8::/32；留空表示任何地址。"),
    )
    rate = forms.CharField(
        label=_("频率上限"),
        max_length=20,
        required=False,
        help_text=_("如 600/min；留空按全市默认。"),
    )
    daily_quota = forms.IntegerField(
        label=_("每日配额"),
        min_value=0,
        max_value=100_000_000,
        initial=0,
        help_text=_("每个自然日最多调用次数，0 为不限。"),
    )
    is_trial = forms.BooleanField(
        label=_("试用"),
        required=False,
        help_text=_("写操作照常校验、照常答复，随后全部撤回，什么都不留下；联调通过后再转为正式。"),
    )
    requires_signature = forms.BooleanField(
        label=_("必须对请求签名"),
        required=False,
        help_text=_("勾选后只凭密钥不能调用，每个请求都须按 RFC 9421 签名，防篡改、防重放。"),
    )
    requires_certificate = forms.BooleanField(
        label=_("必须使用客户端证书"),
        required=False,
        help_text=_("勾选后每个请求都须经双向 TLS，并使用已登记的证书。"),
    )
    clear_fields = forms.MultipleChoiceField(
        label=_("未脱敏的个人信息"),
        choices=PersonalField.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("默认全部脱敏；勾选的字段经复核后在截止日期前按原文提供，每次都记录。"),
    )
    clear_purpose = forms.CharField(
        label=_("查看目的"), max_length=200, required=False, help_text=_("勾选字段时必填。")
    )
    clear_until = forms.DateField(
        label=_("未脱敏截止日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("勾选字段时必填，一年以内，当日有效。"),
    )
    expires_on = forms.DateField(
        label=_("有效至"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("当日有效，次日零时失效；留空表示长期。"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = selectors.list_owners(viewer)  # type: ignore[attr-defined]
        people = selectors.list_owner_people(viewer)
        self.fields["owner_person"].queryset = people  # type: ignore[attr-defined]
        everything = (EVERYTHING, _("全部（服务账号所能）"))
        choices = [(code, f"{label}（{code}）") for code, label in scope_labels().items()]
        self.fields["scopes"].choices = [*choices, everything]  # type: ignore[attr-defined]

    @property
    def client_data(self) -> ClientData:
        """What was filled in, as the service takes it; only once valid."""
        d = self.cleaned_data
        return ClientData(
            name=d["name"],
            owner=d["owner"],
            scopes=d["scopes"],
            rate=d["rate"].strip(),
            daily_quota=d["daily_quota"],
            allowed_ranges=[line for line in d["allowed_ranges"].split() if line],
            requires_signature=d["requires_signature"],
            is_trial=d["is_trial"],
            expires_at=_end_of(d["expires_on"]),
            owner_person=d["owner_person"],
            requires_certificate=d["requires_certificate"],
            clear_fields=d["clear_fields"],
            clear_purpose=d["clear_purpose"],
            clear_until=_end_of(d["clear_until"]) if d["clear_fields"] else None,
        )


class NewClientForm(ClientForm):
    """The same with what never changes again."""

    service_user = forms.ModelChoiceField(
        label=_("服务账号"),
        queryset=User.objects.none(),
        help_text=_("客户端以此账号办理，权限不会超过它；请使用专设的账号，不要用个人账号。"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, viewer=viewer, **kwargs)
        accounts = selectors.list_service_accounts(viewer)
        self.fields["service_user"].queryset = accounts  # type: ignore[attr-defined]
        self.fields["reason"].required = True


class CertificateForm(Styled):
    """What a client will come with over mutual TLS."""

    pem = forms.CharField(
        label=_("客户端证书"),
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control font-monospace"}),
        help_text=_("PEM 格式，只要证书，不要私钥。"),
    )


class SigningKeyForm(Styled):
    """What a client will sign with."""

    algorithm = forms.ChoiceField(label=_("算法"), choices=SignatureAlgorithm.choices)
    public_key = forms.CharField(
        label=_("Ed25519 公钥"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("PEM 或 32 字节的 Base64；选 HMAC 时留空，由系统生成共享密钥。"),
    )


def _end_of(day: date | None) -> datetime | None:
    """The last second of a day of the city."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day, time.max.replace(microsecond=0)))


class CallFilter(Styled):
    """What narrows the list of calls; anything wrong is as if not asked."""

    client = forms.ModelChoiceField(
        label=_("客户端"), queryset=ApiClient.objects.none(), required=False
    )
    result = forms.ChoiceField(
        label=_("答复"),
        required=False,
        choices=[
            ("", _("全部")),
            ("ok", _("成功")),
            ("refused", _("被拒绝或出错")),
            *[(str(code), str(code)) for code in (400, 401, 403, 404, 409, 429, 500)],
        ],
    )
    path = forms.CharField(label=_("地址开头"), max_length=200, required=False)
    slower_ms = forms.IntegerField(
        label=_("耗时不少于（毫秒）"), min_value=0, max_value=600_000, required=False
    )
    since = forms.DateField(
        label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    number = forms.RegexField(
        r"[0-9a-f]{32}", label=_("请求或跟踪编号"), max_length=32, required=False
    )

    def __init__(self, *args: Any, clients: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["client"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = clients, str(_("全部客户端"))

    @property
    def search(self) -> CallSearch:
        """What was asked, as far as it could be understood."""
        self.is_valid()
        d = self.cleaned_data
        since = d.get("since")
        return CallSearch(
            client=d.get("client"),
            path=(d.get("path") or "").replace("\0", ""),
            result=d.get("result") or "",
            slower_ms=d.get("slower_ms"),
            since=timezone.make_aware(datetime.combine(since, time.min)) if since else None,
            number=d.get("number") or "",
        )
