"""The grammar of what people say about a place, apart from the names in it.

Pure: works on ``text.address_key`` form. Names are recognised by the gazetteer, not here.
"""

import math
import re
from dataclasses import dataclass

# 往东200米, 向北走一百米, 东侧50米, 以西约1公里
_OFFSET = re.compile(
    r"(?:[往向朝以]|再往)?(东北|东南|西北|西南|东|南|西|北)(?:边|侧|面|方向)?(?:走|行)?"
    r"(?:大?约|大概)?(\d+(?:\.\d+)?)(米|m|公里|千米|里地)"
)
_NEAR = re.compile(r"(对面|斜对面|旁边|旁|附近|门口|隔壁|后面|前面|周边|边上)")
_HOUSE = re.compile(r"^(\d{1,5})(?:-\d+)?号(?!楼|线)")
_BUILDING = re.compile(r"^\D{0,3}?(\d{1,4})号楼")
_JUNCTION = re.compile(r"(路口|交叉|交汇|转角|拐角|与|和)")
_METRES = {"米": 1.0, "m": 1.0, "公里": 1000.0, "千米": 1000.0, "里地": 500.0}
_BEARINGS = {
    "北": 0,
    "东北": 45,
    "东": 90,
    "东南": 135,
    "南": 180,
    "西南": 225,
    "西": 270,
    "西北": 315,
}


@dataclass(frozen=True)
class Offset:
    """A walk from the named place. phrase: as it stands in the key."""

    east_m: float
    north_m: float
    phrase: str


def find_offset(key: str) -> Offset | None:
    """Will read the first walk such as 往东200米; at most 5 km, else it is not believed."""
    found = _OFFSET.search(key)
    if found is None:
        return None
    length_m = float(found.group(2)) * _METRES[found.group(3)]
    if length_m > 5000:
        return None
    angle = math.radians(_BEARINGS[found.group(1)])
    return Offset(length_m * math.sin(angle), length_m * math.cos(angle), found.group(0))


def find_nearness(key: str) -> str:
    """Will give the word that says the place is only near: 对面, 旁, 附近; else empty."""
    found = _NEAR.search(key)
    return found.group(1) if found else ""


def house_number(rest: str) -> int | None:
    """Will read the door number right after a road's name: 12号, 12-3号."""
    found = _HOUSE.match(rest)
    return int(found.group(1)) if found else None


def building_number(rest: str) -> int | None:
    """Will read the building right after an estate's name: 3号楼."""
    found = _BUILDING.match(rest)
    return int(found.group(1)) if found else None


def is_junction(key: str) -> bool:
    """Will tell whether the words speak of a crossing."""
    return bool(_JUNCTION.search(key))
