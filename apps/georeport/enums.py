"""Words of the GeoReport interface."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import StateCategory


class AnswerKind(models.TextChoices):
    """What a report is answered with. The codes are those of GeoReport v2 (``type``)."""

    REALTIME = "realtime", _("当场给出受理编号")
    BATCH = "batch", _("先给凭证，凭它查受理编号")


class Status(models.TextChoices):
    """The two states the standard knows."""

    OPEN = "open", _("办理中")
    CLOSED = "closed", _("已办结")


#: What the update extension calls a case in a state of each category.
#: Source: the statuses FixMyStreet understands in ``servicerequestupdates``.
DETAILED_STATUS: dict[str, str] = {
    StateCategory.INTAKE: "OPEN",
    StateCategory.ROUTING: "FOR_TRIAGE",
    StateCategory.WAITING: "INVESTIGATING",
    StateCategory.RUNNING: "IN_PROGRESS",
    StateCategory.PAUSED: "ACTION_SCHEDULED",
    StateCategory.CHECKING: "IN_PROGRESS",
    StateCategory.PARKED: "ACTION_SCHEDULED",
    StateCategory.ENDED: "CLOSED",
}
#: Which action of ours a status sent by another system asks for; the others are noted.
ACTION_OF_STATUS = {
    "IN_PROGRESS": "sign",
    "FIXED": "feed_back",
    "NOT_COUNCILS_RESPONSIBILITY": "request_return",
}
DIALECT = "georeport"
