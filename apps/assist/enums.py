"""Words of outside assistants: what they are asked for, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AssistKind(models.TextChoices):
    """What an assistant is asked for."""

    SPEECH = "speech", _("语音转文字")
    CARD = "card", _("证件识别")
    TABLE = "table", _("表格识别")
    TEXT = "text", _("文字起草")


class Outcome(models.TextChoices):
    """What came of a call."""

    RUNNING = "running", _("进行中")
    DONE = "done", _("成功")
    UNREACHABLE = "unreachable", _("无法连接或超时")
    REFUSED = "refused", _("对方拒绝")
    UNUSABLE = "unusable", _("结果无法使用")


class Place(models.TextChoices):
    """Where in the product the call was made."""

    DESK = "desk", _("热线受理台")
    FIELD = "field", _("网格上报")
    FILE = "file", _("人口档案")
    SHEET = "sheet", _("纸质表格录入")
    TEST = "test", _("连接测试")


#: Outcomes after which the assistant is to be blamed.
FAILED = (Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.UNUSABLE)
