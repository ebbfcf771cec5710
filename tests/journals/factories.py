"""People who read and keep logs, and lines. Deeds go through services."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.gateway.services import issue_client
from apps.journals.enums import Origin
from apps.journals.models import Host, HourCount
from apps.journals.permissions import KEEP, SEND, VIEW
from apps.journals.services import Taken, take_lines
from tests.cast import Cast
from tests.people import appointed

RIGHTS = {"reader": [VIEW], "keeper": [VIEW, KEEP, "alarms.view_alarms"]}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    return appointed(name, unit, role=f"logs-{role}", rights=RIGHTS[role])


def key(cast: Cast, *scopes: str) -> str:
    """Will give the header of a program that may send lines, or may what is told."""
    user = appointed("collector", cast.center, role="collector", rights=[SEND])
    _client, secret = issue_client(
        SYSTEM, name="日志采集", tenant=cast.tenant, service_user=user, scopes=scopes or [SEND]
    )
    return f"Api-Key {secret}"


def host(cast: Cast, name: str, *, west: bool = False) -> Host:
    """Will give a host of the eastern (or western) district."""
    area = cast.west if west else cast.east
    return Host.objects.create(name=name, area=area, seen_at=datetime(2026, 1, 1).astimezone())


def lines(name: str, *texts: str, **given: Any) -> Taken:
    """Will have a host write lines at once or at a moment (``at``), as errors unless told."""
    told = {"level": "error", "program": "gateway"} | given
    if "at" in told:
        told["at"] = told["at"].isoformat()
    return take_lines([told | {"text": text} for text in texts], origin=Origin.HTTP, host=name)


def weeks(of: Host, hour: datetime, *counts: int, program: str = "gateway", level: int = 3) -> None:
    """Will lay down the counts of the same hour of the weeks before, the latest first."""
    HourCount.objects.bulk_create(
        HourCount(
            host=of, program=program, level=level, hour=hour - timedelta(weeks=week), count=count
        )
        for week, count in enumerate(counts, start=1)
    )  # fmt: skip
