"""Rows of other tables under a keyed digest, and those changed behind the services' back.

Source: AU-03.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.evidence.enums import RowFault


class RowDigest(models.Model):
    """What a protected row was when the product last wrote it; written once, never changed.

    table: "app.Model"; row_key: its primary key as text. fields: {name: keyed digest of the
    value}, so that the very field can be named and nothing can be read. digest: keyed digest
    over all of it. key_id: which key of this installation.
    """

    table = models.CharField(_("数据表"), max_length=80)
    row_key = models.CharField(_("主键"), max_length=60)
    fields: Any = models.JSONField(_("字段摘要"), default=dict)
    is_gone = models.BooleanField(_("已删除"), default=False)
    key_id = models.CharField(_("密钥编号"), max_length=16)
    digest = models.CharField(_("摘要"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("数据行摘要")
        verbose_name_plural = _("数据行摘要")
        default_permissions = ()
        indexes = [models.Index(fields=["table", "row_key", "-id"], name="evidence_row_newest")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_key}"


class RowCheck(models.Model):
    """One look at all protected rows. upto, chain: the ledger up to this key, hashed."""

    at = models.DateTimeField(_("时间"))
    tables = models.PositiveIntegerField(_("表数"))
    rows = models.PositiveBigIntegerField(_("行数"))
    found = models.PositiveIntegerField(_("不符"))
    upto = models.PositiveBigIntegerField(_("截至"))
    chain = models.CharField(_("链摘要"), max_length=64)

    class Meta:
        verbose_name = _("数据行核验")
        verbose_name_plural = _("数据行核验")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class RowFinding(models.Model):
    """A row that is not what the product wrote. fields: names of what differs.

    Changed after ``since`` (the last time it fitted) and before ``until``. Ended by a person
    who accepts the row as it is, or by itself when the row is put right again.
    """

    table = models.CharField(_("数据表"), max_length=80)
    row_key = models.CharField(_("主键"), max_length=60)
    label = models.CharField(_("对象"), max_length=200)
    fault = models.CharField(_("情况"), max_length=10, choices=RowFault)
    fields: Any = models.JSONField(_("字段"), default=list)
    since = models.DateTimeField(_("自"), null=True)
    until = models.DateTimeField(_("至"))
    ended_at = models.DateTimeField(_("了结时间"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("说明"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("数据行不符")
        verbose_name_plural = _("数据行不符")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "row_key"],
                condition=models.Q(ended_at=None),
                name="evidence_row_finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_key}"

    @property
    def dialog(self) -> str:
        """What the dialog of this finding is called on its page."""
        return f"accept-{self.pk}"
