"""Calendars and clocks for tests, made through the services."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apps.audit.services import SYSTEM
from apps.clocks import services
from apps.clocks.engine import Limit
from apps.clocks.models import Calendar, Clock

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """ "2026-09-28 10:00" in Shanghai, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def default_calendar() -> Calendar:
    return services.ensure_default_calendar(SYSTEM, name="澜州市工作日历")


def running_clock(calendar: Calendar, *, at: str = "2026-11-20 14:05", **changes: object) -> Clock:
    values = {
        "subject_type": "test.case",
        "subject_id": 1,
        "name": "handle",
        "calendar": calendar,
        "limit": Limit(5, "working_days"),
        "at": local(at),
        **changes,
    }
    return services.open_clock(**values)
