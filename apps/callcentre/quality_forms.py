"""Shape and conversion of what inspectors and writers of scripts enter."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.callcentre.enums import SampleWay
from apps.callcentre.models import Agent, ScoreSheet, Script
from apps.callcentre.permissions import INSPECT, WRITE_SCRIPTS
from apps.callcentre.selectors.board import lines_of
from apps.callcentre.services import DrawSpec, ScriptSpec
from apps.hotline.models import Line

DATE = forms.DateInput(attrs={"type": "date"})


class SheetForm(forms.Form):
    """A version of the score sheet, an item a line: code, name, points or 致命."""

    name = forms.CharField(label=_("名称"), max_length=60)
    lines = forms.CharField(
        label=_("评分项"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("每行一项：代码,名称,分值。分值合计 100；致命项分值写“致命”"),
    )

    def items(self) -> list[dict[str, Any]]:
        """Will give the items; what is no number fails in the service, with its field."""
        found = []
        for line in self.cleaned_data["lines"].splitlines():
            if not line.strip():
                continue
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            code, label, weight = [*parts, "", "", ""][:3]
            is_fatal = weight in ("致命", "fatal")
            points = int(weight) if weight.isascii() and weight.isdigit() and len(weight) < 4 else 0
            found.append({"code": code, "label": label, "weight": points, "fatal": is_fatal})
        return found


class DrawForm(forms.Form):
    """A drawing of calls."""

    name = forms.CharField(label=_("名称"), max_length=60)
    way = forms.ChoiceField(label=_("抽样方式"), choices=SampleWay.choices)
    first = forms.DateField(label=_("起"), widget=DATE)
    last = forms.DateField(label=_("止"), widget=DATE)
    size = forms.IntegerField(label=_("抽取数量"), min_value=1, max_value=200, initial=10)
    agent = forms.ModelChoiceField(
        label=_("话务员（按话务员抽取时）"), queryset=Agent.objects.none(), required=False
    )
    keyword = forms.CharField(label=_("关键词（按关键词抽取时）"), max_length=40, required=False)
    seed = forms.CharField(
        label=_("随机种子"),
        max_length=32,
        required=False,
        help_text=_("不填则随机产生并留存；填同一种子可复现同一抽样"),
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        bodies = lines_of(viewer, INSPECT).values("tenant")
        fields["agent"].queryset = Agent.objects.select_related("user", "group").filter(
            group__tenant__in=bodies
        )

    def spec(self) -> DrawSpec:
        """Will give what is to be drawn."""
        return DrawSpec(**self.cleaned_data)


class ScoreForm(forms.Form):
    """Points for every item of a sheet."""

    comment = forms.CharField(
        label=_("评语"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None, *, sheet: ScoreSheet) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        for item in sheet.items:
            if item["fatal"]:
                fields[f"item_{item['code']}"] = forms.TypedChoiceField(
                    label=item["label"],
                    choices=[("1", gettext("遵守")), ("0", gettext("违反（致命，总分为 0）"))],
                    coerce=int,
                )
            else:
                fields[f"item_{item['code']}"] = forms.IntegerField(
                    label=gettext("%(item)s（0–%(most)d 分）")
                    % {"item": item["label"], "most": item["weight"]},
                    min_value=0,
                    max_value=item["weight"],
                    initial=item["weight"],
                )
        self.order_fields([*(name for name in fields if name != "comment"), "comment"])

    def points(self) -> dict[str, int]:
        """Will give the points by item."""
        return {
            name.removeprefix("item_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("item_")
        }


class ScriptForm(forms.Form):
    """A wording with its place."""

    title = forms.CharField(label=_("标题"), max_length=60)
    situation = forms.CharField(label=_("适用情形"), max_length=100)
    line = forms.ModelChoiceField(
        label=_("热线"), queryset=Line.objects.none(), required=False, empty_label=_("全部热线")
    )
    class_code = forms.CharField(label=_("诉求分类代码"), max_length=60, required=False)
    body = forms.CharField(
        label=_("话术内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, data: Any = None, *, viewer: User, script: Script | None = None) -> None:
        super().__init__(data, initial=_initial(script) if script else None)
        fields: dict[str, Any] = self.fields
        fields["line"].queryset = lines_of(viewer, WRITE_SCRIPTS)

    def spec(self) -> ScriptSpec:
        """Will give the script as it shall be."""
        return ScriptSpec(**self.cleaned_data)


def _initial(script: Script) -> dict[str, Any]:
    newest = script.versions.first()
    return {
        "title": script.title,
        "situation": script.situation,
        "line": script.line_id,
        "class_code": script.class_code,
        "body": newest.body if newest else "",
    }
