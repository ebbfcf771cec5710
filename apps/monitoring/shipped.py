"""The figures a new check begins with, and their limits; a city changes them like its own.

A failed disk and a lost server behind a balancer are alarms of their own (``services.parts``),
so their counts come without a limit. Source: OP-04, OP-06, PF-08.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.monitoring.enums import CheckKind

_MACHINES: tuple[dict[str, Any], ...] = (
    {"code": "total", "name": _("虚拟机总数")},
    {"code": "running", "name": _("运行中")},
    {"code": "failed", "name": _("故障的虚拟机"), "critical": 0},
    {"code": "cpus", "name": _("已分配处理器")},
    {"code": "memory_gb", "name": _("已分配内存"), "unit": "GB"},
    {
        "code": "cpu_percent", "name": _("处理器使用率"), "unit": "%", "warn": 80,
        "lasting_s": 300, "asks_capacity": True,
    },
)  # fmt: skip
_USED: dict[str, Any] = {"code": "used_gb", "name": _("已用内存"), "unit": "GB"}
_DISKS: tuple[dict[str, Any], ...] = (
    {"code": "disks", "name": _("磁盘数")},
    {"code": "disks_failed", "name": _("故障磁盘")},
    {"code": "disks_full", "name": _("已满磁盘")},
    {"code": "total_gb", "name": _("总容量"), "unit": "GB"},
    {"code": "free_gb", "name": _("剩余容量"), "unit": "GB"},
)
MEASURES: dict[str, tuple[dict[str, Any], ...]] = {
    CheckKind.HYPERV: _MACHINES,
    CheckKind.VCENTER: (*_MACHINES, _USED),
    CheckKind.XEN: (*_MACHINES, _USED),
    CheckKind.HAPROXY: (
        {"code": "servers", "name": _("后端服务器")},
        {"code": "servers_down", "name": _("不可用的后端服务器")},
        {"code": "backends_down", "name": _("全部不可用的服务组"), "critical": 0},
        {"code": "sessions", "name": _("会话数")},
        {
            "code": "session_percent", "name": _("会话占用率"), "unit": "%", "warn": 80,
            "critical": 95, "lasting_s": 60, "asks_capacity": True,
        },
        {"code": "queue", "name": _("排队请求"), "warn": 50, "lasting_s": 60},
    ),
    CheckKind.NGINX: (
        {"code": "connections", "name": _("连接数")},
        {"code": "requests_s", "name": _("每秒请求"), "unit": "/s"},
        {"code": "dropped", "name": _("丢弃的连接"), "unit": "/s", "warn": 0, "lasting_s": 60},
    ),
    CheckKind.HADOOP: (
        {"code": "nodes_active", "name": _("在线节点")},
        {"code": "nodes_lost", "name": _("失联节点"), "warn": 0},
        {
            "code": "used_percent", "name": _("容量使用率"), "unit": "%", "warn": 80,
            "critical": 95, "lasting_s": 300, "asks_capacity": True,
        },
        {"code": "disks_failed", "name": _("故障磁盘"), "warn": 0},
        {"code": "blocks_missing", "name": _("丢失的数据块"), "critical": 0},
        {"code": "safe_mode", "name": _("安全模式（不可写）"), "critical": 0},
    ),
    CheckKind.DISKS: _DISKS,
    CheckKind.ISAPI: _DISKS,
}  # fmt: skip
