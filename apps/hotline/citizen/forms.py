"""Shape and conversion of what citizens type."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import dictionaries
from apps.common.errors import DomainError
from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.forms import CLASS_DICTIONARY, RefusableForm, first_sentence
from apps.hotline.services import Intake
from apps.matters.enums import Channel

TEXT_MIN, TEXT_MAX = 5, 4000
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,2}(?:\.\d{1,12})?)")
SCORES = [
    ("5", _("非常满意")),
    ("4", _("满意")),
    ("3", _("基本满意")),
    ("2", _("不满意")),
    ("1", _("非常不满意")),
]
YES_NO = [("yes", _("解决了")), ("no", _("没有解决"))]
#: Fields of the services that these pages show under another one.
SHOWN_AT = {"point": "address", "title": "text", "file": "photos", "addition": "addition"}


class LongText(forms.CharField):
    """A text area whose line ends count as one character, as they do while typing."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return super().to_python(str(value or "").replace("\r\n", "\n")) or ""


class PublicForm(RefusableForm):
    """A form that can show a service's refusal at the field the citizen knows."""

    def refuse(self, error: DomainError) -> None:
        name = SHOWN_AT.get(error.field or "", error.field)
        self.add_error(name if name in self.fields else None, str(error))


class ReportForm(PublicForm):
    """What happened, where, and how to reach the reporter."""

    text = LongText(
        label=_("什么问题"),
        min_length=TEXT_MIN,
        max_length=TEXT_MAX,
        error_messages={
            "required": _("请写明要反映的问题"),
            "min_length": _("请再写详细一点，至少 5 个字"),
        },
        widget=forms.Textarea(
            attrs={"rows": 5, "placeholder": _("例如：和平路 12 号门前井盖松动，过车很响")}
        ),
    )
    photos = forms.CharField(label=_("照片"), required=False)
    address = forms.CharField(
        label=_("在哪里"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("路名、小区或附近的店")}),
    )
    candidate = forms.RegexField(_POINT, label=_("地点"), required=False)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    family = forms.ChoiceField(
        label=_("属于哪一类"),
        choices=ComplaintFamily.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    class_code = forms.ChoiceField(label=_("具体类别"), required=False)
    reporter_phone = forms.CharField(
        label=_("联系电话"),
        required=False,
        max_length=40,
        help_text=_("用于答复和查询进度。不留电话即为匿名反映，只能凭查询码查询"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    reporter_name = forms.CharField(
        label=_("怎么称呼您"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    wants_callback = forms.BooleanField(label=_("办结后给我回电话"), required=False, initial=True)
    is_secret = forms.BooleanField(label=_("保密：不让办理单位知道我是谁"), required=False)
    is_public = forms.BooleanField(label=_("同意公开办理结果（隐去个人信息）"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [  # type: ignore[attr-defined]
            ("", gettext("不确定，由工作人员判断")),
            *dictionaries.choices(CLASS_DICTIONARY),
        ]

    def clean_photos(self) -> str:
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("candidate"):
            lon, lat = cleaned["candidate"].split(",")
            cleaned["lon"], cleaned["lat"] = float(lon), float(lat)
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            cleaned["lon"] = cleaned["lat"] = None
        return cleaned

    def intake(self, *, source_key: str) -> Intake:
        """Will give the report as the service takes it."""
        d = self.cleaned_data
        family = ComplaintFamily(d["family"])
        return Intake(
            title=first_sentence(d["text"]),
            text=d["text"],
            channel=Channel.WEB,
            nature=Nature.COMPLAINT if family else Nature.HELP,
            family=family,
            reporter_name=d["reporter_name"],
            reporter_phone=d["reporter_phone"],
            lon=d["lon"],
            lat=d["lat"],
            address=d["address"],
            class_code=d["class_code"],
            is_secret=d["is_secret"],
            is_public=d["is_public"] and not d["is_secret"],
            wants_callback=d["wants_callback"],
            source_key=source_key,
        )


class TrackForm(PublicForm):
    """Receipt number, and the phone or code that belongs to it."""

    number = forms.CharField(
        label=_("受理编号"),
        max_length=40,
        error_messages={"required": _("请填写受理编号")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    secret = forms.CharField(
        label=_("反映时留的电话"),
        max_length=40,
        error_messages={"required": _("请填写电话，匿名反映请填查询码")},
        help_text=_("匿名反映请填查询码"),
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )


class CompleteForm(PublicForm):
    """What was asked for."""

    addition = LongText(
        label=_("补充说明"),
        max_length=2000,
        error_messages={"required": _("请写明要补充的内容")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = forms.CharField(label=_("照片"), required=False)

    def clean_photos(self) -> str:
        return ""


class EvaluateForm(PublicForm):
    """Two separate scores: who took the report, and what came of it (HL-13, HL-14)."""

    solved = forms.ChoiceField(
        label=_("您反映的问题解决了吗"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择问题是否解决")},
    )
    result_score = forms.ChoiceField(
        label=_("对办理结果是否满意"),
        choices=SCORES,
        widget=forms.RadioSelect,
        error_messages={"required": _("请评价办理结果")},
    )
    acceptance_score = forms.ChoiceField(
        label=_("对受理服务是否满意"), choices=SCORES, required=False, widget=forms.RadioSelect
    )
    comment = LongText(
        label=_("想说的话"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
