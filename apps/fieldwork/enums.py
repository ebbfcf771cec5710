"""The words of field work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerKind(models.TextChoices):
    """How somebody is employed on the grid."""

    FULL_TIME = "full_time", _("专职")
    PART_TIME = "part_time", _("兼职")


class WorkerState(models.TextChoices):
    """Whether somebody can be given work."""

    ACTIVE = "active", _("在岗")
    PAUSED = "paused", _("暂停")
    LEFT = "left", _("离岗")


class Skill(models.TextChoices):
    """What a worker can do besides the ordinary."""

    FIRST_AID = "first_aid", _("急救")
    FIRE = "fire", _("消防")
    MEDIATION = "mediation", _("调解")
    ELECTRIC = "electric", _("电工")
    DRIVING = "driving", _("驾驶")
    DRONE = "drone", _("无人机")
    SIGN_LANGUAGE = "sign_language", _("手语")
    DIALECT = "dialect", _("本地方言")
    ENGLISH = "english", _("英语")
    KOREAN = "korean", _("朝鲜语（韩语）")


class DutyPart(models.TextChoices):
    """In which part somebody answers for a cell."""

    MAIN = "main", _("责任网格员")
    DEPUTY = "deputy", _("代管")


class LeaveKind(models.TextChoices):
    """Why somebody is away."""

    ANNUAL = "annual", _("年休假")
    SICK = "sick", _("病假")
    PERSONAL = "personal", _("事假")
    OFFICIAL = "official", _("公出")
    TRAINING = "training", _("培训")
    OTHER = "other", _("其他")


class LeaveState(models.TextChoices):
    """What became of a request for leave."""

    FILED = "filed", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class Doubt(models.TextChoices):
    """Why a fix is not trusted; the fix itself is kept."""

    SPEED = "speed", _("移动速度异常")
    ACCURACY = "accuracy", _("定位误差过大")


class SessionEnd(models.TextChoices):
    """Who ended a time on duty."""

    WORKER = "worker", _("本人结束")
    TIMEOUT = "timeout", _("超时自动结束")
    LEFT = "left", _("离岗结束")


class Subject(models.TextChoices):
    """What a patrol is about."""

    ROUTINE = "routine", _("日常巡查")
    FIRE = "fire", _("消防安全")
    APPEARANCE = "appearance", _("市容环境")
    FLOOD = "flood", _("防汛排涝")
    GAS = "gas", _("燃气安全")
    BUILDING = "building", _("房屋安全")
    SCHOOL = "school", _("校园周边")
    CARE = "care", _("走访关爱")


class PlanState(models.TextChoices):
    """Whether a plan makes patrols."""

    DRAFT = "draft", _("草稿")
    ACTIVE = "active", _("执行中")
    ENDED = "ended", _("已停止")


class PatrolState(models.TextChoices):
    """How far a patrol of a day is."""

    UNASSIGNED = "unassigned", _("无人负责")
    PLANNED = "planned", _("待开始")
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    PARTIAL = "partial", _("有漏点")
    MISSED = "missed", _("未巡查")


class StopState(models.TextChoices):
    """What became of one point of a patrol."""

    WAITING = "waiting", _("待签到")
    DONE = "done", _("已签到")
    OUT_OF_PLACE = "out_of_place", _("位置不符")
    MISSED = "missed", _("漏签")


class Verdict(models.TextChoices):
    """What a random check found."""

    GOOD = "good", _("属实")
    DOUBTFUL = "doubtful", _("存疑")
    FALSE = "false", _("不实")


class LookPurpose(models.TextChoices):
    """Why somebody looks at where a person went."""

    QUALITY = "quality", _("巡查质量核查")
    COMPLAINT = "complaint", _("投诉核实")
    SAFETY = "safety", _("人员安全")
    ACCIDENT = "accident", _("事故调查")
    APPEAL = "appeal", _("考核申诉")


WEEKDAYS = (
    (1, _("周一")),
    (2, _("周二")),
    (3, _("周三")),
    (4, _("周四")),
    (5, _("周五")),
    (6, _("周六")),
    (7, _("周日")),
)
OPEN_PATROLS = (PatrolState.PLANNED, PatrolState.RUNNING)
