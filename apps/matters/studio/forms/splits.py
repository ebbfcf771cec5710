"""A case that becomes several, and another matter as a step: ``splits`` and ``calls``."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.matters.enums import JoinPolicy
from apps.matters.mapping import SOURCES, TARGETS
from apps.matters.studio import words
from apps.matters.studio.forms.base import NONE, Row, RowForm, boxes, code_field, kept, text_field
from apps.matters.studio.forms.mapping import Fields, Group, MappingField
from apps.matters.studio.rows import rows_of


class PartsForm(RowForm):
    """What a split and a call have in common: from where, and where to afterwards."""

    label = text_field(gettext_lazy("名称"), 40, required=True)
    sources = boxes(gettext_lazy("从哪些状态可做"), required=True)
    to = forms.ChoiceField(required=False)
    returned_to = forms.ChoiceField(required=False)
    close = forms.ChoiceField(
        label=gettext_lazy("子事项未结束时，主事项能否结束"), choices=list(words.CLOSES.items())
    )
    later_than_parent = forms.BooleanField(
        label=gettext_lazy("子事项可晚于主事项到期"),
        required=False,
        help_text=gettext_lazy("不选时，子事项的时限不超过主事项剩余的时间"),
    )
    mapping = MappingField(
        label=gettext_lazy("带给子事项的内容"),
        required=False,
        help_text=gettext_lazy(
            "标题、内容、地址、分类和紧急程度自动带过去；这里写要改填的和表单里的"
        ),
    )
    back = MappingField(label=gettext_lazy("办结后带回主事项表单的内容"), required=False)
    code = code_field()

    def prepare(self) -> None:
        states = list(words.state_labels(self.around.body).items())
        self.offer("sources", states)
        for name in ("to", "returned_to"):
            self.offer(name, [("", _("状态不变")), *states])
        own = _form_group(_("本事项的表单"), self.around.body)
        others: list[Group] = [
            (_("“%s”的表单") % name, _as_form(known))
            for name, known in self.around.other_fields.items()
        ]
        read: Group = (_("案件"), {code: str(label) for code, label in SOURCES.items()})
        filled: Group = (_("案件"), {code: str(label) for code, label in TARGETS.items()})
        fields: Any = self.fields
        fields["mapping"].offer(
            Fields((filled, *others), (read, own)), kept=self.before.get("mapping", [])
        )
        fields["back"].offer(Fields((own,), (read, *others)), kept=self.before.get("back", []))

    def initial_of(self, row: Row) -> Row:
        join = row.get("join", {})
        return {"close": "refuse", **row, **join, "sources": row.get("from", [])}

    def _taken(self) -> set[str]:
        rows = [*rows_of(self.around.body, "splits"), *rows_of(self.around.body, "calls")]
        return {str(r.get("code")) for r in rows if r.get("code")} - {self.before.get("code")}

    def common(self) -> Row:
        """Will give what both kinds of row have; what says no more than the default is left out."""
        given = self.cleaned_data
        row = kept({key: given[key] for key in ("code", "label", "mapping", "back")})
        row["from"] = given["sources"]
        if given["close"] != "refuse":
            row["close"] = given["close"]
        if given["later_than_parent"]:
            row["later_than_parent"] = True
        return row

    def ways(self) -> Row:
        """Will give where the case goes when its parts come together, and when they cannot."""
        return kept({key: self.cleaned_data[key] for key in ("to", "returned_to")})


def _form_group(title: str, body: dict[str, Any]) -> Group:
    rows = rows_of(body, "form")
    known = {str(r["name"]): str(r.get("label") or r["name"]) for r in rows if r.get("name")}
    return title, _as_form(known)


def _as_form(known: dict[str, str]) -> dict[str, str]:
    return {f"form.{name}": label for name, label in known.items()}


class SplitForm(PartsForm):
    """By which table a case falls into sub-matters, when, and how they come together."""

    section = "splits"
    field_order = (
        "label",
        "table",
        "sources",
        "after",
        "policy",
        "quorum",
        "to",
        "returned_to",
        "rest",
        "close",
        "later_than_parent",
        "mapping",
        "back",
        "code",
    )
    table = forms.ChoiceField(
        label=gettext_lazy("分解规则表"),
        help_text=gettext_lazy(
            "命中的每一行开一件子事项；只列出已发布、命中策略为“全部收集”的分解表"
        ),
    )
    after = boxes(
        gettext_lazy("做完哪些动作后自动分解"),
        help_text=gettext_lazy("都不选时，由人执行“分解”，可核对后再开子事项"),
    )
    policy = forms.ChoiceField(label=gettext_lazy("怎样算汇合"), choices=JoinPolicy)
    quorum = forms.IntegerField(
        label=gettext_lazy("需要办成几件"), required=False, min_value=1, max_value=50
    )
    rest = forms.ChoiceField(
        label=gettext_lazy("汇合后还没办完的子事项"),
        required=False,
        choices=[
            ("", gettext_lazy("按汇合方式：任一完成时撤销，其余继续办")),
            ("cancel", gettext_lazy("撤销")),
            ("leave", gettext_lazy("继续办")),
        ],
    )

    def prepare(self) -> None:
        super().prepare()
        self.fields["to"].label = _("汇合后主事项到")
        self.fields["returned_to"].label = _("子事项退回或没办成、无法汇合时到")
        quorum: Any = self.fields["quorum"]
        quorum.show_if, quorum.is_wanted = "policy=quorum", True
        tables = dict(self.around.split_tables)
        if own := self.before.get("table"):
            tables.setdefault(own, own)
        self.offer("table", [*NONE, *tables.items()])
        actions = words.action_labels(self.around.body)
        self.offer("after", [(code, label) for code, label in actions.items() if code != "open"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        needs_number = cleaned.get("policy") == JoinPolicy.QUORUM
        if needs_number and not cleaned.get("quorum") and "quorum" not in self.errors:
            self.add_error("quorum", _("达到数量才汇合时，请填写需要办成几件"))
        if not needs_number:
            cleaned["quorum"] = None
        return cleaned

    def row(self) -> Row:
        given = self.cleaned_data
        join = {"policy": given["policy"]} | kept({k: given[k] for k in ("quorum", "rest")})
        row = self.common() | kept({key: given[key] for key in ("table", "after")})
        return self.coded({**row, "join": join | self.ways()}, row["label"])


class CallForm(PartsForm):
    """Which other matter is a step of this one."""

    section = "calls"
    field_order = (
        "label",
        "matter",
        "title",
        "sources",
        "to",
        "returned_to",
        "close",
        "later_than_parent",
        "mapping",
        "back",
        "code",
    )
    matter = forms.ChoiceField(
        label=gettext_lazy("调用哪个事项"),
        help_text=gettext_lazy("只列出已发布的事项，协同办公类排在前面"),
    )
    title = text_field(
        gettext_lazy("被调用案件的标题"), 120, help_text=gettext_lazy("留空沿用主事项标题")
    )

    def prepare(self) -> None:
        super().prepare()
        self.fields["to"].label = _("被调用事项办成后到")
        self.fields["returned_to"].label = _("被调用事项退回或没办成时到")
        matters = dict(self.around.callable)
        if own := self.before.get("matter"):
            matters.setdefault(own, own)
        self.offer("matter", [*NONE, *matters.items()])

    def row(self) -> Row:
        given = self.cleaned_data
        row = self.common() | kept({"matter": given["matter"], "title": given["title"]})
        ways = self.ways()
        return self.coded({**row, **({"join": ways} if ways else {})}, row["label"])
