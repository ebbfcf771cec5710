"""A case that became several, and how they come together again (RU-02, MT-10, MT-22)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.matters.enums import JoinPolicy, PartRole, PartState, SplitState
from apps.matters.models.case import Case
from apps.rules.models import Decision


class Split(models.Model):
    """One splitting of a case, or one call of another matter (a split with one part).

    code: of ``splits`` or ``calls`` in the definition of the parent, which says where it goes.
    depth: 1 under a case that is no part itself, one more below; at most 5.
    decision: the answer of the table; none for a call.
    """

    parent = models.ForeignKey(Case, models.PROTECT, related_name="splits")
    code = models.CharField(_("代码"), max_length=40)
    label = models.CharField(_("名称"), max_length=40)
    policy = models.CharField(_("汇合方式"), max_length=8, choices=JoinPolicy)
    quorum = models.PositiveSmallIntegerField(_("所需数量"), default=0)
    state = models.CharField(
        _("状态"), max_length=8, choices=SplitState, default=SplitState.RUNNING
    )
    depth = models.PositiveSmallIntegerField(_("层级"), default=1)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("分解时间"))
    created_by_name = models.CharField(_("分解人"), max_length=100)
    settled_at = models.DateTimeField(_("汇合时间"), null=True)

    class Meta:
        verbose_name = _("分解")
        verbose_name_plural = _("分解")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "code"],
                name="split_running_once",
                condition=models.Q(state="running"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} {self.label}"


class SplitPart(models.Model):
    """One sub-matter: planned, then a case of its own.

    order: parts of one order are opened together, the next when all of them have ended.
    limit: {"amount", "unit"} of the rule, or null: what its own matter says.
    reason: why the rule asks for it. note: what it was returned, refused or cancelled for.
    """

    split = models.ForeignKey(Split, models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField(_("序号"))
    order = models.PositiveSmallIntegerField(_("顺序"), default=1)
    role = models.CharField(_("角色"), max_length=4, choices=PartRole, default=PartRole.PART)
    matter = models.CharField(_("事项"), max_length=60)
    title = models.CharField(_("标题"), max_length=120)
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    limit = models.JSONField(_("时限"), null=True)
    reason = models.CharField(_("依据"), max_length=500, blank=True, default="")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="as_part")
    state = models.CharField(_("状态"), max_length=9, choices=PartState, default=PartState.PLANNED)
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    opened_at = models.DateTimeField(_("开启时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("子事项")
        verbose_name_plural = _("子事项")
        default_permissions = ()
        ordering = ["split", "number"]
        constraints = [
            models.UniqueConstraint(fields=["split", "number"], name="split_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.split_id}.{self.number} {self.title}"
