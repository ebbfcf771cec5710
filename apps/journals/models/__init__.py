"""Hosts that write, their lines by day, counts by hour, rules and what departs from the usual."""

from apps.journals.models.lines import FollowedFile, Host, HourCount, Line
from apps.journals.models.watching import Deviation, LineRule

__all__ = ["Deviation", "FollowedFile", "Host", "HourCount", "Line", "LineRule"]
