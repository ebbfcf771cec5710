"""Shape and conversion of what is entered about data sets. Source: CP-02."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.algorithms.enums import DataPurpose, DataState, Privacy, State, Task
from apps.algorithms.models import AlgorithmVersion, DataSet, SampleSet
from apps.algorithms.permissions import KEEP
from apps.algorithms.selectors import units_of
from apps.algorithms.services import DataSetSpec
from apps.common.narrowing import NarrowingForm

ALL = ("", gettext_lazy("全部"))
_PLAIN = (
    "code", "version", "name", "task", "purpose", "source", "legal_basis", "licence", "privacy",
    "items", "size_bytes", "sha256", "keep_until",
)  # fmt: skip


class DataSetFilterForm(NarrowingForm):
    """Narrows the register."""

    q = forms.CharField(label=gettext_lazy("名称、代码或来源"), required=False, max_length=60)
    task = forms.ChoiceField(
        label=gettext_lazy("算法用途"), choices=[ALL, *Task.choices], required=False
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False,
        choices=[ALL, *DataState.choices, ("over", gettext_lazy("已过保存期限"))],
    )  # fmt: skip


class DataSetForm(forms.Form):
    """One version of a data set."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=60)
    version = forms.CharField(label=gettext_lazy("版本"), max_length=20)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("保管单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    task = forms.ChoiceField(label=gettext_lazy("算法用途"), choices=Task)
    purpose = forms.ChoiceField(label=gettext_lazy("数据用途"), choices=DataPurpose)
    source = forms.CharField(
        label=gettext_lazy("来源"), max_length=300,
        help_text=gettext_lazy("谁在何时何地采集，或由谁提供"),
    )  # fmt: skip
    legal_basis = forms.CharField(label=gettext_lazy("法律依据"), max_length=300)
    licence = forms.CharField(label=gettext_lazy("许可"), max_length=200)
    privacy = forms.ChoiceField(label=gettext_lazy("个人信息"), choices=Privacy)
    labels = forms.CharField(
        label=gettext_lazy("标注类别"), max_length=9000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("每行一个"),
    )  # fmt: skip
    items = forms.IntegerField(label=gettext_lazy("条数"), min_value=1)
    size_bytes = forms.IntegerField(label=gettext_lazy("大小（字节）"), min_value=0, required=False)
    sha256 = forms.CharField(
        label=gettext_lazy("SHA-256 摘要"), max_length=64,
        help_text=gettext_lazy("压缩包或文件清单的摘要，64 位十六进制"),
    )  # fmt: skip
    keep_until = forms.DateField(
        label=gettext_lazy("保存至"), widget=forms.DateInput(attrs={"type": "date"})
    )
    sample_set = forms.ModelChoiceField(
        label=gettext_lazy("评测集"), queryset=SampleSet.objects.order_by("code"),
        to_field_name="code", required=False,
        help_text=gettext_lazy("数据已作为评测集入库的选择；评测使用会自动记录"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, viewer: User, one: DataSet | None = None) -> None:
        super().__init__(data, initial=_initial_of(one) if one else None)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_of(viewer, KEEP)

    def spec(self) -> DataSetSpec:
        """Will give the data set as it shall be."""
        told = dict(self.cleaned_data)
        told["labels"] = told["labels"].splitlines()
        told["size_bytes"] = told["size_bytes"] or 0
        told["sha256"] = told["sha256"].strip().lower()
        return DataSetSpec(**told)


def _initial_of(one: DataSet) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _PLAIN} | {
        "unit": one.unit.code,
        "labels": "\n".join(one.labels),
        "sample_set": one.sample_set.code if one.sample_set else "",
    }


class GrantForm(forms.Form):
    """A unit that may use a data set."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("使用单位"), to_field_name="code",
        queryset=Organization.objects.filter(is_active=True).order_by("path"),
    )  # fmt: skip
    purpose = forms.CharField(label=gettext_lazy("使用目的"), max_length=200)
    until = forms.DateField(
        label=gettext_lazy("截止日期"), widget=forms.DateInput(attrs={"type": "date"})
    )


class TrainingForm(forms.Form):
    """A version that was trained with a data set."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("使用单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    version = forms.ModelChoiceField(
        label=gettext_lazy("算法版本"), queryset=AlgorithmVersion.objects.none()
    )
    text = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, viewer: User, one: DataSet) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_of(viewer, KEEP)
        versions = AlgorithmVersion.objects.filter(algorithm__task=one.task)
        fields["version"].queryset = versions.exclude(state=State.RETIRED).select_related(
            "algorithm"
        )
        fields["version"].label_from_instance = lambda v: f"{v.algorithm.name} {v.version}"
