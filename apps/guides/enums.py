"""Fixed words of guides and applications."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Whom a guide is for."""

    PERSON = "person", _("个人办事")
    ENTERPRISE = "enterprise", _("企业办事")
    BOTH = "both", _("个人和企业")


class PublicState(models.TextChoices):
    """Where something that is published stands."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class PartState(models.TextChoices):
    """Where one department's part of a joint business stands."""

    WAITING = "waiting", _("等待前序")
    OPEN = "open", _("办理中")
    APPROVED = "approved", _("准予")
    REFUSED = "refused", _("不予批准")
    SKIPPED = "skipped", _("不再办理")
    WITHDRAWN = "withdrawn", _("已撤回")


FINAL_PARTS = (PartState.APPROVED, PartState.REFUSED, PartState.SKIPPED, PartState.WITHDRAWN)


class Via(models.TextChoices):
    """By which door an application came in."""

    WEB = "web", _("网上申报")
    WINDOW = "window", _("窗口代办")
    API = "api", _("外部系统")


class ReviewState(models.TextChoices):
    """What a person found when looking at an instant approval afterwards."""

    NONE = "none", _("未抽中")
    PENDING = "pending", _("待抽查")
    RIGHT = "right", _("抽查无误")
    WRONG = "wrong", _("抽查有误")
