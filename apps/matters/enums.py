"""Fixed words of the engine. A city renames states; it never renames these."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MatterKind(models.TextChoices):
    """The four kinds of matter (MT-02)."""

    SERVICE = "service", _("政务服务")
    SUPERVISION = "supervision", _("监管")
    OPERATION = "operation", _("城市运行")
    OFFICE = "office", _("协同办公")


class Service(models.TextChoices):
    """What the platform does for matters of certain kinds only (MT-02)."""

    GUIDE = "guide", _("办事指南")
    QUESTIONS = "questions", _("情形引导")
    ONE_THING = "one_thing", _("一件事")
    INSTANT = "instant", _("秒批")
    OBJECTS = "objects", _("监管对象")
    DRAWS = "draws", _("双随机")
    DISCOVERY = "discovery", _("智能发现")
    CALL = "call", _("事项调用")


class VersionState(models.TextChoices):
    """Where a version is on its way: written, waiting for the second person, valid, withdrawn."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待复核")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class Standing(models.TextChoices):
    """What a version of a definition means at a moment; computed from its state and span."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待复核")
    SCHEDULED = "scheduled", _("待生效")
    IN_FORCE = "in_force", _("生效中")
    ENDED = "ended", _("已失效")


class MigrationState(models.TextChoices):
    """Where a move of running cases to another version is."""

    SUBMITTED = "submitted", _("待复核")
    RUNNING = "running", _("迁移中")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("未通过")


class InventoryState(models.TextChoices):
    """How far an item of the inventory of matters is (MT-05)."""

    DRAFT = "draft", _("待核对")
    CHECKED = "checked", _("已核对")
    CONFIRMED = "confirmed", _("已确认")


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


#: How the map paints a case, the city's own or a district's.
CATEGORY_COLORS = {
    StateCategory.INTAKE.value: "#b45309",
    StateCategory.ROUTING.value: "#a16207",
    StateCategory.WAITING.value: "#c2410c",
    StateCategory.RUNNING.value: "#1f5eb8",
    StateCategory.PAUSED.value: "#64748b",
    StateCategory.CHECKING.value: "#7c3aed",
    StateCategory.PARKED.value: "#475569",
    StateCategory.ENDED.value: "#15803d",
}


class Channel(models.TextChoices):
    """How a case came in (HL-02, HL-08)."""

    PHONE = "phone", _("电话")
    WEB = "web", _("网站")
    WECHAT = "wechat", _("微信")
    APP = "app", _("公众 App")
    GRID = "grid", _("网格上报")
    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")
    LETTER = "letter", _("来信来访")
    LINE = "line", _("外线转入")
    COMMUNITY = "community", _("社区热线")
    API = "api", _("外部系统")
    IMPORT = "import", _("批量导入")
    INTERNAL = "internal", _("内部流转")


class Priority(models.TextChoices):
    """How a case is ranked in queues."""

    URGENT = "urgent", _("特急")
    HIGH = "high", _("紧急")
    NORMAL = "normal", _("一般")


class Depth(models.TextChoices):
    """How much of the words about a case goes with its people (HL-03)."""

    CLEANED = "cleaned", _("匿名化")
    ERASED = "erased", _("清除内容")


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


class JoinPolicy(models.TextChoices):
    """When the parts of a split case have come together (MT-10)."""

    ALL = "all", _("全部完成")
    ANY = "any", _("任一完成")
    MAIN = "main", _("主责决定")
    QUORUM = "quorum", _("达到数量")


class SplitState(models.TextChoices):
    """Where a split stands. ENDED: the parent ended before its parts came together."""

    RUNNING = "running", _("等待汇合")
    JOINED = "joined", _("已汇合")
    FAILED = "failed", _("无法汇合")
    ENDED = "ended", _("随主事项结束")


class PartRole(models.TextChoices):
    """What a part is to the whole."""

    MAIN = "main", _("主责")
    PART = "part", _("配合")


class PartState(models.TextChoices):
    """Where a part stands, seen from its parent. RETURNED: sent back, not ended."""

    PLANNED = "planned", _("待开启")
    OPEN = "open", _("办理中")
    RETURNED = "returned", _("已退回")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未办成")
    CANCELLED = "cancelled", _("已撤销")


class ListenerState(models.TextChoices):
    """Where a listener stands; only an active one hears anything (RU-03)."""

    DRAFT = "draft", _("草稿")
    PENDING = "pending", _("待复核")
    ACTIVE = "active", _("启用中")
    PAUSED = "paused", _("已停用")


class EffectKind(models.TextChoices):
    """What a listener does when it hears what it waits for."""

    NOTIFY = "notify", _("发送通知")
    OPEN = "open", _("登记新案件")
    ACT = "act", _("推动关联案件")


class NotifyTo(models.TextChoices):
    """Whom a listener tells."""

    PERMISSION = "permission", _("有某项权限的人员")
    UNIT = "unit", _("案件的承办单位")
    ORGANIZATION = "organization", _("指定单位")


class LinkWay(models.TextChoices):
    """Which cases a listener acts on, seen from the case of the event."""

    SELF = "self", _("案件本身")
    PARENT = "parent", _("它的主事项")
    PARTS = "parts", _("它的子事项")
    TRIGGER = "trigger", _("触发它的案件")
    TRIGGERED = "triggered", _("由它触发的案件")
    RELATED = "related", _("与它相关或重复的案件")


class DeliveryState(models.TextChoices):
    """What became of one event for one listener. STOPPED: by the guard against storms."""

    WAITING = "waiting", _("待投递")
    DONE = "done", _("已投递")
    FAILED = "failed", _("投递失败")
    STOPPED = "stopped", _("已拦截")


class EvaluationTarget(models.TextChoices):
    """What a reporter scores: two separate things (HL-13, HL-14)."""

    ACCEPTANCE = "acceptance", _("受理服务")
    RESULT = "result", _("办理结果")


class EvaluationSource(models.TextChoices):
    """Where a score came from."""

    CITIZEN = "citizen", _("市民自评")
    CALLBACK = "callback", _("电话回访")
    KEYPAD = "keypad", _("通话按键")


#: The five-step scale used everywhere.
SCORES = [
    (5, _("非常满意")),
    (4, _("满意")),
    (3, _("基本满意")),
    (2, _("不满意")),
    (1, _("非常不满意")),
]


class SuspensionReason(models.TextChoices):
    """Why work may wait (SL-04)."""

    SEASON = "season", _("需待气候或季节条件")
    PLANNING = "planning", _("待规划、立项或资金到位")
    LEGAL = "legal", _("待司法、仲裁或鉴定结论")
    REPORTER = "reporter", _("反映人要求暂缓或无法配合")
    CONSTRUCTION = "construction", _("施工周期较长，已列入计划")
    OTHER = "other", _("其他正当理由")


class AttachmentPurpose(models.TextChoices):
    """Why a file was added."""

    REPORT = "report", _("反映材料")
    COMPLETION = "completion", _("补正材料")
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    EVIDENCE = "evidence", _("佐证材料")
    OTHER = "other", _("其他")


class OutsideOutcome(models.TextChoices):
    """What became of a result an outside system sent (MT-12)."""

    ACTED = "acted", _("已按动作办理")
    NOTED = "noted", _("已记入案件")
    UNKNOWN = "unknown", _("未找到案件")
    REFUSED = "refused", _("未采纳")
