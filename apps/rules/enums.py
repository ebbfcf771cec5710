from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    """Where a version is on its way: written, waiting for the second person, valid, withdrawn."""

    DRAFT = "draft", _("草稿")
    TESTING = "testing", _("待复核")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class Standing(models.TextChoices):
    """What a version means at a moment; computed from its state and its span."""

    DRAFT = "draft", _("草稿")
    TESTING = "testing", _("待复核")
    SCHEDULED = "scheduled", _("待生效")
    IN_FORCE = "in_force", _("生效中")
    ENDED = "ended", _("已失效")


class HitPolicyChoice(models.TextChoices):
    """The hit policies as people choose them; the values are the engine's."""

    FIRST = "first", _("首行命中")
    UNIQUE = "unique", _("唯一命中")
    COLLECT = "collect", _("全部收集")
    RULE_ORDER = "rule_order", _("按行序全部")
