"""Numbers of a picture: plain functions of frames, no database, no thresholds.

Loaded only where something is measured (workers, benchmarks), never by what serves pages:
OpenCV is large and pictures come from outside.
"""

from apps.diagnosis.metrics.measuring import Numbers, measure

__all__ = ["Numbers", "measure"]
