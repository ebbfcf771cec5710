"""Gate cameras of the demo city: four weeks counted, one of them reads too few plates.

Their server is played: beat has it tell of every hour that is over.
"""

import math
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.video.enums import Network
from apps.video.models import Camera, Gate
from apps.video.selectors.gates import HOUR
from apps.video.services import HourSaid, save_gate, take_gate_hours

CITY = ZoneInfo("Asia/Shanghai")
COUNT = 3
#: Vehicles of a busy hour, and the share of plates read, gate by gate.
BUSY = (900, 620, 340)
READ = (0.97, 0.95, 0.78)


def load_gates(*, until: datetime) -> int:
    """Will make some networked cameras gates, with four weeks behind them; gives how many."""
    cameras = Camera.objects.filter(network=Network.NETWORKED).order_by("gb_code")[:COUNT]
    with clock.at(until):
        for camera in cameras:
            save_gate(SYSTEM, camera_id=camera.pk)
        tell_gates(since=until - timedelta(weeks=4))
    return len(cameras)


def tell_gates(*, since: datetime | None = None) -> int:
    """Will tell of the hours over since then, or since each gate was heard; gives how many."""
    now = clock.now()
    over = now.replace(minute=0, second=0, microsecond=0)
    rows = []
    for number, gate in enumerate(Gate.objects.select_related("camera").order_by("pk")[:COUNT]):
        begin = since or max(gate.heard_at or now, now - timedelta(days=7))
        hour = begin.replace(minute=0, second=0, microsecond=0)
        while hour < over:
            rows.append(_hour(number, gate, hour))
            hour += HOUR
    written, _refused = take_gate_hours(rows) if rows else (0, [])
    return written


def _hour(number: int, gate: Gate, hour: datetime) -> HourSaid:
    local = hour.astimezone(CITY)
    rng = random.Random(f"{number}{local:%Y%m%d%H}")
    rush = math.exp(-((local.hour - 8) ** 2) / 6) + math.exp(-((local.hour - 18) ** 2) / 8)
    day = 0.06 + 0.5 * max(0.0, math.sin(math.pi * (local.hour - 5) / 18)) + 0.6 * rush
    share = 0.75 if local.weekday() >= 5 else 1.0
    passes = round(BUSY[number] * day * share * rng.uniform(0.9, 1.1))
    return HourSaid(gate.camera.gb_code, hour, passes, round(passes * READ[number]))
