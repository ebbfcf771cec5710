"""What is expected of a vendor, or of whoever holds a post, in a month. Source: OP-17."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Post, Tenant
from apps.places.models import Area


class Target(models.Model):
    """Quantity, time and cost expected for one kind of work in a month (考核指标).

    vendor: as on the assets; or post: expected of each person who holds it. work: code of a kind
    of work, "" for all. quantity: orders done at least; hours: mean time to repair at most; cost:
    spent at most, in yuan; null: not judged.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    month = models.DateField(_("考核月"))
    vendor = models.CharField(_("维保单位"), max_length=80, blank=True, default="")
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("岗位")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("区域")
    )
    work = models.CharField(_("工作类型"), max_length=40, blank=True, default="")
    quantity = models.PositiveIntegerField(_("完成数量（单）"), null=True, blank=True)
    hours = models.DecimalField(
        _("平均修复时长（小时）"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    cost = models.DecimalField(
        _("费用上限（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    set_at = models.DateTimeField(_("设定时间"))
    set_by_name = models.CharField(_("设定人"), max_length=100)

    class Meta:
        verbose_name = _("考核指标")
        verbose_name_plural = _("考核指标")
        default_permissions = ()
        permissions = [("keep_targets", _("设定运维考核指标"))]
        ordering = ["-month", "vendor", "work"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "month", "vendor", "post", "area", "work"],
                name="ops_target_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=False)
                | models.Q(hours__isnull=False)
                | models.Q(cost__isnull=False),
                name="ops_target_says_something",
            ),
            models.CheckConstraint(
                condition=models.Q(post__isnull=True) ^ models.Q(vendor=""),
                name="ops_target_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor or self.post} {self.month:%Y-%m}"
