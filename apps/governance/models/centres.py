"""Governance centres (综治中心) and what they tell each other. GR-17."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.governance.enums import CentreLevel


class Centre(models.Model):
    """A centre of one level over one unit of the house.

    parent: the next higher centre, of a higher level; disputes go up and down along it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=_("上级中心")
    )
    level = models.CharField(_("层级"), max_length=8, choices=CentreLevel)
    name = models.CharField(_("名称"), max_length=80)
    unit = models.OneToOneField(
        Organization, models.PROTECT, related_name="governance_centre", verbose_name=_("依托单位")
    )
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("综治中心")
        verbose_name_plural = _("综治中心")
        default_permissions = ()
        permissions = [
            ("view_governance", _("查看综治中心和矛盾纠纷")),
            ("keep_centres", _("维护综治中心")),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ScoreNotice(models.Model):
    """Appraisal information a higher centre passes down; the lower one acknowledges it.

    score: 0-100, two decimals. run_id: of the appraisal run it rests on, None where written by
    hand. Never changed; a wrong one is followed by another.
    """

    sender = models.ForeignKey(Centre, models.PROTECT, related_name="scores_sent")
    receiver = models.ForeignKey(Centre, models.PROTECT, related_name="scores_received")
    month = models.DateField(_("考核月"))
    title = models.CharField(_("标题"), max_length=120)
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2)
    place = models.PositiveIntegerField(_("名次"), null=True)
    text = models.TextField(_("说明"), max_length=2000)
    run_id = models.BigIntegerField(_("考核批次编号"), null=True)
    sent_at = models.DateTimeField(_("下发时间"))
    sent_by_id = models.BigIntegerField(_("下发人编号"))
    sent_by_name = models.CharField(_("下发人"), max_length=100)
    read_at = models.DateTimeField(_("签收时间"), null=True)
    read_by_name = models.CharField(_("签收人"), max_length=100, blank=True, default="")
    reply = models.TextField(_("反馈"), max_length=2000, blank=True, default="")

    class Meta:
        verbose_name = _("考核信息")
        verbose_name_plural = _("考核信息")
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
