"""Shapes of what people type: at the entrance, and on the people pages."""

import re
from typing import Any

from allauth.account import forms as entrance
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors, services
from apps.accounts.adapters import attempt_of
from apps.accounts.approvals.forms import EmergencyForm
from apps.accounts.models import (
    Organization,
    OrganizationKind,
    Post,
    ProofMethod,
    Role,
    Tenant,
    User,
)
from apps.accounts.services.sensitive import sensitive_posts, sensitive_roles
from apps.common import clock
from apps.common.errors import TooMany
from apps.common.phrases import bracketed
from apps.places.models import Area

_MOBILE_OR_LANDLINE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|\d{5,8}")


# --- The entrance ---------------------------------------------------------------------


class SignInForm(entrance.LoginForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("登录名")
        self.fields["password"].label = _("密码")
        self.fields["login"].widget.attrs |= {"placeholder": "", "autofocus": True}
        self.fields["password"].widget.attrs["placeholder"] = ""


class ConfirmForm(entrance.ReauthenticateForm):
    """The password once more, before something dangerous."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("密码")
        self.fields["password"].widget.attrs |= {"placeholder": "", "autofocus": True}


class ChangePasswordForm(entrance.ChangePasswordForm):
    """The old password and twice the new one; wrong old ones count as failed sign-ins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("当前密码")
        self.fields["password1"].label = _("新密码")
        self.fields["password2"].label = _("再输一次新密码")
        for field in self.fields.values():
            field.widget.attrs["placeholder"] = ""

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password

    def clean(self) -> Any:
        cleaned = forms.Form.clean(self)
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次输入的新密码不一致。"))
        return cleaned


class CountedCode(forms.Form):
    """Counts wrong codes in the database, as wrong passwords are."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("验证码")
        self.fields["code"].widget.attrs |= {
            "placeholder": "",
            "autofocus": True,
            "inputmode": "numeric",
        }

    def clean_code(self) -> str:
        attempt = attempt_of(self.user.username, second_factor=True)
        try:
            services.begin_attempt(attempt)
        except TooMany as error:
            raise ValidationError(error.message, code=error.code) from error
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the allauth form beside
        except ValidationError:
            services.note_failure(attempt, user=self.user)
            raise
        services.note_success(attempt)
        return code


class CodeForm(CountedCode, second_factor.AuthenticateForm):
    """The one-time code after the password."""


class ConfirmCodeForm(CountedCode, second_factor.ReauthenticateForm):
    """The one-time code before something dangerous."""


class ActivateCodeForm(CountedCode, totp.ActivateTOTPForm):
    """The first code, which proves that the app on the phone has the seed."""


class AddPasskeyForm(passkeys.AddWebAuthnForm):
    """A new passkey; by default one that signs in without the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("密钥名称")
        self.fields["name"].help_text = _("便于辨认，例如“办公电脑”“工作手机”。")
        self.fields["passwordless"].label = _("可不输密码直接登录")
        self.fields["passwordless"].help_text = _("密钥会保存在设备里；安全钥匙存满时可不勾选。")
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(passkeys.EditWebAuthnForm):
    """What its owner calls a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("密钥名称")


class RecoveryForm(forms.Form):
    """Somebody lost the second factor."""

    username = forms.CharField(label=_("登录名"), max_length=60)
    reason = forms.CharField(
        label=_("情况说明"), max_length=200, help_text=_("例如:手机丢失、验证器被卸载。")
    )


class EnrolmentCodeForm(forms.Form):
    """The code handed over after the factor was reset."""

    code = forms.CharField(
        label=_("登记码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class ConfirmRecoveryForm(forms.Form):
    """How somebody who lost a factor was recognised."""

    method = forms.ChoiceField(
        label=_("核实方式"),
        choices=[
            (m.value, m.label)
            for m in (ProofMethod.IN_PERSON_DOCUMENT, ProofMethod.IN_PERSON_KNOWN)
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("核实说明"),
        max_length=200,
        min_length=4,
        help_text=_("写明时间地点、核对了什么、谁在场。"),
    )


class ProofForm(forms.Form):
    """How a person's identity was proved."""

    method = forms.ChoiceField(
        label=_("核验方式"), choices=ProofMethod.choices, widget=forms.RadioSelect
    )


# --- The people pages -----------------------------------------------------------------


class PageForm(forms.Form):
    """What the forms of people pages share: how a phone number is written."""

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip().replace(" ", "")
        if phone and not _MOBILE_OR_LANDLINE.fullmatch(phone):
            raise ValidationError(_("请填写 11 位手机号或带区号的固定电话。"))
        return phone


class PersonForm(PageForm):
    """A person's file."""

    full_name = forms.CharField(label=_("姓名"), max_length=60)
    employee_number = forms.CharField(label=_("工号"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机"), max_length=30, required=False)
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    is_staff = forms.BooleanField(
        label=_("可进入管理台"), required=False, help_text=_("只用于维护配置,业务工作不需要。")
    )


class NewPersonForm(PageForm):
    """A new person's file; the first password is made by the system."""

    tenant = forms.ModelChoiceField(
        label=_("所属租户"), queryset=Tenant.objects.none(), empty_label=None
    )
    username = forms.CharField(
        label=_("登录名"), max_length=60, help_text=_("建议用姓名拼音或工号,设定后不能修改。")
    )
    full_name = forms.CharField(label=_("姓名"), max_length=60)
    employee_number = forms.CharField(label=_("工号"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机"), max_length=30, required=False)
    email = forms.EmailField(label=_("电子邮箱"), required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = tenants_of(viewer)  # type: ignore[attr-defined]


class PostChoice(forms.ModelChoiceField):
    """Posts by name; those that take two people to fill say so."""

    sharp: frozenset[int] | None = None

    def label_from_instance(self, obj: Any) -> str:
        if self.sharp is None:
            self.sharp = sensitive_posts()
        return _marked(obj, self.sharp)


class RoleChoices(forms.ModelMultipleChoiceField):
    """Roles by name; those that take two people to give say so."""

    sharp: frozenset[int] | None = None

    def label_from_instance(self, obj: Any) -> str:
        if self.sharp is None:
            self.sharp = sensitive_roles()
        return _marked(obj, self.sharp)


def _marked(obj: Any, sharp: frozenset[int]) -> str:
    return f"{obj}{bracketed(_('须双人复核'))}" if obj.pk in sharp else str(obj)


class AppointmentForm(EmergencyForm, PageForm):
    """A post for a person, from a day on."""

    field_order = ("post", "from_on", "to_on", "is_primary", "reason", "is_alone")

    post = PostChoice(label=_("岗位"), queryset=Post.objects.none())
    from_on = forms.DateField(
        label=_("任职日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    to_on = forms.DateField(
        label=_("离任日期"),
        required=False,
        help_text=_("留空表示长期。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    is_primary = forms.BooleanField(label=_("主岗"), required=False, initial=True)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = selectors.list_posts(viewer)  # type: ignore[attr-defined]
        self.fields["from_on"].initial = clock.today


class PurposeForm(PageForm):
    """Why somebody wants to see what is masked."""

    purpose = forms.CharField(label=_("查看用途"), min_length=2, max_length=200)


class ProfileForm(PageForm):
    """What people keep of themselves."""

    phone = forms.CharField(label=_("手机"), max_length=30, required=False)
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    language = forms.ChoiceField(label=_("界面语言"), choices=settings.LANGUAGES)


class OrganizationForm(PageForm):
    """What a unit is."""

    name = forms.CharField(label=_("名称"), max_length=80)
    short_name = forms.CharField(label=_("简称"), max_length=30, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=OrganizationKind.choices)
    area_code = forms.CharField(
        label=_("责任区域代码"), max_length=40, required=False, help_text=_("区划代码,可留空。")
    )
    phone = forms.CharField(label=_("值班电话"), max_length=30, required=False)

    def clean_area_code(self) -> Area | None:
        code = self.cleaned_data["area_code"].strip()
        if not code:
            return None
        area = Area.objects.filter(code=code, valid_to__isnull=True).first()
        if area is None:
            raise ValidationError(_("没有该代码的区域。"))
        return area


class NewOrganizationForm(OrganizationForm):
    """A new unit and its place in the tree."""

    tenant = forms.ModelChoiceField(
        label=_("所属租户"), queryset=Tenant.objects.none(), empty_label=None
    )
    parent = forms.ModelChoiceField(
        label=_("上级单位"), queryset=Organization.objects.none(), required=False
    )
    code = forms.SlugField(label=_("代码"), max_length=50)
    field_order = ("tenant", "parent", "code", "name", "short_name", "kind")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = selectors.list_administered_organizations(viewer).filter(is_active=True)
        self.fields["tenant"].queryset = tenants_of(viewer)  # type: ignore[attr-defined]
        self.fields["parent"].queryset = active  # type: ignore[attr-defined]


class MoveForm(PageForm):
    """Where a unit shall hang from now on."""

    parent = forms.ModelChoiceField(
        label=_("移动到上级单位"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=_("(顶层)"),
    )

    def __init__(self, *args: Any, viewer: User, organization: Organization, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["parent"].queryset = (  # type: ignore[attr-defined]
            selectors.list_administered_organizations(viewer)
            .filter(is_active=True, tenant=organization.tenant_id)
            .exclude(path__startswith=organization.path)
        )
        self.fields["parent"].initial = organization.parent_id


class PostForm(PageForm):
    """A position in a unit."""

    name = forms.CharField(label=_("岗位名称"), max_length=60)


class RolesForm(EmergencyForm, PageForm):
    """The roles a post carries."""

    field_order = ("roles", "reason", "is_alone")

    roles = RoleChoices(
        label=_("角色"),
        queryset=Role.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def tenants_of(viewer: User) -> Any:
    """Will give the tenants a viewer administers."""
    scope = selectors.people_scope(viewer)
    found = Tenant.objects.order_by("code")
    return found if scope.everything else found.filter(pk__in=scope.tenant_ids)
