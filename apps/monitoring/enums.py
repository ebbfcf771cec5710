"""The choices of this app, with the words people see."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class TargetKind(TextChoices):
    """What sort of equipment or service is watched. Source: OP-02, OP-04, OP-05, OP-06."""

    SERVER = "server", _("服务器")
    SWITCH = "switch", _("交换机")
    ROUTER = "router", _("路由器")
    STORAGE = "storage", _("存储")
    DECODER = "decoder", _("解码设备")
    RECORDER = "recorder", _("录像机")
    DATABASE = "database", _("数据库")
    MIDDLEWARE = "middleware", _("中间件")
    HOST = "host", _("虚拟机宿主")
    MACHINE = "machine", _("虚拟机")
    SERVICE = "service", _("应用服务")
    VIDEO = "video", _("视频服务")
    ENVIRONMENT = "environment", _("动环设备")


class State(TextChoices):
    """How a thing stands. unknown: nobody can say, which is neither good nor bad."""

    UP = "up", _("正常")
    DEGRADED = "degraded", _("异常")
    DOWN = "down", _("中断")
    UNKNOWN = "unknown", _("状态不明")


class CheckKind(TextChoices):
    """How a thing is asked; nothing is installed on it. Source: OP-04."""

    ICMP = "icmp", "ICMP ping"
    TCP = "tcp", _("TCP 端口")
    HTTP = "http", "HTTP"
    SNMP = "snmp", "SNMP"
    SQL = "sql", _("数据库查询")
    TLS = "tls", _("证书有效期")
    ONVIF = "onvif", _("ONVIF 时间")
    NTP = "ntp", _("NTP 时间")
    METRICS = "metrics", _("Prometheus 指标")
    VCENTER = "vcenter", "VMware vCenter"
    DOCKER = "docker", "Docker Engine"
    HYPERV = "hyperv", "Microsoft Hyper-V"
    XEN = "xen", "Citrix XenServer"
    HAPROXY = "haproxy", _("HAProxy 负载均衡")
    NGINX = "nginx", _("nginx 状态页")
    HADOOP = "hadoop", _("Hadoop 大数据集群")
    DISKS = "disks", _("SNMP 磁盘")
    ISAPI = "isapi", _("录像机存储页")


class Breach(IntegerChoices):
    """Which limit a figure is beyond."""

    NONE = 0, _("正常")
    WARN = 1, _("预警")
    CRITICAL = 2, _("严重")


class OutageKind(TextChoices):
    """What was missing. unknown: nobody asked, so nobody can say whether it was there."""

    OFFLINE = "offline", _("离线")
    RECORDING = "recording", _("录像中断")
    PICTURE = "picture", _("画面异常")
    UNKNOWN = "unknown", _("状态不明")


class OutageCause(TextChoices):
    """Why, as an appraisal splits it. Source: OP-16."""

    UNKNOWN = "unknown", _("待查")
    POWER = "power", _("停电")
    NETWORK = "network", _("网络")
    WORKS = "works", _("施工")
    EQUIPMENT = "equipment", _("设备")
    VENDOR = "vendor", _("维保")


class RunKind(TextChoices):
    """The thirteen kinds of the one-key check (一键运维). Source: OP-03."""

    PICTURE = "picture", _("视频质量诊断")
    MAP = "map", _("电子地图")
    TOPOLOGY = "topology", _("业务拓扑")
    VIDEO = "video", _("视频服务监控")
    RECORDING = "recording", _("录像监控")
    DEVICES = "devices", _("设备监控")
    DECODERS = "decoders", _("解码设备")
    SERVERS = "servers", _("服务器")
    SWITCHES = "switches", _("交换机")
    ROUTERS = "routers", _("路由器")
    STORAGE = "storage", _("存储")
    MACHINES = "machines", _("虚拟机")
    RDS = "rds", "RDS"


class RunState(TextChoices):
    """Where a one-key check stands; the last four are ends."""

    QUEUED = "queued", _("等待检查")
    RUNNING = "running", _("正在检查")
    DONE = "done", _("检查完成")
    CANCELLED = "cancelled", _("已取消")
    INTERRUPTED = "interrupted", _("中断")
    FAILED = "failed", _("未能完成")


OPEN_RUNS = (RunState.QUEUED, RunState.RUNNING)


class Cycle(TextChoices):
    """How often a planned one-key check is made."""

    DAILY = "daily", _("每天")
    WEEKLY = "weekly", _("每周一")
