"""Words of the call-back centre."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How a citizen is asked."""

    VOICE = "voice", _("电话")
    LINK = "link", _("短信链接")


class Takes(models.TextChoices):
    """Which cases a pool draws from."""

    ANSWERED = "answered", _("已反馈、待回访")
    CLOSED = "closed", _("已办结、未回访过")


class TaskState(models.TextChoices):
    """Where a call-back stands. Void: the case went on without it."""

    WAITING = "waiting", _("待回访")
    CLAIMED = "claimed", _("回访中")
    DONE = "done", _("已回访")
    VOID = "void", _("已作废")


OPEN_STATES = (TaskState.WAITING, TaskState.CLAIMED)


class Outcome(models.TextChoices):
    """How one attempt ended."""

    REACHED = "reached", _("已接通")
    NOT_REACHED = "not_reached", _("未接通")
    REFUSED = "refused", _("拒绝回访")
    WRONG_NUMBER = "wrong_number", _("号码有误")


class RedoRule(models.TextChoices):
    """When the answer sends the case round again without anybody deciding so."""

    NEVER = "never", _("不自动重办")
    UNSOLVED = "unsolved", _("未解决即重办")
    DISSATISFIED = "dissatisfied", _("不满意即重办")
    EITHER = "either", _("未解决或不满意即重办")


class ScriptState(models.TextChoices):
    """Only published versions are asked; those in use before stay with their tasks."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")


class DisputeState(models.TextChoices):
    """Where a unit's objection to a result stands."""

    PENDING = "pending", _("待裁定")
    UPHELD = "upheld", _("维持回访结果")
    OVERTURNED = "overturned", _("异议成立，不计入考核")


class BulletinState(models.TextChoices):
    """Counted, written, approved by a second person, issued; then frozen."""

    COUNTING = "counting", _("正在统计")
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审批")
    APPROVED = "approved", _("正在制作文件")
    ISSUED = "issued", _("已发布")
    REPLACED = "replaced", _("已被新版替代")
