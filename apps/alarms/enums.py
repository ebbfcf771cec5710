"""The choices of this app, with the words people see."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

#: Minutes for the first answer where a city has set none for the level. Source: AL-01.
RESPONSE_MINUTES = 10


class Level(IntegerChoices):
    """How grave, the gravest the highest. Source: AL-01, AL-07, the four national colours."""

    BLUE = 1, _("蓝色")
    YELLOW = 2, _("黄色")
    ORANGE = 3, _("橙色")
    RED = 4, _("红色")


#: How the map paints a level, wherever the alarm comes from.
LEVEL_COLORS = {
    str(Level.BLUE.value): "#1f5eb8",
    str(Level.YELLOW.value): "#ca8a04",
    str(Level.ORANGE.value): "#d97706",
    str(Level.RED.value): "#b3261e",
}


class Source(TextChoices):
    """Where alarms come from. Source: AL-03 (the five sources), and the city's own."""

    DEVICE = "device", _("物联设备")
    VIDEO = "video", _("视频网管")
    QUALITY = "quality", _("视频质量诊断")
    EQUIPMENT = "equipment", _("IT运维网管")
    SERVICE = "service", _("PaaS服务")
    DATA = "data", _("数据管理平台")
    PLATFORM = "platform", _("云脑自身")
    PERSON = "person", _("人工上报")


class AlarmState(TextChoices):
    """active: the trouble stands. unknown: its source is silent, so nobody can say.

    recovered: it ended by itself. closed: a person ended it.
    """

    ACTIVE = "active", _("告警中")
    UNKNOWN = "unknown", _("状态不明")
    RECOVERED = "recovered", _("已恢复")
    CLOSED = "closed", _("已关闭")


OPEN_STATES = (AlarmState.ACTIVE, AlarmState.UNKNOWN)


class Outcome(TextChoices):
    """How a handled alarm ended, as the person who handled it says."""

    REPAIRED = "repaired", _("已修复")
    FALSE = "false", _("误报")
    PLANNED = "planned", _("计划内作业")
    HANDED_OVER = "handed_over", _("已转其他单位")
    HARMLESS = "harmless", _("无需处理")


class EventKind(TextChoices):
    """What may happen to an alarm."""

    RAISED = "raised", _("触发")
    LEVEL = "level", _("调整级别")
    ACKNOWLEDGED = "acknowledged", _("确认")
    ASSIGNED = "assigned", _("指派")
    COMMENTED = "commented", _("备注")
    HANDLED = "handled", _("登记处理结果")
    RECOVERED = "recovered", _("恢复")
    CLOSED = "closed", _("关闭")
    SILENT = "silent", _("数据中断")
    HEARD = "heard", _("数据恢复")
    SHELVED = "shelved", _("搁置")
    UNSHELVED = "unshelved", _("搁置结束")
    OVERDUE = "overdue", _("首次响应超时")
    INHIBITED = "inhibited", _("归并到上级对象的告警")
    RELEASED = "released", _("上级对象已恢复，重新核对")
    SILENCED = "silenced", _("落入静默或维护期")
    UNSILENCED = "unsilenced", _("静默或维护期结束")
    ESCALATED = "escalated", _("升级通知")
    CASE_OPENED = "case_opened", _("转为案件")
    CASE_ENDED = "case_ended", _("案件已结束")
    JUDGED = "judged", _("核定类型")


class GuessOrigin(TextChoices):
    """What named the matter a case of an alarm was opened of."""

    RULE = "rule", _("阈值规则")
    KIND = "kind", _("告警类别")
    TABLE = "table", _("类型推测表")
    PERSON = "person", _("人工选定")


class GuessVerdict(TextChoices):
    """What a person said of a proposed type. open: nobody has yet."""

    OPEN = "open", _("待核定")
    CONFIRMED = "confirmed", _("推测正确")
    CORRECTED = "corrected", _("已更正")


class WarningState(TextChoices):
    """waiting: for the second person. issued: it stands. lifted, refused: over."""

    WAITING = "waiting", _("待签发")
    ISSUED = "issued", _("发布中")
    LIFTED = "lifted", _("已解除")
    REFUSED = "refused", _("未发布")


class VersionState(TextChoices):
    """draft: being written. in_force: followed. retired: was followed."""

    DRAFT = "draft", _("编制中")
    IN_FORCE = "in_force", _("现行")
    RETIRED = "retired", _("已替换")


class SilenceKind(TextChoices):
    """Why nobody is to be troubled for a while."""

    SILENCE = "silence", _("静默")
    MAINTENANCE = "maintenance", _("维护期")


class DependencyKind(TextChoices):
    """What one thing has from another."""

    POWER = "power", _("供电")
    NETWORK = "network", _("通信")


class RehearsalState(TextChoices):
    """Where a rehearsal stands; the last three are ends."""

    QUEUED = "queued", _("等待试算")
    RUNNING = "running", _("正在试算")
    DONE = "done", _("试算完成")
    FAILED = "failed", _("未能完成")
    CANCELLED = "cancelled", _("已取消")


OPEN_REHEARSALS = (RehearsalState.QUEUED, RehearsalState.RUNNING)
