"""Gateways, plans and polls on the town's ground. Small and plain; deeds go through services."""

import socket
from typing import Any

from apps.audit.services import SYSTEM
from apps.polling.models import Gateway, Poll, PollPlan
from apps.polling.services import (
    GatewaySpec,
    LineSpec,
    PlanSpec,
    PollSpec,
    save_gateway,
    save_plan,
    save_poll,
)
from apps.sensing.models import Device, DeviceProfile
from tests.cast import Cast


def free_port() -> int:
    """Will give a port of this machine at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def gateway_spec(cast: Cast, **given: Any) -> GatewaySpec:
    """Will say what a gateway of the eastern district shall be."""
    plain: dict[str, Any] = {
        "name": "东区泵站网关", "protocol": "modbus", "host": "127.0.0.1", "port": free_port(),
        "unit": cast.east_works, "area": cast.east, "timeout_s": 1,
    }  # fmt: skip
    return GatewaySpec(**plain | given)


def gateway(cast: Cast, **given: Any) -> Gateway:
    """Will give a gateway of the eastern district."""
    return save_gateway(SYSTEM, spec=gateway_spec(cast, **given))


def plan_spec(**given: Any) -> PlanSpec:
    """Will say how two fields of an air station are read over Modbus: whole, and a tenth."""
    plain: dict[str, Any] = {
        "code": "air-modbus",
        "name": "空气站寄存器",
        "protocol": "modbus",
        "profile": DeviceProfile.objects.get(code="air"),
        "lines": [
            LineSpec("pm25", "0"),
            LineSpec("temperature", "1", data_type="int16", scale=0.1, offset=-40),
        ],
    }
    return PlanSpec(**plain | given)


def plan(**given: Any) -> PollPlan:
    """Will give such a plan."""
    return save_plan(SYSTEM, spec=plan_spec(**given))


def poll(
    at: Gateway, device: Device, by: PollPlan, *, address: str = "1", every_s: int = 10
) -> Poll:
    """Will have a device asked through a gateway."""
    spec = PollSpec(device=device, plan=by, every_s=every_s, address=address)
    return save_poll(SYSTEM, gateway_id=at.pk, spec=spec)
