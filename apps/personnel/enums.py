"""Where requests and plans about people stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LeavingReason(models.TextChoices):
    RESIGNED = "resigned", _("辞职")
    RETIRED = "retired", _("退休")
    MOVED_AWAY = "moved_away", _("调离本市")
    ENDED = "ended", _("合同到期或解除")
    DIRECTORY = "directory", _("人事系统已停用")
    OTHER = "other", _("其他")


class LeavingState(models.TextChoices):
    """ENDED: no access is left; what was in hand may still wait to be handed over."""

    PLANNED = "planned", _("待离职")
    ENDED = "ended", _("已离职，待移交")
    SETTLED = "settled", _("已办结")
    CANCELLED = "cancelled", _("已撤销")


class JoinState(models.TextChoices):
    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("待培训上岗")
    ACTIVE = "active", _("已启用")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class TransferState(models.TextChoices):
    PLANNED = "planned", _("待生效")
    DONE = "done", _("已生效")
    CANCELLED = "cancelled", _("已撤销")


class PostLevel(models.TextChoices):
    LEAD = "lead", _("领导岗")
    SENIOR = "senior", _("业务骨干岗")
    STAFF = "staff", _("一般岗")
    SUPPORT = "support", _("辅助岗")


class PostCategory(models.TextChoices):
    COMMAND = "command", _("指挥决策")
    OPERATION = "operation", _("业务办理")
    FIELD = "field", _("现场处置")
    TECHNICAL = "technical", _("技术保障")
    SECURITY = "security", _("安全管理")


class ChangeKind(models.TextChoices):
    """What a reorganisation does."""

    RENAME = "rename", _("更名")
    MOVE = "move", _("调整隶属")
    MERGE = "merge", _("并入")
    SPLIT = "split", _("拆分")


class ChangeState(models.TextChoices):
    DRAFT = "draft", _("待审批")
    APPROVED = "approved", _("已批准，待生效")
    DONE = "done", _("已生效")
    ROLLED_BACK = "rolled_back", _("已回退")
    CANCELLED = "cancelled", _("已撤销")
    FAILED = "failed", _("未能生效")


class SnapshotState(models.TextChoices):
    WAITING = "waiting", _("待人工核对")
    APPLIED = "applied", _("已应用")
    REFUSED = "refused", _("已拒绝")


class Verdict(models.TextChoices):
    KEEP = "keep", _("保留")
    REMOVE = "remove", _("收回")
