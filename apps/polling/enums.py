"""Words of what we ask devices ourselves, and of what is collected for us."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Protocol(models.TextChoices):
    """How a gateway is asked."""

    MODBUS = "modbus", "Modbus/TCP"
    SNMP = "snmp", "SNMP"
    HTTP = "http", "HTTP/JSON"


class Table(models.TextChoices):
    """Which table of a Modbus device a value stands in."""

    HOLDING = "holding", _("保持寄存器")
    INPUT = "input", _("输入寄存器")
    COIL = "coil", _("线圈")
    DISCRETE = "discrete", _("离散输入")


class DataType(models.TextChoices):
    """How a Modbus device writes a number into its registers."""

    INT16 = "int16", _("16 位有符号整数")
    UINT16 = "uint16", _("16 位无符号整数")
    INT32 = "int32", _("32 位有符号整数")
    UINT32 = "uint32", _("32 位无符号整数")
    FLOAT32 = "float32", _("32 位浮点数")
    FLOAT64 = "float64", _("64 位浮点数")


class ByteOrder(models.TextChoices):
    """In which order the bytes of a number of several registers come; A is the highest."""

    ABCD = "ABCD", _("ABCD（高字在前）")
    CDAB = "CDAB", _("CDAB（低字在前）")
    BADC = "BADC", _("BADC（高字在前，字内换序）")
    DCBA = "DCBA", _("DCBA（低字在前，字内换序）")


class SnmpVersion(models.TextChoices):
    """Which SNMP an agent speaks."""

    V2C = "2c", "SNMP v2c"
    V3 = "3", "SNMP v3"


class LoginScheme(models.TextChoices):
    """How a gateway wants to be logged in to over HTTP (RFC 7617, RFC 7616)."""

    DIGEST = "digest", _("摘要登录（Digest）")
    BASIC = "basic", _("基本登录（Basic）")


class LinkKind(models.TextChoices):
    """What a link leads to. Source: IO-08."""

    GATEWAY = "gateway", _("采集网关")
    EDGE = "edge", _("边缘节点")


class LinkStanding(models.TextChoices):
    """How a link is, what needs somebody first."""

    DOWN = "down", _("中断")
    UNKNOWN = "unknown", _("尚未连通")
    UP = "up", _("连通")
    STOPPED = "stopped", _("停用")


class FileSource(models.TextChoices):
    """How a file of readings came."""

    UPLOAD = "upload", _("页面上传")
    API = "api", _("接口")
    FOLDER = "folder", _("监视目录")


class FileState(models.TextChoices):
    """How far a file of readings is."""

    WAITING = "waiting", _("等待处理")
    RUNNING = "running", _("处理中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未能处理")


class InstallState(models.TextChoices):
    """How an application stands on a node, as the node last said. Source: IO-19."""

    WAITING = "waiting", _("等待节点取用")
    RUNNING = "running", _("运行中")
    FAILED = "failed", _("启动失败")
    STOPPED = "stopped", _("未运行")


class RolloutKind(models.TextChoices):
    """What was ordered."""

    ROLL_OUT = "roll_out", _("下发")
    ROLL_BACK = "back", _("回退")
    REMOVE = "remove", _("卸下")


class RolloutOutcome(models.TextChoices):
    """What came of it."""

    WAITING = "waiting", _("进行中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")
    SUPERSEDED = "superseded", _("被替代")
