"""Files of map data, read row by row and never believed.

Every reader gives the same: what fields there are, which coordinate system is stated, and the
rows with a shapely geometry in the file's own coordinates. Nothing is written here. A reader
refuses with ``InvalidInput`` (field ``file``) what is damaged or beyond the limits.
"""

from apps.geodata.reading.base import (
    MAX_BYTES,
    MAX_FEATURES,
    MAX_VERTICES,
    RawRow,
    Reader,
    Reading,
)
from apps.geodata.reading.opening import open_reader, tell_format

__all__ = [
    "MAX_BYTES",
    "MAX_FEATURES",
    "MAX_VERTICES",
    "RawRow",
    "Reader",
    "Reading",
    "open_reader",
    "tell_format",
]
