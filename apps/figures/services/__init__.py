"""Writers of the nightly look at the demands; called by the beat and when the demo is loaded."""

from apps.figures.services.snapshots import forget_old, take_all, take_snapshot

__all__ = ["forget_old", "take_all", "take_snapshot"]
