"""Shape and conversion of what keepers enter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import organization_scope_q, scope_for
from apps.assist.enums import AssistKind
from apps.assist.models import Assistant
from apps.assist.permissions import KEEP
from apps.assist.registry import all_dialects
from apps.assist.services import AssistantSpec
from apps.common.narrowing import NarrowingForm


class AssistantFilterForm(NarrowingForm):
    """Narrows the list."""

    q = forms.CharField(label=_("名称"), required=False, max_length=40)
    kind = forms.ChoiceField(
        label=_("用途"), choices=[("", _("全部用途")), *AssistKind.choices], required=False
    )


class AssistantForm(forms.Form):
    """An assistant; the secret is written, never read back."""

    name = forms.CharField(label=_("名称"), max_length=60)
    unit = forms.ModelChoiceField(label=_("管理单位"), queryset=Organization.objects.none())
    dialect = forms.ChoiceField(label=_("接口"))
    address = forms.CharField(
        label=_("地址"), max_length=300,
        help_text=_("如 http://10.0.0.5:8000，须在允许外呼的名单中"),
    )  # fmt: skip
    model = forms.CharField(
        label=_("模型"),
        max_length=80,
        required=False,
        help_text=_("仅文字起草需要，按服务方的叫法填写"),
    )
    secret = forms.CharField(
        label=_("密钥"), max_length=300, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("加密保存，不再显示；留空则不变"),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("使用目的"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    units = forms.ModelMultipleChoiceField(
        label=_("可使用的单位"), queryset=Organization.objects.none(),
        help_text=_("含其下级单位"),
    )  # fmt: skip
    daily_quota = forms.IntegerField(label=_("每日次数上限"), min_value=1, initial=500)
    timeout_s = forms.IntegerField(label=_("超时（秒）"), min_value=1, max_value=30, initial=10)

    def __init__(
        self, *args: Any, viewer: User, assistant: Assistant | None = None, **kwargs: Any
    ) -> None:
        if assistant is not None:
            names = ("name", "unit", "dialect", "address", "model", "purpose", "units",
                     "daily_quota", "timeout_s")  # fmt: skip
            kwargs["initial"] = {
                n: assistant.units.all() if n == "units" else getattr(assistant, n) for n in names
            }
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        within = organization_scope_q(scope_for(viewer, KEEP), "path")
        mine = Organization.objects.filter(within).order_by("path")
        fields["unit"].queryset = mine
        tenants = mine.values("tenant_id")
        fields["units"].queryset = Organization.objects.filter(tenant__in=tenants).order_by("path")
        fields["dialect"].choices = [
            (one.code, f"{one.kind.label} · {one.label}") for one in all_dialects()
        ]

    def spec(self) -> AssistantSpec:
        """Will give the assistant as entered."""
        given = self.cleaned_data
        return AssistantSpec(**given | {"units": list(given["units"])})


class SwitchOnForm(forms.Form):
    """Why an assistant is to be switched on."""

    reason = forms.CharField(label=_("启用理由"), max_length=300)


class TableForm(forms.Form):
    """A picture of a table."""

    file = forms.FileField(
        label=_("表格照片"), help_text=_("JPG 或 PNG，尽量拍平、拍全；只用于本次识别，不保存"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )  # fmt: skip
