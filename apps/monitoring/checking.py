"""What a check may be: its parameters by kind, judged before they are kept. No database.

Source: OP-04.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.http import is_web_port
from apps.monitoring.enums import CheckKind

_STATES = (("total", ""), ("running", ""), ("stopped", ""), ("paused", ""), ("failed", ""))
_ALLOTTED = (("cpus", ""), ("memory_gb", "GB"))
_IN_USE = (("used_gb", "GB"), ("cpu_percent", "%"))
_DISKS = (
    ("disks", ""), ("disks_failed", ""), ("disks_full", ""), ("total_gb", "GB"), ("free_gb", "GB"),
)  # fmt: skip
#: What each kind measures by itself: code, unit.
BUILT_IN: dict[str, tuple[tuple[str, str], ...]] = {
    CheckKind.ICMP: (("time_ms", "ms"),),
    CheckKind.TCP: (("time_ms", "ms"),),
    CheckKind.HTTP: (("time_ms", "ms"), ("status", ""), ("bytes", "")),
    CheckKind.SNMP: (),
    CheckKind.SQL: (("time_ms", "ms"), ("value", "")),
    CheckKind.TLS: (("days_left", "天"),),
    CheckKind.ONVIF: (("time_ms", "ms"), ("skew_s", "s")),
    CheckKind.NTP: (("offset_ms", "ms"), ("stratum", "")),
    CheckKind.METRICS: (),
    CheckKind.VCENTER: (*_STATES, *_ALLOTTED, *_IN_USE),
    CheckKind.DOCKER: _STATES,
    CheckKind.HYPERV: (*_STATES, *_ALLOTTED, ("cpu_percent", "%")),
    CheckKind.XEN: (*_STATES, *_ALLOTTED, *_IN_USE),
    CheckKind.HAPROXY: (
        ("servers", ""), ("servers_down", ""), ("backends_down", ""), ("sessions", ""),
        ("session_percent", "%"), ("queue", ""),
    ),
    CheckKind.NGINX: (
        ("connections", ""), ("reading", ""), ("writing", ""), ("waiting", ""),
        ("requests_s", "/s"), ("dropped", "/s"),
    ),
    CheckKind.HADOOP: (
        ("nodes_active", ""), ("nodes_lost", ""), ("nodes_ill", ""), ("apps_running", ""),
        ("apps_pending", ""), ("used_percent", "%"), ("cores_percent", "%"),
        ("disks_failed", ""), ("blocks_missing", ""), ("blocks_thin", ""), ("safe_mode", ""),
    ),
    CheckKind.DISKS: _DISKS,
    CheckKind.ISAPI: _DISKS,
}  # fmt: skip
_WEB = (
    CheckKind.HTTP, CheckKind.ONVIF, CheckKind.METRICS, CheckKind.VCENTER, CheckKind.DOCKER,
    CheckKind.HYPERV, CheckKind.XEN, CheckKind.HAPROXY, CheckKind.NGINX, CheckKind.HADOOP,
    CheckKind.ISAPI,
)  # fmt: skip
_ROLLING = (CheckKind.DISKS, CheckKind.ISAPI)
_SECRETS: dict[str, frozenset[str]] = {
    CheckKind.SNMP: frozenset({"community", "user", "auth_key", "priv_key"}),
    CheckKind.SQL: frozenset({"user", "password"}),
    CheckKind.VCENTER: frozenset({"user", "password"}),
    CheckKind.HYPERV: frozenset({"user", "password"}),
    CheckKind.XEN: frozenset({"user", "password"}),
    CheckKind.ISAPI: frozenset({"user", "password"}),
    CheckKind.DISKS: frozenset({"community", "user", "auth_key", "priv_key"}),
    CheckKind.HAPROXY: frozenset({"Authorization"}),
    CheckKind.NGINX: frozenset({"Authorization"}),
    CheckKind.HTTP: frozenset({"Authorization"}),
    CheckKind.METRICS: frozenset({"Authorization"}),
}
_OID = re.compile(r"\d+(\.\d+){2,40}")
_METRIC = re.compile(
    r"@(cpu|memory|disk)|((sum|max|min):)?[A-Za-z_:][\w:]*(\{[^{}]{0,150}\})?", re.ASCII
)
_QUERY_MAX = 1000


def checked_settings(kind: str, port: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Will give the parameters a check of this kind has, the others left out.

    Raises: InvalidInput (fields "kind", "port", "path", "scheme", "status", "text", "query",
        "database", "name").
    """
    if kind not in CheckKind.values:
        raise InvalidInput(_("请选择检查方式"), field="kind")
    if kind != CheckKind.ICMP and not 0 < port <= 65535:
        raise InvalidInput(_("请填写 1 到 65535 的端口"), field="port")
    # Docker's own port is one of those a web check must not reach; it is asked one fixed path.
    if kind in _WEB and kind != CheckKind.DOCKER and not is_web_port(port):
        raise InvalidInput(_("该端口不是网页服务端口"), field="port", code="port_refused")
    found: dict[str, Any] = {}
    if kind in _WEB:
        found |= _web(kind, given)
    if kind == CheckKind.SQL:
        found |= _sql(given)
    if kind in _ROLLING and given.get("rolling"):
        found["rolling"] = True
    if kind == CheckKind.TLS and given.get("name"):
        found["name"] = _plain(str(given["name"]), "name", 120)
    return found


def checked_secret(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Will give what we prove ourselves with. Raises: InvalidInput (a field of the secret)."""
    allowed = _SECRETS.get(kind, frozenset())
    found = {name: value for name, value in given.items() if value and name in allowed}
    for name, value in found.items():
        if not value.isprintable() or not value.isascii():
            raise InvalidInput(_("只能用可见的英文字符"), field=f"secret_{name}")
    if kind in (CheckKind.SNMP, CheckKind.DISKS):
        for name in ("auth_key", "priv_key"):
            if 0 < len(found.get(name, "")) < 8:
                raise InvalidInput(_("SNMP v3 的密钥至少 8 位"), field=f"secret_{name}")
        if ("auth_key" in found or "priv_key" in found) and "user" not in found:
            raise InvalidInput(_("SNMP v3 须填写用户名"), field="secret_user")
        if "priv_key" in found and "auth_key" not in found:
            raise InvalidInput(_("加密须同时填写认证密钥"), field="secret_auth_key")
    return found


def check_measure(kind: str, code: str, address: str) -> None:
    """Will judge where a figure stands. Raises: InvalidInput (fields "code", "address")."""
    built_in = [name for name, _unit in BUILT_IN[kind]]
    if kind in (CheckKind.SNMP, CheckKind.METRICS):
        pattern = _OID if kind == CheckKind.SNMP else _METRIC
        if pattern.fullmatch(address) is None:
            said = _("请填写对象标识，如 1.3.6.1.2.1.1.3.0")
            if kind == CheckKind.METRICS:
                said = _('请填写指标，如 node_load1、max:名称{标签="值"} 或 @cpu')
            raise InvalidInput(said, field="address")
    elif code not in built_in:
        told = "、".join(built_in)
        raise InvalidInput(_("这种检查可用的指标代码：%s") % told, field="code")
    elif address:
        raise InvalidInput(_("这种检查不用填写地址"), field="address")


def _web(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    path = str(given.get("path") or "")
    if path:
        if not path.startswith("/") or any(c <= " " or c in "\\\x7f" for c in path):
            raise InvalidInput(_("HTTP 路径须以 / 开头，不含空格和反斜杠"), field="path")
        if not path.isascii() or len(path) > 300:
            raise InvalidInput(_("HTTP 路径须为不超过 300 个字符的英文"), field="path")
        found["path"] = path
    scheme = str(given.get("scheme") or "http")
    if scheme not in ("http", "https"):
        raise InvalidInput(_("协议只能是 http 或 https"), field="scheme")
    if kind != CheckKind.ONVIF:
        found["scheme"] = scheme
    if kind == CheckKind.HTTP:
        if status := given.get("status"):
            if not 100 <= int(status) <= 599:
                raise InvalidInput(_("状态码须在 100 到 599 之间"), field="status")
            found["status"] = int(status)
        if text := given.get("text"):
            found["text"] = _plain(str(text), "text", 100)
    return found


def _sql(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "database": _plain(str(given.get("database") or "postgres"), "database", 63)
    }
    query = str(given.get("query") or "").strip().rstrip(";").strip()
    if query:
        if not re.match(r"(select|with|show)\b", query, re.IGNORECASE) or ";" in query:
            raise InvalidInput(_("只能是一条 select、with 或 show 语句"), field="query")
        if len(query) > _QUERY_MAX:
            raise InvalidInput(_("查询不得超过 1000 个字符"), field="query")
        found["query"] = query
    return found


def _plain(text: str, field: str, most: int) -> str:
    if len(text) > most or not text.isprintable():
        raise InvalidInput(_("内容过长，或含有不可见字符"), field=field)
    return text
