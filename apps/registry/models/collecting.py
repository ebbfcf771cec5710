"""Who is asked to collect what, and who receives what was collected (GR-10, GR-11)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.places.models import Area
from apps.registry.enums import FieldGroup, FileKind, TargetState
from apps.registry.models.files import Edit, RegistryFile


class CollectionTask(models.Model):
    """Files of one kind in an area that are to be looked at anew by a day."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    title = models.CharField(_("任务名称"), max_length=80)
    kind = models.CharField(_("档案类型"), max_length=8, choices=FileKind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("采集人"),
    )
    due_on = models.DateField(_("完成期限"))
    made_at = models.DateTimeField(_("下达时间"))
    made_by_name = models.CharField(_("下达人"), max_length=100)
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("采集任务")
        verbose_name_plural = _("采集任务")
        default_permissions = ()
        ordering = ["closed_at", "due_on", "id"]

    def __str__(self) -> str:
        return self.title


class CollectionTarget(models.Model):
    """One file of a task; done by an edit that came in after the task was given."""

    task = models.ForeignKey(CollectionTask, models.CASCADE, related_name="targets")
    file = models.ForeignKey(RegistryFile, models.PROTECT, related_name="targets")
    state = models.CharField(_("状态"), max_length=5, choices=TargetState, default=TargetState.OPEN)
    edit = models.ForeignKey(Edit, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("采集时间"), null=True)
    is_sample = models.BooleanField(_("抽查样本"), default=False)
    checked_by_name = models.CharField(_("抽查人"), max_length=100, blank=True, default="")
    check_note = models.CharField(_("抽查意见"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("采集对象")
        verbose_name_plural = _("采集对象")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "file"], name="registry_target_once"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.file}"


class Share(models.Model):
    """A department receives a group of fields of one kind in an area; ended, never deleted."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("接收单位")
    )
    kind = models.CharField(_("档案类型"), max_length=8, choices=FileKind)
    group = models.CharField(_("字段组"), max_length=10, choices=FieldGroup)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    purpose = models.CharField(_("用途"), max_length=200)
    made_at = models.DateTimeField(_("登记时间"))
    made_by_name = models.CharField(_("登记人"), max_length=100)
    ended_at = models.DateTimeField(_("终止时间"), null=True)

    class Meta:
        verbose_name = _("数据分发")
        verbose_name_plural = _("数据分发")
        default_permissions = ()
        ordering = ["ended_at", "unit", "kind", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "group", "area"],
                condition=models.Q(ended_at__isnull=True),
                name="registry_share_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.kind} {self.group}"


class ShareRead(models.Model):
    """A department took rows of what is shared with it."""

    share = models.ForeignKey(Share, models.PROTECT, related_name="reads")
    at = models.DateTimeField(_("时间"))
    by_name = models.CharField(_("读取方"), max_length=100)
    rows = models.PositiveIntegerField(_("条数"))

    class Meta:
        verbose_name = _("分发读取")
        verbose_name_plural = _("分发读取")
        default_permissions = ()
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.share} {self.at:%Y-%m-%d}"
