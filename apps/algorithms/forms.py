"""Shape and conversion of what is entered in the warehouse."""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.algorithms.enums import CapabilityKind, OutputKind, State, Task, WorkState
from apps.algorithms.models import Capability
from apps.algorithms.permissions import USE
from apps.algorithms.selectors import units_of
from apps.algorithms.services import CapabilitySpec
from apps.common import clock
from apps.common.narrowing import NarrowingForm

ALL = ("", gettext_lazy("全部"))


class AlgorithmFilterForm(NarrowingForm):
    """Narrows the list of algorithms."""

    q = forms.CharField(label=gettext_lazy("名称、代码或厂商"), required=False, max_length=60)
    task = forms.ChoiceField(
        label=gettext_lazy("用途"), choices=[ALL, *Task.choices], required=False
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[ALL, *State.choices], required=False
    )


class WorkFilterForm(NarrowingForm):
    """Narrows the queue."""

    q = forms.CharField(label=gettext_lazy("作业名称"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[ALL, *WorkState.choices], required=False
    )


class SampleSetForm(forms.Form):
    """A set of labelled pictures to measure on."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=60)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    task = forms.ChoiceField(label=gettext_lazy("用途"), choices=Task)
    output = forms.ChoiceField(label=gettext_lazy("输出"), choices=OutputKind)


class SampleForm(forms.Form):
    """One labelled picture."""

    file = forms.FileField(label=gettext_lazy("图片"))
    truth = forms.JSONField(
        label=gettext_lazy("标注"),
        initial=dict,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy('JSON，按输出写：{"label": …}、{"value": …}、{"boxes": […]}'),
    )

    def clean_truth(self) -> dict[str, Any]:
        """What is right of a picture has names."""
        told = self.cleaned_data["truth"]
        if not isinstance(told, dict):
            raise forms.ValidationError(_("标注须为 JSON 对象"))
        return told


class ModelForm(forms.Form):
    """A vendor's model with its manifest."""

    name = forms.CharField(label=gettext_lazy("算法名称"), max_length=80)
    manifest = forms.CharField(
        label=gettext_lazy("清单（JSON）"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy("由厂商提供：代码、版本、用途、摘要、输入张量、输出、标签、许可等"),
    )
    file = forms.FileField(label=gettext_lazy("模型文件（ONNX）"))
    vendor_key = forms.CharField(
        label=gettext_lazy("厂商公钥（PEM）"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("登记后，该算法的每个版本都须有此公钥可验的签名"),
    )

    def clean_manifest(self) -> dict[str, Any]:
        """JSON, an object."""
        try:
            told = json.loads(self.cleaned_data["manifest"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("不是有效的 JSON")) from error
        if not isinstance(told, dict):
            raise forms.ValidationError(_("不是有效的 JSON"))
        return told


class CapabilityForm(forms.Form):
    """A capability of another department."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=60)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=CapabilityKind)
    owner = forms.ModelChoiceField(
        label=gettext_lazy("提供单位"),
        queryset=Organization.objects.filter(is_active=True).order_by("path"),
        to_field_name="code",
    )
    url = forms.CharField(label=gettext_lazy("调用地址"), max_length=500)
    secret = forms.CharField(
        label=gettext_lazy("密钥"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("加密保存，不再显示；留空则保留原有密钥"),
    )
    input_spec = forms.CharField(
        label=gettext_lazy("输入项"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一项：名称=类型（text、number、picture、list）"),
    )
    output_spec = forms.CharField(
        label=gettext_lazy("输出项"), widget=forms.Textarea(attrs={"rows": 3})
    )
    terms = forms.CharField(
        label=gettext_lazy("使用条款"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    legal_basis = forms.CharField(label=gettext_lazy("法律依据"), required=False, max_length=200)
    purpose = forms.CharField(label=gettext_lazy("用途限定"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, capability: Capability | None = None) -> None:
        super().__init__(data, initial=_initial_of(capability) if capability else None)

    def clean_input_spec(self) -> dict[str, str]:
        """Lines of name=type."""
        return _spec_of(self.cleaned_data["input_spec"])

    def clean_output_spec(self) -> dict[str, str]:
        """Lines of name=type."""
        return _spec_of(self.cleaned_data["output_spec"])

    def spec(self) -> CapabilitySpec:
        """Will give the capability as it shall be."""
        return CapabilitySpec(**self.cleaned_data)


def _spec_of(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, (part.strip() for part in text.splitlines())):
        name, equals, kind = (part.strip() for part in line.partition("="))
        if not equals or not name or len(name) > 40:
            raise forms.ValidationError(_("请按“名称=类型”逐行填写"))
        found[name] = kind
    return found


def _initial_of(one: Capability) -> dict[str, Any]:
    names = ("code", "name", "kind", "url", "terms", "legal_basis", "purpose")
    plain = {name: getattr(one, name) for name in names}
    for name in ("input_spec", "output_spec"):
        told: dict[str, str] = getattr(one, name)
        plain[name] = "\n".join(f"{entry}={kind}" for entry, kind in told.items())
    return plain | {"owner": one.owner.code}


class AskForm(forms.Form):
    """A unit asks to use a capability."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("申请单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    purpose = forms.CharField(label=gettext_lazy("使用目的"), max_length=200)
    legal_basis = forms.CharField(label=gettext_lazy("法律依据"), max_length=200, required=False)
    daily_calls = forms.IntegerField(label=gettext_lazy("每日次数"), min_value=1, initial=100)
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data, initial={"expires_on": clock.today() + timedelta(days=180)})
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_of(viewer, USE)
