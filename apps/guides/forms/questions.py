"""Writing a question with its answers, and a conclusion with what applies there (MT-15)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.guides import tree_editing, trees
from apps.guides.forms.known import KnownValues, typed_values
from apps.guides.tree_editing import Answer

_FIRST_ROWS = 2  # a question with one answer asks nothing

Definitions = Mapping[str, Mapping[str, Any]]


class QuestionForm(forms.Form):
    """The question itself."""

    question = forms.CharField(label=_("问题"), max_length=120, help_text=_("申请人看到的原话"))
    help_text = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("写在问题下面，帮申请人判断"),
    )
    is_start = forms.BooleanField(label=_("从这个问题开始"), required=False)


class AnswerForm(forms.Form):
    """One answer: what it says and where it leads."""

    code = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(label=_("答案"), required=False, max_length=80)
    target = forms.ChoiceField(label=_("去向"), required=False)

    def __init__(self, *args: Any, targets: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["target"].choices = targets
        fields["label"].is_wanted = True

    @property
    def is_blank(self) -> bool:
        return not (self["label"].value() or "").strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("target") or cleaned.get("code")) and not cleaned.get("label"):
            self.add_error("label", gettext("请填写答案，或删除这一行"))
        return cleaned

    def answer(self) -> Answer:
        """Will give the answer as the tree keeps it."""
        data = self.cleaned_data
        return Answer(data["label"], data["target"], data["code"])


class QuestionEditor:
    """A question and the rows of its answers. Rows come and go without being judged."""

    def __init__(self, form: QuestionForm, rows: list[AnswerForm]) -> None:
        self.form, self.rows = form, rows

    @classmethod
    def of(cls, body: Mapping[str, Any], code: str, matters: Definitions) -> "QuestionEditor":
        """Will show a question as it is kept, or an empty one (code "")."""
        targets = _targets(body, code, matters)
        if not code:
            form = QuestionForm(initial={"is_start": not body["nodes"]})
            return cls(form, _unjudged([Answer("")] * _FIRST_ROWS, targets))
        node = body["nodes"][code]
        initial = {
            "question": node["question"],
            "help_text": node.get("help", ""),
            "is_start": body["start"] == code,
        }
        return cls(
            QuestionForm(initial=initial),
            _unjudged(tree_editing.answers_of(body, code), targets),
        )

    @classmethod
    def changed(
        cls, body: Mapping[str, Any], code: str, matters: Definitions, data: QueryDict, deed: str
    ) -> "QuestionEditor":
        """Will show what was typed with a row more, less or moved.

        deed: "add", "up:2", "down:2" or "drop:2".
        """
        form = QuestionForm(initial={name: data.get(name, "") for name in QuestionForm.base_fields})
        return cls(form, _unjudged(_change(_typed(data), deed), _targets(body, code, matters)))

    @classmethod
    def judged(
        cls, body: Mapping[str, Any], code: str, matters: Definitions, data: QueryDict
    ) -> "QuestionEditor":
        """Will check what was typed; see ``is_valid``."""
        targets = _targets(body, code, matters)
        rows = [AnswerForm(data, prefix=f"a{n}", targets=targets) for n in range(_count(data))]
        return cls(QuestionForm(data), rows)

    @property
    def may_add(self) -> bool:
        return len(self.rows) < trees.MOST_CHOICES

    def is_valid(self) -> bool:
        """Will tell whether all can be kept. An answer said twice is refused."""
        fit = all([self.form.is_valid(), *[row.is_valid() for row in self.rows]])
        said: set[str] = set()
        for row in self.rows:
            label = row.cleaned_data.get("label", "")
            if label and label in said:
                row.add_error("label", gettext("这个答案与上面的重复"))
                fit = False
            said.add(label)
        if not fit and not self.form.errors:
            self.form.add_error(None, gettext("答案中有填写不正确的地方，请看标出的行"))
        return fit

    def parts(self) -> dict[str, Any]:
        """Will give what ``put_question`` takes."""
        data = self.form.cleaned_data
        return {
            "question": data["question"],
            "help_text": data["help_text"],
            "is_start": data["is_start"],
            "answers": [row.answer() for row in self.rows if not row.is_blank],
        }


def _targets(body: Mapping[str, Any], code: str, matters: Definitions) -> list[Any]:
    questions = [
        (f"to:{other}", body["nodes"][other]["question"])
        for other in trees.depths(body)
        if other != code
    ]
    ends = [
        (f"leaf:{leaf}", trees.leaf_name(body, leaf, matters))
        for leaf in trees.leaves_in_order(body)
    ]
    groups = [(gettext("接着问"), questions), (gettext("得出结论"), ends)]
    return [("", gettext("稍后再定")), *[group for group in groups if group[1]]]


def _count(data: QueryDict) -> int:
    count = data.get("rows", "")
    most = int(count) if count.isdecimal() and len(count) < 4 else 0
    return min(most, trees.MOST_CHOICES)


def _typed(data: QueryDict) -> list[Answer]:
    return [
        Answer(
            data.get(f"a{n}-label", ""), data.get(f"a{n}-target", ""), data.get(f"a{n}-code", "")
        )
        for n in range(_count(data))
    ]


def _change(rows: list[Answer], deed: str) -> list[Answer]:
    what, _colon, at = deed.partition(":")
    if what == "add":
        return [*rows, Answer("")] if len(rows) < trees.MOST_CHOICES else rows
    place = int(at) if at.isdecimal() and len(at) < 4 else len(rows)
    if place >= len(rows):
        return rows
    if what == "drop":
        return rows[:place] + rows[place + 1 :]
    other = place + {"up": -1, "down": 1}.get(what, 0)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    return rows


def _unjudged(answers: Sequence[Answer], targets: Sequence[Any]) -> list[AnswerForm]:
    return [
        AnswerForm(
            prefix=f"a{n}",
            targets=targets,
            initial={"code": answer.code, "label": answer.label, "target": answer.target},
        )
        for n, answer in enumerate(answers)
    ]


class ConclusionForm(forms.Form):
    """Which matter, what is asked for there, and what the applicant is told."""

    matter = forms.ChoiceField(label=_("办理事项"))
    label = forms.CharField(
        label=_("结论名称"),
        required=False,
        max_length=80,
        help_text=_("不填就用事项名称；几个结论是同一事项时用来区分"),
    )
    note = forms.CharField(
        label=_("告知申请人"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    scope = forms.ChoiceField(
        label=_("需要的材料"),
        choices=[("all", _("事项要求的全部材料")), ("some", _("只要下面选的材料"))],
        widget=forms.RadioSelect,
        initial="all",
    )
    materials = forms.MultipleChoiceField(
        label=_("材料"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一项都不选，就是不用交材料"),
    )

    def __init__(
        self,
        *args: Any,
        choices: Sequence[tuple[str, str]],
        materials: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["matter"].choices = [("", "—"), *choices]
        fields["materials"].choices = materials
        fields["materials"].show_if = "scope=some"

    def shows(self, name: str) -> bool:
        """Will tell whether a field belongs to the chosen scope."""
        return name != "materials" or self["scope"].value() == "some"


class ConclusionEditor:
    """A conclusion, and the fields of its matter that are filled in beforehand.

    The matter decides which materials and fields there are; ``choices`` are the matters that
    may be applied for.
    """

    def __init__(
        self,
        matters: Definitions,
        choices: Sequence[tuple[str, str]],
        *,
        leaf: Mapping[str, Any] | None = None,
        data: QueryDict | None = None,
        is_judged: bool = False,
    ) -> None:
        kept = leaf or {}
        chosen = data.get("matter", "") if data is not None else kept.get("matter", "")
        self.body = matters.get(chosen, {})
        papers = [
            (material["code"], material["label"])
            for material in self.body.get("materials_in", [])
            if material.get("source", "citizen") == "citizen"
        ]
        initial: dict[str, Any] = {
            **kept,
            "scope": "some" if "materials" in kept else "all",
        }
        if data is not None and not is_judged:
            initial = {name: data.get(name, "") for name in ("matter", "label", "note", "scope")}
            initial["materials"] = data.getlist("materials")
        self.form = ConclusionForm(
            data if is_judged else None, choices=choices, materials=papers, initial=initial
        )
        self.known = KnownValues(
            self.body,
            prefix="preset",
            data=data if is_judged else None,
            values=kept.get("preset") if data is None else typed_values(data, "preset"),
        )

    def is_valid(self) -> bool:
        """Will tell whether all can be kept."""
        fit = all([self.form.is_valid(), self.known.is_valid()])
        if not fit and not self.form.errors:
            self.form.add_error(None, gettext("预先填好的内容中有填写不正确的地方"))
        return fit

    def leaf(self) -> dict[str, Any]:
        """Will give the conclusion as the tree keeps it."""
        data = self.form.cleaned_data
        leaf: dict[str, Any] = {"matter": data["matter"]}
        leaf |= {name: data[name] for name in ("label", "note") if data[name]}
        if data["scope"] == "some":
            leaf["materials"] = data["materials"]
        if preset := self.known.values():
            leaf["preset"] = preset
        return leaf
