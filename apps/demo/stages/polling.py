"""Gateways and an edge node of the demo city, the devices behind them, and who answers for them.

The stations run in a process of their own (``manage.py field_stations``) where
``settings.DEMO_STATIONS`` says so; elsewhere the gateways stand there out of use.
"""

import asyncio
import hashlib
import itertools
import logging
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from apps.accounts.models import Organization, User
from apps.assets.services import AssetSpec
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.simulators import HOME, registers_of, serve_http, serve_modbus, serve_snmp
from apps.gateway.services import issue_client
from apps.places import selectors as places
from apps.places.geometry import point
from apps.polling.enums import InstallState
from apps.polling.models import EdgeNode
from apps.polling.permissions import EDGE
from apps.polling.services import (
    ApplicationSpec,
    EdgeSpec,
    GatewaySpec,
    LineSpec,
    PlanSpec,
    PollSpec,
    ReleaseSpec,
    Resources,
    Said,
    add_release,
    orders_for,
    roll_out,
    save_application,
    save_edge,
    save_gateway,
    save_plan,
    save_poll,
    set_behind,
    set_edge_active,
    set_gateway_active,
    take_heartbeat,
)
from apps.sensing.models import DeviceProfile
from apps.sensing.services import NewDevice, register_device

logger = logging.getLogger(__name__)

EDGE_NODE = "demo-edge"
EDGE_DEVICES = {"edge_node": "园区边缘节点", "gas": "园区燃气探测器", "door": "园区机房门禁"}
PORTS = {"modbus": 15020, "snmp": 16100, "http": 18080}
COMMUNITY = "citybrain-demo"
BASE = "1.3.6.1.4.1.59999"
EVERY_S = 30
STEP_S = 5.0
BEAT_STEPS = 12
#: Protocol, gateway, profile, device, address, where each field stands.
STATIONS: tuple[tuple[str, str, str, str, str, tuple[LineSpec, ...]], ...] = (
    (
        "modbus", "泵站采集网关", "water_level", "雨水泵站水位计", "1",
        (
            LineSpec("level", "0", scale=0.01),
            LineSpec("flow", "1", data_type="float32", byte_order="CDAB"),
        ),
    ),
    (
        "snmp", "配电室采集网关", "electric_fire", "配电室电气火灾探测器", "",
        (
            LineSpec("leakage", f"{BASE}.1.0"),
            LineSpec("wire_temperature", f"{BASE}.2.0", scale=0.1),
            LineSpec("current", f"{BASE}.3.0", scale=0.1),
        ),
    ),
    (
        "http", "工地采集网关", "noise_dust", "工地扬尘一体机", "/now",
        tuple(LineSpec(code, f"data.{code}") for code in ("noise", "tsp", "pm10")),
    ),
)  # fmt: skip


def load_polling(
    centers: Sequence[tuple[float, float]], *, tenant: str, until: datetime, caller: User
) -> int:
    """Will enter gateways, plans and devices at these places and give how many are polled.

    caller: the account the edge node calls as.
    Out of use where no stations run, so that nobody is troubled by their silence.
    """
    with clock.at(until):
        for number, station in enumerate(STATIONS):
            _enter(station, centers[number % len(centers)], tenant)
        _enter_edge(centers[-1], tenant, caller)
    return len(STATIONS)


def _enter_edge(center: tuple[float, float], tenant: str, caller: User) -> None:
    """A node with a card of its own and two devices behind it; it has called once."""
    here = point(*center)
    unit = Organization.objects.filter(tenant__code=tenant).order_by("path")[0]
    area = places.locate(here)
    assert area is not None
    made = {}
    for code, name in EDGE_DEVICES.items():
        profile = DeviceProfile.objects.get(code=code)
        spec = AssetSpec(profile.asset_class, name, here, owner_unit=unit, source="synthetic-demo")
        made[code] = register_device(SYSTEM, new=NewDevice(profile, f"EDGE-{code}", spec))
    client, _key = issue_client(
        SYSTEM,
        name="园区边缘节点",
        tenant=unit.tenant,
        service_user=caller,
        scopes=[EDGE],
    )
    edge = save_edge(
        SYSTEM,
        spec=EdgeSpec(EDGE_NODE, "园区边缘节点", unit, area, client, device=made.pop("edge_node")),
    )
    for device in made.values():
        set_behind(SYSTEM, edge_id=edge.pk, device=device, is_behind=True)
    _enter_application(edge)
    if not settings.DEMO_STATIONS:
        set_edge_active(SYSTEM, edge_id=edge.pk, is_active=False)


def beat(rng: random.Random) -> None:
    """Will have the demo's edge node call as it would over the interface; none, nothing.

    What is ordered to run on it runs with its next call.
    """
    edge = EdgeNode.objects.filter(code=EDGE_NODE, is_active=True).first()
    if edge is None:
        return
    resources = Resources(
        cpu_percent=round(rng.uniform(15, 45), 1),
        memory_percent=round(rng.uniform(48, 56), 1),
        disk_percent=61.0,
        temperature_c=round(rng.uniform(44, 52), 1),
    )
    running = [
        Said(order["code"], order["version"], InstallState.RUNNING)
        for order in orders_for(edge)
        if order["version"]
    ]
    take_heartbeat(
        edge.pk,
        backlog=rng.randrange(30),
        version="1.8.2",
        resources=resources,
        applications=running,
    )


def _enter_application(edge: EdgeNode) -> None:
    """An application that was rolled out and brought up to date."""
    spec = ApplicationSpec(
        "gas-guard", "燃气就地联动", edge.unit, edge.area, "探测到泄漏时就地关阀，不等平台回话"
    )
    application = save_application(SYSTEM, spec=spec)
    for version in ("1.4.0", "1.5.1"):
        package = f"http://packages.demo.city/gas-guard-{version}.tar.gz"
        digest = hashlib.sha256(package.encode()).hexdigest()
        release = add_release(
            SYSTEM, application_id=application.pk, spec=ReleaseSpec(version, digest, package)
        )
        roll_out(SYSTEM, release_id=release.pk, node_ids=[edge.pk])
        beat(random.Random(7))


def _enter(station: tuple[Any, ...], center: tuple[float, float], tenant: str) -> None:
    protocol, title, code, name, address, lines = station
    profile = DeviceProfile.objects.get(code=code)
    here = point(*center)
    unit = Organization.objects.filter(tenant__code=tenant).order_by("path")[0]
    area = places.locate(here)
    assert area is not None
    spec = AssetSpec(profile.asset_class, name, here, owner_unit=unit, source="synthetic-demo")
    device = register_device(SYSTEM, new=NewDevice(profile, f"POLL-{code}", spec))
    plan = save_plan(SYSTEM, spec=PlanSpec(f"demo-{code}", f"{name}点表", protocol, profile, lines))
    secret = {"community": COMMUNITY} if protocol == "snmp" else None
    gateway = save_gateway(
        SYSTEM,
        spec=GatewaySpec(title, protocol, HOME, PORTS[protocol], unit, area, secret=secret),
    )
    poll = PollSpec(device=device, plan=plan, every_s=EVERY_S, address=address)
    save_poll(SYSTEM, gateway_id=gateway.pk, spec=poll)
    if not settings.DEMO_STATIONS:
        set_gateway_active(SYSTEM, gateway_id=gateway.pk, is_active=False)


@dataclass
class Field:
    """What the stations say; changed in place while they answer."""

    registers: list[int] = field(default_factory=lambda: [0] * 3)
    objects: dict[int, Any] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)

    def move(self, moment: datetime, rng: random.Random) -> None:
        """Will set every value to that of a moment of the day, with a little noise."""
        wave = math.cos((moment.hour + moment.minute / 60) / 24 * 2 * math.pi)
        flow = registers_of("f", round(18 + 2 * wave + rng.gauss(0, 0.4), 2))
        self.registers[:] = [round(320 + 15 * wave + rng.gauss(0, 1)), *reversed(flow)]
        self.objects |= {
            1: round(85 + 25 * wave + rng.gauss(0, 5)),
            2: round(310 + 60 * wave + rng.gauss(0, 5)),
            3: round(420 + 200 * wave + rng.gauss(0, 20)),
        }
        noise, dust = 62 + 12 * wave + rng.gauss(0, 2), 180 + 90 * wave + rng.gauss(0, 15)
        data = {"noise": round(noise, 1), "tsp": round(dust), "pm10": round(dust / 2)}
        self.pages["/now"] = {"data": data}


async def run_stations(said: Field, *, ports: dict[str, int] = PORTS) -> dict[str, int]:
    """Will have the stations answer on the running loop and give their ports. 0: any free one."""
    return {
        "modbus": await serve_modbus({1: said.registers}, port=ports["modbus"]),
        "snmp": await serve_snmp(said.objects, port=ports["snmp"], community=COMMUNITY),
        "http": await serve_http(said.pages, port=ports["http"]),
    }


async def run_for_ever() -> None:
    """Will answer for all stations until the process ends, moving their values.

    The edge node calls once a minute.
    """
    said, rng = Field(), random.Random(clock.now().timestamp())
    said.move(clock.now(), rng)
    await run_stations(said)
    for step in itertools.count():
        if step % BEAT_STEPS == 0:
            await asyncio.to_thread(_beat_alone, rng)
        await asyncio.sleep(STEP_S)
        said.move(clock.now(), rng)


def _beat_alone(rng: random.Random) -> None:
    """A database that is away for a moment does not end the stations."""
    try:
        beat(rng)
    except DatabaseError:
        logger.exception("the demo's edge node could not call")
    finally:
        connection.close()
