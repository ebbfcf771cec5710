"""How the decoding of a source may end, in words people see."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ending(models.TextChoices):
    """What came of a source. Every one but ``DONE`` says why there are no more frames."""

    DONE = "done", _("正常")
    NO_STREAM = "no_stream", _("无视频流")
    DENIED = "denied", _("用户名或密码错误")
    NO_PICTURE = "no_picture", _("有流无画面")
    UNSUPPORTED = "unsupported", _("编码格式不支持")
    TIMEOUT = "timeout", _("超时")
    TOO_LARGE = "too_large", _("超出大小限制")
    CRASHED = "crashed", _("解码器崩溃")
