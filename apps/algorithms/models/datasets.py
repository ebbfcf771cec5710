"""What algorithms are trained and measured on: where it came from, who may use it, who did."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.algorithms.enums import DataPurpose, DataState, Privacy, Task
from apps.algorithms.models.warehouse import AlgorithmVersion, Evaluation, SampleSet


class DataSet(models.Model):
    """One version of a set of training or test data (数据集). Source: CP-02.

    The data itself lies with its unit; sha256 is of its archive or list of files, so that anybody
    can tell later whether it is the same. labels: what is marked in it. sample_set: the set of
    this warehouse it is. keep_until: the last day it may be kept and used. Changed only while it
    is a draft; another content is another version.
    """

    code = models.SlugField(_("代码"), max_length=60)
    version = models.CharField(_("版本"), max_length=20)
    name = models.CharField(_("名称"), max_length=80)
    task = models.CharField(_("算法用途"), max_length=20, choices=Task)
    purpose = models.CharField(_("数据用途"), max_length=10, choices=DataPurpose)
    source = models.CharField(_("来源"), max_length=300)
    legal_basis = models.CharField(_("法律依据"), max_length=300)
    licence = models.CharField(_("许可"), max_length=200)
    privacy = models.CharField(_("个人信息"), max_length=10, choices=Privacy)
    labels = models.JSONField(_("标注类别"), default=list)
    items = models.PositiveIntegerField(_("条数"))
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"), default=0)
    sha256 = models.CharField(_("SHA-256 摘要"), max_length=64)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("保管单位")
    )
    keep_until = models.DateField(_("保存至"))
    sample_set = models.ForeignKey(
        SampleSet, models.PROTECT, null=True, related_name="data_sets", verbose_name=_("评测集")
    )
    state = models.CharField(_("状态"), max_length=10, choices=DataState, default=DataState.DRAFT)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    created_at = models.DateTimeField(_("登记时间"))
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    approved_at = models.DateTimeField(_("审核时间"), null=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    end_reason = models.CharField(_("停用理由"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("数据集")
        verbose_name_plural = _("数据集")
        default_permissions = ()
        ordering = ["code", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="algorithms_data_set_once"),
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(approved_by=None) | ~Q(approved_by=F("made_by")),
                name="algorithms_data_set_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state=DataState.IN_FORCE) | Q(approved_at__isnull=False),
                name="algorithms_data_set_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class DataSetGrant(models.Model):
    """That a unit may use a data set, what for and until when, the last day included."""

    data_set = models.ForeignKey(
        DataSet, models.PROTECT, related_name="grants", verbose_name=_("数据集")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("使用单位")
    )
    purpose = models.CharField(_("使用目的"), max_length=200)
    until = models.DateField(_("截止日期"))
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("授权人")
    )
    granted_at = models.DateTimeField(_("授权时间"))
    ended_at = models.DateTimeField(_("收回时间"), null=True)

    class Meta:
        verbose_name = _("数据集授权")
        verbose_name_plural = _("数据集授权")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "unit"],
                condition=Q(ended_at__isnull=True),
                name="algorithms_data_grant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_set_id} → {self.unit_id}"


class DataSetUse(models.Model):
    """That a data set was used: for which version of an algorithm, by whom. Never changed.

    evaluation: of uses the warehouse entered itself when it measured.
    """

    data_set = models.ForeignKey(
        DataSet, models.PROTECT, related_name="uses", verbose_name=_("数据集")
    )
    kind = models.CharField(
        _("使用方式"),
        max_length=10,
        choices=[one for one in DataPurpose.choices if one[0] != "both"],
    )
    version = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, related_name="data_uses", verbose_name=_("算法版本")
    )
    evaluation = models.OneToOneField(
        Evaluation, models.PROTECT, null=True, related_name="data_use", verbose_name=_("评测")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("使用单位")
    )
    used_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("使用人")
    )
    at = models.DateTimeField(_("时间"))
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("数据集使用")
        verbose_name_plural = _("数据集使用")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "version", "unit"],
                condition=Q(kind="training"),
                name="algorithms_data_trained_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_set_id} {self.version_id}"
