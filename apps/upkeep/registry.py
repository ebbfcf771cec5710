"""What higher apps tell upkeep: kinds of faults that articles of the manual may be about.

Called in ``AppConfig.ready``. Source: OP-25.
"""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise

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
