"""From words to a place: names found in the text, put together, ranked, explained.

names: which pieces of a text the gazetteer and the area tree know, also with a slip.
placing: from a phrase of the grammar to candidates. lines: geometry along roads.
weighing: areas, contradictions and rivals.
"""

from apps.places.selectors.geocoding.candidates import Candidate
from apps.places.selectors.geocoding.understanding import (
    UNPLACED_BELOW,
    Understanding,
    geocode,
    understand,
)

__all__ = ["UNPLACED_BELOW", "Candidate", "Understanding", "geocode", "understand"]
