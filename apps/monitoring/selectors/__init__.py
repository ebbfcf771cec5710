"""Reads of monitoring, scoped by viewer where a viewer is named."""

from apps.monitoring.selectors.outages import list_outages, outages_within

__all__ = ["list_outages", "outages_within"]
