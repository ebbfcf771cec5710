"""Words of opinion collections, surveys and the idea board."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Who may write an opinion."""

    ANYONE = "anyone", _("任何人")
    CONFIRMED = "confirmed", _("手机已确认的市民")


class PaperState(models.TextChoices):
    """Where a collection, or a version of a survey, stands between its two people."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待发布")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已换版")
    CONCLUDED = "concluded", _("已公布采纳情况")


class Phase(models.TextChoices):
    """Where a published paper stands on a day, by its window."""

    AHEAD = "ahead", _("尚未开始")
    OPEN = "open", _("征集中")
    OVER = "over", _("已截止")


class Adoption(models.TextChoices):
    """What became of an opinion (采纳情况)."""

    PENDING = "pending", _("待处理")
    ADOPTED = "adopted", _("采纳")
    PARTLY = "partly", _("部分采纳")
    DECLINED = "declined", _("不予采纳")
    VOID = "void", _("无效意见")


#: What the published summary counts; void ones (empty words, abuse) are counted apart.
COUNTED = (Adoption.ADOPTED, Adoption.PARTLY, Adoption.DECLINED)


class Way(models.TextChoices):
    """By what a person comes to a survey."""

    LINK = "link", _("专属链接")
    RECEIPT = "receipt", _("办结诉求的受理编号")
    RESIDENT = "resident", _("手机确认或公众账户")


class QuestionKind(models.TextChoices):
    """How a question of a survey is answered."""

    CHOICE = "choice", _("单选")
    MULTICHOICE = "multichoice", _("多选")
    SCALE = "scale", _("打分")
    LONGTEXT = "longtext", _("文字")


class IdeaState(models.TextChoices):
    """Where an idea stands. Only shown ones take votes."""

    SUBMITTED = "submitted", _("待审核")
    REFUSED = "refused", _("未通过审核")
    SHOWN = "shown", _("征集支持中")
    RIPE = "ripe", _("待单位答复")
    ADOPTED = "adopted", _("已采纳")
    DECLINED = "declined", _("未采纳")


#: What everybody may read.
PUBLIC_IDEAS = (IdeaState.SHOWN, IdeaState.RIPE, IdeaState.ADOPTED, IdeaState.DECLINED)
