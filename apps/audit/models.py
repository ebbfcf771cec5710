"""The append-only log and its seals.

An entry names the actor and the object by value: no foreign key, so every app, accounts
included, may write here and deleting a row elsewhere breaks nothing. Database triggers refuse
UPDATE, DELETE and TRUNCATE on both tables (migration 0002).

How entries are sealed. A chain that links each entry to the one before would make every deed
of the city wait for the same row. So entries carry only ``txid``, the number PostgreSQL gave
their transaction (column default, not a model field), and a task seals them afterwards.
Sequence numbers cannot say which entries belong to a seal, because an entry with a smaller id
may commit later. Transaction numbers can: once ``pg_snapshot_xmin`` has passed a number, the
transaction of that number has ended for good. A seal therefore covers exactly the entries with
``from_txid <= txid < to_txid``, rows need no mark, and the next seal begins at ``to_txid``.
A transaction left open anywhere in the database server only delays sealing.

A database restored from a dump starts counting transactions anew. The sealer notices
(the counter lies behind the last seal), closes the old run over what was left and opens a new
``run``, which covers entries with ids above ``floor_id``.

Beside each seal stand the digests of its entries, one by one (``SealedLeaves``): they name the
very entry that was changed, and their root lets one entry be proved without showing the others.

The owner of the database can switch a trigger off, and then the chain finds the changed row;
against rebuilding the whole chain its state is signed every day and witnessed elsewhere
(``apps.evidence``). The processes of the product need not own these tables: ``protect_audit``.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """Who did what to which object, when, from where."""

    at = models.DateTimeField(_("时间"))
    actor_id = models.BigIntegerField(_("操作人编号"), null=True)
    actor_name = models.CharField(_("操作人"), max_length=100)
    action = models.CharField(_("动作"), max_length=80)
    object_type = models.CharField(_("对象类型"), max_length=80, blank=True, default="")
    object_id = models.CharField(_("对象编号"), max_length=80, blank=True, default="")
    object_label = models.CharField(_("对象名称"), max_length=200, blank=True, default="")
    data = models.JSONField(_("内容"), default=dict)
    ip = models.GenericIPAddressField(_("来源地址"), null=True)
    request_id = models.CharField(_("请求编号"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        permissions = [("read_audit", _("查阅审计记录"))]
        default_permissions = ()
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["at", "id"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """What the deed changed: field, before, after; None where it was not there."""
        before, after = self.data.get("before"), self.data.get("after")
        if not isinstance(before, dict) or not isinstance(after, dict):
            return []
        return [(name, before.get(name), after.get(name)) for name in before | after]

    @property
    def facts(self) -> dict[str, Any]:
        """What else the entry tells."""
        told = ("before", "after") if self.differences else ()
        return {name: value for name, value in self.data.items() if name not in told}


class AuditSeal(models.Model):
    """A digest over a closed set of entries and over the seal before it.

    Covers the entries with ``from_txid <= txid < to_txid`` and ``id > floor_id`` (and not above
    the floor of a later run). digest: SHA-256 over the previous digest and the canonical JSON
    of the entries in order of (txid, id).
    """

    number = models.PositiveBigIntegerField(_("序号"), primary_key=True)
    run = models.PositiveIntegerField(_("计数轮次"), default=1)
    floor_id = models.BigIntegerField(_("起始记录（不含）"), default=0)
    from_txid = models.BigIntegerField(_("起始事务"))
    to_txid = models.BigIntegerField(_("截止事务（不含）"))
    first_id = models.BigIntegerField(_("最小记录号"))
    last_id = models.BigIntegerField(_("最大记录号"))
    count = models.PositiveIntegerField(_("记录数"))
    previous_digest = models.CharField(_("上一摘要"), max_length=64)
    digest = models.CharField(_("摘要"), max_length=64)
    sealed_at = models.DateTimeField(_("封存时间"))

    class Meta:
        verbose_name = _("审计封存")
        verbose_name_plural = _("审计封存")
        default_permissions = ()
        ordering = ["number"]

    def __str__(self) -> str:
        return f"#{self.number}"


class SealedLeaves(models.Model):
    """The entries of a seal one by one, and the Merkle root over them.

    ids: keys of the entries in the order of the seal, 8 bytes each, big-endian. leaves: the
    digests of their lines (``common.merkle.leaf_hash``), 32 bytes each. Seals older than this
    table get theirs when next looked at, provided that they still fit.
    """

    seal = models.OneToOneField(
        AuditSeal, models.PROTECT, primary_key=True, related_name="sealed_leaves"
    )
    root = models.CharField(_("根摘要"), max_length=64)
    ids = models.BinaryField(_("记录号"))
    leaves = models.BinaryField(_("逐条摘要"))

    class Meta:
        verbose_name = _("逐条封存摘要")
        verbose_name_plural = _("逐条封存摘要")
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.seal_id}"
