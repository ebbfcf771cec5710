"""Shape and conversion of what is entered about agents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.callcentre.enums import Language
from apps.callcentre.models import Agent, AgentGroup
from apps.callcentre.permissions import LEAD, TAKE
from apps.callcentre.selectors.board import lines_of
from apps.callcentre.selectors.crew import list_groups
from apps.callcentre.services import AgentSpec, SkillSpec
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
