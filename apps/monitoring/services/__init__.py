"""The deeds of monitoring."""

from apps.monitoring.services.outages import begin_outage, end_outage, judge_outage, note_unknown

__all__ = ["begin_outage", "end_outage", "judge_outage", "note_unknown"]
