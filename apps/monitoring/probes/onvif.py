"""ONVIF: whether a device answers, and what time it believes it is.

Source: ONVIF Core Specification, 8.3.4 GetSystemDateAndTime (to be answered without signing in).
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from apps.common.http import CallFailed, Target, post_bytes
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import Answer, Question, Silent

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_BODY = (
    f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>'
    f'<GetSystemDateAndTime xmlns="{_DEVICE}"/></s:Body></s:Envelope>'
).encode()
_ACTION = f"{_DEVICE}/GetSystemDateAndTime"


async def ask(question: Question) -> Answer:
    """Will ask for the device's time. Figures: time_ms, skew_s. Raises: Silent."""
    path = str(question.settings.get("path", "/onvif/device_service"))
    target = Target("http", question.host, question.port, path, question.host)
    headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{_ACTION}"'}
    began, asked_at = time.perf_counter(), time.time()
    try:
        answer = await asyncio.to_thread(
            post_bytes, "", _BODY, headers=headers, timeout_s=question.timeout_s, target=target
        )
    except CallFailed as error:
        raise Silent(reason_of(error)) from error
    took = time.perf_counter() - began
    if answer.status != 200:
        raise Silent(f"HTTP {answer.status}")
    told = told_time(answer.body)
    # Told to the second: half a second is what a right clock may differ.
    skew = told.timestamp() - asked_at - took / 2
    values = {"time_ms": round(took * 1000, 3), "skew_s": round(skew, 1)}
    return Answer(values, skew_s=skew)


def told_time(body: bytes) -> datetime:
    """Will read the UTC time out of the answer. Raises: Silent (no time in it)."""
    try:
        root: Any = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Silent(_("应答不是有效的 XML")) from error
    utc = root.find(f".//{{{_SCHEMA}}}UTCDateTime")
    if utc is None:
        raise Silent(_("应答中没有 UTC 时间"))
    try:
        year, month, day, hour, minute, second = (
            int(utc.findtext(f".//{{{_SCHEMA}}}{name}"))
            for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")
        )
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (TypeError, ValueError) as error:
        raise Silent(_("应答中的时间无法识别")) from error
