"""The credit scale: drafts, versions, and how far objects follow a new version (MT-19)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.inspection.enums import ScaleDraftState


class CreditScale(models.Model):
    """What behaviour is worth, and which points make which grade; a new version replaces it.

    body: {"base": 100, "months": 24, "grades": [{"grade": "A", "from": 95}, ...],
    "behaviours": [{"code", "label", "points", "months"?, "finding"?}]}; see ``inspection.credit``.
    reason, made_by_name: of the draft it was; the draft holds the two people.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("内容"))
    reason = models.CharField(_("修订原因"), max_length=300, blank=True, default="")
    made_by_name = models.CharField(_("起草人"), max_length=100, blank=True, default="")
    published_at = models.DateTimeField(_("发布时间"))
    published_by_name = models.CharField(_("发布人"), max_length=100)

    class Meta:
        verbose_name = _("信用评分表")
        verbose_name_plural = _("信用评分表")
        default_permissions = ()
        permissions = [
            ("draft_scale", _("起草信用评分表")),
            ("enforce_scale", _("启用信用评分表")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="credit_scale_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.number}"


class CreditScaleDraft(models.Model):
    """A version in the making, one at a time. Its maker alone changes it and never enforces it.

    revision: counts the savings, so that what is put in force is what was looked at.
    closed_*: who put it in force, or gave it up and why.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    body = models.JSONField(_("内容"))
    reason = models.CharField(_("修订原因"), max_length=300)
    revision = models.PositiveIntegerField(_("修改次数"), default=1)
    state = models.CharField(
        _("状态"), max_length=10, choices=ScaleDraftState, default=ScaleDraftState.OPEN
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("起草人")
    )
    made_at = models.DateTimeField(_("起草时间"))
    saved_at = models.DateTimeField(_("保存时间"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("结束时间"), null=True)
    closed_reason = models.CharField(_("放弃原因"), max_length=200, blank=True, default="")
    scale = models.OneToOneField(
        CreditScale, models.PROTECT, null=True, related_name="draft", verbose_name=_("评分表")
    )

    class Meta:
        verbose_name = _("评分表草稿")
        verbose_name_plural = _("评分表草稿")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state="open"),
                name="scale_draft_one_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="enforced")
                | models.Q(closed_by__isnull=False, scale__isnull=False)
                & ~models.Q(closed_by=models.F("made_by")),
                name="scale_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.get_state_display()}"


class CreditRun(models.Model):
    """How far the objects have been assessed anew by a version.

    cursor: key of the last object done; a batch moves it in the transaction that writes the
    grades, so that a run goes on where it stopped. superseded: a newer version took over.
    """

    scale = models.OneToOneField(CreditScale, models.PROTECT, related_name="run")
    total = models.PositiveIntegerField(_("对象数"))
    done = models.PositiveIntegerField(_("已计算"), default=0)
    changed = models.PositiveIntegerField(_("等级变动"), default=0)
    cursor = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    superseded = models.BooleanField(_("已由新版接替"), default=False)

    class Meta:
        verbose_name = _("信用重算")
        verbose_name_plural = _("信用重算")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.scale} {self.done}/{self.total}"

    @property
    def share(self) -> int:
        """Per cent done."""
        return 100 if self.finished_at or not self.total else 100 * self.done // self.total
