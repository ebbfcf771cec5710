"""How a moving device stands to a fence: pure steps, no I/O. Source: IO-13.

A fix near the border says little. Inside is from the border inward, outside from the margin
outward, and in between everything stays as it was; a change needs several fixes in a row.
"""

from dataclasses import dataclass
from datetime import time

from apps.observing.enums import FenceRule


@dataclass(frozen=True)
class Stand:
    """is_inside: None before the first fix. doubt: so many fixes in a row say otherwise."""

    is_inside: bool | None = None
    doubt: int = 0


def step(stand: Stand, depth_m: float, *, margin_m: float, confirm: int) -> Stand:
    """Will give how it stands after one more fix.

    depth_m: metres to the border, below zero outside.
    """
    if stand.is_inside is None:
        return Stand(depth_m >= 0)
    says = True if depth_m >= 0 else False if depth_m < -margin_m else stand.is_inside
    if says == stand.is_inside:
        return Stand(stand.is_inside)
    doubt = stand.doubt + 1
    return Stand(says) if doubt >= confirm else Stand(stand.is_inside, doubt)


def is_within(at: time, since: time | None, until: time | None) -> bool:
    """Will tell whether a moment of the day lies within hours that may go past midnight."""
    if since is None or until is None:
        return True
    if since <= until:
        return since <= at < until
    return at >= since or at < until


def is_breaking(rule: str, *, is_inside: bool, in_hours: bool) -> bool:
    """Will tell whether being there, at that hour, breaks the rule."""
    if rule == FenceRule.ENTER:
        return is_inside and in_hours
    if rule == FenceRule.LEAVE:
        return not is_inside and in_hours
    return is_inside and not in_hours
