"""Where the counted rows come from. Each module reads one lower app, in bulk, and writes nothing.

A source tells which things it watches and since when, and the rows of a span. The rows are the
provenance of every figure: they are kept with the computation as they were read.
"""

from apps.appraisal.sources import devices, looks, orders, outages, recording
from apps.appraisal.sources.rows import Source, Told

#: In this order; two that speak of the same second are merged, not added.
SOURCES: tuple[Source, ...] = (
    devices.SOURCE,
    outages.SOURCE,
    recording.SOURCE,
    orders.SOURCE,
    looks.SOURCE,
)

__all__ = ["SOURCES", "Source", "Told"]
