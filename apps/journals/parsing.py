"""Lines of logs read: our own JSON, RFC 5424, and the common log format of web servers.

Pure: text in, a ``Said`` out. Whatever comes, nothing here fails but by ``Unreadable``, and what
is given is bounded. A line of no known shape is kept as it is. Source: OP-07.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from apps.common.personal import mask_personal
from apps.journals.enums import Severity

LINE_MAX, TEXT_MAX, NAME_MAX, PROGRAM_MAX = 16_384, 4_000, 64, 60
FIELDS_MAX, VALUE_MAX = 24, 200
_LEVELS = {
    "emerg": Severity.EMERGENCY, "emergency": Severity.EMERGENCY, "panic": Severity.EMERGENCY,
    "alert": Severity.ALERT, "crit": Severity.CRITICAL, "critical": Severity.CRITICAL,
    "fatal": Severity.CRITICAL, "err": Severity.ERROR, "error": Severity.ERROR,
    "warn": Severity.WARNING, "warning": Severity.WARNING, "notice": Severity.NOTICE,
    "info": Severity.INFO, "information": Severity.INFO, "debug": Severity.DEBUG,
    "trace": Severity.DEBUG,
}  # fmt: skip
_SYSLOG = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\S{1,40}) (?P<host>\S{1,255}) (?P<program>\S{1,48})"
    r" (?P<pid>\S{1,128}) (?P<message_id>\S{1,32}) (?P<rest>.*)",
    re.DOTALL,
)
_ELEMENT = re.compile(
    r'\[(?P<id>[^ =\]"]{1,32})(?P<pairs>(?: [^ =\]"]{1,32}="(?:[^"\\\]]|\\.)*")*)\]'
)
_PAIR = re.compile(r'([^ =\]"]{1,32})="((?:[^"\\\]]|\\.)*)"')
_ESCAPED = re.compile(r'\\(["\\\]])')
_COMMON = re.compile(
    r'(?P<client>\S{1,64}) \S{1,64} \S{1,64} \[(?P<at>[^\]]{10,40})\] "(?P<request>[^"]{0,2000})"'
    r" (?P<status>\d{3}) (?P<size>\d{1,12}|-)(?: .*)?",
    re.DOTALL,
)
#: What must never be kept, whoever wrote it into a line.
_SECRET = re.compile(
    r"(?i)\b(authorization|password|passwd|secret|token|api[_-]?key)(\"?\s*[:=]\s*\"?)"
    r"(?:(?:bearer|basic)\s+)?[^\s\",;&]+"
)


class Unreadable(Exception):
    """Empty, too long or not text."""


@dataclass(frozen=True)
class Said:
    """What one line says. at: aware, None where it does not tell; host "" likewise."""

    text: str
    level: Severity = Severity.INFO
    at: datetime | None = None
    host: str = ""
    program: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def read(raw: str | bytes) -> Said:
    """Will read a line of any of the three shapes, else keep it whole. Raises: Unreadable."""
    line = _text(raw)
    if line.startswith("{"):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict):
            return read_mapping(told)
    if found := _SYSLOG.fullmatch(line):
        return _syslog(found)
    if found := _COMMON.fullmatch(line):
        return _common(found)
    return Said(_covered(line))


def read_mapping(told: Mapping[str, Any]) -> Said:
    """Will read what a line says in fields: at, level, host, program, text; the rest is kept.

    Other names in use are understood (time, message, logger ...). Raises: Unreadable (no text).
    """
    rest = {str(name): value for name, value in told.items()}

    def take(*names: str) -> Any:
        found = [rest.pop(name) for name in names if name in rest]
        return next((one for one in found if one not in (None, "")), None)

    text = take("text", "message", "msg")
    if text is None:
        raise Unreadable
    error = take("error", "exc_info", "exception")
    body = f"{text}\n{error}" if error else str(text)
    return Said(
        text=_covered(body),
        level=level_of(take("level", "levelname", "severity")),
        at=_moment(take("at", "time", "timestamp", "@timestamp")),
        host=_name(take("host", "hostname"), NAME_MAX),
        program=_name(take("program", "logger", "name", "app"), PROGRAM_MAX),
        fields=_fields(rest),
    )


def level_of(said: Any) -> Severity:
    """Will understand a level by name or number; what nobody knows is information."""
    if isinstance(said, bool):
        return Severity.INFO
    if isinstance(said, int):
        return Severity(said) if 0 <= said <= 7 else Severity.INFO
    return _LEVELS.get(str(said).strip().lower(), Severity.INFO)


def _text(raw: str | bytes) -> str:
    if len(raw) > LINE_MAX:
        raise Unreadable
    line = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    line = line.removeprefix("\ufeff").replace("\x00", "").strip()
    if not line:
        raise Unreadable
    return line


def _syslog(found: re.Match[str]) -> Said:
    """Source: RFC 5424, section 6; the facility is kept as a field."""
    priority = int(found["pri"])
    fields: dict[str, str] = {"facility": str(priority >> 3)}
    for name in ("pid", "message_id"):
        if found[name] != "-":
            fields[name] = found[name]
    rest = found["rest"]
    if rest.startswith("-"):
        rest = rest[1:]
    while element := _ELEMENT.match(rest):
        for name, value in _PAIR.findall(element["pairs"]):
            fields[f"{element['id']}.{name}"] = _ESCAPED.sub(r"\1", value)
        rest = rest[element.end() :]
    program = "" if found["program"] == "-" else found["program"]
    return Said(
        text=_covered(rest.strip().removeprefix("\ufeff") or program or "-"),
        level=Severity(priority & 7),
        at=_moment(found["at"]),
        host="" if found["host"] == "-" else _name(found["host"], NAME_MAX),
        program=_name(program, PROGRAM_MAX),
        fields=_fields(fields),
    )


def _common(found: re.Match[str]) -> Said:
    """A request of a web server: 5xx is an error, 4xx a warning."""
    status = int(found["status"])
    level = (
        Severity.ERROR if status >= 500 else Severity.WARNING if status >= 400 else Severity.INFO
    )
    try:
        at = datetime.strptime(found["at"], "%d/%b/%Y:%H:%M:%S %z")
    except (ValueError, OverflowError):
        at = None
    fields = {"client": found["client"], "status": found["status"], "bytes": found["size"]}
    return Said(
        _covered(f"{found['request']} {status}"),
        level,
        at,
        program="access",
        fields=_fields(fields),
    )


def _moment(said: Any) -> datetime | None:
    """A time without a zone is UTC; one nobody understands is none."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        try:
            return datetime.fromtimestamp(said, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None
    try:
        found = parse_datetime(str(said).strip().replace(",", ".", 1)) if said else None
    except (ValueError, OverflowError):
        return None
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _name(said: Any, most: int) -> str:
    text = "".join(c for c in str(said or "") if c.isprintable() and c != " ")
    return text[:most]


def _fields(told: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, value in list(told.items())[:FIELDS_MAX]:
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
        found[_name(name, NAME_MAX)] = _covered(f"{name}={text}"[: VALUE_MAX + 65])[len(name) + 1 :]
    return found


def _covered(text: str) -> str:
    """Secrets and personal data are covered before the text is cut, so that no half is left."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return mask_personal(_SECRET.sub(r"\1\2***", clean[:LINE_MAX]))[:TEXT_MAX]
