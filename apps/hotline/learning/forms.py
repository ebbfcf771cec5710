"""Filters and short forms of the pages about text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common import dictionaries
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY


class ExampleFilterForm(forms.Form):
    """Narrows the list of examples."""

    class_code = forms.ChoiceField(label=_("类别"), required=False)
    source = forms.ChoiceField(
        label=_("来源"),
        required=False,
        choices=[("", _("全部来源")), ("case", _("办结案件")), ("file", _("导入文件"))],
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("conflict", _("有冲突")), ("excluded", _("不用于训练"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [  # type: ignore[attr-defined]
            ("", _("全部类别")),
            *dictionaries.choices(CLASS_DICTIONARY),
        ]

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_examples`` takes; nonsense narrows nothing."""
        self.is_valid()
        names = ("class_code", "source", "state")
        return {name: self.cleaned_data.get(name) or "" for name in names}


class ExampleFileForm(forms.Form):
    """A labelled file."""

    file = forms.FileField(label=_("带类别的文件（CSV 或 xlsx）"))


class AlertFilterForm(forms.Form):
    """Narrows the list of warnings."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("未处置")), ("seen", _("已处置")), ("all", _("全部"))],
    )
    severity = forms.ChoiceField(
        label=_("程度"),
        required=False,
        choices=[("", _("全部程度")), ("2", _("立即告知")), ("1", _("留意"))],
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_alerts`` takes; nonsense narrows nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in ("state", "severity")}
