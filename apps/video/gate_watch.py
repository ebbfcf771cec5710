"""Watches what gates tell: silence, counts far from the usual, plates not read. Source: VD-13.

The alarms are of the data; where a city says so, they become work orders by themselves (OP-27).
"""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.video.models import Gate
from apps.video.selectors.gates import GateLook, look_at
from apps.video.usual import is_far, is_low

SILENT, COUNTS, PLATES, FAULT = "gate_silent", "gate_counts", "gate_plates", "gate_fault"


def register() -> None:
    """Will name the kinds of alarms about gates, and have them watched."""
    register_kind(SILENT, gettext_lazy("卡口数据缺报"))
    register_kind(COUNTS, gettext_lazy("卡口过车数异常"))
    register_kind(PLATES, gettext_lazy("卡口号牌识别率低"))
    register_kind(FAULT, gettext_lazy("卡口自报故障"))
    register_watcher(
        Watcher(
            "video.gates", gettext_lazy("卡口数据质量"), Source.DATA,
            frozenset({SILENT, COUNTS, PLATES, FAULT}), look, every_s=600,
        )
    )  # fmt: skip


def look(standing: Sequence[Standing]) -> Sighting:
    """Will say which gates in use were silent, counted far from the usual or read too few plates.

    Of a silent gate nobody can say whether the rest is over: its other alarms are unknown.
    """
    gates = Gate.objects.filter(is_active=True, camera__is_active=True)
    gates = gates.select_related("camera__asset")
    looks = look_at(gates.order_by("pk"))
    open_ones = {(one.kind, one.asset_id) for one in standing}
    troubles = [trouble for one in looks for trouble in _troubles(one, open_ones)]
    silent = {one.gate.camera.asset_id for one in looks if one.is_late}
    unseen = frozenset(
        one.asset_id for one in standing if one.asset_id in silent and one.kind != SILENT
    )
    text = _("%(n)d个卡口，%(bad)d个有异常") % {
        "n": len(looks), "bad": len({trouble.asset for trouble in troubles}),
    }  # fmt: skip
    return Sighting(text, troubles, unseen)


def _troubles(one: GateLook, open_ones: set[tuple[str, int | None]]) -> list[Trouble]:
    asset, line = one.gate.camera.asset, one.line
    hour = f"{timezone.localtime(line.hour):%m-%d %H:00}"
    found = []
    if one.gate.fault:
        sentence = _("卡口自报故障：%s。") % one.gate.fault
        found.append(Trouble(FAULT, Level.YELLOW, sentence, {"fault": one.gate.fault}, asset=asset))
    if line.counted is None:
        sentence = _("%s 起一小时的过车数据没有上报。") % hour
        return [*found, Trouble(SILENT, Level.YELLOW, sentence, {"hour": hour}, asset=asset)]
    passes, rate = line.counted.passes, line.counted.rate
    if is_far(passes, line.usual, stands=(COUNTS, asset.pk) in open_ones):
        usual = round(line.usual or 0)
        sentence = _("%(hour)s 起一小时过车 %(n)d 辆，近四周同类时段通常 %(usual)d 辆。") % {
            "hour": hour, "n": passes, "usual": usual,
        }  # fmt: skip
        facts = {"hour": hour, "passes": passes, "usual": usual}
        found.append(Trouble(COUNTS, Level.BLUE, sentence, facts, asset=asset))
    if is_low(rate, one.gate.plate_norm, stands=(PLATES, asset.pk) in open_ones):
        share = {"share": 100 * (rate or 0), "norm": 100 * one.gate.plate_norm}
        sentence = _("%(hour)s 起一小时号牌识别率 %(share).1f%%，标准 %(norm).0f%%。") % (
            share | {"hour": hour}
        )
        facts = {"hour": hour, "rate": round(rate or 0, 3), "norm": one.gate.plate_norm}
        found.append(Trouble(PLATES, Level.BLUE, sentence, facts, asset=asset))
    return found
