from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.evidence.enums import (
    AlarmState,
    ClauseState,
    FindingSeverity,
    FindingSource,
    Outcome,
    Severity,
    TestKind,
)
from apps.evidence.registry import chain_adapters
from apps.evidence.services import (
    NewChain,
    NewFiling,
    NewFinding,
    NewNote,
    NewTest,
    RuleSettings,
)
from apps.evidence.watching import KINDS, Kind
from apps.gateway.models import ApiClient

ANY = [("", _("全部"))]
DAY = forms.DateInput(attrs={"type": "date"})


class AlarmSearchForm(forms.Form):
    """Which alarms to show; days are the city's."""

    state = forms.ChoiceField(label=_("状态"), choices=[*ANY, *AlarmState.choices], required=False)
    rule = forms.ChoiceField(label=_("规则"), required=False)
    severity = forms.ChoiceField(label=_("级别"), choices=[*ANY, *Severity.choices], required=False)
    subject = forms.CharField(label=_("对象"), max_length=120, required=False)
    from_on = forms.DateField(label=_("起始日期"), required=False, widget=DAY)
    to_on = forms.DateField(label=_("截止日期"), required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = [*ANY, *((kind.code, kind.label) for kind in KINDS.values())]
        self.fields["rule"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("to_on")
        if first and last and last < first:
            self.add_error("to_on", _("截止日期早于起始日期"))
        return cleaned


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(label=_("结论"), choices=Outcome.choices)
    reason = forms.CharField(
        label=_("处理说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class RuleForm(forms.Form):
    """The figures of one rule; hours only where the rule looks at them."""

    is_on = forms.BooleanField(label=_("启用"), required=False)
    threshold = forms.IntegerField(label=_("次数上限"), min_value=1, max_value=1_000_000)
    window_minutes = forms.IntegerField(label=_("时间范围（分钟）"), min_value=1, max_value=43_200)
    from_hour = forms.IntegerField(label=_("起始时刻（点）"), min_value=0, max_value=23)
    to_hour = forms.IntegerField(label=_("截止时刻（点）"), min_value=0, max_value=23)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not kind.hours:
            del self.fields["from_hour"], self.fields["to_hour"]

    @property
    def wanted(self) -> RuleSettings:
        return RuleSettings(**self.cleaned_data)


class WitnessForm(forms.Form):
    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("单位"), max_length=80)
    client = forms.ModelChoiceField(label=_("接口客户端"), queryset=ApiClient.objects.none())
    public_pem = forms.CharField(
        label=_("公钥（PEM，Ed25519）"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, clients: QuerySet[ApiClient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    state = forms.ChoiceField(
        label=_("状态"), choices=[c for c in ClauseState.choices if c[0] != ClauseState.PERSON]
    )
    note = forms.CharField(
        label=_("说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_on = forms.DateField(label=_("下次确认"), widget=DAY)
    upload = forms.FileField(
        label=_("证明材料"), required=False, help_text=_("PDF、Word、Excel 或图片")
    )

    def new(self, clause: str) -> NewNote:
        return NewNote(clause=clause, **self.cleaned_data)


class MonthForm(forms.Form):
    note = forms.CharField(
        label=_("自查结论"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class FindingForm(forms.Form):
    title = forms.CharField(label=_("问题"), max_length=120)
    detail = forms.CharField(
        label=_("详细说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    source = forms.ChoiceField(label=_("来源"), choices=FindingSource.choices)
    severity = forms.ChoiceField(
        label=_("级别"),
        choices=FindingSeverity.choices,
        help_text=_("高危24小时、中危7天、低危30天内整改"),
    )
    responsible = forms.ModelChoiceField(
        label=_("责任人"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("到期前和逾期后通知此人；逾期同时通知其单位负责人"),
    )
    owner = forms.CharField(label=_("责任人（无账号时填写）"), max_length=60, required=False)
    due_at = forms.DateTimeField(
        label=_("整改期限"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("不填则按级别计算"),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = people  # type: ignore[attr-defined]

    @property
    def new(self) -> NewFinding:
        return NewFinding(clause="", **self.cleaned_data)


class FilingEntryForm(forms.Form):
    """A system's grade and its filing."""

    system = forms.CharField(label=_("系统名称"), max_length=100)
    grade = forms.TypedChoiceField(
        label=_("等级"),
        coerce=int,
        choices=[(3, _("第三级")), (1, _("第一级")), (2, _("第二级")), (4, _("第四级")),
                 (5, _("第五级"))],
    )  # fmt: skip
    graded_on = forms.DateField(label=_("定级日期"), widget=DAY)
    filed_on = forms.DateField(label=_("备案日期"), widget=DAY, required=False)
    number = forms.CharField(label=_("备案编号"), max_length=60, required=False)
    authority = forms.CharField(label=_("受理机关"), max_length=100, required=False)
    owner = forms.ModelChoiceField(label=_("责任人"), queryset=User.objects.none())
    next_on = forms.DateField(
        label=_("下次复核"), widget=DAY, help_text=_("前 30、7、1 天提醒责任人")
    )
    upload = forms.FileField(label=_("备案文件"), required=False, help_text=_("PDF、Word 或图片"))

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]

    @property
    def new(self) -> NewFiling:
        """What was filled in; only once valid."""
        return NewFiling(**self.cleaned_data)


class TestForm(forms.Form):
    """A test that was done."""

    __test__ = False  # no test of pytest

    kind = forms.ChoiceField(label=_("种类"), choices=TestKind.choices)
    done_on = forms.DateField(label=_("完成日期"), widget=DAY)
    done_by = forms.CharField(label=_("实施单位"), max_length=100)
    result = forms.CharField(
        label=_("结论"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def new(self) -> NewTest:
        """What was filled in; only once valid."""
        return NewTest(**self.cleaned_data)


class FixForm(forms.Form):
    fix = forms.CharField(
        label=_("整改情况"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ChainForm(forms.Form):
    """A chain that is to be given digests."""

    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=80)
    adapter = forms.ChoiceField(label=_("接入方式"))
    url = forms.CharField(label=_("服务地址"), max_length=500, required=False)
    channel = forms.CharField(label=_("通道"), max_length=60, required=False)
    contract = forms.CharField(label=_("合约"), max_length=60, required=False)
    public_pem = forms.CharField(
        label=_("回执公钥"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("PEM 格式的 Ed25519 公钥，用来核对每张回执"),
    )  # fmt: skip
    takes_events = forms.BooleanField(label=_("存证关键事件"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["adapter"].choices = chain_adapters().items()  # type: ignore[attr-defined]

    @property
    def new(self) -> NewChain:
        """What was filled in; only once valid."""
        return NewChain(**self.cleaned_data)


class KindForm(forms.Form):
    """What counts as a key event."""

    action = forms.CharField(
        label=_("动作"), max_length=80, help_text=_("如 role.granted；role.* 表示其下全部")
    )
    label = forms.CharField(label=_("名称"), max_length=60)
    is_on = forms.BooleanField(label=_("启用"), required=False, initial=True)


class AcceptForm(forms.Form):
    """Why a row is right as it stands."""

    reason = forms.CharField(
        label=_("处理说明"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("写明谁、为何直接改了数据库，已如何处置"),
    )


class DigestForm(forms.Form):
    """The digest somebody wants to look up; open to all."""

    digest = forms.RegexField(
        label=_("检查点摘要"),
        regex=r"^\s*[0-9a-fA-F]{64}\s*$",
        error_messages={"invalid": _("摘要应为64位十六进制字符")},
    )
