"""Words of plans of points."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Demand(models.TextChoices):
    """What has to be covered."""

    GROUND = "ground", _("按面积")
    BUILDINGS = "buildings", _("按建筑数量")
    CASES = "cases", _("按近一年案件数")


class PlanState(models.TextChoices):
    """How far a plan has come."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审批")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已批准")
    DONE = "done", _("已完成")


#: In these states points and conditions may be changed.
OPEN_STATES = (PlanState.DRAFT, PlanState.RETURNED)
