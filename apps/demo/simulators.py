"""Field stations that answer over Modbus/TCP, SNMP and HTTP, so that polling meets real wires.

A station lives in a thread of its own with one event loop; ``values`` may be changed while it
runs. Of use to the demo and to the tests; nothing of it runs in production.
"""

import asyncio
import json
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.api import v2c
from pysnmp.smi.instrum import AbstractMibInstrumController

HOME = "127.0.0.1"
REGISTERS = 64
#: SNMP: the objects of a station stand below this one, named by number, each with instance 0.
ENTERPRISE = (1, 3, 6, 1, 4, 1, 59999)
_READ_BITS = (1, 2)
Oid = tuple[int, ...]


def registers_of(layout: str, *numbers: float) -> list[int]:
    """Will give the registers these numbers take, big-endian; layout: as ``struct`` names it."""
    packed = struct.pack(f">{layout}", *numbers)
    return list(struct.unpack(f">{len(packed) // 2}H", packed))


class Stage:
    """A thread with an event loop on which stations answer until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Will do the work on the stage and give what came of it. Raises: TimeoutError (10 s)."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        """Will end whatever still runs and the thread."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def stage() -> Iterator[Stage]:
    """Will give a stage for the block."""
    made = Stage()
    try:
        yield made
    finally:
        made.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def serve_modbus(
    units: Mapping[int, list[int]], *, port: int = 0, on_read: Callable[[int], None] | None = None
) -> int:
    """Will answer for these units until the loop ends, and give the port.

    units: by number the registers from 0, read live at every request; they are the unit's
    holding and input registers, and what is not 0 is a coil or input that is on. on_read: told
    of each unit that was asked. Of other units the gateway says that they do not answer.
    """
    devices = [_device(number, registers, on_read) for number, registers in units.items()]
    nobody = SimDevice(0, _words(), action=_refuse)
    server = ModbusTcpServer([*devices, nobody], address=(HOME, port))
    await server.serve_forever(background=True)
    listening: Any = server.transport
    return int(listening.sockets[0].getsockname()[1])


def _words() -> list[SimData]:
    return [SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS)]


async def _refuse(*_asked: Any) -> ExcCodes:
    return ExcCodes.GATEWAY_NO_RESPONSE


def _device(number: int, registers: list[int], on_read: Callable[[int], None] | None) -> SimDevice:
    async def act(
        function: int, start: int, address: int, count: int, current: list[int], _given: Any
    ) -> ExcCodes | None:
        if on_read is not None:
            on_read(number)
        if address + count > len(registers):
            return ExcCodes.ILLEGAL_ADDRESS
        if function in _READ_BITS:
            for place in range(address, address + count):
                _set_bit(current, place - 16 * start, registers[place] != 0)
        else:
            current[address - start : address - start + count] = registers[
                address : address + count
            ]
        return None

    bits = [SimData(0, count=16 * REGISTERS, values=False, datatype=DataType.BITS)]
    return SimDevice(number, (bits, bits, _words(), _words()), action=act)


def _set_bit(words: list[int], place: int, is_on: bool) -> None:
    word, bit = divmod(place, 16)
    words[word] = words[word] | 1 << bit if is_on else words[word] & ~(1 << bit)


class _Objects(AbstractMibInstrumController):
    """The objects of a station as the agent reads them."""

    def __init__(self, values: Mapping[int, Any], tables: Mapping[Oid, Any]) -> None:
        self._values, self._tables = values, tables

    def read_variables(self, *asked: Any, **_context: Any) -> list[Any]:
        return [(name, self._value(tuple(name))) for name, _value in asked]

    def read_next_variables(self, *asked: Any, **_context: Any) -> list[Any]:
        return [self._next(tuple(name)) for name, _value in asked]

    def _next(self, name: Oid) -> tuple[Any, Any]:
        after = min((oid for oid in self._tables if oid > name), default=None)
        if after is None:
            return v2c.ObjectIdentifier(name), v2c.EndOfMibView()
        return v2c.ObjectIdentifier(after), _told(self._tables[after])

    def _value(self, name: tuple[int, ...]) -> Any:
        held = self._values.get(name[len(ENTERPRISE)]) if len(name) > len(ENTERPRISE) else None
        if name[: len(ENTERPRISE)] != ENTERPRISE or name[-1] != 0 or held is None:
            return v2c.NoSuchObject()
        return _told(held)


def _told(held: Any) -> Any:
    if isinstance(held, tuple):
        return v2c.ObjectIdentifier(held)
    return v2c.Integer32(held) if isinstance(held, int) else v2c.OctetString(str(held))


async def serve_snmp(
    values: Mapping[int, Any],
    *,
    tables: Mapping[Oid, Any] | None = None,
    port: int = 0,
    community: str = "public",
    user: tuple[str, str, str] | None = None,
) -> int:
    """Will answer v2c by community, and v3 by user (name, SHA key, AES key), and give the port.

    values: object number below ``ENTERPRISE`` -> whole number or text. tables: whole names of
    objects that are walked, -> whole number, text or name of an object.
    """
    engine = SnmpEngine()
    transport = udp.UdpTransport().open_server_mode((HOME, port))
    config.add_transport(engine, udp.DOMAIN_NAME, transport)
    config.add_v1_system(engine, "station", community)
    config.add_vacm_user(engine, 2, "station", "noAuthNoPriv", (1, 3, 6))
    if user is not None:
        name, auth, privacy = user
        config.add_v3_user(
            engine, name, config.USM_AUTH_HMAC96_SHA, auth, config.USM_PRIV_CFB128_AES, privacy
        )
        config.add_vacm_user(engine, 3, name, "authPriv", (1, 3, 6))
    answering = context.SnmpContext(engine)
    answering.unregister_context_name(v2c.OctetString(""))
    answering.register_context_name(v2c.OctetString(""), _Objects(values, tables or {}))
    cmdrsp.GetCommandResponder(engine, answering)
    cmdrsp.BulkCommandResponder(engine, answering)
    while transport.transport is None:
        await asyncio.sleep(0.01)
    return int(transport.transport.get_extra_info("sockname")[1])


async def serve_http(answers: Mapping[str, Any], *, port: int = 0) -> int:
    """Will answer GET with a JSON document by path, 404 where there is none; gives the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).decode("latin-1").split(" ")[1]
        body = json.dumps(answers.get(path)).encode()
        status = "200 OK" if path in answers else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOME, port)
    return int(server.sockets[0].getsockname()[1])
