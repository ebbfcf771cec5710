"""What can become of a deed that a phone sends."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeedState(models.TextChoices):
    """Where a deed stands on the server. A refused one may come again, mended."""

    DONE = "done", _("已办理")
    REFUSED = "refused", _("退回修改")
    CONFLICT = "conflict", _("有冲突，待裁定")
    KEPT = "kept", _("已留存")


FINAL_STATES = (DeedState.DONE, DeedState.CONFLICT, DeedState.KEPT)


class DeedMark(models.TextChoices):
    """What is odd about a deed that was taken all the same."""

    NO_PLACE = "no_place", _("没有定位")
    PICKED_PLACE = "picked_place", _("位置为手工选取")
    ROUGH_PLACE = "rough_place", _("定位误差超过 100 米")
    SPEED = "speed", _("与上一位置相距过远")
    CLOCK = "clock", _("手机时钟不准，已按服务器时间校正")
    OLD_FORM = "old_form", _("按旧版表单填写")
    FAR = "outside_cells", _("不在本人当日网格内")
