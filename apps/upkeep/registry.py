"""What higher apps tell upkeep: kinds of faults of the manual, kinds of evidence of a year's plan.

Called in ``AppConfig.ready``. Source: OP-25, OP-26.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from apps.accounts.models import User

#: Gives pairs of code and label.
FaultKinds = Callable[[], Iterable[tuple[str, Promise | str]]]
_fault_kinds: list[FaultKinds] = []


def register_fault_kinds(kinds: FaultKinds) -> None:
    """Will offer these kinds of faults to whoever writes an article."""
    if kinds not in _fault_kinds:
        _fault_kinds.append(kinds)


def all_fault_kinds() -> dict[str, str]:
    """Will give the known kinds of faults, code to label."""
    return {code: str(label) for kinds in _fault_kinds for code, label in kinds()}


@dataclass(frozen=True)
class Evidence:
    """Something that shows what was done. ref: within its kind; url: a page of our own."""

    ref: str
    label: str
    url: str


@dataclass(frozen=True)
class EvidenceKind:
    """A kind of it. of_year: what the viewer may see of a year, the newest first, a hundred."""

    code: str
    label: Promise | str
    of_year: Callable[[User, int], Iterable[Evidence]]


_evidence: dict[str, EvidenceKind] = {}


def register_evidence(kind: EvidenceKind) -> None:
    """Will offer this kind to whoever shows that an item of a plan was done.

    Raises: ValueError (another one has its code).
    """
    if _evidence.setdefault(kind.code, kind) != kind:
        raise ValueError(kind.code)


def all_evidence() -> list[EvidenceKind]:
    """Will give the known kinds in the order they came."""
    return list(_evidence.values())
