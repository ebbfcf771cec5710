"""States of a text model, and what dangerous words speak of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelState(models.TextChoices):
    """The way of a text model: trained, tried in silence, released by a second person."""

    TRAINING = "training", _("训练中")
    FAILED = "failed", _("训练失败")
    DRAFT = "draft", _("待试用")
    SHADOW = "shadow", _("影子试用")
    SUBMITTED = "submitted", _("待发布")
    RELEASED = "released", _("在用")
    RETIRED = "retired", _("已停用")


#: A challenger that scores beside the released model.
CHALLENGING = (ModelState.SHADOW, ModelState.SUBMITTED)


class DangerKind(models.TextChoices):
    """What a text may warn of."""

    SELF_HARM = "self_harm", _("轻生自伤")
    THREAT = "threat", _("扬言伤人")
    EXPLOSIVE = "explosive", _("爆炸纵火")
    CROWD = "crowd", _("聚集串联")
    EMOTION = "emotion", _("情绪激烈")


class Severity(models.IntegerChoices):
    """What follows: a mark in the queue, or people told at once."""

    WATCH = 1, _("留意")
    URGENT = 2, _("立即告知")
