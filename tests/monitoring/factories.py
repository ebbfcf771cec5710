"""Equipment of the town that is watched, and people who watch it."""

from datetime import datetime
from typing import Any

from apps.accounts.models import Organization, User
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.monitoring.models import Check, Measure, Target
from apps.monitoring.services import (
    CheckSpec,
    MeasureSpec,
    check_due,
    save_check,
    save_measure,
    save_target,
)
from tests.people import appointed

RIGHTS = {
    "watcher": ["monitoring.view_monitoring", "monitoring.run_checks", "alarms.view_alarms"],
    "keeper": [
        "monitoring.view_monitoring",
        "monitoring.run_checks",
        "monitoring.keep_targets",
        "alarms.view_alarms",
        "alarms.arrange_alarms",
    ],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = RIGHTS[role]
    return appointed(name, unit, role=f"monitoring-{role}", rights=rights)


def target(thing: Asset, *, kind: str = "server", host: str = "127.0.0.1") -> Target:
    """Will have a thing of the town watched."""
    return save_target(SYSTEM, asset=thing, kind=kind, host=host)


def check(at: Target, kind: str, port: int = 0, **given: Any) -> Check:
    """Will have a question asked of it, each minute, with a second to answer."""
    plain: dict[str, Any] = {"name": f"{kind} {port}", "timeout_s": 1, "every_s": 60}
    return save_check(SYSTEM, target_id=at.pk, spec=CheckSpec(kind, port=port, **plain | given))


def measure(of: Check, code: str, **given: Any) -> Measure:
    """Will have a figure of it kept."""
    spec = MeasureSpec(code, **{"name": code} | given)
    return save_measure(SYSTEM, target_id=of.target_id, check_id=of.pk, spec=spec)


def ask_now(at: datetime) -> int:
    """Will make every check at this moment, due or not, and give how many were answered."""
    with clock.at(at):
        Check.objects.update(due_at=at)
        return check_due()
