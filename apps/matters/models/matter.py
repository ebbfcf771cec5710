"""Matter types and their versions, who offers them and who may use them."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.common.models import TimeStamped
from apps.gateway.models import ApiClient
from apps.matters.enums import MatterKind, Standing, VersionState

UNPUBLISHED = (VersionState.DRAFT, VersionState.SUBMITTED)


class MatterDomain(models.Model):
    """A field of business, for example 民生服务 (MT-04). is_active: new matters may join it."""

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=60)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("业务领域")
        verbose_name_plural = _("业务领域")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class MatterType(models.Model):
    """What a case can be about; its rules of the game stand in its versions (MT-01).

    current_version: the version in force, moved when one is published, retired or, by the
    worker, takes force on its date. ``opening`` picks by time and does not depend on it.
    """

    code = models.CharField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=12, choices=MatterKind)
    domain = models.ForeignKey(MatterDomain, models.PROTECT, related_name="matter_types")
    current_version = models.ForeignKey(
        "matters.MatterVersion", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("事项")
        verbose_name_plural = _("事项")
        ordering = ["code"]
        permissions = [
            ("edit_matters", _("编制事项")),
            ("publish_matters", _("复核并发布事项")),
        ]

    def __str__(self) -> str:
        return self.name


class TsTzRange(models.Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class MatterVersion(models.Model):
    """One wording of a matter; unchangeable once submitted (trigger), kept by its cases.

    body: see ``matters.definition``. revision: grows with every save of a draft. author and
    reviewer are null where the product itself loaded a definition (a profile, an import).
    Valid from ``effective_from`` (included) to ``effective_until`` (excluded, null: open); the
    database keeps two versions of a matter from being valid at one moment, and the author
    from being the reviewer (双人复核).
    """

    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本号"))
    body = models.JSONField(_("定义"))
    state = models.CharField(
        _("状态"), max_length=10, choices=VersionState, default=VersionState.DRAFT
    )
    revision = models.PositiveIntegerField(_("修订次数"), default=1)
    note = models.CharField(_("变更说明"), max_length=500, blank=True, default="")
    saved_at = models.DateTimeField(_("保存时间"), null=True)
    author = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("编写人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True)
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人")
    )
    review_note = models.CharField(_("复核意见"), max_length=500, blank=True, default="")
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by_name = models.CharField(_("发布人"), max_length=100, blank=True, default="")
    effective_from = models.DateTimeField(_("生效时间"), null=True)
    effective_until = models.DateTimeField(_("失效时间"), null=True)

    class Meta:
        verbose_name = _("事项版本")
        verbose_name_plural = _("事项版本")
        ordering = ["matter_type", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["matter_type", "number"], name="matter_version_once"),
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True) | ~models.Q(reviewer=models.F("author")),
                name="matter_version_second_person",
                violation_error_message=_("编写人不能复核自己的版本"),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "submitted"])
                | models.Q(published_at__isnull=False, effective_from__isnull=False)
                & (models.Q(author__isnull=True) | models.Q(reviewer__isnull=False)),
                name="matter_version_published_whole",
            ),
            ExclusionConstraint(
                name="matter_version_one_in_force",
                expressions=[
                    ("matter_type", RangeOperators.EQUAL),
                    (TsTzRange("effective_from", "effective_until"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=["published", "retired"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_type} v{self.number}"

    def standing(self, at: datetime) -> Standing:
        """What this version means at ``at`` (aware)."""
        if self.state in UNPUBLISHED:
            return Standing(self.state)
        if self.effective_until is not None and self.effective_until <= at:
            return Standing.ENDED
        if self.effective_from is not None and self.effective_from > at:
            return Standing.SCHEDULED
        return Standing.IN_FORCE


class MatterOffer(TimeStamped):
    """A tenant offers a matter to its people; ``note``: where and when, for the guide (MT-04)."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="+", verbose_name=_("提供单位所属租户")
    )
    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="offers")
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    is_active = models.BooleanField(_("提供中"), default=True)

    class Meta:
        verbose_name = _("事项提供")
        verbose_name_plural = _("事项提供")
        ordering = ["tenant", "matter_type"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "matter_type"], name="matter_offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.matter_type}"


class MatterApplication(TimeStamped):
    """A linked application that may use a matter (MT-04).

    client: the program's access to the API; null while it has none yet.
    """

    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="applications")
    name = models.CharField(_("应用名称"), max_length=80)
    client = models.ForeignKey(
        ApiClient, models.PROTECT, null=True, related_name="+", verbose_name=_("接口客户端")
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("关联应用")
        verbose_name_plural = _("关联应用")
        ordering = ["matter_type", "name"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["matter_type", "name"], name="matter_application_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.matter_type}"
