"""The town with a line, a group, three agents at their seats, a leader and an inspector."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.callcentre.models import Agent, AgentGroup
from apps.callcentre.services import AgentSpec, SkillSpec, declare, save_agent, save_group
from apps.common import clock
from apps.hotline.models import Line
from tests.cast import ROLES, Cast, _person

NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """Will give a moment so long after nine in the morning."""
    return NINE + timedelta(seconds=seconds)


@dataclass
class Centre:
    """The call centre of the town."""

    cast: Cast
    line: Line
    group: AgentGroup
    agents: list[Agent]
    leader: User
    inspector: User
    stranger: User

    def sit(self, *, at: datetime = NINE) -> None:
        """Will have everybody sit down free, a second after each other."""
        for nth, agent in enumerate(self.agents):
            with clock.at(at + timedelta(seconds=nth)):
                declare(agent.user, agent_id=agent.pk, kind="free", place=f"A{nth + 1}")


@pytest.fixture
def centre(cast: Cast) -> Centre:
    return build_centre(cast)


def build_centre(cast: Cast) -> Centre:
    """Will lay the call centre into the town."""
    ROLES.setdefault(
        "shift_leader",
        [
            "callcentre.lead_agents",
            "callcentre.view_wallboard",
            "callcentre.approve_scripts",
            "hotline.play_recordings",
        ],
    )
    ROLES.setdefault(
        "quality_inspector",
        [
            "callcentre.inspect_calls",
            "callcentre.view_wallboard",
            "hotline.play_recordings",
        ],
    )
    from tests.hotline.factories import neighbour

    line = Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    people = [
        cast.acceptor,
        _person("second", "孙敏", "acceptor", cast.center),
        _person("third", "韩冰", "acceptor", cast.center),
    ]
    leader = _person("shiftleader", "罗班", "shift_leader", cast.center)
    inspector = _person("inspector", "严明", "quality_inspector", cast.center)
    stranger = neighbour(cast)
    for user in (*people, leader, inspector):
        User.objects.filter(pk=user.pk).update(tenant=cast.tenant)
        user.tenant = cast.tenant
    group = save_group(SYSTEM, tenant=cast.tenant, name="甲组", wrap_s=30)
    agents = [
        save_agent(SYSTEM, spec=AgentSpec(user, group, f"80{nth}", (SkillSpec(level=nth + 1),)))
        for nth, user in enumerate(people)
    ]
    return Centre(cast, line, group, agents, leader, inspector, stranger)
