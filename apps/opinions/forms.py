"""What staff and citizens fill in about collections, surveys and ideas."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.common.forms_data.rows import (
    CodedRowForm,
    RowSet,
    choices_of_lines,
    lines_of_choices,
    rows_for,
)
from apps.hotline.citizen.forms import LongText
from apps.matters.registry import extension_of
from apps.opinions.enums import Adoption, Audience, IdeaState, PaperState, QuestionKind, Way
from apps.opinions.models import Collection, SurveyVersion
from apps.opinions.questions import fields_of
from apps.opinions.services import Draft, Notice, Sample
from apps.opinions.services.ideas import ANSWER_MAX
from apps.opinions.services.ideas import TEXT_MAX as IDEA_MAX
from apps.opinions.services.ideas import TITLE_MAX as IDEA_TITLE_MAX
from apps.opinions.services.opinions import NAME_MAX, TEXT_MAX
from apps.places.forms import AreaChoice
from apps.places.models import Area

Row = dict[str, Any]
ALL = ("", gettext_lazy("全部"))


def _day(label: Any) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=picker)


class PaperFilterForm(forms.Form):
    """What narrows the lists of papers; what is not understood narrows nothing."""

    text = forms.CharField(label=gettext_lazy("标题"), max_length=60, required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[ALL, *PaperState.choices], required=False
    )

    def wanted(self) -> dict[str, str]:
        """Will give what the selectors take."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class IdeaFilterForm(PaperFilterForm):
    """What narrows the ideas."""

    text = forms.CharField(label=gettext_lazy("内容"), min_length=2, max_length=60, required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[ALL, *IdeaState.choices], required=False
    )


class OpinionFilterForm(PaperFilterForm):
    """What narrows the opinions of a collection."""

    text = forms.CharField(label=gettext_lazy("意见内容"), max_length=60, required=False)
    state = None  # type: ignore[assignment]  # opinions have an adoption instead
    theme = forms.CharField(label=gettext_lazy("归类"), max_length=40, required=False)
    adoption = forms.ChoiceField(
        label=gettext_lazy("采纳情况"), choices=[ALL, *Adoption.choices], required=False
    )


class CollectionForm(forms.Form):
    """A notice as its unit drafts it."""

    unit = forms.ModelChoiceField(Organization.objects.none(), label=gettext_lazy("征集单位"))
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    text = forms.CharField(
        label=gettext_lazy("征集公告"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 10})
    )
    opens_on = _day(gettext_lazy("开始日期"))
    closes_on = _day(gettext_lazy("截止日期"))
    area = AreaChoice(
        Area.objects.none(),
        label=gettext_lazy("涉及区域"),
        required=False,
        empty_label=gettext_lazy("全市"),
    )
    audience = forms.ChoiceField(label=gettext_lazy("征集对象"), choices=Audience.choices)

    def __init__(
        self, data: Any = None, *, units: Any, areas: Any, row: Collection | None = None
    ) -> None:
        initial = {} if row is None else {n: getattr(row, n) for n in self.base_fields}
        super().__init__(data, initial=initial)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        if row is not None:
            del self.fields["unit"]

    def notice(self) -> Notice:
        """Will give the notice as the service takes it, only once valid."""
        d = self.cleaned_data
        return Notice(
            d["title"],
            d["text"],
            Audience(d["audience"]),
            d["opens_on"],
            d["closes_on"],
            d["area"],
        )


class NoteForm(forms.Form):
    """Why something is given back or refused."""

    note = forms.CharField(
        label=gettext_lazy("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class SummaryForm(forms.Form):
    """What was adopted, what not, in public words."""

    summary = forms.CharField(
        label=gettext_lazy("采纳情况说明"),
        max_length=10_000,
        help_text=gettext_lazy("向社会公布，请勿写入个人信息"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class DecideForm(forms.Form):
    """What becomes of the chosen opinions."""

    opinions = forms.TypedMultipleChoiceField(label=gettext_lazy("意见"), coerce=int)
    theme = forms.CharField(label=gettext_lazy("归类"), max_length=40)
    adoption = forms.ChoiceField(
        label=gettext_lazy("采纳情况"),
        choices=[pair for pair in Adoption.choices if pair[0] != Adoption.PENDING],
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("不予采纳、部分采纳时必填；向社会公布，请勿写入个人信息"),
    )

    def __init__(self, data: Any = None, *, chosen: list[str] | None = None) -> None:
        super().__init__(data)
        whole = [t for t in chosen or [] if t.isascii() and t.isdigit() and len(t) < 16]
        self.fields["opinions"].choices = [(t, t) for t in whole]  # type: ignore[attr-defined]


class QuestionRowForm(CodedRowForm):
    """One question: how it is answered, and after which answer it is asked."""

    label = forms.CharField(label=gettext_lazy("题目"), max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("作答方式"), choices=QuestionKind.choices, initial=QuestionKind.CHOICE
    )
    required = forms.BooleanField(label=gettext_lazy("必答"), required=False)
    choices_text = forms.CharField(
        label=gettext_lazy("选项（每行一个）"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    steps = forms.IntegerField(
        label=gettext_lazy("最高分"), required=False, min_value=2, max_value=10, initial=5
    )
    after = forms.CharField(
        label=gettext_lazy("仅当此题"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("填前面一道单选或多选题的题目；不填则总是询问"),
    )
    after_values = forms.CharField(
        label=gettext_lazy("选了（每行一个选项）"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind in (QuestionKind.CHOICE, QuestionKind.MULTICHOICE) and not cleaned.get(
            "choices_text", ""
        ):
            self.add_error("choices_text", _("请列出选项"))
        if kind == QuestionKind.SCALE and not cleaned.get("steps"):
            self.add_error("steps", _("请填写最高分"))
        if bool(cleaned.get("after")) != bool(cleaned.get("after_values")):
            self.add_error("after_values", _("请同时填写题目和选项"))
        return cleaned

    def entry(self) -> Row:
        """Will give the question as a definition has it, without its name and condition."""
        given = self.cleaned_data
        kind = given["kind"]
        entry: Row = {"label": given["label"].strip()}
        if kind == QuestionKind.SCALE:
            entry |= {"type": "integer", "min": 1, "max": given["steps"]}
        elif kind == QuestionKind.LONGTEXT:
            entry |= {"type": "longtext", "max_length": 1000}
        else:
            before = self.before.get("choices") or []
            entry |= {"type": kind, "choices": choices_of_lines(given["choices_text"], before)}
        return entry | ({"required": True} if given["required"] else {})


def question_rows(questions: Row, data: Any = None) -> Any:
    """Will give the rows in which staff write the questions."""
    asked = fields_of(questions)
    names = {entry["name"]: entry for entry in asked}
    shown = [_row(entry, names) for entry in asked]
    made = rows_for(QuestionRowForm, shown, data, prefix="q", key="name")
    made.form_kwargs["before"] = names
    return made


def _row(entry: Row, names: dict[str, Row]) -> Row:
    kind = QuestionKind.SCALE if entry["type"] == "integer" else entry["type"]
    row = {
        "name": entry["name"],
        "label": entry["label"],
        "kind": kind,
        "required": bool(entry.get("required")),
        "choices_text": lines_of_choices(entry.get("choices") or []),
        "steps": entry.get("max"),
    }
    condition = entry.get("show_if")
    if condition:
        source = names.get(condition["field"], {})
        labels = {code: label for code, label, *_rest in source.get("choices", [])}
        values = [str(labels.get(code, code)) for code in condition["in"]]
        row |= {"after": source.get("label", ""), "after_values": "\n".join(values)}
    return row


def questions_of(rows: RowSet) -> tuple[Row, list[str]]:
    """Will give the definition that valid rows stand for, and what is wrong with conditions."""
    made: list[Row] = []
    problems: list[str] = []
    for code, form in rows.coded():
        entry = {"name": code} | form.entry()
        after = form.cleaned_data["after"].strip()
        if after:
            condition = _condition(after, form.cleaned_data["after_values"], made)
            if condition is None:
                problems.append(
                    _("“%(label)s”：前面没有题目“%(after)s”的这些选项")
                    % {"label": entry["label"], "after": after}
                )
            else:
                entry["show_if"] = condition
        made.append(entry)
    return {"fields": made}, problems


def _condition(after: str, lines: str, earlier: list[Row]) -> Row | None:
    source = next((entry for entry in earlier if entry["label"] == after), None)
    if source is None or "choices" not in source:
        return None
    codes = {str(label): code for code, label, *_rest in source["choices"]}
    wanted = [line.strip() for line in lines.splitlines() if line.strip()]
    if not wanted or any(label not in codes for label in wanted):
        return None
    return {"field": source["name"], "in": [codes[label] for label in wanted]}


class SurveyForm(forms.Form):
    """A version of a survey, besides its questions."""

    unit = forms.ModelChoiceField(Organization.objects.none(), label=gettext_lazy("调查单位"))
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    intro = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ways = forms.MultipleChoiceField(
        label=gettext_lazy("参与方式"), choices=Way.choices, widget=forms.CheckboxSelectMultiple
    )
    opens_on = _day(gettext_lazy("开始日期"))
    closes_on = _day(gettext_lazy("截止日期"))

    def __init__(
        self, data: Any = None, *, units: Any, version: SurveyVersion | None = None
    ) -> None:
        names = [n for n in self.base_fields if n != "unit"]
        initial = {} if version is None else {n: getattr(version, n) for n in names}
        super().__init__(data, initial=initial)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        if version is not None:
            del self.fields["unit"]

    def draft(self, questions: Row) -> Draft:
        """Will give the version as the service takes it, only once valid."""
        d = self.cleaned_data
        return Draft(d["title"], d["intro"], d["ways"], d["opens_on"], d["closes_on"], questions)


class LinksForm(forms.Form):
    """How many links to make."""

    count = forms.IntegerField(
        label=gettext_lazy("链接数量"), min_value=1, max_value=500, initial=50
    )


class InviteForm(forms.Form):
    """Whom to invite by SMS, drawn by lot."""

    size = forms.IntegerField(
        label=gettext_lazy("邀请人数"), min_value=1, max_value=2000, initial=100
    )
    days = forms.IntegerField(
        label=gettext_lazy("近多少天办结的诉求"), min_value=1, max_value=365, initial=30
    )
    class_code = forms.ChoiceField(label=gettext_lazy("诉求分类"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_invite_%s")
        choices = [("", gettext_lazy("全部")), *extension_of("hotline").class_choices()]
        self.fields["class_code"].choices = choices  # type: ignore[attr-defined]

    def sample(self) -> Sample:
        """Will give the sample as the service takes it, only once valid."""
        return Sample(**self.cleaned_data)


class AdmitForm(forms.Form):
    """Which unit an idea comes before."""

    unit = forms.ModelChoiceField(Organization.objects.none(), label=gettext_lazy("答复单位"))

    def __init__(self, data: Any = None, *, units: Any) -> None:
        super().__init__(data, auto_id="id_admit_%s")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The unit's words on an idea."""

    answer = forms.CharField(
        label=gettext_lazy("单位答复"),
        max_length=ANSWER_MAX,
        help_text=gettext_lazy("向社会公布；说明采纳后如何落实，或不采纳的理由"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


# --- Citizens ---------------------------------------------------------------------------


class PhoneForm(forms.Form):
    """A telephone to be confirmed."""

    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        max_length=20,
        error_messages={"required": gettext_lazy("请填写手机号")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class CodeForm(forms.Form):
    """The code that came by text message."""

    challenge = forms.CharField(widget=forms.HiddenInput, max_length=500)
    code = forms.CharField(
        label=gettext_lazy("短信确认码"),
        max_length=12,
        error_messages={"required": gettext_lazy("请填写短信里的确认码")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class OpinionForm(forms.Form):
    """An opinion, and how to answer to it."""

    text = LongText(
        label=gettext_lazy("您的意见"),
        max_length=TEXT_MAX,
        error_messages={"required": gettext_lazy("请写下您的意见")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    name = forms.CharField(
        label=gettext_lazy("怎么称呼您"),
        required=False,
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    reporter_phone = forms.CharField(
        label=gettext_lazy("联系电话"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("仅用于就您的意见与您联系，不会公开"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class IdeaForm(forms.Form):
    """An idea of a citizen."""

    title = forms.CharField(
        label=gettext_lazy("一句话说明"),
        max_length=IDEA_TITLE_MAX,
        error_messages={"required": gettext_lazy("请填写标题")},
    )
    text = LongText(
        label=gettext_lazy("具体怎么做"),
        max_length=IDEA_MAX,
        error_messages={"required": gettext_lazy("请写明创意内容")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class BoardFilterForm(forms.Form):
    """What narrows the public board."""

    words = forms.CharField(label=gettext_lazy("搜索"), required=False, min_length=2, max_length=50)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ALL,
            (IdeaState.SHOWN, IdeaState.SHOWN.label),
            (IdeaState.RIPE, IdeaState.RIPE.label),
            (IdeaState.ADOPTED, IdeaState.ADOPTED.label),
            (IdeaState.DECLINED, IdeaState.DECLINED.label),
        ],
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_public_ideas`` takes."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
