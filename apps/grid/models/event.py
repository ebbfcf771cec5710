"""A component or an event somebody found, one-to-one with its case."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.fieldwork.models import Patrol
from apps.grid.enums import Doubt, EventKind
from apps.grid.models.classes import GridClass
from apps.matters.models import Case


class GridEvent(models.Model):
    """What the grid adds to a case.

    grid_class: follows the case's class; null while nobody classified it.
    patrol: during which it was found. reporter: the worker who found it; null for the public
    and for programs. accuracy_m: of the position as the phone gave it. found_at: when it was
    found, by the phone's clock where that is believed. doubt: why the report needs a look.
    needs_look: whether it is verified on the spot before it is filed (核实).
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="grid_event")
    kind = models.CharField(_("类别"), max_length=10, choices=EventKind)
    grid_class = models.ForeignKey(
        GridClass, models.PROTECT, null=True, related_name="+", verbose_name=_("分类")
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("部件")
    )
    patrol = models.ForeignKey(
        Patrol, models.PROTECT, null=True, related_name="+", verbose_name=_("巡查任务")
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("上报人"),
    )
    accuracy_m = models.FloatField(_("定位精度（米）"), null=True)
    found_at = models.DateTimeField(_("发现时间"))
    doubt = models.CharField(
        _("疑点"), max_length=10, choices=Doubt, blank=True, default=Doubt.NONE
    )
    needs_look = models.BooleanField(_("须现场核实"), default=False)
    handled_on_spot = models.BooleanField(_("已现场处置"), default=False)

    class Meta:
        verbose_name = _("网格事件")
        verbose_name_plural = _("网格事件")
        default_permissions = ()
        permissions = [
            ("report_events", _("上报网格事件")),
            ("override_proof", _("认可照片比对异常")),
        ]
        indexes = [models.Index(fields=["grid_class", "-id"], name="grid_event_class")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.case_id}"


class EventStage(models.Model):
    """One stage of handling with a time of its own, counted from the dispatch (阶段时限)."""

    event = models.ForeignKey(GridEvent, models.PROTECT, related_name="stages")
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    number = models.PositiveSmallIntegerField(_("阶段"))
    label = models.CharField(_("阶段名称"), max_length=40)
    due_at = models.DateTimeField(_("到期时间"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by_name = models.CharField(_("完成人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("阶段时限")
        verbose_name_plural = _("阶段时限")
        default_permissions = ()
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "round", "number"], name="grid_event_stage_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label
