"""Forms of the pages around a definition: a new matter, the filter of the list, a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.matters.studio.forms.base import text_field


class MatterTypeForm(forms.Form):
    """A new matter: its name, code, kind and domain, and what to begin from."""

    name = text_field(gettext_lazy("事项名称"), 80, required=True)
    code = forms.CharField(
        label=gettext_lazy("代码"),
        max_length=60,
        help_text=gettext_lazy("小写字母、数字、下划线，可用点分段，例如 city.digging"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("类型"))
    domain: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        label=gettext_lazy("业务领域"), queryset=None
    )
    begin = forms.ChoiceField(
        label=gettext_lazy("从哪里开始"),
        choices=[
            ("starter", gettext_lazy("该类型的常用模板（已能发布，按需改）")),
            ("empty", gettext_lazy("空白")),
        ],
    )


def dress(form: forms.Form) -> None:
    """Will give the inputs of a filter the look of the kit."""
    for shown in form.fields.values():
        is_choice = isinstance(shown, forms.ChoiceField)
        shown.widget.attrs["class"] = "form-select" if is_choice else "form-control"


class FilterForm(forms.Form):
    """Narrows the list of matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    q = text_field(gettext_lazy("搜索"), 60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    domain = forms.ChoiceField(label=gettext_lazy("业务领域"), required=False)
    standing = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("in_force", gettext_lazy("有生效版本")),
            ("none", gettext_lazy("没有生效版本")),
            ("draft", gettext_lazy("有草稿")),
            ("submitted", gettext_lazy("待复核")),
        ],
    )


class ImportForm(forms.Form):
    """A definition from a file."""

    file = forms.FileField(label=gettext_lazy("定义文件（JSON）"))
