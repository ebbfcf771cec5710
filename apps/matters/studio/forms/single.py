"""Parts that are one form: basic information, parts of the kind, policies."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.matters.definition import parts_of
from apps.matters.definition.parts import BASIC, OBJECT_KINDS
from apps.matters.definition.schema import POLICY_DEFAULTS
from apps.matters.enums import Channel
from apps.matters.limits import limit_trouble
from apps.matters.studio import words
from apps.matters.studio.forms.base import PartForm, kept, others, text_field


class BasicForm(PartForm):
    """The name citizens see, and the basic information."""

    title = text_field(gettext_lazy("对外名称"), 80, required=True)

    def prepare(self) -> None:
        basic = self.around.body.get("basic", {})
        self.initial = {"title": self.around.body.get("title", ""), **basic}
        short = {"promise", "fee", "audience", "contact", "channels"}
        for key, label in BASIC.items():
            widget = forms.TextInput() if key in short else forms.Textarea(attrs={"rows": 3})
            self.fields[key] = forms.CharField(
                label=label, required=False, max_length=2000, widget=widget
            )
        self.fields["promise"].help_text = _("例如“5个工作日”“24小时”")

    def clean_promise(self) -> str:
        text: str = self.cleaned_data["promise"].strip()
        if text and (trouble := limit_trouble(text)):
            raise forms.ValidationError(trouble)
        return text

    def part(self) -> dict[str, Any]:
        """Will give the body with what was typed."""
        given = dict(self.cleaned_data)
        title = given.pop("title")
        return {**self.around.body, "title": title, "basic": kept(given)}


class KindForm(PartForm):
    """The single values a kind of matter cannot do without."""

    def prepare(self) -> None:
        parts = self.around.body.get("kind_parts", {})
        self.initial = dict(parts)
        if self.around.kind == "supervision":
            self.fields["object_kind"] = forms.ChoiceField(
                label=_("监管对象"), choices=list(OBJECT_KINDS.items())
            )
        elif self.around.kind == "operation":
            self.fields["sources"] = forms.MultipleChoiceField(
                label=_("问题来源"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple
            )
            self.fields["on_the_spot_check"] = forms.TypedChoiceField(
                label=_("是否要求现场核查"),
                choices=[("True", _("是")), ("False", _("否"))],
                coerce=lambda text: text == "True",
                initial=str(bool(parts.get("on_the_spot_check"))),
            )
            self.initial["on_the_spot_check"] = str(bool(parts.get("on_the_spot_check")))
        elif self.around.kind == "office":
            self.fields["result"] = text_field(_("返回的结果"), 200, required=True)

    def part(self) -> dict[str, Any]:
        """Will give the body with what was chosen; what belongs to another kind goes."""
        own = parts_of(self.around.kind, self.around.body.get("kind_parts", {}))
        parts = {**own, **self.cleaned_data}
        return {**self.around.body, "kind_parts": parts}


class PoliciesForm(PartForm):
    """The numbers a city may set; what is left empty keeps its default."""

    def prepare(self) -> None:
        self.initial = dict(self.around.body.get("policies", {}))
        for code, default in POLICY_DEFAULTS.items():
            self.fields[code] = forms.IntegerField(
                label=words.POLICIES.get(code, code),
                required=False,
                min_value=0,
                max_value=100_000,
                help_text=_("默认 %s") % default,
            )

    def part(self) -> dict[str, Any]:
        """Will give the body with the numbers typed."""
        unshown = others(self.around.body.get("policies", {}), self.fields)
        return {**self.around.body, "policies": {**unshown, **kept(self.cleaned_data)}}
