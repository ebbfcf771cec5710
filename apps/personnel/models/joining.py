"""Somebody joins: what posts ask for, what people have learned, who asked for whom (AC-12)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Post, Role, Tenant
from apps.personnel.enums import JoinState, PostCategory, PostLevel


class Course(models.Model):
    """A training with an exam. valid_months: how long a pass counts. pass_score: 0 to 100."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("培训课程"), max_length=80)
    valid_months = models.PositiveSmallIntegerField(_("有效月数"), default=12)
    pass_score = models.PositiveSmallIntegerField(_("合格分"), default=60)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("培训课程")
        verbose_name_plural = _("培训课程")
        default_permissions = ()
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="course_name_once"),
            models.CheckConstraint(
                condition=models.Q(pass_score__lte=100, valid_months__gte=1), name="course_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingRecord(models.Model):
    """One exam of one person. expires_on: the last day it counts; null: not passed."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="training", verbose_name=_("人员")
    )
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="records", verbose_name=_("培训课程")
    )
    taken_on = models.DateField(_("考核日期"))
    score = models.PositiveSmallIntegerField(_("成绩"))
    is_passed = models.BooleanField(_("合格"))
    expires_on = models.DateField(_("有效期至"), null=True)
    recorded_at = models.DateTimeField(_("登记时间"))
    recorded_by_name = models.CharField(_("登记人"), max_length=100)
    warned_at = models.DateTimeField(_("到期提醒时间"), null=True)

    class Meta:
        verbose_name = _("培训考核记录")
        verbose_name_plural = _("培训考核记录")
        default_permissions = ()
        ordering = ["-taken_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "taken_on"], name="training_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(is_passed=True, expires_on__isnull=False)
                | models.Q(is_passed=False, expires_on__isnull=True),
                name="training_passed_expires",
            ),
        ]
        indexes = [models.Index(fields=["person", "course", "-expires_on"], name="training_valid")]

    def __str__(self) -> str:
        return f"{self.person} {self.course}"


class PostTemplate(models.Model):
    """What a kind of post is: its level, its category, the roles it may carry, its courses.

    Grants nothing by itself. Rights beyond the roles named here are told in a report (AC-10).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("岗位模板"), max_length=60)
    level = models.CharField(_("岗位层级"), max_length=8, choices=PostLevel)
    category = models.CharField(_("岗位类别"), max_length=10, choices=PostCategory)
    roles = models.ManyToManyField(
        Role, related_name="+", blank=True, verbose_name=_("模板内的角色")
    )
    courses = models.ManyToManyField(
        Course, related_name="+", blank=True, verbose_name=_("上岗须通过的培训")
    )

    class Meta:
        verbose_name = _("岗位模板")
        verbose_name_plural = _("岗位模板")
        default_permissions = ()
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="post_template_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PostStanding(models.Model):
    """Which template a post follows."""

    post = models.OneToOneField(Post, models.CASCADE, related_name="standing")
    template = models.ForeignKey(PostTemplate, models.PROTECT, related_name="standings")

    class Meta:
        verbose_name = _("岗位定级")
        verbose_name_plural = _("岗位定级")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.post} · {self.template}"


class JoinRequest(models.Model):
    """A unit asks for an account; somebody else approves; training comes before rights.

    account: made when approved, switched off until it is activated.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("岗位"))
    username = models.CharField(_("登录名"), max_length=60)
    full_name = models.CharField(_("姓名"), max_length=60)
    phone = models.CharField(_("手机"), max_length=30, blank=True, default="")
    employee_number = models.CharField(_("工号"), max_length=30, blank=True, default="")
    starts_on = models.DateField(_("到岗日期"))
    ends_on = models.DateField(_("结束日期"), null=True)
    reason = models.CharField(_("事由"), max_length=300)
    state = models.CharField(_("状态"), max_length=9, choices=JoinState, default=JoinState.PENDING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    requested_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    note = models.CharField(_("审批意见"), max_length=300, blank=True, default="")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="join_request"
    )
    activated_at = models.DateTimeField(_("启用时间"), null=True)

    class Meta:
        verbose_name = _("入职申请")
        verbose_name_plural = _("入职申请")
        default_permissions = ()
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("requested_by")),
                name="join_request_two_people",
            ),
            models.UniqueConstraint(
                Lower("username"),
                condition=models.Q(state__in=["pending", "approved"]),
                name="join_request_name_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "active"], account__isnull=False)
                | models.Q(state__in=["pending", "refused", "withdrawn"], account__isnull=True),
                name="join_request_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} {self.post}"
