"""People, organisations, posts and what they may do.

A right is a Django permission. A ``Role`` is a set of permissions, a ``Post`` carries roles,
an ``Appointment`` puts a person on a post for a span of days; several at once are part-time
posts. ``accounts.backends.AppointmentBackend`` gives a user the union of the permissions of
the appointments in force, ``accounts.selectors.scope_of`` says over which organisations and
areas they reach.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission, PermissionsMixin, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.places.models import Area


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

    class Meta:
        verbose_name = _("组织机构")
        verbose_name_plural = _("组织机构")
        ordering = ["path"]
        indexes = [
            models.Index(fields=["path"], name="organization_path", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. One full name, written as the person writes it: 张三."""

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    full_name = models.CharField(_("姓名"), max_length=60)
    phone = models.CharField(_("手机"), max_length=30, blank=True, default="")
    email = models.EmailField(_("电子邮箱"), blank=True, default="")
    employee_number = models.CharField(_("工号"), max_length=30, blank=True, default="")
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("启用"), default=True)
    is_staff = models.BooleanField(_("可进入管理台"), default=False)
    must_change_password = models.BooleanField(_("须修改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        permissions = [("manage_people", _("管理人员与组织"))]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def display_name(self) -> str:
        """The name shown to colleagues and kept in the log."""
        return self.full_name or self.username

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


class Appointment(models.Model):
    """A person holds a post from a day to a day (open end: until further notice)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    is_primary = models.BooleanField(_("主岗"), default=True)
    from_on = models.DateField(_("任职日期"))
    to_on = models.DateField(_("离任日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="appointment_span",
            ),
        ]
        indexes = [models.Index(fields=["user", "from_on"], name="appointment_user")]

    def __str__(self) -> str:
        return f"{self.user} · {self.post}"
