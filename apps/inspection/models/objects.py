"""Who and what is supervised: the register, what they did, and how far they are trusted (MT-19)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.models import StoredFile
from apps.inspection.enums import Grade, ObjectKind
from apps.matters.models import Case, MatterType
from apps.places.models import Area


class SupervisedObject(models.Model):
    """A firm, person, place, project or thing that is checked.

    grade, points: what the scale gives for the records that count; ``CreditChange`` holds how
    they came about. unit: who answers for supervising it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    kind = models.CharField(_("类型"), max_length=8, choices=ObjectKind)
    name = models.CharField(_("名称"), max_length=120)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    point = models.PointField(_("位置"), srid=4326, null=True)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("监管责任单位")
    )
    unit_path = models.CharField(_("单位路径"), max_length=200)
    grade = models.CharField(_("信用等级"), max_length=1, choices=Grade, default=Grade.B)
    points = models.IntegerField(_("信用分"), default=100)
    is_active = models.BooleanField(_("在管"), default=True)
    ended_reason = models.CharField(_("退出原因"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("监管对象")
        verbose_name_plural = _("监管对象")
        default_permissions = ()
        permissions = [
            ("view_register", _("查看监管对象")),
            ("keep_register", _("维护监管对象和检查人员")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "credit_code"],
                condition=~models.Q(credit_code=""),
                name="supervised_credit_code_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_path"], name="supervised_area", opclasses=["text_pattern_ops"]
            ),
            models.Index(fields=["tenant", "kind", "grade"], name="supervised_kind"),
            GinIndex(fields=["name"], name="supervised_name", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """The number under which lists and proofs name the object."""
        return f"O{self.pk:06d}"


class ObjectUnit(models.Model):
    """Who answers for an object in one supervision matter, where it is not the object's unit."""

    supervised = models.ForeignKey(SupervisedObject, models.CASCADE, related_name="subject_units")
    subject = models.ForeignKey(
        MatterType, models.PROTECT, related_name="+", verbose_name=_("检查事项")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("监管责任单位")
    )

    class Meta:
        verbose_name = _("分事项监管单位")
        verbose_name_plural = _("分事项监管单位")
        default_permissions = ()
        ordering = ["subject_id"]
        constraints = [
            models.UniqueConstraint(fields=["supervised", "subject"], name="object_unit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.supervised} {self.unit}"


class BehaviourRecord(models.Model):
    """Something a supervised object did, good (points above 0) or bad (below).

    Never changed; taken back by somebody with a reason. points: as the scale said that day.
    """

    supervised = models.ForeignKey(SupervisedObject, models.PROTECT, related_name="behaviours")
    code = models.CharField(_("行为"), max_length=40)
    label = models.CharField(_("行为名称"), max_length=80)
    points = models.IntegerField(_("分值"))
    happened_on = models.DateField(_("发生日期"))
    text = models.CharField(_("说明"), max_length=500)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("证据文件名"), max_length=120, blank=True, default="")
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by_name = models.CharField(_("登记人"), max_length=100)
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_reason = models.CharField(_("撤销原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("监管行为")
        verbose_name_plural = _("监管行为")
        default_permissions = ()
        ordering = ["-happened_on", "-id"]
        indexes = [models.Index(fields=["supervised", "-happened_on"], name="behaviour_of")]

    def __str__(self) -> str:
        return f"{self.supervised} {self.label}"


class CreditChange(models.Model):
    """One change of points or grade, with the sentence that explains it; append-only."""

    supervised = models.ForeignKey(SupervisedObject, models.PROTECT, related_name="credit_changes")
    at = models.DateTimeField(_("时间"))
    from_grade = models.CharField(_("原等级"), max_length=1, blank=True, default="")
    to_grade = models.CharField(_("新等级"), max_length=1, choices=Grade)
    points = models.IntegerField(_("信用分"))
    scale = models.PositiveIntegerField(_("评分表版本"))
    reason = models.CharField(_("原因"), max_length=300)
    by_name = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("信用变动")
        verbose_name_plural = _("信用变动")
        default_permissions = ()
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.supervised} {self.from_grade}→{self.to_grade}"
