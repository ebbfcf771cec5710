"""Shape and conversion of what leaders and workers enter; choices depend on the viewer."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.common.corners import CornersField
from apps.common.forms_data import PointField
from apps.fieldwork import permissions
from apps.fieldwork.enums import (
    WEEKDAYS,
    DutyPart,
    LeaveKind,
    LookPurpose,
    PlanState,
    Skill,
    Subject,
    Verdict,
    WorkerKind,
    WorkerState,
)
from apps.fieldwork.models import PatrolPlan, Shift, Worker
from apps.fieldwork.selectors.roster import shifts_for, units_led
from apps.fieldwork.selectors.workers import led_cells
from apps.fieldwork.services.leave import NewLeave
from apps.fieldwork.services.plans import NewPlan, NewPoint
from apps.fieldwork.services.roster import NewShift
from apps.fieldwork.services.workers import NewWorker
from apps.places.geometry import point
from apps.places.models import Area


class UnitChoice(forms.ModelChoiceField):
    """Units by their whole name."""

    def label_from_instance(self, obj: Organization) -> str:
        return obj.name


class WorkerChoice(forms.ModelChoiceField):
    """Workers by name and unit."""

    def label_from_instance(self, obj: Worker) -> str:
        return f"{obj.user.full_name} · {obj.unit}"


class CellChoices(forms.ModelMultipleChoiceField):
    """Cells by name and code."""

    def label_from_instance(self, obj: Area) -> str:
        return f"{obj.name} {obj.code}"


class CellChoice(forms.ModelChoiceField):
    """Cells by name and code."""

    def label_from_instance(self, obj: Area) -> str:
        return f"{obj.name} {obj.code}"


def _day(**named: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(widget=widget, **named)


def _hour(**named: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), **named)


def _weekdays() -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=_("星期"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5],
    )


class WorkerFilterForm(forms.Form):
    """Narrows the list of workers; rubbish in an address narrows nothing."""

    q = forms.CharField(label=_("姓名或工号"), required=False, max_length=40)
    kind = forms.ChoiceField(
        label=_("用工性质"), required=False, choices=[("", _("全部")), *WorkerKind.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *WorkerState.choices]
    )
    skill = forms.ChoiceField(
        label=_("技能"), required=False, choices=[("", _("全部")), *Skill.choices]
    )
    cells: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("所负责网格在"),
        queryset=Area.objects.defer("boundary"),
        required=False,
        widget=forms.HiddenInput,
    )

    def wanted(self) -> dict[str, str]:
        """Will give the filters of ``list_workers``."""
        self.is_valid()
        said = self.cleaned_data
        names = {"text": "q", "kind": "kind", "state": "state", "skill": "skill"}
        found = {name: said.get(field, "") for name, field in names.items()}
        return found | {"cells_in": self.cells_in.path if self.cells_in else ""}

    @property
    def cells_in(self) -> Area | None:
        """The area in which the workers answer for cells, None: everywhere."""
        return self.cleaned_data.get("cells")


class WorkerForm(forms.Form):
    """The file of a worker."""

    user = forms.ModelChoiceField(
        label=_("人员"), queryset=User.objects.none(), help_text=_("须先在人员组织中授予网格员岗位")
    )
    unit = UnitChoice(label=_("所在单位"), queryset=Organization.objects.none())
    kind = forms.ChoiceField(label=_("用工性质"), choices=WorkerKind.choices)
    phone = forms.CharField(label=_("工作电话"), required=False, max_length=30)
    skills = forms.MultipleChoiceField(
        label=_("技能与语言"),
        required=False,
        choices=Skill.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    since_on = _day(label=_("上岗日期"), required=False)
    photo = forms.ImageField(label=_("照片"), required=False)

    def __init__(self, *args: Any, viewer: User, worker: Worker | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        units = units_led(viewer)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        people: Any = self.fields["user"]
        if worker is not None:
            people.queryset = User.objects.filter(pk=worker.user_id)
            people.disabled = True
            self.initial = {
                "user": worker.user_id,
                "unit": worker.unit_id,
                "kind": worker.kind,
                "phone": worker.phone,
                "skills": worker.skills,
                "since_on": worker.since_on,
            }
        else:
            able = users_with_permission(permissions.WORK)
            people.queryset = able.filter(
                appointments__post__organization__in=units, field_worker__isnull=True
            ).distinct()

    def new(self, photo: Any = None) -> NewWorker:
        """Will give what was entered."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "photo"}
        return NewWorker(photo=photo, **said)


class CellForm(forms.Form):
    """A cell for a worker."""

    cell = CellChoice(label=_("网格"), queryset=Area.objects.none())
    part = forms.ChoiceField(label=_("责任"), choices=DutyPart.choices)
    from_on = _day(label=_("起"))
    to_on = _day(label=_("止"), required=False)

    def __init__(self, *args: Any, viewer: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["cell"].queryset = led_cells(viewer).select_related("level")  # type: ignore[attr-defined]
        self.fields["from_on"].initial = clock.today()


class FollowForm(forms.Form):
    """Which shift a worker follows."""

    shift = forms.ModelChoiceField(
        label=_("班次"), queryset=Shift.objects.none(), required=False, empty_label=_("不排班")
    )
    from_on = _day(label=_("起"))

    def __init__(self, *args: Any, viewer: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["shift"].queryset = shifts_for(viewer)  # type: ignore[attr-defined]
        self.fields["from_on"].initial = clock.today()


class ShiftForm(forms.Form):
    """A kind of working day."""

    unit = UnitChoice(label=_("适用单位"), queryset=Organization.objects.none())
    name = forms.CharField(label=_("名称"), max_length=40)
    weekdays = _weekdays()
    starts_at = _hour(label=_("上班"))
    ends_at = _hour(label=_("下班"), help_text=_("早于上班时间表示次日下班"))

    def __init__(self, *args: Any, viewer: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["unit"].queryset = units_led(viewer)  # type: ignore[attr-defined]

    @property
    def new(self) -> NewShift:
        """What was entered."""
        said = self.cleaned_data
        return NewShift(said["name"], said["weekdays"], said["starts_at"], said["ends_at"])


class LeaveForm(forms.Form):
    """A request for leave; a leader names the worker too."""

    worker = WorkerChoice(label=_("请假人"), queryset=Worker.objects.none())
    kind = forms.ChoiceField(label=_("类别"), choices=LeaveKind.choices)
    from_on = _day(label=_("起"))
    to_on = _day(label=_("止"))
    reason = forms.CharField(label=_("事由"), required=False, max_length=200)
    deputy = WorkerChoice(
        label=_("代管人"),
        queryset=Worker.objects.none(),
        required=False,
        help_text=_("请假期间代管其网格；不填则网格显示为无人负责"),
    )

    def __init__(self, *args: Any, viewer: User, own: Worker | None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        active = Worker.objects.filter(state=WorkerState.ACTIVE).select_related("user", "unit")
        led: Any = active.filter(permissions.within_reach(viewer, permissions.LEAD))
        near = active.filter(area_path=own.area_path, tenant=own.tenant_id) if own else led
        fields: Any = self.fields
        fields["worker"].queryset = (led | active.filter(user=viewer)).distinct()
        fields["deputy"].queryset = (led | near).distinct()
        if own is not None:
            fields["worker"].initial = own.pk

    @property
    def new(self) -> NewLeave:
        """What was entered."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "worker"}
        return NewLeave(**said)


class PlanForm(forms.Form):
    """A plan of patrols without its points, which are set on the map."""

    unit = UnitChoice(label=_("责任单位"), queryset=Organization.objects.none())
    title = forms.CharField(label=_("名称"), max_length=80)
    subject = forms.ChoiceField(label=_("主题"), choices=Subject.choices)
    cells = CellChoices(
        label=_("网格"),
        queryset=Area.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("须在责任单位的区域内"),
    )
    weekdays = _weekdays()
    times_per_week = forms.IntegerField(
        label=_("每周次数"),
        min_value=0,
        max_value=7,
        initial=0,
        help_text=_("0 表示所选星期每天都巡；少于所选天数时均匀分布"),
    )
    starts_at = _hour(label=_("开始"), initial="08:30")
    ends_at = _hour(label=_("截止"), initial="17:30")
    from_on = _day(label=_("起"))
    to_on = _day(label=_("止"), required=False)
    items = forms.CharField(
        label=_("检查内容"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("每行一项，签到时逐项选择正常或异常"),
    )

    def __init__(self, *args: Any, viewer: User, plan: PatrolPlan | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        fields: Any = self.fields
        fields["unit"].queryset = units_led(viewer, permissions.PLAN)
        fields["cells"].queryset = led_cells(viewer)
        fields["from_on"].initial = clock.today()
        self.plan = plan
        if plan is not None:
            names = ("title", "subject", "weekdays", "times_per_week", "starts_at", "ends_at")
            self.initial = {name: getattr(plan, name) for name in (*names, "from_on", "to_on")}
            self.initial |= {
                "unit": plan.unit_id,
                "cells": list(plan.cells.values_list("pk", flat=True)),
                "items": "\n".join(item_labels(plan.items)),
            }

    def new(self) -> NewPlan:
        """Will give what was entered; the points and the route of a known plan stay."""
        said = dict(self.cleaned_data)
        lines = [line.strip() for line in said.pop("items").splitlines() if line.strip()]
        route = self.plan.route if self.plan is not None else None
        points = None if self.plan is not None else ()
        return NewPlan(
            **said | {"cells": list(said["cells"])},
            items=items_of(lines),
            points=points,
            route=route,
        )


def items_of(lines: list[str]) -> dict[str, Any]:
    """Will give the definition of a form that asks each line: in order or not."""
    choices = [["good", "正常"], ["bad", "异常"]]
    fields = [
        {"name": f"item_{number}", "label": line[:60], "type": "choice", "choices": choices}
        for number, line in enumerate(lines, start=1)
    ]
    return {"fields": fields} if fields else {}


def item_labels(items: Mapping[str, Any]) -> list[str]:
    """Will give the labels of a definition's fields."""
    return [str(entry["label"]) for entry in items.get("fields", [])]


class RouteForm(forms.Form):
    """The line to walk; empty takes it away."""

    route = CornersField(
        label=_("路线"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("依次在地图上点选，可拖动；或每行写一个点：经度,纬度。清空即取消路线"),
    )


class PointForm(forms.Form):
    """A place to visit."""

    name = forms.CharField(label=_("巡查点名称"), max_length=80)
    point = PointField(label=_("位置"))
    radius_m = forms.IntegerField(label=_("签到半径（米）"), min_value=5, max_value=500, initial=50)

    @property
    def new(self) -> NewPoint:
        """What was entered."""
        said = self.cleaned_data
        return NewPoint(
            said["name"], point(said["point"]["lng"], said["point"]["lat"]), said["radius_m"]
        )


class DrawForm(forms.Form):
    """A random check."""

    unit = UnitChoice(label=_("单位"), queryset=Organization.objects.none())
    from_on = _day(label=_("起"))
    to_on = _day(label=_("止"))
    count = forms.IntegerField(label=_("抽查数量"), min_value=1, max_value=100, initial=3)

    def __init__(self, *args: Any, viewer: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["unit"].queryset = units_led(viewer, permissions.PLAN)  # type: ignore[attr-defined]
        self.fields["from_on"].initial = clock.today() - timedelta(days=7)
        self.fields["to_on"].initial = clock.today()


class VerdictForm(forms.Form):
    """What looking at a drawn patrol found."""

    verdict = forms.ChoiceField(label=_("结论"), choices=Verdict.choices)
    note = forms.CharField(label=_("说明"), required=False, max_length=300)


class LookForm(forms.Form):
    """Why somebody looks at a track."""

    purpose = forms.ChoiceField(label=_("查看目的"), choices=LookPurpose.choices)
    note = forms.CharField(label=_("说明"), required=False, max_length=200)


class BoardForm(forms.Form):
    """Which day of the board."""

    day = _day(label=_("日期"), required=False)

    def wanted(self) -> date:
        """Will give the day; today where none was said."""
        self.is_valid()
        found: date | None = self.cleaned_data.get("day")
        return found or clock.today()


class PlanFilterForm(forms.Form):
    """Narrows the list of plans."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *PlanState.choices]
    )
    subject = forms.ChoiceField(
        label=_("主题"), required=False, choices=[("", _("全部")), *Subject.choices]
    )

    def wanted(self) -> dict[str, str]:
        """Will give the filters of ``list_plans``."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("state", "subject")}
