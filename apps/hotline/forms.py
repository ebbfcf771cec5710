"""Shape and conversion of what the desk and the knowledge pages are given."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import dictionaries
from apps.common.errors import DomainError
from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.services import Intake, NextStep, Placing, Wording
from apps.matters.enums import Channel, Priority

CLASS_DICTIONARY = "demand-class"
#: Fields of the services that the page shows under another one.
SHOWN_AT = {"point": "address", "article_id": "answer"}


class RefusableForm(forms.Form):
    """A form that can show what a service refused, at the field it names."""

    def refuse(self, error: DomainError) -> None:
        """Will show a refusal at its field, or above the form."""
        name = SHOWN_AT.get(error.field or "", error.field)
        self.add_error(name if name in self.fields else None, str(error))


class IntakeForm(RefusableForm):
    """The desk's form, in the order people speak. Limits of length are the service's."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    call = forms.IntegerField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("来源渠道"), required=False)
    reporter_name = forms.CharField(label=_("姓名"), required=False)
    reporter_gender = forms.ChoiceField(
        label=_("称谓"),
        required=False,
        choices=[("", _("未说明")), ("m", _("先生")), ("f", _("女士"))],
    )
    reporter_phone = forms.CharField(label=_("联系电话"), required=False)
    text = forms.CharField(label=_("诉求内容"), required=False)
    title = forms.CharField(label=_("标题"), required=False)
    nature = forms.ChoiceField(label=_("性质"), choices=Nature.choices, initial=Nature.HELP)
    family = forms.ChoiceField(label=_("投诉类别"), choices=ComplaintFamily.choices, required=False)
    class_code = forms.ChoiceField(label=_("诉求分类"), required=False)
    address = forms.CharField(label=_("地点"), required=False)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    priority = forms.ChoiceField(
        label=_("紧急程度"), choices=Priority.choices, initial=Priority.NORMAL
    )
    is_secret = forms.BooleanField(label=_("对承办单位保密"), required=False)
    is_public = forms.BooleanField(label=_("同意公开办理结果"), required=False)
    wants_callback = forms.BooleanField(label=_("需要回访"), required=False, initial=True)
    answer = forms.CharField(label=_("答复内容"), required=False)
    article_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    machine_draft = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cited = forms.RegexField(
        r"^\d{1,12}(,\d{1,12}){0,4}$", required=False, widget=forms.HiddenInput
    )

    #: Channels an agent takes demands from by hand.
    CHANNELS = (
        Channel.PHONE,
        Channel.LETTER,
        Channel.EMAIL,
        Channel.WECHAT,
        Channel.SMS,
        Channel.APP,
        Channel.LINE,
        Channel.COMMUNITY,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [  # type: ignore[attr-defined]
            ("", gettext("请选择")),
            *dictionaries.choices(CLASS_DICTIONARY),
        ]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (c.value, c.label) for c in self.CHANNELS
        ]

    def intake(self) -> Intake:
        """Will give what was typed as the service takes it; the title falls back to the text."""
        d = self.cleaned_data
        return Intake(
            title=d["title"].strip() or first_sentence(d["text"]),
            text=d["text"],
            channel=Channel(d["channel"] or Channel.PHONE),
            nature=Nature(d["nature"]),
            family=ComplaintFamily(d["family"]),
            reporter_name=d["reporter_name"],
            reporter_phone=d["reporter_phone"],
            reporter_gender=d["reporter_gender"],
            lon=d["lon"],
            lat=d["lat"],
            address=d["address"],
            class_code=d["class_code"],
            priority=Priority(d["priority"]),
            is_secret=d["is_secret"],
            is_public=d["is_public"],
            wants_callback=d["wants_callback"],
        )

    def next_step(self, chosen: str) -> NextStep:
        """Will give what the pressed button asks for: accept, answer, or nothing more."""
        d = self.cleaned_data
        if chosen == "accept":
            return NextStep(
                "accept", {"class_code": d["class_code"], "priority": d["priority"], "note": ""}
            )
        if chosen == "answer":
            return NextStep(
                "answer",
                {
                    "class_code": d["class_code"],
                    "answer": d["answer"],
                    "article_id": d["article_id"],
                },
                cited=frozenset(int(key) for key in d["cited"].split(",") if key),
                machine_draft=d["machine_draft"],
            )
        return NextStep()


def first_sentence(text: str) -> str:
    """Will give the first sentence of a text as a title, at most 40 characters."""
    text = text.strip()
    for number, character in enumerate(text[:40]):
        if number and character in "。！？!?；;\n":
            return text[:number]
    return text if len(text) <= 40 else text[:39] + "…"


class ArticleForm(RefusableForm):
    """One wording of an article, and where it belongs."""

    title = forms.CharField(label=_("标题"), required=False)
    body = forms.CharField(label=_("正文"), required=False, widget=forms.Textarea)
    class_code = forms.ChoiceField(label=_("诉求分类"), required=False)
    is_public = forms.BooleanField(label=_("对市民公开"), required=False, initial=True)
    valid_from = forms.DateField(
        label=_("生效日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label=_("失效日期"),
        required=False,
        help_text=_("留空为长期有效"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(label=_("修改说明"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [  # type: ignore[attr-defined]
            ("", gettext("不限分类")),
            *dictionaries.choices(CLASS_DICTIONARY),
        ]

    def wording(self) -> Wording:
        """Will give title, body and note."""
        d = self.cleaned_data
        return Wording(d["title"], d["body"], d["note"])

    def placing(self) -> Placing:
        """Will give class, publicity and validity."""
        d = self.cleaned_data
        return Placing(d["class_code"], d["is_public"], d["valid_from"], d["valid_to"])
