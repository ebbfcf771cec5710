"""Names nobody bears: syllables put together, each used once in a city."""

import random

_FIRST = "海云观澜港松竹梅兰桂枫柏榆柳荷莲清明秀金银玉翠碧青紫丹朝晨夕晓星月虹霞锦瑞嘉"
_SECOND = "泊台湾岭峰溪泉浦屿洲滩岸桥亭坊塘林苑园景安宁康泰和顺源湖渚渡汀崖石原川野"
# Stems that would name a real place.
_TAKEN = frozenset(
    {
        "桂林",
        "海宁",
        "海安",
        "云安",
        "瑞安",
        "银川",
        "金川",
        "青川",
        "金湖",
        "清原",
        "清苑",
        "秀洲",
        "海原",
        "海林",
        "玉泉",
        "清泉",
        "金景",
    }
)
CITY = "澜州市"
DISTRICTS = ("港东区", "云山区", "澜湾区", "北浦区", "松岭区", "海屿区", "新泽区", "金滩区")
ESTATE_ENDINGS = ("花园", "小区", "家园", "新村", "公寓", "雅苑", "名苑", "佳园")
RIVER = "清澜河"
HILL = "云台岭"
BAY = "澜湾"
SEA = "澜海"


class NamePool:
    """Draws two-syllable stems without repeating; three syllables when those run out."""

    def __init__(self, rng: random.Random) -> None:
        self._stems = [a + b for a in _FIRST for b in _SECOND if a + b not in _TAKEN]
        rng.shuffle(self._stems)
        self._extra = [s + c for s in self._stems for c in "东西南北中"]

    def stem(self) -> str:
        """Will give a stem never given before."""
        return self._stems.pop() if self._stems else self._extra.pop()
