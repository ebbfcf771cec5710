"""The writers of this app: calendars, clocks, timers.

No permission is checked here: the callers know who may suspend or extend what.
"""

from apps.clocks.engine import Limit
from apps.clocks.ledger import Threshold
from apps.clocks.notice import NoticeDay
from apps.clocks.selectors import calendar_for
from apps.clocks.services.calendars import (
    create_calendar,
    ensure_default_calendar,
    import_days,
    preview_days,
    publish,
    remove_day,
    set_day,
    set_week,
)
from apps.clocks.services.following import (
    Followed,
    Following,
    follow_calendar,
    preview_following,
)
from apps.clocks.services.holding import hold_open, open_questions
from apps.clocks.services.running import (
    change_limit,
    extend,
    hurry,
    open_clock,
    recompute,
    restart,
    resume,
    stop,
    suspend,
)
from apps.clocks.services.timers import fire_due

__all__ = [
    "Followed",
    "Following",
    "Limit",
    "NoticeDay",
    "Threshold",
    "calendar_for",
    "change_limit",
    "create_calendar",
    "ensure_default_calendar",
    "extend",
    "fire_due",
    "follow_calendar",
    "hold_open",
    "hurry",
    "import_days",
    "open_clock",
    "open_questions",
    "preview_days",
    "preview_following",
    "publish",
    "recompute",
    "remove_day",
    "restart",
    "resume",
    "set_day",
    "set_week",
    "stop",
    "suspend",
]
