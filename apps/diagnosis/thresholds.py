"""What the numbers of a picture may be: names, units, first values and their bounds.

The first values come from clips of streets by day and drawn scenes by night; a city writes its
own as a new version (``services.thresholds``). Pure data. Source: VD-06, docs/decisions/0066.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

#: Of the metrics and of judging; kept with every result.
ALGORITHM = "1.1"

DAY, NIGHT = "day", "night"


@dataclass(frozen=True)
class Threshold:
    """One value that divides. number: the number it is compared with; is_upper: whether more
    than it is a fault; low, high: what may be written; widens: whether the camera's own past
    may move it."""

    code: str
    label: Any
    unit: Any
    number: str
    day: float
    night: float
    low: float
    high: float
    is_upper: bool = True
    widens: bool = False


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("dark", _("平均亮度下限"), _("灰度"), "brightness", 30, 18, 1, 120, False, True),
    Threshold("bright", _("平均亮度上限"), _("灰度"), "brightness", 210, 175, 120, 254, True, True),
    Threshold("burnt", _("过曝像素占比上限"), "", "burnt_share", 0.35, 0.3, 0.02, 1, True, True),
    Threshold("contrast", _("灰度范围下限"), _("灰度"), "contrast", 38, 30, 2, 150, False, True),
    Threshold(
        "faded", _("灰度范围与标准画面之比下限"), "", "contrast_kept", 0.35, 0.35, 0.05, 1, False
    ),
    Threshold("washed", _("暗部高出标准画面上限"), _("灰度"), "black_lift", 35, 35, 5, 200),
    Threshold("blur", _("再模糊比上限"), "", "reblur", 0.77, 0.77, 0.3, 1, True, True),
    Threshold("cast", _("色偏距离上限"), "Lab", "cast", 15, 20, 3, 120, True, True),
    Threshold("cast_ratio", _("色偏比上限"), "", "cast_ratio", 2, 4, 0.5, 50),
    Threshold("still", _("静止画面变化上限"), _("灰度"), "change", 0.15, 0.15, 0.01, 2, False),
    Threshold("still_s", _("静止时长下限"), _("秒"), "still_s", 15, 15, 3, 60),
    Threshold("shake_turns", _("三秒内往复次数下限"), _("次"), "shake_turns", 5, 5, 2, 40),
    Threshold("noise", _("噪声上限"), _("灰度"), "noise", 6, 7, 1, 60, True, True),
    Threshold("stripe", _("条纹幅度上限"), _("灰度"), "stripe_height", 8, 8, 1, 80, True, True),
    Threshold("stripe_ratio", _("条纹突出倍数下限"), "", "stripe_ratio", 11, 11, 2, 500),
    Threshold("lost", _("单色占比上限"), "", "dominant_share", 0.98, 0.98, 0.5, 1),
    Threshold("covered", _("遮挡占比上限"), "", "covered_share", 0.08, 0.055, 0.03, 1, True, True),
    Threshold("moved", _("移位上限（画面宽度）"), "", "moved_share", 0.06, 0.06, 0.01, 1),
    Threshold("matches", _("与标准画面吻合点下限"), _("点"), "matches", 12, 12, 8, 100, False),
    Threshold("ptz", _("云台转动下限（画面宽度）"), "", "ptz_moved", 0.05, 0.05, 0.01, 1, False),
)
#: These are no fault of their own: they tell together with another number.
ONLY_WITH_ANOTHER = frozenset({"cast_ratio", "still_s", "stripe_ratio"})
BY_CODE = {one.code: one for one in THRESHOLDS}

#: By light, by code of the threshold.
Values = Mapping[str, Mapping[str, float]]

DEFAULTS: Values = {
    DAY: {one.code: float(one.day) for one in THRESHOLDS},
    NIGHT: {one.code: float(one.night) for one in THRESHOLDS},
}

#: Names of the numbers, for pages and sheets.
NUMBERS: dict[str, Any] = {
    "brightness": _("平均亮度"),
    "burnt_share": _("过曝像素占比"),
    "contrast": _("灰度范围"),
    "contrast_kept": _("灰度范围与标准画面之比"),
    "black_lift": _("暗部高出标准画面"),
    "brightness_more": _("亮度高出标准画面"),
    "reblur": _("再模糊比"),
    "cast": _("色偏距离"),
    "cast_ratio": _("色偏比"),
    "noise": _("噪声"),
    "stripe_height": _("条纹幅度"),
    "stripe_ratio": _("条纹突出倍数"),
    "dominant_share": _("单色占比"),
    "change": _("画面变化"),
    "still_s": _("观察时长（秒）"),
    "shake_turns": _("往复次数"),
    "shake_px": _("抖动幅度（像素）"),
    "covered_share": _("遮挡占比"),
    "moved_share": _("移位"),
    "matches": _("吻合点"),
    "ptz_moved": _("云台转动"),
}
