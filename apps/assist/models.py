"""Outside assistants, the calls made to them, and the drafts people took over.

Of a call only who, when, how long and digests are kept; never what was said or shown.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.assist.enums import AssistKind, Outcome, Place


class Assistant(models.Model):
    """A service that hears, reads or writes for people; off until two people agreed.

    unit: who keeps it. units: who may use it, with the units below them. model: as the service
    names it. daily_quota: calls a day of the city's clock. failures: in a row; paused_until:
    after too many of them. revision: grows with every change of what was agreed to.
    Source: TX-05, TX-06, decision 0099.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("管理单位")
    )
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("用途"), max_length=8, choices=AssistKind)
    dialect = models.CharField(_("接口"), max_length=20)
    address = models.CharField(_("地址"), max_length=300)
    model = models.CharField(_("模型"), max_length=80, blank=True, default="")
    secret = models.TextField(_("密钥"), blank=True, default="")
    purpose = models.CharField(_("使用目的"), max_length=300)
    units = models.ManyToManyField(Organization, related_name="+", verbose_name=_("可使用的单位"))
    daily_quota = models.PositiveIntegerField(
        _("每日次数上限"), default=500, validators=[MinValueValidator(1)]
    )
    timeout_s = models.PositiveSmallIntegerField(
        _("超时（秒）"), default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    is_on = models.BooleanField(_("启用"), default=False)
    revision = models.PositiveIntegerField(default=1)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("智能辅助服务")
        verbose_name_plural = _("智能辅助服务")
        default_permissions = ()
        permissions = [
            ("keep_assistants", _("维护智能辅助服务")),
            ("approve_assistants", _("复核启用智能辅助服务")),
        ]
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind"],
                condition=Q(is_on=True),
                name="assist_one_on_of_a_kind",
                violation_error_message=_("该单位已启用一个同用途的服务"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssistCall(models.Model):
    """One call. key: what a page hands back when a draft is taken over.

    input_digest, output_digest: SHA-256, hexadecimal. version: as the assistant said.
    """

    key = models.UUIDField(unique=True)
    assistant = models.ForeignKey(
        Assistant, models.PROTECT, related_name="calls", verbose_name=_("智能辅助服务")
    )
    person = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("使用人")
    )
    place = models.CharField(_("使用处"), max_length=8, choices=Place)
    at = models.DateTimeField(_("时间"))
    took_ms = models.PositiveIntegerField(_("用时（毫秒）"), null=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, default=Outcome.RUNNING)
    version = models.CharField(_("版本"), max_length=80, blank=True, default="")
    input_digest = models.CharField(max_length=64)
    output_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("智能辅助调用")
        verbose_name_plural = _("智能辅助调用")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["assistant", "at"], name="assist_call_at")]

    def __str__(self) -> str:
        return str(self.key)


class TakenDraft(models.Model):
    """A draft somebody took over. event_id: of the case's event the words went out with.

    was_edited: the words differ from the draft. Source: TX-06.
    """

    call = models.OneToOneField(AssistCall, models.PROTECT, related_name="taken")
    case_id = models.BigIntegerField(_("案件"), db_index=True)
    event_id = models.BigIntegerField(_("办理记录"), null=True)
    at = models.DateTimeField(_("时间"))
    was_edited = models.BooleanField(_("已修改"))

    class Meta:
        verbose_name = _("采用的机器草稿")
        verbose_name_plural = _("采用的机器草稿")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}"
