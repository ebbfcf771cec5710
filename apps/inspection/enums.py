"""Fixed words of supervised objects, draws and checks."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ObjectKind(models.TextChoices):
    """What is supervised; the kinds a supervision matter may name (matters.definition.parts)."""

    FIRM = "firm", _("企业")
    PERSON = "person", _("个人")
    PLACE = "place", _("场所")
    PROJECT = "project", _("项目")
    THING = "thing", _("设施设备")


#: Kinds that have a unified social credit code.
WITH_CREDIT_CODE = frozenset({ObjectKind.FIRM, ObjectKind.PLACE})


class Grade(models.TextChoices):
    """How far an object is trusted; the lower, the more often it is checked."""

    A = "A", _("A级（信用好）")
    B = "B", _("B级（信用较好）")
    C = "C", _("C级（信用一般）")
    D = "D", _("D级（信用差）")


class DrawState(models.TextChoices):
    """Where a draw stands."""

    FROZEN = "frozen", _("名单已锁定")
    DRAWN = "drawn", _("已抽取")
    ABANDONED = "abandoned", _("已作废")


class ScaleDraftState(models.TextChoices):
    """Where a draft of the credit scale stands."""

    OPEN = "open", _("起草中")
    ENFORCED = "enforced", _("已启用")
    DISCARDED = "discarded", _("已放弃")


class Finding(models.TextChoices):
    """What a check came to."""

    NO_PROBLEM = "no_problem", _("未发现问题")
    CORRECTED = "corrected", _("发现问题，已当场改正")
    ORDERED = "ordered", _("发现问题，已责令限期改正")
    FILED = "filed", _("发现违法行为，已立案")
    REFUSED = "refused", _("不配合检查")
    MISSING = "missing", _("按登记地址无法联系")
    CLOSED = "closed", _("已停业或注销")


class ItemResult(models.TextChoices):
    """What was found on one item of the check."""

    PASS = "pass", _("合格")
    FAIL = "fail", _("不合格")
    SKIPPED = "skipped", _("不涉及")
