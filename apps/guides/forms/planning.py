"""What is typed about a plan as a whole, and a plan as a file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TITLE_MAX = 80
FILE_MAX_BYTES = 1024 * 1024
POLICIES = [
    ("all", _("各分项都准予，才算全部办成")),
    ("any", _("任一分项准予，就算办成")),
    ("main", _("主办分项准予，就算办成；主办分项不予批准，其余不再办理")),
    ("quorum", _("准予的分项达到一定个数，就算办成")),
]


class TitleForm(forms.Form):
    """What a plan is called."""

    title = forms.CharField(label=_("名称"), max_length=TITLE_MAX)


class NewJointForm(TitleForm):
    """A new joint business: its name and the matter that is declared once."""

    title = forms.CharField(
        label=_("名称"), max_length=TITLE_MAX, help_text=_("例如：出生一件事、企业开办一件事")
    )
    matter = forms.ChoiceField(
        label=_("联办事项"),
        help_text=_("申请人只填它的表单、只交它的材料；须有“汇总结果”和“统一发证”两个动作"),
    )

    def __init__(self, *args: Any, matters: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matter"].choices = [("", "—"), *matters]  # type: ignore[attr-defined]


class JointBasicsForm(NewJointForm):
    """The name and the matter of a joint business, and when it counts as done."""

    policy = forms.ChoiceField(label=_("怎样算办成"), choices=POLICIES, widget=forms.RadioSelect)
    main = forms.ChoiceField(label=_("主办分项"), required=False)

    def __init__(
        self,
        *args: Any,
        matters: Sequence[tuple[str, str]],
        items: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, matters=matters, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["main"].choices = [("", "—"), *items]
        fields["quorum"] = forms.IntegerField(
            label=_("至少准予几个分项"), required=False, min_value=1, max_value=max(len(items), 1)
        )
        for name in ("main", "quorum"):
            fields[name].show_if, fields[name].is_wanted = f"policy={name}", True

    @classmethod
    def initial_of(cls, title: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Will give the form's first values from a plan."""
        return {"title": title, "matter": body["matter"], **body.get("join", {"policy": "all"})}

    def shows(self, name: str) -> bool:
        """Will tell whether a field belongs to the chosen way of joining."""
        return name not in ("main", "quorum") or self["policy"].value() == name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = cleaned.get("policy")
        if wanted in ("main", "quorum") and not cleaned.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, gettext("请填写“%s”") % self.fields[wanted].label)
        return cleaned

    def join(self) -> dict[str, Any]:
        """Will give how the results are joined, as a plan keeps it."""
        policy = self.cleaned_data["policy"]
        own = {policy: self.cleaned_data[policy]} if policy in ("main", "quorum") else {}
        return {"policy": policy, **own}


class PlanFileForm(forms.Form):
    """A plan as a file that this system wrote."""

    file = forms.FileField(
        label=_("方案文件"), help_text=_("从本系统导出的 .json 文件，不超过1 MB")
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["file"].widget.attrs["accept"] = ".json,application/json"

    def clean_file(self) -> dict[str, Any]:
        upload = self.cleaned_data["file"]
        if upload.size > FILE_MAX_BYTES:
            raise forms.ValidationError(gettext("文件超过1 MB"))
        try:
            found = json.loads(upload.read().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(gettext("不是方案文件：无法读取")) from error
        if not isinstance(found, dict) or not {"kind", "code", "title", "body"} <= set(found):
            raise forms.ValidationError(gettext("不是方案文件：缺少种类、代码、名称或内容"))
        if found["kind"] != self.kind:
            raise forms.ValidationError(gettext("这个文件属于另一种方案，请到对应页面导入"))
        if not isinstance(found["code"], str) or not isinstance(found["title"], str):
            raise forms.ValidationError(gettext("不是方案文件：代码或名称不是文字"))
        return found
