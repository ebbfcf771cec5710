"""Shape and conversion of what is entered about agents and their rosters."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.callcentre.enums import Language
from apps.callcentre.erlang import Aim
from apps.callcentre.models import Agent, AgentGroup, DeskShift, DutySlot
from apps.callcentre.permissions import LEAD, TAKE
from apps.callcentre.selectors.board import lines_of
from apps.callcentre.selectors.crew import list_agents, list_groups
from apps.callcentre.selectors.rosters import list_shifts
from apps.callcentre.services import AgentSpec, SkillSpec
from apps.common import clock
from apps.hotline.models import Line

SKILLS_MOST = 4


class GroupForm(forms.Form):
    """A group of agents."""

    name = forms.CharField(label=_("名称"), max_length=40)
    wrap_s = forms.IntegerField(
        label=_("话后整理上限（秒）"), min_value=0, max_value=1800, initial=60
    )
    ring_s = forms.IntegerField(
        label=_("振铃上限（秒）"),
        min_value=5,
        max_value=120,
        initial=15,
        help_text=_("到时仍未接听，改派下一位空闲的话务员"),
    )


class AgentForm(forms.Form):
    """An agent with up to four skills; a skill without a level is none."""

    user = forms.ModelChoiceField(label=_("人员"), queryset=User.objects.none())
    group = forms.ModelChoiceField(label=_("话务组"), queryset=AgentGroup.objects.none())
    number = forms.CharField(label=_("话务工号"), max_length=12)
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, data: Any = None, *, viewer: User, agent: Agent | None = None) -> None:
        super().__init__(data, initial=_initial(agent) if agent else None)
        fields: dict[str, Any] = self.fields
        groups = list_groups(viewer, LEAD)
        fields["group"].queryset = groups
        tenants = groups.values("tenant")
        fields["user"].queryset = users_with_permission(TAKE).filter(tenant__in=tenants)
        fields["user"].label_from_instance = lambda user: f"{user.full_name}（{user.username}）"
        for nth in range(1, SKILLS_MOST + 1):
            fields[f"line{nth}"] = forms.ModelChoiceField(
                label=_("技能%d：热线") % nth,
                queryset=lines_of(viewer, LEAD),
                required=False,
                empty_label=str(_("全部热线")),
            )
            fields[f"language{nth}"] = forms.ChoiceField(
                label=_("技能%d：语言") % nth, choices=Language.choices, required=False
            )
            fields[f"level{nth}"] = forms.ChoiceField(
                label=_("技能%d：等级") % nth,
                choices=[("", _("无此技能")), *((str(n), str(n)) for n in range(1, 6))],
                required=False,
                initial="3" if nth == 1 and agent is None else "",
            )

    def spec(self) -> AgentSpec:
        """Will give the agent as they shall be."""
        given = self.cleaned_data
        skills = [
            SkillSpec(given.get(f"line{n}"), given.get(f"language{n}", ""), int(given[f"level{n}"]))
            for n in range(1, SKILLS_MOST + 1)
            if given.get(f"level{n}")
        ]
        return AgentSpec(given["user"], given["group"], given["number"], skills, given["is_active"])


class AimForm(forms.Form):
    """What share of calls is to be answered in time, and how much of the time agents pause."""

    share = forms.IntegerField(
        label=_("目标比例（%）"), min_value=50, max_value=99, initial=80, required=False
    )
    within_s = forms.IntegerField(
        label=_("应答时限（秒）"), min_value=1, max_value=300, initial=15, required=False
    )
    shrinkage = forms.IntegerField(
        label=_("非接听工时（%）"), min_value=0, max_value=60, initial=15, required=False
    )

    def __init__(self, data: Any = None) -> None:
        usual = {"share": "80", "within_s": "15", "shrinkage": "15"}
        super().__init__(usual | {k: data[k] for k in usual if data and data.get(k)})

    def aim(self) -> Aim:
        """Will give the aim; nonsense means the usual one."""
        if not self.is_valid():
            return Aim()
        given = self.cleaned_data
        return Aim(given["share"] / 100, given["within_s"], given["shrinkage"] / 100)


class ShiftForm(forms.Form):
    """A shift at the desk."""

    name = forms.CharField(label=_("名称"), max_length=20)
    starts_at = forms.TimeField(label=_("上班"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends_at = forms.TimeField(
        label=_("下班"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("早于上班时间表示次日"),
    )


class AssignForm(forms.Form):
    """An agent planned for a shift on days of a week."""

    agent = forms.ModelChoiceField(label=_("话务员"), queryset=Agent.objects.none())
    shift = forms.ModelChoiceField(label=_("班次"), queryset=DeskShift.objects.none())
    days = forms.MultipleChoiceField(label=_("日期"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, viewer: User, monday: date) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["agent"].queryset = list_agents(viewer).filter(is_active=True)
        fields["shift"].queryset = list_shifts(viewer).filter(is_active=True)
        days = [monday + timedelta(days=n) for n in range(7)]
        fields["days"].choices = [(str(day), date_format(day, "m-d D")) for day in days]


class SwapForm(forms.Form):
    """An own duty to come, and who sits instead."""

    slot_id = forms.ChoiceField(label=_("我的班"))
    to_id = forms.ChoiceField(label=_("替班人"))
    reason = forms.CharField(label=_("理由"), max_length=200)

    def __init__(self, data: Any = None, *, agent: Agent | None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        if agent is None:
            return
        slots = DutySlot.objects.select_related("shift").filter(
            agent=agent, begins_at__gt=clock.now()
        )[:60]
        fields["slot_id"].choices = [
            (str(slot.pk), f"{date_format(slot.day, 'm-d D')} {slot.shift}") for slot in slots
        ]
        others = Agent.objects.select_related("user").filter(
            group__tenant_id=agent.group.tenant_id, is_active=True
        )
        fields["to_id"].choices = [(str(one.pk), str(one)) for one in others if one != agent]

    def clean_slot_id(self) -> int:
        """Will give the number of the duty."""
        return int(self.cleaned_data["slot_id"])

    def clean_to_id(self) -> int:
        """Will give the number of the colleague."""
        return int(self.cleaned_data["to_id"])


def _initial(agent: Agent) -> dict[str, Any]:
    values: dict[str, Any] = {
        "user": agent.user_id,
        "group": agent.group_id,
        "number": agent.number,
        "is_active": agent.is_active,
    }
    for nth, skill in enumerate(agent.skills.all()[:SKILLS_MOST], start=1):
        line: Line | None = skill.line
        values |= {
            f"line{nth}": line.pk if line else None,
            f"language{nth}": skill.language,
            f"level{nth}": str(skill.level),
        }
    return values
