"""The append-only log.

An entry names the actor and the object by value: no foreign key, so every app, accounts
included, may write here and deleting a row elsewhere breaks nothing. A database trigger
refuses UPDATE and DELETE (migration 0002).
"""

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
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"
