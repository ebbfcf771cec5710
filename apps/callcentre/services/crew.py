"""Groups, agents and their skills, kept by the shift leader. Audited. Source: HL-01, HL-09."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.callcentre import permissions
from apps.callcentre.models import Agent, AgentGroup, Skill
from apps.callcentre.services.presence import lock_agent
from apps.common.errors import InvalidInput, NotFound
from apps.hotline.models import Line

_GROUP = ("name", "wrap_s", "ring_s")
_AGENT = ("user_id", "group_id", "number", "is_active")


@dataclass(frozen=True)
class SkillSpec:
    """One thing an agent can answer; see ``Skill``."""

    line: Line | None = None
    language: str = ""
    level: int = 3


@dataclass(frozen=True)
class AgentSpec:
    """An agent as they shall be; see ``Agent``."""

    user: User
    group: AgentGroup
    number: str
    skills: Sequence[SkillSpec] = (SkillSpec(),)
    is_active: bool = True


@transaction.atomic
def save_group(
    actor: Actor,
    *,
    tenant: Tenant,
    name: str,
    wrap_s: int = 60,
    ring_s: int = 15,
    group_id: int | None = None,
) -> AgentGroup:
    """Will write a group, new or over the one given. Locks it.

    Raises: NotAllowed; NotFound; InvalidInput (fields "name", "wrap_s", "ring_s").
    """
    _require(actor, tenant.pk)
    group = AgentGroup(tenant=tenant)
    if group_id is not None:
        found = AgentGroup.objects.select_for_update().filter(tenant=tenant, pk=group_id).first()
        if found is None:
            raise NotFound(_("没有这个话务组"))
        group = found
    name = name.strip()
    same = AgentGroup.objects.filter(tenant=tenant, name=name).exclude(pk=group.pk)
    if not 1 <= len(name) <= 40 or same.exists():
        raise InvalidInput(_("请填写 40 字以内、未用过的名称"), field="name")
    if not 0 <= wrap_s <= 1800:
        raise InvalidInput(_("话后整理上限须在 0 至 1800 秒"), field="wrap_s")
    if not 5 <= ring_s <= 120:
        raise InvalidInput(_("振铃上限须在 5 至 120 秒"), field="ring_s")
    before = audit.snapshot(group, *_GROUP)
    group.name, group.wrap_s, group.ring_s = name, wrap_s, ring_s
    group.save()
    _record(
        actor, "callcentre.group_saved", group, before=before, after=audit.snapshot(group, *_GROUP)
    )
    return group


@transaction.atomic
def save_agent(actor: Actor, *, spec: AgentSpec, agent_id: int | None = None) -> Agent:
    """Will write an agent with skills, new or over the one given. Locks it.

    Raises: NotAllowed; NotFound; InvalidInput (fields "user", "number", "skills").
    """
    tenant_id = spec.group.tenant_id
    _require(actor, tenant_id)
    agent = Agent()
    if agent_id is not None:
        agent = lock_agent(agent_id)
        if agent.group.tenant_id != tenant_id:
            raise NotFound(_("没有这位话务员"))
    _check(spec, agent)
    before = audit.snapshot(agent, *_AGENT) | {"skills": _skills(agent)}
    agent.user, agent.group = spec.user, spec.group
    agent.number, agent.is_active = spec.number.strip(), spec.is_active
    agent.save()
    agent.skills.all().delete()
    Skill.objects.bulk_create(
        Skill(agent=agent, line=one.line, language=one.language, level=one.level)
        for one in spec.skills
    )
    after = audit.snapshot(agent, *_AGENT) | {"skills": _skills(agent)}
    _record(actor, "callcentre.agent_saved", agent, before=before, after=after)
    return agent


def _check(spec: AgentSpec, agent: Agent) -> None:
    others = Agent.objects.exclude(pk=agent.pk)
    if spec.user.tenant_id != spec.group.tenant_id or others.filter(user=spec.user).exists():
        raise InvalidInput(_("此人不属于本单位，或已登记为话务员"), field="user")
    number = spec.number.strip()
    if not 1 <= len(number) <= 12 or others.filter(group=spec.group, number=number).exists():
        raise InvalidInput(_("请填写 12 字以内、组内未用过的话务工号"), field="number")
    keys = [(one.line, one.language) for one in spec.skills]
    if len(set(keys)) != len(keys) or any(not 1 <= one.level <= 5 for one in spec.skills):
        raise InvalidInput(_("同一热线和语言只能登记一次，等级为 1 至 5"), field="skills")
    if any(one.line and one.line.tenant_id != spec.group.tenant_id for one in spec.skills):
        raise InvalidInput(_("没有这条热线"), field="skills")


def _skills(agent: Agent) -> list[str]:
    if agent._state.adding:
        return []
    return [f"{s.line_id or '*'}/{s.language or '*'}/{s.level}" for s in agent.skills.all()]


def _require(actor: Actor, tenant_id: int) -> None:
    if isinstance(actor, User):
        permissions.require(actor, permissions.LEAD, tenant_id)


def _record(
    actor: Actor,
    action: str,
    row: AgentGroup | Agent,
    *,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    if before == after:
        return
    audit.record(
        actor,
        action,
        object_type=row._meta.model_name or "",
        object_id=row.pk,
        object_label=str(row),
        data=audit.changes(before, after),
    )
