"""Plans as data, one row a version: question trees and joint businesses."""

import hashlib
import json

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.guides.enums import PublicState


class _Plan(models.Model):
    """A numbered version of a plan. A published one never changes; a draft is written over."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    code = models.CharField(_("代码"), max_length=60)
    number = models.PositiveIntegerField(_("版本号"))
    title = models.CharField(_("名称"), max_length=80)
    body = models.JSONField(_("内容"))
    state = models.CharField(
        _("状态"), max_length=10, choices=PublicState, default=PublicState.DRAFT
    )
    saved_at = models.DateTimeField(_("保存时间"))
    saved_by_id = models.BigIntegerField(_("编制人编号"), null=True)
    saved_by_name = models.CharField(_("编制人"), max_length=100)
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by_name = models.CharField(_("发布人"), max_length=100, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def revision(self) -> str:
        """A mark of what stands here now: two who write at once are told apart by it."""
        text = json.dumps([self.number, self.title, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["tenant", "code", "number"], name=f"{name}_version_once"),
        models.UniqueConstraint(
            fields=["tenant", "code"],
            condition=models.Q(state=PublicState.PUBLISHED),
            name=f"{name}_published_once",
        ),
    ]


class QuestionTree(_Plan):
    """Questions that lead to a matter and what it needs (MT-15).

    body: see ``apps.guides.trees``.
    """

    class Meta:
        verbose_name = _("情形引导")
        verbose_name_plural = _("情形引导")
        default_permissions = ()
        constraints = _constraints("question_tree")


class JointBusiness(_Plan):
    """One business over several matters (MT-06). body: see ``apps.guides.joining``."""

    class Meta:
        verbose_name = _("一件事")
        verbose_name_plural = _("一件事")
        default_permissions = ()
        constraints = _constraints("joint_business")
