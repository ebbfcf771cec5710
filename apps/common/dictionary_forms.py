"""Forms of the pages of code lists."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.models import DictionaryEntry


class ListSearchForm(forms.Form):
    q = forms.CharField(label=_("代码或名称"), max_length=60, required=False)
    kind = forms.ChoiceField(
        label=_("类别"),
        choices=[("", _("全部")), ("national", _("国家标准")), ("own", _("本市自定"))],
        required=False,
    )


class EntrySearchForm(forms.Form):
    q = forms.CharField(label=_("代码或名称"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=[("", _("全部")), ("current", _("可选用")), ("retired", _("已停用"))],
        required=False,
    )


class EntryForm(forms.Form):
    """One entry. The code of an entry that stands does not change: old records carry it."""

    code = forms.RegexField(
        r"^[\w.\-]+$",
        label=_("代码"),
        max_length=60,
        error_messages={"invalid": _("代码只能用字母、数字、点、横线和下划线")},
    )
    label = forms.CharField(label=_("名称"), max_length=120)
    parent_code = forms.CharField(label=_("上级代码"), max_length=60, required=False)
    position = forms.IntegerField(
        label=_("顺序"), required=False, min_value=0, max_value=100_000, help_text=_("留空排在最后")
    )
    from_on = forms.DateField(
        label=_("启用日期"), required=False, widget=forms.DateInput({"type": "date"})
    )
    to_on = forms.DateField(
        label=_("停用日期"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("可选用的最后一天；此后旧记录仍能读出名称，新记录不能再选"),
    )

    def __init__(self, *args: Any, entry: DictionaryEntry | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if entry is not None:
            self.fields["code"].disabled = True
            self.initial = {
                "code": entry.code,
                "label": entry.label,
                "parent_code": entry.parent.code if entry.parent else "",
                "position": entry.position,
                "from_on": entry.from_on,
                "to_on": entry.to_on,
            }


class EntriesFileForm(forms.Form):
    file = forms.FileField(label=_("文件"), help_text=_("Excel（.xlsx）或 CSV，最多 2 万行"))
    partial = forms.BooleanField(
        label=_("有错误时仍写入其余各行"),
        required=False,
        help_text=_("不勾选则有一处错误就全部不写"),
    )
