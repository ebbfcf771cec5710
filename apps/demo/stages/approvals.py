"""What waits for a second person when the visitor arrives."""

from datetime import timedelta
from typing import Any

from apps.accounts.approvals import acts
from apps.accounts.approvals import services as approvals
from apps.accounts.models import Post, User
from apps.common import clock
from apps.demo.world import CENTER, TENANT


def load_approvals() -> int:
    """Will file two changes, let one be made alone, and give the number of them.

    Decided by the two security administrators: ``secadmin1``, and ``secadmin-second1`` where
    the first is concerned.
    """
    keeper, guard = _person("sysadmin1"), _person("secadmin1")
    supervisors = Post.objects.select_related("organization").get(
        organization__code=CENTER, organization__tenant__code=TENANT, roles__code="supervisor"
    )
    today = clock.today()
    span: dict[str, Any] = {"post": supervisors, "from_on": today, "is_primary": False}
    approvals.file_change(
        keeper,
        proposal=acts.appointment(user=_person("callback1"), **span),
        reason="年底督查任务加重，拟由回访员兼任督查员",
    )
    approvals.file_change(
        keeper,
        proposal=acts.password_reset(user=guard),
        reason="本人遗忘密码，已持工作证当面核实",
    )
    approvals.act_alone(
        keeper,
        proposal=acts.appointment(
            user=_person("dispatcher1"), to_on=today + timedelta(days=7), **span
        ),
        reason="督查员突发疾病，夜间督办无人值守，先行安排代班",
    )
    return 3


def _person(username: str) -> User:
    return User.objects.get(username=username, tenant__code=TENANT)
