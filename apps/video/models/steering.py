"""Who turns the head of a camera just now. Source: VD-03."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.video.models.cameras import Camera


class HeadHold(models.Model):
    """The head of a camera in one person's hands (云台占用), one at a time.

    until: in nobody's hands after it, unless held on. moves: orders given since it was taken.
    The row goes when it is given back.
    """

    camera = models.OneToOneField(
        Camera, models.CASCADE, related_name="head_hold", verbose_name=_("摄像机")
    )
    holder = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("控制人"))
    since = models.DateTimeField(_("开始时间"))
    until = models.DateTimeField(_("占用至"))
    moves = models.PositiveIntegerField(_("操作次数"), default=0)

    class Meta:
        verbose_name = _("云台占用")
        verbose_name_plural = _("云台占用")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.camera_id} {self.holder_id}"
