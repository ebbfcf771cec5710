"""Shape and conversion of what is entered about upkeep."""

from typing import Any, cast

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.alarms.registry import all_kinds
from apps.common.narrowing import NarrowingForm
from apps.upkeep.enums import (
    BackupKind,
    ExerciseKind,
    Field,
    ItemState,
    Rhythm,
    SwitchCause,
    Verdict,
    WorkState,
)
from apps.upkeep.models import BackupPolicy, EmergencyPlan, RunbookVersion
from apps.upkeep.permissions import VIEW
from apps.upkeep.registry import all_fault_kinds
from apps.upkeep.selectors import evidence_of
from apps.upkeep.services.backups import PolicySpec
from apps.upkeep.services.cycles import NewItem
from apps.upkeep.services.exercises import NewExercise, NewImprovement
from apps.upkeep.services.runbooks import Article


class PolicyForm(forms.Form):
    """When backups are made, and how long they are kept."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("方式"), choices=BackupKind)
    rhythm = forms.ChoiceField(label=_("频率"), choices=Rhythm)
    at = forms.TimeField(
        label=_("时间"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("每小时的策略不填"),
    )
    weekday = forms.TypedChoiceField(
        label=_("星期"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "—"), *WEEKDAYS.items()],
        help_text=_("只用于每周的策略"),
    )
    keep_days = forms.IntegerField(label=_("保留天数"), min_value=1, max_value=3660)
    is_on = forms.BooleanField(label=_("启用"), required=False)

    def spec(self) -> PolicySpec:
        """Will give what was entered."""
        return PolicySpec(**self.cleaned_data)

    @staticmethod
    def values_of(policy: BackupPolicy) -> dict[str, object]:
        """Will give a policy as the form shows it."""
        return {name: getattr(policy, name) for name in PolicySpec.__dataclass_fields__}


class RunFilterForm(forms.Form):
    """Narrows the list of backups."""

    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *WorkState.choices], required=False
    )

    def wanted(self) -> str:
        """Will give the state chosen; nonsense narrows nothing."""
        return str(self.cleaned_data.get("state") or "") if self.is_valid() else ""


class RunbookFilterForm(NarrowingForm):
    """Narrows the articles of the manual."""

    q = forms.CharField(label=_("标题、说明或步骤"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("告警或故障类别"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = [
            ("", _("全部")), *_alarm_kinds(), *all_fault_kinds().items(),
        ]  # fmt: skip


class RunbookForm(forms.Form):
    """One wording of an article; a step per line."""

    code = forms.SlugField(label=_("代码"), max_length=60)
    title = forms.CharField(label=_("标题"), max_length=100)
    summary = forms.CharField(
        label=_("说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    steps = forms.CharField(
        label=_("步骤"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("每行一步"),
    )
    alarm_kinds = forms.MultipleChoiceField(label=_("告警类别"), required=False)
    fault_kinds = forms.MultipleChoiceField(label=_("故障类别"), required=False)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["code"]
        kinds, faults = _alarm_kinds(), list(all_fault_kinds().items())
        cast(forms.MultipleChoiceField, self.fields["alarm_kinds"]).choices = kinds
        cast(forms.MultipleChoiceField, self.fields["fault_kinds"]).choices = faults
        if not faults:
            del self.fields["fault_kinds"]

    def article(self) -> Article:
        """Will give what was entered."""
        said = self.cleaned_data
        lines = [line.strip() for line in said["steps"].splitlines()]
        return Article(
            title=said["title"], summary=said["summary"], steps=[line for line in lines if line],
            alarm_kinds=said["alarm_kinds"], fault_kinds=said.get("fault_kinds", []),
        )  # fmt: skip

    @staticmethod
    def values_of(version: RunbookVersion) -> dict[str, Any]:
        """Will give a wording as the form shows it."""
        names = ("title", "summary", "alarm_kinds", "fault_kinds")
        return {name: getattr(version, name) for name in names} | {
            "steps": "\n".join(version.steps)
        }


def _alarm_kinds() -> list[tuple[str, str]]:
    return [(kind.code, str(kind.label)) for kind in all_kinds()]


class PersonChoice(forms.ModelChoiceField):
    """A person of the keeper's body, by login name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.none(), to_field_name="username", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name}（{obj.username}）"


class _WithPeople(forms.Form):
    """Offers those who look after the platform, and the viewer."""

    person_field = "owner"

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(
            pk__in=[viewer.pk, *users_with_permission(VIEW).values_list("pk", flat=True)]
        )
        field = cast(forms.ModelChoiceField, self.fields[self.person_field])
        field.queryset = people.order_by("full_name")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class ExerciseForm(_WithPeople):
    """A drill to be held."""

    person_field = "lead"
    title = forms.CharField(label=_("标题"), max_length=100)
    kind = forms.ChoiceField(label=_("类型"), choices=ExerciseKind)
    planned_on = _day(_("计划日期"))
    lead = PersonChoice(label=_("负责人"), required=False)
    plan = forms.ModelChoiceField(
        label=_("应急预案"), queryset=EmergencyPlan.objects.order_by("title"), required=False
    )
    scenario = forms.CharField(
        label=_("情景"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def new(self) -> NewExercise:
        """Will give what was entered."""
        return NewExercise(**self.cleaned_data)


class EventForm(forms.Form):
    """What happens in a drill."""

    text = forms.CharField(label=_("经过"), max_length=500)


class SwitchForm(forms.Form):
    """Why another server took over."""

    cause = forms.ChoiceField(label=_("切换原因"), choices=[("", "—"), *SwitchCause.choices])
    note = forms.CharField(
        label=_("说明"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ConclusionForm(forms.Form):
    """What was concluded."""

    conclusion = forms.CharField(
        label=_("结论"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ImprovementForm(_WithPeople):
    """Something to be mended."""

    title = forms.CharField(label=_("改进事项"), max_length=200)
    field = forms.ChoiceField(label=_("领域"), choices=Field)
    owner = PersonChoice(label=_("责任人"))
    due_on = _day(_("期限"))

    def new(self) -> NewImprovement:
        """Will give what was entered."""
        return NewImprovement(**self.cleaned_data)


class ItemForm(_WithPeople):
    """An item of a year's plan."""

    field = forms.ChoiceField(label=_("领域"), choices=Field)
    title = forms.CharField(label=_("计划事项"), max_length=200)
    goal = forms.CharField(label=_("目标"), max_length=500, help_text=_("检查时按它判断"))
    owner = PersonChoice(label=_("责任人"))
    due_on = _day(_("完成期限"))

    def new(self, year: int) -> NewItem:
        """Will give what was entered, for a year."""
        return NewItem(year=year, **self.cleaned_data)


class MoveForm(forms.Form):
    """Another day for an item."""

    due_on = _day(_("完成期限"))
    reason = forms.CharField(label=_("调整原因"), max_length=200)


class EvidenceForm(forms.Form):
    """What shows that an item was done: one of what happened in its year."""

    what = forms.ChoiceField(label=_("佐证"))

    def __init__(self, *args: Any, viewer: User, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["what"]).choices = [
            ("", _("请选择")),
            *(
                (str(kind.label), [(f"{kind.code}:{one.ref}", one.label) for one in found])
                for kind, found in evidence_of(viewer, year)
                if found
            ),
        ]

    def chosen(self) -> dict[str, str]:
        """Will give kind and ref of what was chosen."""
        kind, _colon, ref = self.cleaned_data["what"].partition(":")
        return {"kind": kind, "ref": ref}


class OutcomeForm(forms.Form):
    """What was done."""

    outcome = forms.CharField(
        label=_("执行情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CheckForm(forms.Form):
    """Whether it reached its goal."""

    verdict = forms.ChoiceField(label=_("检查结论"), choices=Verdict)
    finding = forms.CharField(
        label=_("检查发现"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("未完全达到时必填"),
    )  # fmt: skip


class YearForm(forms.Form):
    """Which year, field and state."""

    year = forms.TypedChoiceField(label=_("年度"), coerce=int, required=False)
    field = forms.ChoiceField(
        label=_("领域"), choices=[("", _("全部")), *Field.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *ItemState.choices, ("late", _("逾期"))],
        required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["year"]).choices = [(y, str(y)) for y in years]

    def wanted(self, today: int) -> tuple[int, dict[str, str]]:
        """Will give the year, this one unless told, and what ``list_items`` narrows by."""
        told = self.cleaned_data if self.is_bound and self.is_valid() else {}
        narrow = {"field": told.get("field") or "", "state": told.get("state") or ""}
        return told.get("year") or today, narrow


class ResultForm(forms.Form):
    """How a task was done."""

    result = forms.CharField(label=_("完成情况"), max_length=500)


class RevisionForm(forms.Form):
    """The next wording of an emergency plan, or the first of a new one."""

    title = forms.CharField(label=_("标题"), max_length=100, help_text=_("已有的标题即修订该预案"))
    field = forms.ChoiceField(label=_("领域"), choices=Field)
    text = forms.CharField(
        label=_("内容"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    reason = forms.CharField(label=_("修订原因"), max_length=200, required=False)


class LoadTestForm(forms.Form):
    """The last line of a benchmark."""

    name = forms.CharField(label=_("压测名称"), max_length=60)
    line = forms.CharField(
        label=_("输出的最后一行"), max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )
