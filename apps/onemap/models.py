"""What the city says about its layers, beyond what the code knows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization


class LayerCard(models.Model):
    """The card (图层登记卡) of one registered layer, kept by people.

    code: of the registered layer. owner_unit: who answers for the data. update_days: the
    promised cycle where it differs from the registered one. updated_on: the day the data are
    of, where the layer itself does not know. approval_number: 审图号 of a published map.
    version: grows when the layer must be drawn anew, whatever its rows say.
    color: "#rrggbb" in place of the registered one. Source: GE-01, GE-02, GE-07.
    """

    code = models.SlugField(_("图层代码"), max_length=80, unique=True)
    owner_unit = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("责任单位"),
    )
    description = models.CharField(_("说明"), max_length=400, blank=True, default="")
    update_days = models.PositiveSmallIntegerField(_("更新周期（天）"), null=True, blank=True)
    updated_on = models.DateField(_("数据日期"), null=True, blank=True)
    approval_number = models.CharField(_("审图号"), max_length=40, blank=True, default="")
    color = models.CharField(_("颜色"), max_length=7, blank=True, default="")
    is_hidden = models.BooleanField(_("停用"), default=False)
    version = models.PositiveIntegerField(_("版本"), default=0)

    class Meta:
        verbose_name = _("图层登记卡")
        verbose_name_plural = _("图层登记卡")
        ordering = ["code"]
        default_permissions = ()
        permissions = [("manage_layers", _("管理图层"))]

    def __str__(self) -> str:
        return self.code


class LayerGrant(models.Model):
    """A layer opened to another department for a while (图层共享授权).

    unit: it and what lies below it may read the layer. area_path: only rows below this area;
    empty: all of them. until: the last day. Personal fields stay masked.
    granted_by_name: by value; people leave. Source: GE-06.
    """

    code = models.SlugField(_("图层代码"), max_length=80)
    unit = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", verbose_name=_("使用单位")
    )
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    since = models.DateField(_("起始日期"))
    until = models.DateField(_("截止日期"))
    granted_by_name = models.CharField(_("授权人"), max_length=100)
    ended_at = models.DateTimeField(_("收回时间"), null=True)

    class Meta:
        verbose_name = _("图层共享授权")
        verbose_name_plural = _("图层共享授权")
        default_permissions = ()
        indexes = [models.Index(fields=["code", "unit"], name="layer_grant")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="layer_grant_span"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.unit}"
