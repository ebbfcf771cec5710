"""What a higher layer tells this one: in which areas somebody holds a right.

Areas lie below people, so who may work where is asked of whoever knows.
"""

from collections.abc import Callable
from typing import Any

#: The path prefixes in which the viewer holds a permission; None: everywhere.
Reach = Callable[[Any, str], "tuple[str, ...] | None"]

_answers: list[Reach] = []


def answer_reach(answer: Reach) -> None:
    """Will have questions of reach answered by this function; called once at start.

    Raises: ValueError (somebody answers already).
    """
    if _answers and _answers[0] is not answer:
        raise ValueError("reach is answered already")
    _answers[:] = [answer]


def reach_of(viewer: Any, permission: str) -> tuple[str, ...] | None:
    """Will give the path prefixes in which the viewer holds the permission; None: everywhere.

    Nowhere as long as nobody answers.
    """
    return _answers[0](viewer, permission) if _answers else ()
