"""One bounded call, and what an answer may look like."""

import math
from typing import Any

from apps.assist.enums import Outcome
from apps.assist.registry import Access, AssistFailed
from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_bytes

#: Words, not documents: whatever is longer is no answer to what was asked.
MOST_BYTES = 64 * 1024
LONGEST_VERSION = 80


def post(
    access: Access, path: str, body: bytes, media_type: str, *, most_bytes: int = MOST_BYTES
) -> dict[str, Any]:
    """Will send a body to a path below the address and give the JSON object that came back.

    Raises: AssistFailed.
    """
    headers = {"Content-Type": media_type}
    if access.secret:
        headers["Authorization"] = f"Bearer {access.secret}"
    url = access.address.rstrip("/") + path
    try:
        answer = post_bytes(
            url, body, headers=headers, timeout_s=access.timeout_s, total_s=access.timeout_s,
            most_bytes=most_bytes,
        )  # fmt: skip
    except (CallFailed, InvalidInput) as error:
        raise AssistFailed(Outcome.UNREACHABLE, str(error)) from error
    if answer.status != 200:
        raise AssistFailed(Outcome.REFUSED, f"HTTP {answer.status}")
    try:
        told = answer.json()
    except (ValueError, RecursionError) as error:
        raise unusable("no JSON") from error
    if not isinstance(told, dict):
        raise unusable("no JSON object")
    return told


def unusable(text: str) -> AssistFailed:
    """Will give the failure of an answer that makes no sense."""
    return AssistFailed(Outcome.UNUSABLE, text)


def plain(value: Any, *, longest: int) -> str:
    """Will give a text without control characters. Raises: AssistFailed (none, or too long)."""
    if not isinstance(value, str):
        raise unusable("a text was expected")
    kept = "".join(c for c in value if c.isprintable() or c == "\n").strip()
    if not kept or len(kept) > longest:
        raise unusable(f"a text of 1 to {longest} characters was expected")
    return kept


def confidence(value: Any) -> float | None:
    """Will give a share of one; None where it is not told. Raises: AssistFailed."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unusable("a confidence is a number")
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise unusable("a confidence lies between 0 and 1")
    return float(value)


def version(told: dict[str, Any], *names: str) -> str:
    """Will give what the assistant calls its model, "" where it does not say."""
    said = [told[name] for name in names if isinstance(told.get(name), str)]
    return " ".join(said)[:LONGEST_VERSION]
