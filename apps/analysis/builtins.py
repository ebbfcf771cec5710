"""The classical algorithms as the warehouse knows them: names, parameters, how they are made.

Nothing heavy is imported here; ``load`` does it in worker processes. Source: VD-09, CP-05.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.algorithms.contract import BuiltIn, Parameter, Plugin
from apps.algorithms.enums import OutputKind, Task

VERSION = "1.0"

_THRESHOLD = Parameter("threshold", _("灵敏阈值"), 20, 8, 80)
_LEAST_AREA = Parameter("least_area", _("最小目标面积（占画面）"), 0.0006, 0.0001, 0.2)
_GAP = Parameter("gap_s", _("允许中断（秒）"), 3, 0.2, 120, "s")


def _absorb(default: float) -> Parameter:
    return Parameter("absorb_s", _("静止多久并入背景（秒）"), default, 5, 86400, "s")


def _least(default: float) -> Parameter:
    return Parameter("least_s", _("持续多久才算（秒）"), default, 0, 86400, "s")


def _from(module: str, name: str) -> Callable[[Mapping[str, float], Mapping[str, Any]], Plugin]:
    """Will load on first use: pages know the name of an algorithm and never its code."""

    def load(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
        plugin: Plugin = getattr(import_module(f"apps.analysis.vision.{module}"), name)(
            parameters, drawing
        )
        return plugin

    return load


BUILTINS = (
    BuiltIn(
        "line-count", VERSION, _("过线计数（人、车）"), Task.LINE_COUNT, OutputKind.COUNTS,
        _from("counting", "line_count"), (_THRESHOLD, _LEAST_AREA, _absorb(30)),
    ),
    BuiltIn(
        "crowding", VERSION, _("拥挤度指数"), Task.CROWDING, OutputKind.SCALAR,
        _from("presence", "crowding"),
        (
            _THRESHOLD, _LEAST_AREA, _absorb(1800), _least(10), _GAP,
            Parameter("limit", _("拥挤度上限（折合人数）"), 20, 1, 10000),
            Parameter("factor", _("标定系数"), 1, 0.05, 20),
        ),
    ),
    BuiltIn(
        "intrusion", VERSION, _("区域入侵"), Task.INTRUSION, OutputKind.BOXES,
        _from("presence", "intrusion"), (_THRESHOLD, _LEAST_AREA, _absorb(600), _least(0.5), _GAP),
    ),
    BuiltIn(
        "loitering", VERSION, _("徘徊滞留"), Task.LOITERING, OutputKind.BOXES,
        _from("presence", "loitering"),
        (
            _THRESHOLD, _LEAST_AREA, _absorb(1800), _least(60), _GAP,
            Parameter("fill", _("区域占满比例"), 0.02, 0.001, 0.9),
        ),
    ),
    BuiltIn(
        "absence", VERSION, _("离岗"), Task.ABSENCE, OutputKind.SCALAR,
        _from("presence", "absence"),
        (
            _THRESHOLD, _LEAST_AREA, _absorb(7200), _least(300), _GAP,
            Parameter("fill", _("有人时区域占满比例"), 0.02, 0.001, 0.9),
        ),
    ),
    BuiltIn(
        "occupation", VERSION, _("消防通道占用与违停"), Task.OCCUPATION, OutputKind.BOXES,
        _from("standing", "occupation"),
        (
            Parameter("threshold", _("灵敏阈值"), 4, 2, 20),
            Parameter("least_area", _("最小目标面积（占画面）"), 0.004, 0.0005, 0.5),
            _least(60), _GAP,
        ),
    ),
    BuiltIn(
        "left-object", VERSION, _("遗留与移除物品"), Task.LEFT_OBJECT, OutputKind.BOXES,
        _from("standing", "left_object"),
        (
            Parameter("threshold", _("灵敏阈值"), 4, 2, 20),
            Parameter("least_area", _("最小目标面积（占画面）"), 0.0008, 0.0002, 0.2),
            Parameter("most_area", _("最大目标面积（占画面）"), 0.02, 0.001, 0.5),
            _least(30), _GAP,
        ),
    ),
    BuiltIn(
        "smoke-fire", VERSION, _("烟火提示"), Task.SMOKE_FIRE, OutputKind.SCALAR,
        _from("hints", "smoke_fire"),
        (Parameter("fill", _("火色闪动占区域比例"), 0.001, 0.0001, 0.5), _least(2), _GAP),
        is_hint=True,
    ),
    BuiltIn(
        "smoke", VERSION, _("烟雾提示"), Task.SMOKE_FIRE, OutputKind.SCALAR,
        _from("smoke", "smoke"),
        (Parameter("fill", _("烟雾占区域比例"), 0.01, 0.001, 0.9), _least(2), _GAP),
        is_hint=True,
    ),
    BuiltIn(
        "water-level", VERSION, _("水位读数提示"), Task.WATER_LEVEL, OutputKind.SCALAR,
        _from("hints", "water_level"),
        (
            Parameter("limit", _("水位上限"), 3, -1000, 10000),
            Parameter("smooth", _("取中位数的帧数"), 5, 1, 100), _least(5), _GAP,
        ),
        is_hint=True,
    ),
)  # fmt: skip


def register() -> None:
    """Will bring them to the warehouse."""
    from apps.algorithms.registry import register_builtin

    for one in BUILTINS:
        register_builtin(one)
