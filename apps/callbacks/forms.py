"""What people fill in about call-backs, pools, objections and bulletins."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.callbacks.enums import DisputeState, Outcome, RedoRule, Takes, TaskState
from apps.callbacks.models import Pool
from apps.callbacks.services import Answer, PoolSpec, ScriptSpec
from apps.callbacks.wording import HEADINGS
from apps.matters.enums import SCORES, Channel
from apps.matters.registry import extension_of

YES_NO = [("yes", _("已解决")), ("no", _("未解决"))]


class _ScoreField(forms.TypedChoiceField):
    """Five steps; nothing chosen is no score."""

    def __init__(self, label: Any, **given: Any) -> None:
        super().__init__(
            label=label,
            choices=SCORES,
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            **given,
        )


class AnswerForm(forms.Form):
    """What came of an attempt; what must be filled in follows from the outcome."""

    number = forms.IntegerField(min_value=1, max_value=99, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("回访结果"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    solved = forms.ChoiceField(
        label=_("问题是否解决"),
        choices=YES_NO,
        required=False,
        help_text=_("已接通时必填"),
        widget=forms.RadioSelect,
    )
    result_score = _ScoreField(_("对办理结果是否满意"), help_text=_("已接通时必填"))
    acceptance_score = _ScoreField(_("对受理服务是否满意"))
    comment = forms.CharField(
        label=_("回访记录"),
        required=False,
        max_length=500,
        help_text=_("未解决或不满意时必填原因"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def answer(self, answers: dict[str, Any]) -> Answer:
        """Will give the answer as the service takes it, only once valid."""
        d = self.cleaned_data
        return Answer(
            outcome=d.get("outcome", Outcome.REACHED),
            solved={"yes": True, "no": False}.get(d["solved"]),
            result_score=d["result_score"],
            acceptance_score=d["acceptance_score"],
            comment=d["comment"],
            answers=answers,
        )


class LinkForm(AnswerForm):
    """The same from the citizen: reached for certain, and the two main questions required."""

    number = None  # type: ignore[assignment]  # the address itself is good for one answer
    outcome = None  # type: ignore[assignment]  # whoever answers was reached
    comment = forms.CharField(
        label=_("想说的话"),
        required=False,
        max_length=500,
        help_text=_("没有解决或不满意时请写明原因"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TaskFilterForm(forms.Form):
    """What narrows the board."""

    text = forms.CharField(label=_("编号或标题"), max_length=60, required=False)
    pool = forms.ModelChoiceField(
        Pool.objects.none(), label=_("回访池"), required=False, empty_label=_("全部")
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *TaskState.choices], required=False
    )
    outcome = forms.ChoiceField(
        label=_("结果"), choices=[("", _("全部")), *Outcome.choices], required=False
    )
    late = forms.ChoiceField(
        label=_("时限"), choices=[("", _("全部")), ("1", _("已超期"))], required=False
    )

    def __init__(self, data: Any, *, pools: Any) -> None:
        super().__init__(data)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_tasks`` takes; what is not understood narrows nothing."""
        self.is_valid()
        d = self.cleaned_data
        return {
            "text": d.get("text", ""),
            "pool": d.get("pool"),
            "state": d.get("state", ""),
            "outcome": d.get("outcome", ""),
            "late": d.get("late") == "1",
        }


class _Agents(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return obj.display_name


class ReassignForm(forms.Form):
    """Which call-backs, to whom; nobody: back in line."""

    tasks = forms.TypedMultipleChoiceField(label=_("回访任务"), coerce=int)
    agent = _Agents(
        User.objects.none(), label=_("交给"), required=False, empty_label=_("放回回访池")
    )

    def __init__(self, data: Any = None, *, agents: Any, chosen: list[str] | None = None) -> None:
        super().__init__(data)
        whole = [t for t in chosen or [] if t.isascii() and t.isdigit() and len(t) < 16]
        self.fields["tasks"].choices = [(t, t) for t in whole]  # type: ignore[attr-defined]
        self.fields["agent"].queryset = agents  # type: ignore[attr-defined]


class PoolForm(forms.Form):
    """A pool as ``PoolSpec``."""

    name = forms.CharField(label=_("名称"), max_length=60)
    script_code = forms.ChoiceField(label=_("回访问卷"))
    takes = forms.ChoiceField(
        label=_("抽取对象"),
        choices=Takes.choices,
        initial=Takes.ANSWERED,
        help_text=_("已办结的只抽取未回访过、愿意接受回访的案件，用于质量抽查"),
    )
    class_codes = forms.MultipleChoiceField(
        label=_("诉求分类"),
        required=False,
        help_text=_("不选为全部"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    channels = forms.MultipleChoiceField(
        label=_("来源渠道"),
        choices=Channel.choices,
        required=False,
        help_text=_("不选为全部"),
        widget=forms.CheckboxSelectMultiple,
    )
    units = forms.ModelMultipleChoiceField(
        Organization.objects.none(),
        label=_("承办单位"),
        required=False,
        help_text=_("不选为全部；含下级单位"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    first_round = forms.IntegerField(
        label=_("办理轮次不低于"), min_value=1, max_value=9, initial=1,
        help_text=_("填 2 则只回访重办的案件"),
    )  # fmt: skip
    score_most = forms.TypedChoiceField(
        label=_("市民评分不高于"),
        choices=[("", _("不限")), *SCORES],
        coerce=int,
        empty_value=None,
        required=False,
    )
    share_percent = forms.IntegerField(
        label=_("抽取比例（%）"), min_value=1, max_value=100, initial=100
    )
    earliest_h = forms.IntegerField(
        label=_("最早（小时）"),
        min_value=0,
        max_value=720,
        initial=0,
        help_text=_("自反馈起；已办结的自办结起"),
    )
    latest_h = forms.IntegerField(label=_("最迟（小时）"), min_value=1, max_value=1440, initial=72)
    from_time = forms.TimeField(
        label=_("每日开始"),
        initial="08:30",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    to_time = forms.TimeField(
        label=_("每日结束"),
        initial="20:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    tries = forms.IntegerField(label=_("最多拨打次数"), min_value=1, max_value=9, initial=3)
    redo_rule = forms.ChoiceField(
        label=_("自动重办"), choices=RedoRule.choices, initial=RedoRule.EITHER
    )
    link_h = forms.IntegerField(
        label=_("短信链接有效（小时）"), min_value=1, max_value=720, initial=72
    )
    priority = forms.IntegerField(
        label=_("优先级"), min_value=1, max_value=9, initial=5, help_text=_("9 最先回访")
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(
        self, data: Any = None, *, tenant: Tenant, scripts: Any, pool: Pool | None = None
    ) -> None:
        initial = {} if pool is None else {n: getattr(pool, n) for n in self.base_fields}
        if pool is not None:
            initial["units"] = list(pool.units.all())
        super().__init__(data, initial=initial)
        fields: dict[str, Any] = self.fields
        fields["script_code"].choices = list({s.code: s.name for s in scripts}.items())
        fields["class_codes"].choices = extension_of("hotline").class_choices()
        fields["units"].queryset = Organization.objects.filter(tenant=tenant, is_active=True)

    def spec(self) -> PoolSpec:
        """Will give the pool as it shall be, only once valid."""
        return PoolSpec(**self.cleaned_data)


class ScriptForm(forms.Form):
    """The next version of a script; the questions as a form definition."""

    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=60)
    greeting = forms.CharField(
        label=_("开场白"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    closing = forms.CharField(
        label=_("结束语"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    body = forms.CharField(
        label=_("附加问题（表单定义）"),
        max_length=20_000,
        initial='{"fields": []}',
        help_text=_("是否解决和两项满意度每次都问，这里只写附加问题"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def clean_body(self) -> dict[str, Any]:
        try:
            found = json.loads(self.cleaned_data["body"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(gettext("不是有效的 JSON")) from error
        if not isinstance(found, dict) or not isinstance(found.get("fields"), list):
            raise forms.ValidationError(gettext("定义应含 fields 列表"))
        return found

    def spec(self) -> ScriptSpec:
        """Will give the version as it shall be, only once valid."""
        return ScriptSpec(**self.cleaned_data)


class _ManyFiles(forms.ClearableFileInput):
    """Takes several files; the form looks at the first, the view reads all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class DisputeForm(forms.Form):
    """Why a unit objects, and its evidence."""

    reason = forms.CharField(
        label=_("异议理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(
        label=_("证据"),
        required=False,
        widget=_ManyFiles,
        help_text=_("1 至 9 份：图片、录音或文档"),
    )


class RulingForm(forms.Form):
    """How an objection ends."""

    ruling = forms.ChoiceField(
        label=_("裁定"),
        choices=[
            ("overturn", DisputeState.OVERTURNED.label),
            ("uphold", DisputeState.UPHELD.label),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("裁定意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DisputeFilterForm(forms.Form):
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *DisputeState.choices], required=False
    )


class StartForm(forms.Form):
    """Which month; for a correction also why."""

    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
    correction = forms.CharField(
        label=_("更正原因"), max_length=300, required=False, help_text=_("该月已发布过月报时填写")
    )


class ParagraphsForm(forms.Form):
    """The bulletin's text, a field per heading."""

    def __init__(self, data: Any = None, *, paragraphs: dict[str, str]) -> None:
        super().__init__(data)
        for code, heading in HEADINGS.items():
            self.fields[code] = forms.CharField(
                label=heading,
                max_length=2000,
                initial=paragraphs.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
            )
