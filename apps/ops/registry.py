"""What other apps tell operations: proofs that a thing works again, and figures that count use.

An app that can find out by itself whether a repair worked (a camera diagnosed anew, a host
probed) registers a proof; one that knows a figure which grows with use (hours run, kilometres)
registers a meter. Both in ``AppConfig.ready``. Source: OP-10, research section 11, 1.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.assets.models import Asset


@dataclass(frozen=True)
class Asked:
    """What a proof is asked about. since: when the repair was done; aware."""

    asset: Asset
    fault_kind: str
    since: datetime


@dataclass(frozen=True)
class Found:
    """What was found. passed: None where nothing could be found out (yet). url: inside."""

    passed: bool | None
    text: str
    url: str = ""


#: May take seconds and reach the thing; called outside any transaction.
Prove = Callable[[Asked], Found]
#: The figure of a thing now; None where it is not known.
Read = Callable[[Asset], Decimal | None]


@dataclass(frozen=True)
class ProofKind:
    """A way to find out whether a repair worked."""

    code: str
    label: Any
    prove: Prove


@dataclass(frozen=True)
class Meter:
    """A figure that grows with use."""

    code: str
    label: Any
    read: Read


_proofs: dict[str, ProofKind] = {}
_meters: dict[str, Meter] = {}


def register_proof(code: str, label: Any, prove: Prove) -> None:
    """Will ask ``prove`` after each repair of a fault kind that wants this proof.

    Raises: ValueError (the code is taken).
    """
    if code in _proofs:
        raise ValueError(f"proof {code} is already registered")
    _proofs[code] = ProofKind(code, label, prove)


def register_meter(code: str, label: Any, read: Read) -> None:
    """Will let maintenance plans count by this figure. Raises: ValueError (the code is taken)."""
    if code in _meters:
        raise ValueError(f"meter {code} is already registered")
    _meters[code] = Meter(code, label, read)


def find_proof(code: str) -> ProofKind | None:
    """Will give a proof by code, or None."""
    return _proofs.get(code)


def find_meter(code: str) -> Meter | None:
    """Will give a meter by code, or None."""
    return _meters.get(code)


def proof_choices() -> list[tuple[str, Any]]:
    """Will give (code, label) of every proof."""
    return [(code, _proofs[code].label) for code in sorted(_proofs)]


def meter_choices() -> list[tuple[str, Any]]:
    """Will give (code, label) of every meter."""
    return [(code, _meters[code].label) for code in sorted(_meters)]


@contextmanager
def temporarily(*, proof: ProofKind | None = None, meter: Meter | None = None) -> Iterator[None]:
    """Will register within the block; for tests."""
    before = (dict(_proofs), dict(_meters))
    if proof is not None:
        register_proof(proof.code, proof.label, proof.prove)
    if meter is not None:
        register_meter(meter.code, meter.label, meter.read)
    try:
        yield
    finally:
        _proofs.clear()
        _proofs.update(before[0])
        _meters.clear()
        _meters.update(before[1])
