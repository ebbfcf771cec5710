"""Words of quality diagnosis: faults, where a run and a result stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Fault(models.TextChoices):
    """What may be wrong with a picture. Source: VD-06, the eight faults and two more.

    Signal loss is two (no stream, no picture), brightness two (dark, bright), interference two
    (noise, stripes); occlusion and a moved view need the standard picture.
    """

    NO_STREAM = "no_stream", _("无视频流")
    NO_PICTURE = "no_picture", _("有流无画面")
    DARK = "dark", _("画面过暗")
    BRIGHT = "bright", _("画面过亮")
    LOW_CONTRAST = "low_contrast", _("对比度低")
    BLUR = "blur", _("画面模糊")
    COLOUR_CAST = "colour_cast", _("偏色")
    FREEZE = "freeze", _("画面冻结")
    SHAKE = "shake", _("视频抖动")
    NOISE = "noise", _("雪花噪声")
    STRIPES = "stripes", _("条纹干扰")
    OCCLUSION = "occlusion", _("画面遮挡")
    MOVED = "moved", _("场景移位")
    PTZ = "ptz", _("云台失控")


#: Without these nothing of the picture can be said.
BLIND = (Fault.NO_STREAM, Fault.NO_PICTURE)


class Stage(models.TextChoices):
    """For what a camera was looked at."""

    FIRST = "first", _("巡检")
    RECHECK = "recheck", _("复检")
    PROOF = "proof", _("修复验证")


class Verdict(models.TextChoices):
    """What came of a look."""

    GOOD = "good", _("正常")
    SUSPECT = "suspect", _("疑似，待复检")
    FAULTY = "faulty", _("异常")


class RunState(models.TextChoices):
    """Where a run stands."""

    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    CANCELLED = "cancelled", _("已取消")


class Trigger(models.TextChoices):
    """Why a run began."""

    PLAN = "plan", _("预案")
    DEMAND = "demand", _("人工发起")
    FOLLOW_UP = "follow_up", _("自动复检")


class Opinion(models.TextChoices):
    """What a person says of a finding."""

    TRUE = "true", _("属实")
    FALSE = "false", _("误判")


class SetState(models.TextChoices):
    """Where a set of thresholds stands."""

    DRAFT = "draft", _("草稿")
    IN_FORCE = "in_force", _("使用中")
    RETIRED = "retired", _("已停用")


class LookState(models.TextChoices):
    """Where the look at one camera within a run stands."""

    WAITING = "waiting", _("等待")
    DONE = "done", _("已检测")
    SKIPPED = "skipped", _("未检测")
