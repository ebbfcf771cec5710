"""The forms of the catalogue and the inventory: shape and conversion only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.matters.enums import InventoryState, MatterKind
from apps.matters.models import MatterDomain, MatterType
from apps.matters.studio.forms import dress


class DomainForm(forms.Form):
    code = forms.SlugField(label=_("代码"), max_length=50)
    name = forms.CharField(label=_("名称"), max_length=60)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)
    is_active = forms.BooleanField(
        label=_("启用"), required=False, initial=True, help_text=_("停用后不能再新建属于它的事项")
    )


class ItemForm(forms.Form):
    """One item of the inventory."""

    organization: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("部门"), queryset=None
    )
    name = forms.CharField(label=_("事项名称"), max_length=80)
    kind = forms.ChoiceField(
        label=_("类型"), required=False, choices=[("", "—"), *MatterKind.choices]
    )
    domain: "forms.ModelChoiceField[MatterDomain]" = forms.ModelChoiceField(
        label=_("业务领域"), required=False, queryset=None
    )
    audience = forms.CharField(label=_("服务对象（监管对象）"), max_length=200, required=False)
    legal_basis = forms.CharField(
        label=_("法律依据"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    promise = forms.CharField(
        label=_("承诺时限"), max_length=40, required=False, help_text=_("例如“5个工作日”")
    )
    fee = forms.CharField(
        label=_("收费"), max_length=200, required=False, help_text=_("不收费请写“不收费”")
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["organization"].queryset = units
        fields["domain"].queryset = MatterDomain.objects.filter(is_active=True)


class ItemFilterForm(forms.Form):
    """Narrows the inventory."""

    q = forms.CharField(label=_("搜索"), max_length=60, required=False)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("部门"), required=False, queryset=None, empty_label=_("全部")
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *InventoryState.choices]
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units
        dress(self)


class CheckForm(forms.Form):
    """Which defined matter an item became."""

    matter_type: "forms.ModelChoiceField[MatterType]" = forms.ModelChoiceField(
        label=_("对应的事项"),
        required=False,
        queryset=MatterType.objects.all(),
        empty_label=_("还没有定义"),
    )


class ItemsFileForm(forms.Form):
    """Items from a spreadsheet."""

    file = forms.FileField(label=_("清单文件（xlsx 或 csv）"))
    partial = forms.BooleanField(label=_("有错的行跳过，其余照样导入"), required=False)
