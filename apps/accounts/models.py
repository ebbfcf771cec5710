"""People, organisations, posts and what they may do.

A right is a Django permission. A ``Role`` is a set of permissions, a ``Post`` carries roles,
an ``Appointment`` puts a person on a post for a span of days; several at once are part-time
posts. ``accounts.backends.AppointmentBackend`` gives a user the union of the permissions of
the appointments in force, ``accounts.selectors.scope_of`` says over which organisations and
areas they reach.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.assurance.models import (
    FactorRecovery,
    ProofMethod,
    RecoveryState,
    StepUpTicket,
)
from apps.accounts.deputies.models import Delegation
from apps.accounts.factors.models import Certificate, PhoneCode, PhoneFactor, SpentChallenge
from apps.accounts.names import pinyin_of
from apps.places.models import Area

__all__ = [
    "Appointment",
    "AppointmentKind",
    "Certificate",
    "DateSpan",
    "Delegation",
    "FactorRecovery",
    "OldPassword",
    "Organization",
    "OrganizationKind",
    "PhoneCode",
    "PhoneFactor",
    "Post",
    "ProofMethod",
    "RecoveryState",
    "Role",
    "SignInCounter",
    "SpentChallenge",
    "StepUpTicket",
    "Tenant",
    "User",
    "UserManager",
]


class Tenant(models.Model):
    """A government body whose records are its own; others read only by explicit share.

    Source: CO-06.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("租户")
        verbose_name_plural = _("租户")

    def __str__(self) -> str:
        return self.name


class OrganizationKind(models.TextChoices):
    """What an organisation is in the chain of a case."""

    CENTER = "center", _("指挥受理中心")
    DEPARTMENT = "department", _("职能部门")
    STREET = "street", _("街道(镇)")
    COMMUNITY = "community", _("社区(村)")
    ENTERPRISE = "enterprise", _("公共服务企业")
    VENDOR = "vendor", _("运维厂商")


class Organization(models.Model):
    """A unit that can be responsible for a case.

    path: "/<id>/<id>/", ancestors first: "this unit and below" is a prefix match.
    area: what the unit answers for on the ground (its duty area).
    successor: the unit that took over when this one was closed; what is meant for the old one
    reaches it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="organizations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=30, blank=True, default="")
    kind = models.CharField(_("类别"), max_length=12, choices=OrganizationKind)
    path = models.CharField(_("路径"), max_length=200)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    phone = models.CharField(_("值班电话"), max_length=30, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("组织机构")
        verbose_name_plural = _("组织机构")
        ordering = ["path"]
        indexes = [
            models.Index(fields=["path"], name="organization_path", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class UserManager(BaseUserManager["User"]):
    """Makes users with one full name; the services add rights, rules and the log."""

    def create_user(
        self, username: str, password: str | None = None, *, full_name: str, **fields: Any
    ) -> "User":
        """Will make an ordinary user; without a password nobody can sign in as them."""
        user = self.model(
            username=unicodedata.normalize("NFKC", username).strip(), full_name=full_name, **fields
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, password: str | None = None, *, full_name: str, **fields: Any
    ) -> "User":
        """Will make the first administrator (``manage.py createsuperuser``)."""
        fields.setdefault("is_staff", True)
        fields.setdefault("is_superuser", True)
        return self.create_user(username, password, full_name=full_name, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. One full name, written as the person writes it: 张三.

    tenant: the body that keeps this person's file; posts may lie in other bodies.
    name_pinyin: "zhangsan zs", so that 张三 is found by typing zs; follows ``full_name``.
    """

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, related_name="users", verbose_name=_("所属租户")
    )
    username = models.CharField(_("登录名"), max_length=60, unique=True)
    full_name = models.CharField(_("姓名"), max_length=60)
    name_pinyin = models.CharField(_("姓名拼音"), max_length=300, editable=False, default="")
    phone = models.CharField(_("手机"), max_length=30, blank=True, default="")
    email = models.EmailField(_("电子邮箱"), blank=True, default="")
    employee_number = models.CharField(_("工号"), max_length=30, blank=True, default="")
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("启用"), default=True)
    is_staff = models.BooleanField(_("可进入管理台"), default=False)
    must_change_password = models.BooleanField(_("须修改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True)
    # How the identity was proved (IAL 0-3), see apps.accounts.assurance.levels.
    # Defaults in the database: the release before writes people during an upgrade.
    proofing_level = models.PositiveSmallIntegerField(_("身份核验等级"), default=1, db_default=1)
    proofing_method = models.CharField(
        _("核验方式"), max_length=20, choices=ProofMethod, default="imported", db_default="imported"
    )
    proofed_by = models.CharField(
        _("核验人"), max_length=100, blank=True, default="", db_default=""
    )
    proofed_at = models.DateTimeField(_("核验时间"), null=True)
    # A second account of the same person was closed and points at the one that was kept.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged_from", verbose_name=_("已并入")
    )
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        permissions = [
            ("manage_people", _("管理人员与组织")),
            ("manage_roles", _("管理角色与授权")),
            ("unlock_users", _("解锁账号")),
        ]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_once"),
            models.UniqueConstraint(
                fields=["tenant", "employee_number"],
                name="employee_number_once",
                condition=~models.Q(employee_number=""),
            ),
            models.CheckConstraint(
                condition=models.Q(proofing_level__lte=3), name="proofing_level_0_to_3"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.name_pinyin = pinyin_of(self.full_name)
        if update_fields is not None and "full_name" in update_fields:
            update_fields = {*update_fields, "name_pinyin"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def display_name(self) -> str:
        """The name shown to colleagues and kept in the log."""
        return self.full_name or self.username

    @property
    def log_name(self) -> str:
        """The name for the history: who, and in whose name where a deputy acts (代办)."""
        giver: User | None = self.__dict__.get("acting_for")
        return f"{self.display_name}（代{giver.display_name}）" if giver else self.display_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


class Role(models.Model):
    """A named set of permissions, for example 受理员 or 派单员."""

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    description = models.CharField(_("说明"), max_length=200, blank=True, default="")
    permissions = models.ManyToManyField(Permission, related_name="roles", blank=True)
    requires_second_factor = models.BooleanField(_("须有第二因子"), default=False, db_default=False)

    class Meta:
        verbose_name = _("角色")
        verbose_name_plural = _("角色")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A position in an organisation; it carries the roles, people come and go."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="posts")
    name = models.CharField(_("岗位"), max_length=60)
    roles = models.ManyToManyField(Role, related_name="posts", blank=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任区域")
    )

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="post_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.name}"


class DateSpan(models.Func):
    """The days from one to another, both included; an open end never ends."""

    function = "daterange"
    output_field = DateRangeField()


class AppointmentKind(models.TextChoices):
    """By what title somebody holds a post."""

    REGULAR = "regular", _("正式任职")
    PART_TIME = "part_time", _("兼任")
    SECONDED = "seconded", _("借调")
    ACTING = "acting", _("代理")


class Appointment(models.Model):
    """A person holds a post from a day to a day (open end: until further notice).

    suspended_at: since then the post gives no rights, although it is still held (an expired
    training record); suspended_for says why.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    is_primary = models.BooleanField(_("主岗"), default=True)
    from_on = models.DateField(_("任职日期"))
    to_on = models.DateField(_("离任日期"), null=True, blank=True)
    kind = models.CharField(
        _("任职方式"),
        max_length=9,
        choices=AppointmentKind,
        default=AppointmentKind.REGULAR,
        db_default=AppointmentKind.REGULAR.value,
    )
    suspended_at = models.DateTimeField(_("权限暂停时间"), null=True)
    suspended_for = models.CharField(
        _("暂停原因"), max_length=200, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="appointment_span",
            ),
            ExclusionConstraint(
                name="appointment_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (
                        DateSpan("from_on", "to_on", models.Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["user", "from_on"], name="appointment_user")]

    def __str__(self) -> str:
        return f"{self.user} · {self.post}"


# Where a held change stands, told in three ways to the database.
_CHECKED_STATES = ("approved", "refused", "stale", "failed", "confirmed", "objected")
_UNCHECKED_STATES = ("pending", "withdrawn", "expired", "unreviewed")
_DONE_STATES = ("approved", "unreviewed", "confirmed", "objected")


class HeldChange(models.Model):
    """A dangerous change that waits for a second person, or was made alone in an emergency.

    Nothing is changed until it is approved; then the payload is carried out exactly once.
    digest: SHA-256 over the canonical JSON of act, subject and payload: what the checker saw
    is what is done. subject_version: what the change was based on, by the act's own reading.
    organization: the unit it concerns; whoever checks must administer it. concerned: who
    would gain by it and therefore may not check it. expires_at: until when it waits; for one
    made alone, until when it must have been looked at. Source: AC-09.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("等待复核")
        APPROVED = "approved", _("已批准并执行")
        REFUSED = "refused", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")
        EXPIRED = "expired", _("已过期")
        STALE = "stale", _("情况已变，作废")
        FAILED = "failed", _("未能执行")
        UNREVIEWED = "unreviewed", _("紧急办理待复核")
        CONFIRMED = "confirmed", _("补复核认可")
        OBJECTED = "objected", _("补复核不认可")

    act = models.SlugField(_("事项"), max_length=60)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    subject_type = models.CharField(_("对象类型"), max_length=80)
    subject_id = models.CharField(_("对象编号"), max_length=80)
    subject_label = models.CharField(_("对象"), max_length=200)
    subject_version = models.CharField(_("对象版本"), max_length=64)
    payload = models.JSONField(_("内容"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    concerned = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    maker = models.ForeignKey(User, models.PROTECT, related_name="filed_changes")
    reason = models.CharField(_("理由"), max_length=300)
    filed_at = models.DateTimeField(_("提交时间"))
    expires_at = models.DateTimeField(_("截止时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PENDING)
    checker = models.ForeignKey(User, models.PROTECT, null=True, related_name="checked_changes")
    decided_at = models.DateTimeField(_("复核时间"), null=True)
    note = models.CharField(_("复核意见"), max_length=300, blank=True, default="")
    executed_at = models.DateTimeField(_("执行时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=300, blank=True, default="")
    overdue_at = models.DateTimeField(_("发现逾期时间"), null=True)

    class Meta:
        verbose_name = _("双人复核申请")
        verbose_name_plural = _("双人复核申请")
        default_permissions = ()
        permissions = [("approve_exports", _("审批批量导出"))]
        ordering = ["-filed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checker__isnull=True) | ~models.Q(checker=models.F("maker")),
                name="held_change_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=_CHECKED_STATES, checker__isnull=False, decided_at__isnull=False
                )
                | models.Q(
                    state__in=_UNCHECKED_STATES, checker__isnull=True, decided_at__isnull=True
                ),
                name="held_change_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_DONE_STATES, executed_at__isnull=False)
                | (~models.Q(state__in=_DONE_STATES) & models.Q(executed_at__isnull=True)),
                name="held_change_done_or_not",
            ),
            models.UniqueConstraint(
                fields=["maker", "digest"],
                condition=models.Q(state="pending"),
                name="held_change_filed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="held_change_waiting"),
            models.Index(fields=["maker", "-filed_at"], name="held_change_maker"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_label}"


class OldPassword(models.Model):
    """The hash of a password once used: the last few may not come back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="old_passwords")
    password_hash = models.CharField(_("口令摘要"), max_length=128)
    set_at = models.DateTimeField(_("设置时间"))

    class Meta:
        verbose_name = _("历史密码")
        verbose_name_plural = _("历史密码")
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-set_at"], name="old_password_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


class SignInCounter(models.Model):
    """Failed sign-ins of one account name or one address, counted in the database.

    A cache may be lost and then forgets; this row does not. Names nobody has are counted
    too, so that a lock does not tell which accounts exist.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("账号")
        ADDRESS = "address", _("地址")
        SECOND_FACTOR = "second_factor", _("动态口令")

    kind = models.CharField(_("类别"), max_length=14, choices=Kind)
    key = models.CharField(_("对象"), max_length=60)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    window_started_at = models.DateTimeField(_("开始时间"))
    locked_until = models.DateTimeField(_("锁定至"), null=True)

    class Meta:
        verbose_name = _("登录失败计数")
        verbose_name_plural = _("登录失败计数")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="sign_in_counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.attempts}"
