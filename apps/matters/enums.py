"""Fixed words of the engine. A city renames states; it never renames these."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MatterKind(models.TextChoices):
    """The four kinds of matter (MT-02)."""

    SERVICE = "service", _("政务服务")
    SUPERVISION = "supervision", _("监管")
    OPERATION = "operation", _("城市运行")
    OFFICE = "office", _("协同办公")


class VersionState(models.TextChoices):
    """Where a version of a definition stands."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class StateCategory(models.TextChoices):
    """What a state means to clocks, colours and statistics, whatever a city calls it."""

    INTAKE = "intake", _("待受理")
    ROUTING = "routing", _("待分派")
    WAITING = "waiting", _("待签收")
    RUNNING = "running", _("办理中")
    PAUSED = "paused", _("暂停")
    CHECKING = "checking", _("待核查")
    PARKED = "parked", _("挂账")
    ENDED = "ended", _("已结束")


class Channel(models.TextChoices):
    """How a case came in (HL-02, HL-08)."""

    PHONE = "phone", _("电话")
    WEB = "web", _("网站")
    WECHAT = "wechat", _("微信")
    APP = "app", _("公众 App")
    GRID = "grid", _("网格上报")
    EMAIL = "email", _("电子邮件")
    LETTER = "letter", _("来信来访")
    API = "api", _("外部系统")
    IMPORT = "import", _("批量导入")


class Priority(models.TextChoices):
    """How a case is ranked in queues."""

    URGENT = "urgent", _("特急")
    HIGH = "high", _("紧急")
    NORMAL = "normal", _("一般")


class FactKind(models.TextChoices):
    """The facts of a case that may change and keep their history."""

    STATE = "state", _("状态")
    CLASS = "class", _("分类")
    PLACE = "place", _("地点")
    UNIT = "unit", _("承办单位")
    PRIORITY = "priority", _("紧急程度")


class TaskKind(models.TextChoices):
    """What a unit or person is asked to do."""

    MAIN = "main", _("主办")
    CO = "co", _("协办")
    COUNTERSIGN = "countersign", _("会签")
    REVIEW = "review", _("审核")
    CHECK = "check", _("核查")
    SUPERVISE = "supervise", _("督办")


class TaskState(models.TextChoices):
    """Where a task stands."""

    QUEUED = "queued", _("未轮到")
    WAITING = "waiting", _("待签收")
    RUNNING = "running", _("办理中")
    DONE = "done", _("已反馈")
    RETURNED = "returned", _("已退回")
    CANCELLED = "cancelled", _("已撤销")


OPEN_TASK_STATES = (TaskState.WAITING, TaskState.RUNNING)


class Verdict(models.TextChoices):
    """What a countersigner, reviewer or checker concluded."""

    AGREE = "agree", _("同意")
    DISAGREE = "disagree", _("不同意")
    PASS = "pass", _("通过")
    FAIL = "fail", _("不通过")


class SignRule(models.TextChoices):
    """When a countersigning (会签) has passed."""

    ALL = "all", _("全部同意")
    ANY = "any", _("任一同意")
    RATIO = "ratio", _("按比例同意")
    VETO = "veto", _("一票否决")


class SignState(models.TextChoices):
    """Where a countersigning stands."""

    OPEN = "open", _("会签中")
    PASSED = "passed", _("会签通过")
    FAILED = "failed", _("会签未通过")
    CANCELLED = "cancelled", _("已撤销")


class RequestKind(models.TextChoices):
    """What may be asked for and ruled on without being a state (hotline-grid 3.1)."""

    RETURN = "return", _("退单")
    EXTENSION = "extension", _("延期")
    SUSPENSION = "suspension", _("挂起")
    ASSISTANCE = "assistance", _("协办")
    REOPENING = "reopening", _("重办")
    PARKING = "parking", _("挂账")


class RequestState(models.TextChoices):
    """How a request was ruled."""

    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("同意")
    REJECTED = "rejected", _("不同意")
    WITHDRAWN = "withdrawn", _("撤回")


class OrderKind(models.TextChoices):
    """What superiors lay over a case; never a state."""

    URGE = "urge", _("催办")
    SUPERVISE = "supervise", _("督办")
    INSTRUCTION = "instruction", _("批示")


class LinkKind(models.TextChoices):
    """How two cases belong together (MT-08)."""

    PARENT = "parent", _("主事项")
    TRIGGERED_BY = "triggered_by", _("由其触发")
    DUPLICATE_OF = "duplicate_of", _("重复于")
    RELATED = "related", _("相关")


class EvaluationTarget(models.TextChoices):
    """What a reporter scores: two separate things (HL-13, HL-14)."""

    ACCEPTANCE = "acceptance", _("受理服务")
    RESULT = "result", _("办理结果")


class EvaluationSource(models.TextChoices):
    """Where a score came from."""

    CITIZEN = "citizen", _("市民自评")
    CALLBACK = "callback", _("电话回访")


class AttachmentPurpose(models.TextChoices):
    """Why a file was added."""

    REPORT = "report", _("反映材料")
    COMPLETION = "completion", _("补正材料")
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    EVIDENCE = "evidence", _("佐证材料")
    OTHER = "other", _("其他")
