"""Addresses of the demo city nobody could place, so that their list is not empty."""

from datetime import datetime, timedelta

from apps.places import services as places
from apps.places.models import Area

#: What citizens called places the gazetteer does not know: invented, like the city.
SAID = (
    "老机械厂宿舍3号楼",
    "机械厂宿舍门口",
    "老机械厂宿舍旁边的垃圾点",
    "云鹭广场北门",
    "云鹭广场地下车库",
    "长阜里夜市",
    "三号桥下面的健身园",
)


def load_addresses(area: Area, *, until: datetime) -> int:
    """Will report places by names of the people; gives how many nobody could place."""
    return places.take_reports(
        [
            places.PlaceReport(f"demo:{n}", text, area, until - timedelta(hours=9 * (n + 1)))
            for n, text in enumerate(SAID)
        ]
    )
