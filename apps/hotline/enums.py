"""Words of the hotline."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Either permission lets one see, and hear, the calls of all agents of the tenant.
OVERSEE_CALLS = frozenset({"hotline.play_recordings", "matters.supervise_case"})


class Nature(models.TextChoices):
    """What the caller wants, whatever it is about."""

    CONSULT = "consult", _("咨询")
    HELP = "help", _("求助")
    COMPLAINT = "complaint", _("投诉")
    REPORT = "report", _("举报")
    SUGGESTION = "suggestion", _("建议")
    PRAISE = "praise", _("表扬")


class ComplaintFamily(models.TextChoices):
    """The three complaint families (HL-03); empty for anything else."""

    NONE = "", _("一般诉求")
    CONSUMER = "consumer", _("消费投诉")
    ECONOMIC = "economic", _("经济违法举报")
    EFFICIENCY = "efficiency", _("行政效能投诉")


class CallState(models.TextChoices):
    """Where a telephone call stands."""

    RINGING = "ringing", _("振铃")
    ANSWERED = "answered", _("通话中")
    ENDED = "ended", _("已结束")
    MISSED = "missed", _("未接")


class CallEventKind(models.TextChoices):
    """What an exchange reports of a call."""

    RINGING = "ringing", _("振铃")
    ANSWERED = "answered", _("接听")
    ENDED = "ended", _("挂断")
    LEFT = "left", _("离开通话")
    HELD = "held", _("保持")
    RESUMED = "resumed", _("取回")
    JOINED = "joined", _("加入通话")
    KEYED = "keyed", _("按键评价")


class LegRole(models.TextChoices):
    """As what an agent is on a call."""

    FIRST = "first", _("接听")
    TRANSFER = "transfer", _("转接")
    CONSULT = "consult", _("咨询转接")


class CallDirection(models.TextChoices):
    """Who called whom."""

    IN = "in", _("呼入")
    OUT = "out", _("呼出")


class ArticleState(models.TextChoices):
    """Where a knowledge article stands."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class FormulaState(models.TextChoices):
    """Where a version of the three rates' formula stands."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审批")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class Rate(models.TextChoices):
    """The three rates."""

    RESPONSE = "response", _("响应率")
    SOLVED = "solved", _("解决率")
    SATISFIED = "satisfied", _("满意率")


class ExclusionReason(models.TextChoices):
    """Why a case is asked to be left out of the rates (剔除)."""

    UNREASONABLE = "unreasonable", _("诉求不合理")
    UNLAWFUL = "unlawful", _("不符合法律法规政策")
    BEYOND = "beyond", _("超出单位职责或客观条件不具备")
    WITHDRAWN = "withdrawn", _("反映人撤回或拒绝配合")
    MALICIOUS = "malicious", _("恶意重复反映")
    OTHER = "other", _("其他")


class ExclusionState(models.TextChoices):
    """Where an application to exclude stands. A refusal may be appealed against once."""

    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("同意剔除")
    REJECTED = "rejected", _("不予剔除")
    APPEALED = "appealed", _("申诉中")
    UPHELD = "upheld", _("申诉驳回")
    OVERTURNED = "overturned", _("申诉成立，同意剔除")


#: A case with one of these is left out where the formula says so.
EXCLUDED_STATES = (ExclusionState.APPROVED, ExclusionState.OVERTURNED)
#: At most one of these, or one that leaves out, per case.
OPEN_EXCLUSIONS = (ExclusionState.PENDING, ExclusionState.APPEALED)


class AutoDispatch(models.TextChoices):
    """Whether a demand went to its unit with no person (HL-18)."""

    OFF = "off", _("未启用")
    DONE = "done", _("已自动派单")
    LEFT = "left", _("留待人工")


class SwitchState(models.TextChoices):
    """Where the wish to switch automatic dispatch stands."""

    ASKED = "asked", _("待批准")
    AGREED = "agreed", _("已生效")
    REFUSED = "refused", _("未批准")
