"""Whole columns to and from the database in its binary form; for ``journeys``.

A column of thousands of numbers is one value of an array type; numpy lays it out in one go,
where a text or an object for each number costs more than the database needs to store it. No
element is null: who needs that agrees on a value that stands for it.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the database counts from here
_MICROSECOND = timedelta(microseconds=1)
_HEAD = struct.Struct(">iiiii")  # dimensions, nulls, type, length, first index
_FIRST, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # of rows for COPY: no flags, no more


class Kind(NamedTuple):
    """A type of the database: its number there, how one value is laid out, how we have it."""

    oid: int
    layout: str
    ours: str


BOOLEAN = Kind(16, "?", "?")
BIGINT = Kind(20, ">i8", "i8")
SMALLINT = Kind(21, ">i2", "i2")
FLOAT = Kind(701, ">f8", "f8")
#: Microseconds since 2000, UTC; ``BEFORE_ALL`` is "-infinity".
MOMENT = Kind(1184, ">i8", "i8")
BEFORE_ALL = -(2**63)


def micros(at: datetime) -> int:
    """Will give an aware moment as ``MOMENT`` has it."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """Will give the moment of so many microseconds since 2000, UTC."""
    return _EPOCH + at * _MICROSECOND


def packed(column: Column | list[Any], kind: Kind) -> bytes:
    """Will lay out a column as the array the database receives (``array_recv``)."""
    laid = np.empty(len(column), [("size", ">i4"), ("value", kind.layout)])
    laid["size"] = laid.dtype["value"].itemsize
    laid["value"] = column
    return _HEAD.pack(1, 0, kind.oid, len(laid), 1) + laid.tobytes()


def texts(told: Iterable[str | None]) -> str:
    """Will write an array of texts as the database reads it."""
    return f"{{{','.join(map(_quoted, told))}}}"


def _quoted(text: str | None) -> str:
    if text is None:
        return "NULL"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def rows(told: Sequence[tuple[Column, Kind]]) -> bytes:
    """Will lay out columns of one length as the rows ``copy … (format binary)`` reads.

    Source: PostgreSQL manual, COPY, Binary Format.
    """
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for place, (_column, kind) in enumerate(told):
        layout += [(f"size{place}", ">i4"), (f"value{place}", kind.layout)]
    laid = np.empty(len(told[0][0]), layout)
    laid["fields"] = len(told)
    for place, (column, _kind) in enumerate(told):
        laid[f"size{place}"] = laid.dtype[f"value{place}"].itemsize
        laid[f"value{place}"] = column
    return _FIRST + laid.tobytes() + _END


def unpacked(sent: bytes | None, kind: Kind) -> Column:
    """Will read an array as the database sends it (``array_send``); null is an empty one.

    Raises: ValueError (another type, a null within, more than one dimension).
    """
    if sent is None:
        return np.empty(0, kind.ours)
    dimensions, nulls, oid = struct.unpack_from(">iii", sent)
    if dimensions == 0:
        return np.empty(0, kind.ours)
    if (dimensions, nulls, oid) != (1, 0, kind.oid):
        raise ValueError(f"no plain array of type {kind.oid}: {(dimensions, nulls, oid)}")
    layout = [("size", ">i4"), ("value", kind.layout)]
    laid = np.frombuffer(sent, layout, offset=_HEAD.size)
    return laid["value"].astype(kind.ours)
