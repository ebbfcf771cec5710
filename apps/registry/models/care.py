"""Special groups: types, who belongs to one, visits, and who opened what (RG-06, GR-06..08)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role, Tenant
from apps.common.models import StoredFile
from apps.registry.models.files import RegistryFile


class SpecialType(models.Model):
    """A group of people the city looks after or keeps an eye on; data of a city, not code.

    body: {"fields": [...], "states": [{"code", "label", "is_end"}], "moves": [[from, to]],
    "grades": [{"code", "label", "visit_days"}], "tests": [{"code", "label", "days"}],
    "visit_fields": [...]}, see ``services.types``. roles: who may see its people besides those
    who keep them; none: whoever may see enrolments at all. escalation_days: so many days after
    a missed visit the keepers are told.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=40)
    body = models.JSONField(_("定义"))
    roles = models.ManyToManyField(Role, related_name="+", blank=True, verbose_name=_("可见角色"))
    escalation_days = models.PositiveSmallIntegerField(_("逾期升级天数"), default=3)
    number = models.PositiveIntegerField(_("版本"), default=1)
    is_active = models.BooleanField(_("启用"), default=True)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("重点人员类型")
        verbose_name_plural = _("重点人员类型")
        default_permissions = ()
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="registry_type_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A person in a special group. worker: who visits; team: who cares besides, in words."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    file = models.ForeignKey(RegistryFile, models.PROTECT, related_name="enrolments")
    type = models.ForeignKey(SpecialType, models.PROTECT, related_name="enrolments")
    state = models.CharField(_("状态"), max_length=40)
    grade = models.CharField(_("风险等级"), max_length=40)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("责任人"),
    )
    team = models.CharField(_("帮扶小组"), max_length=200, blank=True, default="")
    data = models.JSONField(_("专项信息"), default=dict)
    area_path = models.CharField(_("区域路径"), max_length=200)
    started_on = models.DateField(_("纳入日期"))
    ended_on = models.DateField(_("退出日期"), null=True)

    class Meta:
        verbose_name = _("重点人员")
        verbose_name_plural = _("重点人员")
        default_permissions = ()
        permissions = [
            ("view_enrolments", _("查看重点人员")),
            ("visit_enrolments", _("走访本网格重点人员")),
            ("keep_enrolments", _("管理重点人员")),
            ("break_glass", _("紧急查看重点人员")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "type"],
                condition=models.Q(ended_on__isnull=True),
                name="registry_enrolled_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_path"], name="registry_enrolment_area", opclasses=["text_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"E{self.pk:06d}"

    @property
    def ref(self) -> str:
        """The number under which the log names the enrolment; no name in it."""
        return f"E{self.pk:06d}"


class EnrolmentStep(models.Model):
    """One change of state, grade or worker, with its reason; append-only."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="steps")
    at = models.DateTimeField(_("时间"))
    by_name = models.CharField(_("操作人"), max_length=100)
    said = models.CharField(_("变更"), max_length=200)
    reason = models.CharField(_("原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("重点人员变更")
        verbose_name_plural = _("重点人员变更")
        default_permissions = ()
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.enrolment} {self.said}"


class Visit(models.Model):
    """Somebody went there. data: values of the type's visit form. kind: "visit" or a test."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    key = models.CharField(_("操作编号"), max_length=64)
    file = models.ForeignKey(RegistryFile, models.PROTECT, related_name="visits")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="visits")
    kind = models.CharField(_("走访类别"), max_length=40, default="visit")
    happened_at = models.DateTimeField(_("走访时间"))
    received_at = models.DateTimeField(_("收到时间"))
    point = models.PointField(_("位置"), srid=4326, null=True)
    accuracy_m = models.FloatField(_("定位精度（米）"), null=True)
    data = models.JSONField(_("走访记录"), default=dict)
    findings = models.CharField(_("情况"), max_length=1000, blank=True, default="")
    next_on = models.DateField(_("下次走访"), null=True)
    pictures = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("照片"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_name = models.CharField(_("走访人"), max_length=100)

    class Meta:
        verbose_name = _("走访记录")
        verbose_name_plural = _("走访记录")
        default_permissions = ()
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="registry_visit_key_once"),
        ]
        indexes = [models.Index(fields=["file", "-happened_at"], name="registry_visit_file")]

    def __str__(self) -> str:
        return f"{self.enrolment or self.file} {self.happened_at:%Y-%m-%d}"


class VisitDue(models.Model):
    """One visit or test that is to be made by a day; done by a visit, told of once when late."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="dues")
    kind = models.CharField(_("走访类别"), max_length=40)
    due_on = models.DateField(_("应完成日期"))
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(_("取消时间"), null=True)
    escalated_at = models.DateTimeField(_("升级提醒时间"), null=True)

    class Meta:
        verbose_name = _("应走访")
        verbose_name_plural = _("应走访")
        default_permissions = ()
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "kind"],
                condition=models.Q(visit__isnull=True, dropped_at__isnull=True),
                name="registry_due_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="registry_due_open",
                condition=models.Q(visit__isnull=True, dropped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} {self.due_on}"


class Opening(models.Model):
    """Somebody opened an enrolment for a purpose, for half an hour; append-only."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    purpose = models.CharField(_("用途"), max_length=200)
    is_break_glass = models.BooleanField(_("紧急查看"), default=False)
    at = models.DateTimeField(_("时间"))
    expires_at = models.DateTimeField(_("有效至"))

    class Meta:
        verbose_name = _("重点人员查看")
        verbose_name_plural = _("重点人员查看")
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["user", "enrolment"], name="registry_opening_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.enrolment}"
