"""The idea board: what citizens propose, who supports it, what a unit makes of it (PT-11)."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.matters.models import Case
from apps.opinions.enums import IdeaState
from apps.places.models import Area


class Idea(models.Model):
    """A citizen's proposal (市民创意).

    person: keyed digest of the confirmed phone. phone: to tell the author, shown masked.
    threshold: votes that bring it before the unit, as it was when the idea was let through.
    note: why it was refused. case: what an adopted idea became.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    title = models.CharField(_("标题"), max_length=60)
    text = models.TextField(_("创意内容"))
    person = models.CharField(max_length=64)
    phone = models.CharField(_("联系电话"), max_length=20)
    source_key = models.CharField(max_length=80)
    search = SearchVectorField(null=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=IdeaState, default=IdeaState.SUBMITTED
    )
    votes = models.PositiveIntegerField(_("支持数"), default=0)
    threshold = models.PositiveIntegerField(_("门槛"), default=0)
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    unit_path = models.CharField(max_length=255, blank=True, default="")
    note = models.CharField(_("未通过原因"), max_length=300, blank=True, default="")
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answer = models.TextField(_("单位答复"), blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="idea")
    created_at = models.DateTimeField(_("提交时间"))

    class Meta:
        verbose_name = _("市民创意")
        verbose_name_plural = _("市民创意")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "source_key"], name="idea_sent_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "-votes"], name="idea_board"),
            GinIndex(fields=["search"], name="idea_search"),
        ]

    def __str__(self) -> str:
        return self.title


class IdeaVote(models.Model):
    """One person's support of one idea."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="supporters")
    person = models.CharField(max_length=64)
    at = models.DateTimeField(_("支持时间"))

    class Meta:
        verbose_name = _("创意支持")
        verbose_name_plural = _("创意支持")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["idea", "person"], name="idea_vote_once")]

    def __str__(self) -> str:
        return str(self.pk)
