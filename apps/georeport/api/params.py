"""What a request says, read as the standard has it: an empty parameter is an absent one."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.georeport.enums import Status
from apps.georeport.selectors import Wanted
from apps.georeport.services import OpenReport, Update

LONGEST_SPAN = timedelta(days=90)
BULK_SPAN = timedelta(days=366)
MOST_ROWS = 1000
MOST_NUMBERS = 100
MOST_ANSWERS = 100
#: As long as the columns they are kept in.
_LENGTHS = {
    "account_id": 80,
    "device_id": 80,
    "email": 254,
    "address_id": 80,
    "media_url": 500,
    "first_name": 30,
    "last_name": 30,
    "phone": 40,
    "address_string": 200,
    "description": 4000,
}
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_.-]{1,60})\](\[\])?")
_NUMBER = re.compile(r"[0-9-]{1,20}")


def text(given: QueryDict, name: str) -> str:
    """Will give a parameter without its blanks; "" where it is absent.

    Raises: InvalidInput (longer than what it is kept in).
    """
    found = (given.get(name) or "").replace("\x00", "").strip()
    most = _LENGTHS.get(name, 200)
    if len(found) > most:
        raise InvalidInput(
            _("不能超过 %(most)d 个字符，现有 %(now)d 个") % {"most": most, "now": len(found)},
            field=name,
        )
    return found


def degrees(given: QueryDict, name: str, most: int) -> float | None:
    """Will give a coordinate; None where it is absent. Raises: InvalidInput (no such degree)."""
    said = text(given, name)
    if not said:
        return None
    try:
        found = float(said)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or abs(found) > most:
        if name == "lat" and most < abs(found) <= 180:
            raise InvalidInput(_("纬度不超过 90 度，lat 与 long 似乎写反了"), field=name)
        raise InvalidInput(
            _("应为 -%(most)d 到 %(most)d 之间的十进制度数") % {"most": most}, field=name
        )
    return found


def moment(given: QueryDict, name: str) -> datetime | None:
    """Will give a W3C datetime with its zone; None where it is absent. Raises: InvalidInput."""
    said = text(given, name).replace(" ", "+")  # a plus sign of the zone, sent unescaped
    if not said:
        return None
    try:
        found = parse_datetime(said)
        if found is None or not is_aware(found):
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            _("应为带时区的时间，如 2026-11-20T10:05:00+08:00"), field=name
        ) from error


def span(given: QueryDict, *, longest: timedelta = LONGEST_SPAN) -> tuple[datetime, datetime]:
    """Will give ``start_date`` and ``end_date``: the last 90 days where neither is said.

    Raises: InvalidInput (no datetime, wrong way round, longer than allowed).
    """
    since, until = moment(given, "start_date"), moment(given, "end_date")
    try:
        if until is None:
            until = since + LONGEST_SPAN if since is not None else clock.now()
        since = since if since is not None else until - LONGEST_SPAN
    except OverflowError as error:
        raise InvalidInput(_("时间超出范围"), field="start_date") from error
    if since > until:
        raise InvalidInput(_("早于 start_date"), field="end_date")
    if until - since > longest:
        raise InvalidInput(_("时间跨度不能超过 %d 天") % longest.days, field="end_date")
    return since, until


def several(given: QueryDict, name: str) -> list[str]:
    """Will give the parts of a comma list, once each. Raises: InvalidInput (too many)."""
    said = given.get(name) or ""
    found = list(dict.fromkeys(part.strip() for part in said.split(",") if part.strip()))
    if len(found) > MOST_NUMBERS:
        raise InvalidInput(_("最多 %d 个") % MOST_NUMBERS, field=name)
    return [part[:80].replace("\x00", "") for part in found]


def wanted(given: QueryDict, *, longest: timedelta = LONGEST_SPAN) -> Wanted:
    """Will read what narrows the requests; numbers go before everything else."""
    numbers = [part for part in several(given, "service_request_id") if _NUMBER.fullmatch(part)]
    if numbers or given.get("service_request_id"):
        return Wanted(numbers=numbers or ["-"])
    statuses = several(given, "status")
    if unknown := set(statuses) - set(Status.values):
        raise InvalidInput(_("应为 open 或 closed：%s") % min(unknown), field="status")
    since, until = span(given, longest=longest)
    return Wanted(
        service_codes=several(given, "service_code"),
        since=since,
        until=until,
        statuses=statuses,
    )


def page(given: QueryDict) -> slice:
    """Will read ``page`` (from 1) and ``page_size`` (1 to 1,000). Raises: InvalidInput."""
    size = _whole(given, "page_size", MOST_ROWS, MOST_ROWS)
    number = _whole(given, "page", 1, 10_000)
    return slice((number - 1) * size, number * size)


def is_said(given: QueryDict, name: str) -> bool:
    """Will tell whether a parameter says yes."""
    return (given.get(name) or "").strip().lower() in {"true", "1", "yes"}


def report(given: QueryDict) -> OpenReport:
    """Will read a report. Raises: InvalidInput (the field as the standard names it)."""
    lat, lon = degrees(given, "lat", 90), degrees(given, "long", 180)
    if (lat is None) != (lon is None):
        raise InvalidInput(_("lat 和 long 要一起给出"), field="lat" if lat is None else "long")
    return OpenReport(
        description=text(given, "description"),
        lat=lat,
        lon=lon,
        address=text(given, "address_string"),
        answers=_answers(given),
        is_hidden=is_said(given, "non_public"),
        **{
            name: text(given, name)
            for name in (
                "address_id",
                "first_name",
                "last_name",
                "phone",
                "email",
                "account_id",
                "device_id",
                "media_url",
            )
        },
    )


def update(given: QueryDict) -> Update:
    """Will read an update about a case. Raises: InvalidInput."""
    number, status = text(given, "service_request_id"), text(given, "status")
    for name, value in (("service_request_id", number), ("status", status)):
        if not value:
            raise InvalidInput(_("缺少这个参数"), field=name)
    if not _NUMBER.fullmatch(number):
        number = "-"
    return Update(
        update_id=text(given, "update_id"),
        status=status.upper(),
        text=text(given, "description"),
        at=moment(given, "updated_datetime"),
        number=number,
    )


def _answers(given: QueryDict) -> dict[str, str | list[str]]:
    """``attribute[code]=v`` and ``attribute[code][]=v``; empty ones are absent."""
    found: dict[str, str | list[str]] = {}
    for name in given:
        parts = _ATTRIBUTE.fullmatch(name)
        if parts is None:
            continue
        values = [value for value in given.getlist(name) if value.strip()]
        if values:
            found[parts[1]] = _one_or_all(values, is_list=bool(parts[2]))
    if len(found) > MOST_ANSWERS:
        raise InvalidInput(_("最多 %d 个") % MOST_ANSWERS, field="attribute")
    return found


def _one_or_all(values: Sequence[str], *, is_list: bool) -> str | list[str]:
    return list(values) if is_list or len(values) > 1 else values[0]


def _whole(given: QueryDict, name: str, default: int, most: int) -> int:
    said = text(given, name)
    if not said:
        return default
    if not (said.isascii() and said.isdigit() and len(said) < 8 and 1 <= int(said) <= most):
        raise InvalidInput(_("应为 1 到 %d 的整数") % most, field=name)
    return int(said)
