"""Devices of the demo city with two days of readings, and the readings of the moment."""

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.services import AssetSpec
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.geography import City
from apps.demo.world import TENANT
from apps.places.geometry import point
from apps.sensing.models import Device, DeviceProfile
from apps.sensing.services import NewDevice, register_devices, rotate_key, take_readings
from apps.sensing.services.flushing import fall_silent
from apps.sensing.services.rollups import keep_parts, roll_up

STEP = timedelta(minutes=20)
DAYS = 2
#: Profile, name, how many; those of ``BESIDE`` hang on things that stand already.
NEW = (
    ("air", "空气监测站", 4),
    ("noise_dust", "工地扬尘监测点", 3),
    ("weather", "气象站", 2),
    ("water_level", "河道水位站", 3),
    ("water_quality", "水质监测站", 1),
    ("electric_fire", "配电箱电气火灾探测器", 2),
    ("tank_level", "消防水箱液位计", 1),
    ("tunnel", "管廊环境监测点", 1),
)
BESIDE = (("hydrant", "0111", 3), ("manhole", "0103", 3), ("street_lamp", "0110", 4))
MAKERS = ("云感仪器（虚构）", "观澜传感（虚构）", "衡测科技（虚构）")
PREFIX = "DEMO-"
SILENT, FAULTY, WILD = f"{PREFIX}water_level-1", f"{PREFIX}street_lamp-1", f"{PREFIX}air-2"
Curve = Callable[[float, random.Random], Any]


def _wave(middle: float, swing: float, noise: float, peak: float = 14) -> Curve:
    """A value that rises and falls once a day, highest at the hour ``peak``."""

    def at(hour: float, rng: random.Random) -> float:
        wave = math.cos((hour - peak) / 24 * 2 * math.pi)
        return round(middle + swing * wave + rng.gauss(0, noise), 3)

    return at


def _always(value: Any) -> Curve:
    return lambda _hour, _rng: value


CURVES: dict[str, dict[str, Curve]] = {
    "air": {
        "pm25": _wave(38, 14, 3, 20),
        "pm10": _wave(65, 20, 5, 20),
        "no2": _wave(30, 12, 3, 8),
        "o3": _wave(80, 45, 5, 15),
        "co": _wave(0.6, 0.2, 0.05, 8),
        "temperature": _wave(12, 5, 0.3, 15),
        "humidity": _wave(60, -15, 2, 15),
    },
    "noise_dust": {
        "noise": _wave(62, 12, 2),
        "tsp": _wave(180, 90, 15),
        "pm10": _wave(80, 35, 8),
        "wind_speed": _wave(2.5, 1, 0.4),
    },
    "weather": {
        "temperature": _wave(12, 5, 0.2, 15),
        "humidity": _wave(60, -15, 2, 15),
        "pressure": _wave(1016, 2, 0.3, 10),
        "wind_speed": _wave(3, 1.2, 0.5),
        "rain_1h": _always(0),
    },
    "water_level": {"level": _wave(3.2, 0.15, 0.01), "flow": _wave(18, 2, 0.4)},
    "water_quality": {
        "ph": _wave(7.4, 0.15, 0.02),
        "oxygen": _wave(7.8, 0.8, 0.1),
        "ammonia": _wave(0.42, 0.05, 0.02),
        "turbidity": _wave(14, 2, 0.6),
    },
    "electric_fire": {
        "leakage": _wave(85, 25, 6, 19),
        "wire_temperature": _wave(31, 6, 0.6, 19),
        "current": _wave(42, 20, 3, 19),
        "arc": _always(False),
    },
    "tank_level": {"level": _wave(3.4, 0.2, 0.01), "battery": _always(91)},
    "tunnel": {
        "oxygen": _wave(20.7, 0.1, 0.05),
        "methane": _wave(0.6, 0.2, 0.1),
        "temperature": _wave(19, 1, 0.1),
        "humidity": _wave(72, 3, 1),
        "pump": _always(False),
    },
    "hydrant": {"pressure": _wave(0.32, 0.03, 0.005, 3), "opened": _always(False)},
    "manhole": {"opened": _always(False), "level": _wave(0.4, 0.1, 0.02, 8)},
    "street_lamp": {
        "on": lambda hour, _rng: hour >= 18 or hour < 6,
        "power": lambda hour, rng: round(120 + rng.gauss(0, 2), 1) if hour >= 18 or hour < 6 else 0,
        "status": _always("normal"),
    },
}


def load_sensing(city: City, *, until: datetime, seed: int) -> int:
    """Will enter devices, have them report for two days, and give how many devices."""
    sender = _sender()
    with clock.at(until - timedelta(days=30)):
        devices = _enter(city)
        rotate_key(SYSTEM, device_id=devices[0].pk)
    with clock.at(until):
        keep_parts()
    rng = random.Random(seed)
    moment = until - timedelta(days=DAYS)
    while moment <= until:
        with clock.at(moment):
            take_readings(_said(devices, moment, until, rng), sender=sender)
            fall_silent(now=moment)
        moment += STEP
    with clock.at(until):
        take_readings([{"node": "UNKNOWN-7", "values": {"pm25": 12}}], sender=sender)
        roll_up(most_hours=24 * (DAYS + 1))
    return len(devices)


def report_now() -> int:
    """Will have the demo's devices report of this moment, and give how many values were taken."""
    devices = list(Device.objects.filter(node__startswith=PREFIX).select_related("profile"))
    if not devices:
        return 0
    rng = random.Random(clock.now().timestamp())
    return take_readings(say_now(devices, rng), sender=_sender()).stored


def say_now(devices: list[Device], rng: random.Random) -> list[dict[str, Any]]:
    """Will give what devices report of this moment."""
    moment = clock.now()
    return _said(devices, moment, moment, rng)


def _sender() -> User:
    return User.objects.get(username="sysadmin1", tenant__code=TENANT)


def _enter(city: City) -> list[Device]:
    profiles = {p.code: p for p in DeviceProfile.objects.prefetch_related("fields")}
    news, number = [], 0
    for code, name, count in NEW:
        for serial in range(1, count + 1):
            cell = city.cells[number * 7 % len(city.cells)]
            spec = AssetSpec(
                profiles[code].asset_class,
                f"{name} {serial} 号",
                point(*cell.center),
                maker=MAKERS[number % len(MAKERS)],
                vendor="演示维保公司（虚构）",
                contract=f"YW-2026-{number + 1:03d}",
                source="synthetic-demo",
            )
            news.append(NewDevice(profiles[code], f"{PREFIX}{code}-{serial}", spec))
            number += 1
    for code, kind, count in BESIDE:
        things = Asset.objects.filter(kind__code=kind, device=None).order_by("code")[:count]
        for serial, thing in enumerate(things, 1):
            news.append(NewDevice(profiles[code], f"{PREFIX}{code}-{serial}", thing))
    return register_devices(SYSTEM, news=news)


def _said(
    devices: list[Device], moment: datetime, until: datetime, rng: random.Random
) -> list[dict[str, Any]]:
    return [
        {"node": device.node, "at": moment.isoformat(), "values": values}
        for device in devices
        if (values := _values(device, moment, until, rng))
    ]


def _values(
    device: Device, moment: datetime, until: datetime, rng: random.Random
) -> dict[str, Any]:
    """Nothing of the one that fell silent half a day before the end."""
    if device.node == SILENT and moment > until - timedelta(hours=12):
        return {}
    hour = (moment.hour + moment.minute / 60 + 8) % 24
    values = {code: curve(hour, rng) for code, curve in CURVES[device.profile.code].items()}
    if device.node == FAULTY and moment > until - timedelta(hours=5):
        values["status"] = "lamp_fault"
    if device.node == WILD and rng.random() < 0.03:
        values["pm25"] = 1500.0
    return values
