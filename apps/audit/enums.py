from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Fault(TextChoices):
    """What does not fit in the sealed log."""

    SEAL_MISSING = "seal_missing", _("此前缺少封存")
    UNLINKED = "unlinked", _("与上一封存不衔接")
    GAP = "gap", _("与上一封存之间有空档")
    RUN_START = "run_start", _("计数轮次起点不对")
    COUNT = "count", _("记录条数不符")
    CONTENT = "content", _("记录内容被改动")
    LEAVES = "leaves", _("逐条摘要被改动")
    ENTRY_CHANGED = "entry_changed", _("该条记录被改动")
    ENTRY_MISSING = "entry_missing", _("该条记录被删除")
    ENTRY_ADDED = "entry_added", _("该条记录是事后插入的")
