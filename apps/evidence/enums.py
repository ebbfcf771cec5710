from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    """Where a verification stands."""

    WAITING = "waiting", _("等待核验")
    DONE = "done", _("已核验")


class Trigger(TextChoices):
    """What started a verification."""

    PERSON = "person", _("人工")
    NIGHTLY = "nightly", _("每夜自动")
    COMMAND = "command", _("命令行")


class Flaw(TextChoices):
    """What a verification finds beside the faults of the log itself (``audit.Fault``)."""

    CHECKPOINT_GAP = "checkpoint_gap", _("检查点序号不连续")
    CHECKPOINT_TEXT = "checkpoint_text", _("检查点内容与登记不符")
    CHECKPOINT_SIGNATURE = "checkpoint_signature", _("检查点签名无效")
    CHECKPOINT_LINK = "checkpoint_link", _("检查点与上一个不衔接")
    CHECKPOINT_ROOT = "checkpoint_root", _("检查点与现存封存不一致")
    KEY = "key", _("签名密钥未经上一把密钥背书")
    COPY_MISSING = "copy_missing", _("检查点的存档文件不在")
    COPY_CHANGED = "copy_changed", _("检查点的存档文件被改动")
    STAMP = "stamp", _("时间戳无效")
    WITNESS = "witness", _("见证方签名无效")
    DISAGREED = "disagreed", _("见证方不认可该检查点")
    ARCHIVE_MISSING = "archive_missing", _("归档文件不在")
    ARCHIVE_CHANGED = "archive_changed", _("归档文件被改动")


class Severity(TextChoices):
    """How pressing an alarm is."""

    HIGH = "high", _("高")
    MIDDLE = "middle", _("中")
    LOW = "low", _("低")


class AlarmState(TextChoices):
    """new -> seen -> closed; closed at once is allowed, with a reason."""

    NEW = "new", _("待处理")
    SEEN = "seen", _("核查中")
    CLOSED = "closed", _("已关闭")


class Watch(TextChoices):
    """Which administrator looks at an alarm."""

    SECURITY = "security", _("安全管理员")
    AUDIT = "audit", _("审计管理员")


class Outcome(TextChoices):
    """Why an alarm was closed."""

    JUSTIFIED = "justified", _("正常工作")
    VIOLATION = "violation", _("违规，已处置")
    INCIDENT = "incident", _("安全事件，已处置")
    MISTAKE = "mistake", _("规则过严")


class ClauseState(TextChoices):
    """How well a clause is fulfilled."""

    FULFILLED = "fulfilled", _("符合")
    PARTLY = "partly", _("部分符合")
    NOT = "not", _("不符合")
    PERSON = "person", _("须人工确认")


class FindingSource(TextChoices):
    """Where a finding comes from."""

    SELF_CHECK = "self_check", _("月度自查")
    TEST = "test", _("第三方测试")
    ASSESSMENT = "assessment", _("等级测评")
    REPORT = "report", _("通报")


class FindingSeverity(TextChoices):
    """How bad a finding is; the time for mending it hangs on it."""

    HIGH = "high", _("高危")
    MIDDLE = "middle", _("中危")
    LOW = "low", _("低危")


class RowFault(TextChoices):
    """What is wrong with a protected row."""

    CHANGED = "changed", _("被改动")
    ADDED = "added", _("凭空出现")
    REMOVED = "removed", _("被删除")
    LEDGER = "ledger", _("摘要被改动")


class ChainState(TextChoices):
    """Whether an outside chain is given anything."""

    ACTIVE = "active", _("启用")
    PAUSED = "paused", _("暂停")


class ReceiptState(TextChoices):
    """Where a digest given to a chain stands."""

    WAITING = "waiting", _("等待上链")
    CHAINED = "chained", _("已上链")
    BROKEN = "broken", _("核对不符")


class TestKind(TextChoices):
    """What a system must undergo from time to time."""

    __test__ = False  # no test of pytest

    OUTSIDE = "outside", _("第三方渗透测试与审计")
    RISK = "risk", _("安全风险评估")
    GRADE = "grade", _("等级测评")
    CRYPTO = "crypto", _("密码应用安全性评估")
