"""Matter types and their immutable versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.enums import MatterKind, VersionState


class MatterDomain(models.Model):
    """A field of business, for example 民生服务 (MT-04)."""

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        verbose_name = _("业务领域")
        verbose_name_plural = _("业务领域")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class MatterType(models.Model):
    """What a case can be about; its rules of the game stand in its versions (MT-01)."""

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

    def __str__(self) -> str:
        return self.name


class MatterVersion(models.Model):
    """One immutable version of a definition; a running case stays on the one it began with.

    body: see ``matters.definition`` for the shape.
    """

    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本号"))
    body = models.JSONField(_("定义"))
    state = models.CharField(
        _("状态"), max_length=10, choices=VersionState, default=VersionState.DRAFT
    )
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by_name = models.CharField(_("发布人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("事项版本")
        verbose_name_plural = _("事项版本")
        ordering = ["matter_type", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["matter_type", "number"], name="matter_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.matter_type} v{self.number}"
