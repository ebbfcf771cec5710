"""The grammar of what people say about a place. Pure Python, no database.

``read`` cuts a text into parts: areas, roads, numbers, buildings, crossings, walks and so on,
each with its span in the text. Names known to the gazetteer may be given; others are told by
their endings. ``phrases`` puts parts together to the places they describe. Work is bounded:
of a longer text only the first two lines are read.
"""

from apps.places.address.parts import Name, Part, Reading
from apps.places.address.phrases import (
    Between,
    Building,
    Crossing,
    Mark,
    Named,
    OnRoad,
    Phrase,
    phrases,
)
from apps.places.address.scanner import MAX_KEY, MAX_TEXT, read

__all__ = [
    "MAX_KEY",
    "MAX_TEXT",
    "Between",
    "Building",
    "Crossing",
    "Mark",
    "Name",
    "Named",
    "OnRoad",
    "Part",
    "Phrase",
    "Reading",
    "phrases",
    "read",
]
