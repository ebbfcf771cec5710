"""Modbus/TCP: registers and bits, those that stand side by side in one request.

Source: MODBUS Application Protocol V1.1b3, sections 6.1-6.4; MODBUS Messaging on TCP/IP V1.0b.
"""

import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from apps.polling.enums import DataType, Table
from apps.polling.wire import Asked, Endpoint, Line, Problem, Raw, Reader, Unanswered, Unreachable

MOST_REGISTERS = 125
_FORMATS = {
    DataType.INT16: ">h",
    DataType.UINT16: ">H",
    DataType.INT32: ">i",
    DataType.UINT32: ">I",
    DataType.FLOAT32: ">f",
    DataType.FLOAT64: ">d",
}
_EXCEPTIONS = {
    1: gettext_lazy("不支持该功能码"),
    2: gettext_lazy("没有该寄存器"),
    3: gettext_lazy("请求值有误"),
    4: gettext_lazy("设备故障"),
    6: gettext_lazy("设备忙"),
    10: gettext_lazy("网关路径不可用"),
    11: gettext_lazy("网关后的设备无应答"),
}
_NO_ANSWER = 11


@asynccontextmanager
async def connect(endpoint: Endpoint) -> AsyncIterator[Reader]:
    """Will connect and give what asks a unit for its lines. Raises: Unreachable."""
    client = AsyncModbusTcpClient(
        endpoint.host,
        port=endpoint.port,
        timeout=endpoint.timeout_s,
        retries=0,
        reconnect_delay=0,
    )
    try:
        if not await client.connect():
            raise Unreachable(_("连接不上"))

        async def read(asked: Asked) -> Raw:
            return await _read(client, asked)

        yield read
    finally:
        client.close()


def words_of(line: Line) -> int:
    """Will give how many registers, or bits, a line takes."""
    if line.table in (Table.COIL, Table.DISCRETE):
        return 1
    return struct.calcsize(_FORMATS[DataType(line.data_type)]) // 2


def decode(line: Line, registers: Sequence[int]) -> int | float:
    """Will give the number written in these registers (16 bits each), lowest address first."""
    words = [struct.pack(">H", register & 0xFFFF) for register in registers]
    if line.byte_order in ("CDAB", "DCBA"):
        words.reverse()
    if line.byte_order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    [number] = struct.unpack(_FORMATS[DataType(line.data_type)], b"".join(words))
    return number


def spans_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Will give the lines in groups that one request covers: of one table, without a hole."""
    by_place = sorted(lines, key=lambda line: (line.table, int(line.address)))
    for _table, standing in groupby(by_place, key=lambda line: line.table):
        group: list[Line] = []
        for line in standing:
            if group and not _fits(group, line):
                yield group
                group = []
            group.append(line)
        yield group


def _fits(group: list[Line], line: Line) -> bool:
    first = int(group[0].address)
    end = max(int(one.address) + words_of(one) for one in group)
    start = int(line.address)
    return start <= end and start + words_of(line) - first <= MOST_REGISTERS


async def _read(client: AsyncModbusTcpClient, asked: Asked) -> Raw:
    raw: Raw = {}
    for group in spans_of(asked.lines):
        first = int(group[0].address)
        count = max(int(line.address) + words_of(line) for line in group) - first
        found = await _ask(client, group[0].table, first, count, int(asked.address))
        for line in group:
            start = int(line.address) - first
            raw[line.field] = _value(line, found, start)
    return raw


def _value(line: Line, found: list[Any] | Problem, start: int) -> Any:
    if isinstance(found, Problem):
        return found
    words = found[start : start + words_of(line)]
    if len(words) < words_of(line):
        return Problem(_("应答过短"))
    return words[0] if line.table in (Table.COIL, Table.DISCRETE) else decode(line, words)


async def _ask(
    client: AsyncModbusTcpClient, table: str, first: int, count: int, unit: int
) -> list[Any] | Problem:
    """What stands there; a Problem where the device refuses. Raises: Unanswered."""
    ask = {
        Table.HOLDING: client.read_holding_registers,
        Table.INPUT: client.read_input_registers,
        Table.COIL: client.read_coils,
        Table.DISCRETE: client.read_discrete_inputs,
    }[Table(table)]
    try:
        answer = await ask(first, count=count, device_id=unit)
    except ModbusException as error:
        raise Unanswered(_("没有有效应答")) from error
    if answer.isError():
        code = int(getattr(answer, "exception_code", 0))
        told = str(_EXCEPTIONS.get(code) or _("异常码 %(code)d") % {"code": code})
        if code == _NO_ANSWER:
            raise Unanswered(told)
        return Problem(told)
    return list(answer.bits if table in (Table.COIL, Table.DISCRETE) else answer.registers)
