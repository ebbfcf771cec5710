"""Several calls to one thing, all within the time of one question. HTTP only; blocking."""

import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _

from apps.common.http import Answer as Page
from apps.common.http import CallFailed, Target, get_bytes, post_bytes, send_json
from apps.monitoring.probes.wire import Question, Silent

#: Lists of thousands of machines are longer than documents.
MOST_BYTES = 8 * 1024 * 1024
MOST_DEPTH = 40


class Caller:
    """Calls the thing of one question; all calls together last at most twice its time-out."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._ends = time.monotonic() + 2 * question.timeout_s

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        """Raises: CallFailed."""
        return get_bytes(
            "", headers=headers, timeout_s=self._share(), target=self._target(path),
            most_bytes=MOST_BYTES,
        )  # fmt: skip

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Page:
        """Raises: CallFailed."""
        left = self._share()
        return post_bytes(
            "", body, headers=headers, timeout_s=left, total_s=2 * left,
            target=self._target(path), most_bytes=MOST_BYTES,
        )  # fmt: skip

    def delete(self, path: str, headers: Mapping[str, str]) -> None:
        """Will say good-bye, also when the time is over: a session left open is one too many.

        Raises: CallFailed.
        """
        send_json(
            "DELETE", "", {}, headers=headers, timeout_s=max(0.5, self._left() / 2),
            target=self._target(path),
        )  # fmt: skip

    def allow_good_bye(self) -> None:
        """Will leave time for one last short call."""
        self._ends = max(self._ends, time.monotonic() + 1)

    def _share(self) -> float:
        if self._left() <= 0:
            raise CallFailed("too slow")
        return min(self._question.timeout_s, max(0.05, self._left() / 2))

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _target(self, path: str) -> Target:
        # The address was judged by ``common.networks``; a checked target is not judged again.
        scheme, host = str(self._question.settings.get("scheme", "http")), self._question.host
        return Target(scheme, host, self._question.port, path, host)


def document_of(page: Page, *fine: int) -> Any:
    """Will read JSON of an answer with one of these statuses. Raises: Silent."""
    require_status(page, *fine)
    try:
        return page.json()
    except (ValueError, RecursionError) as error:
        raise Silent(_("应答不是有效的 JSON")) from error


def tree_of(page: Page) -> ET.Element:
    """Will read XML without document types or entities, not deeper than 40. Raises: Silent."""
    try:
        root: ET.Element = ElementTree.fromstring(page.body, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise Silent(_("应答不是有效的 XML")) from error
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise Silent(_("应答不是有效的 XML"))
        level = [child for one in level for child in one]
    return root


def require_status(page: Page, *fine: int) -> None:
    """Raises: Silent (another status)."""
    if page.status in (401, 403):
        raise Silent(_("用户名或口令不对"))
    if page.status not in fine:
        raise Silent(f"HTTP {page.status}")


def local(tag: str) -> str:
    """Will give the name of an element without its name space."""
    return tag.rpartition("}")[2]


def number(value: Any, scale: float = 1) -> float | None:
    """Will read a figure told as number or text; None where it is none."""
    try:
        return float(value) * scale
    except (TypeError, ValueError):
        return None
