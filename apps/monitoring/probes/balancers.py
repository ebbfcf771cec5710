"""Load balancers: HAProxy by its statistics as CSV, nginx by ``stub_status``.

Source: OP-06; HAProxy Management Guide 9.1 (CSV), ngx_http_stub_status_module.
"""

import asyncio
import csv
import io
import re
import time
from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller, number, require_status
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import LOST_BACKEND, Answer, Part, Question, Silent

HAPROXY_PATH, NGINX_PATH = "/stats;csv", "/nginx_status"
MOST_SERVERS = 500
_NGINX = re.compile(
    r"Active connections:\s*(\d+)\s+server accepts handled requests\s+(\d+)\s+(\d+)\s+(\d+)\s+"
    r"Reading:\s*(\d+)\s*Writing:\s*(\d+)\s*Waiting:\s*(\d+)"
)


async def haproxy(question: Question) -> Answer:
    """Will read the statistics. Raises: Silent.

    Figures: servers, servers_down, backends_down (no server left), sessions, session_percent (of
    the fullest front end), queue. parts: each server that is checked; out for maintenance is not
    down.
    """
    text = await _page(question, HAPROXY_PATH)
    if not text.startswith("# pxname,svname,"):
        raise Silent(_("应答不是 HAProxy 的统计数据"))
    rows = list(csv.DictReader(io.StringIO(text[2:])))
    fronts = [row for row in rows if row["svname"] == "FRONTEND"]
    backs = [row for row in rows if row["svname"] == "BACKEND"]
    servers = [row for row in rows if row not in fronts and row not in backs][:MOST_SERVERS]
    parts = [_server(row) for row in servers]
    values = {
        "servers": float(len(parts)),
        "servers_down": float(sum(bool(part.trouble) for part in parts)),
        "backends_down": float(sum(_is_down(row) for row in backs)),
        "sessions": sum(_figure(row, "scur") for row in fronts),
        "session_percent": max((_fullness(row) for row in fronts), default=0.0),
        "queue": sum(_figure(row, "qcur") for row in backs),
    }
    return Answer(values, parts=parts)


def _server(row: Mapping[str, str]) -> Part:
    name, status = f"{row['pxname']}/{row['svname']}"[:80], str(row.get("status") or "")[:40]
    facts = {str(_("会话")): _figure(row, "scur")}
    return Part("backend", name, LOST_BACKEND if _is_down(row) else "", status, facts)


def _is_down(row: Mapping[str, str]) -> bool:
    """What is on its way up ("DOWN 1/2") serves nobody yet."""
    return str(row.get("status") or "").startswith("DOWN")


def _fullness(row: Mapping[str, str]) -> float:
    most = _figure(row, "slim")
    return round(100 * _figure(row, "scur") / most, 2) if most else 0.0


def _figure(row: Mapping[str, str], name: str) -> float:
    return number(row.get(name)) or 0.0


async def nginx(question: Question) -> Answer:
    """Will read ``stub_status``. Raises: Silent.

    Figures: connections, reading, writing, waiting, dropped and requests_s (both since the last
    answer, per second).
    """
    found = _NGINX.search(await _page(question, NGINX_PATH))
    if found is None:
        raise Silent(_("应答不是 nginx 的状态页"))
    active, accepted, handled, requests, reading, writing, waiting = map(float, found.groups())
    values = {"connections": active, "reading": reading, "writing": writing, "waiting": waiting}
    memo = {"at": time.time(), "requests": requests, "dropped": accepted - handled}
    before = {name: number(question.memo.get(name)) for name in memo}
    if (then := before["at"]) is not None and (passed := memo["at"] - then) > 0:
        for name, code in (("requests", "requests_s"), ("dropped", "dropped")):
            if (last := before[name]) is not None and memo[name] >= last:
                values[code] = round((memo[name] - last) / passed, 3)
    return Answer(values, memo=memo)


async def _page(question: Question, usual: str) -> str:
    headers = {"Accept": "*/*"}
    if authorization := question.secret.get("Authorization"):
        headers["Authorization"] = authorization
    path = str(question.settings.get("path") or usual)
    try:
        page = await asyncio.to_thread(Caller(question).get, path, headers)
    except CallFailed as error:
        raise Silent(reason_of(error)) from error
    require_status(page, 200)
    return page.body.decode("utf-8", "replace")
