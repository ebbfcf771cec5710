"""What the text models made of each demand, what they learn from, and what they may do alone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.hotline.enums import AutoDispatch, SwitchState
from apps.matters.models import Case


class Reading(models.Model):
    """What was proposed for a demand the moment it came, by the version serving then.

    offers: up to three {code, label, percent, reasons}; version: of the model, None where only
    word lists proposed; filled: the class sure enough to be filled in. known: share of the text
    the model had ever met. rival, rival_codes: the version on trial and its three classes.
    alerts: [{kind, severity, words}]; severity: the gravest, 0 for none.
    dispatch, dispatch_reason: whether it went to a unit with no person, and why (not).
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="reading")
    read_at = models.DateTimeField(_("识别时间"))
    version = models.PositiveIntegerField(_("模型版本"), null=True)
    offers = models.JSONField(_("建议"), default=list)
    filled = models.CharField(_("可自动填写"), max_length=40, blank=True, default="")
    known = models.FloatField(_("已知用语占比"), null=True)
    rival = models.PositiveIntegerField(_("试用版本"), null=True)
    rival_codes = models.JSONField(_("试用建议"), default=list)
    alerts = models.JSONField(_("警示"), default=list)
    severity = models.PositiveSmallIntegerField(_("程度"), default=0)
    seen_at = models.DateTimeField(_("查看时间"), null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    seen_note = models.CharField(_("处置情况"), max_length=200, blank=True, default="")
    dispatch = models.CharField(
        _("自动派单"), max_length=8, choices=AutoDispatch, default=AutoDispatch.OFF
    )
    dispatch_reason = models.CharField(_("自动派单说明"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("诉求识别")
        verbose_name_plural = _("诉求识别")
        default_permissions = ()
        indexes = [
            models.Index(fields=["read_at"], name="reading_read"),
            models.Index(fields=["-id"], name="reading_alerts", condition=models.Q(severity__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.case_id)


class LearningExample(models.Model):
    """A text whose class people confirmed: an ended case, or a row of a labelled file.

    title, text: of a file's row, personal data covered; empty for a case, whose own text is read
    and covered when a model is trained. digest: of the words; the same words under two classes
    are a conflict and taught to nobody until a person decides.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="+")
    source = models.CharField(_("来源"), max_length=80, blank=True, default="")
    title = models.CharField(_("标题"), max_length=120, blank=True, default="")
    text = models.TextField(_("内容"), max_length=4000, blank=True, default="")
    class_code = models.CharField(_("类别"), max_length=40)
    digest = models.CharField(_("文本摘要"), max_length=64)
    is_excluded = models.BooleanField(_("不用于训练"), default=False)
    reason = models.CharField(_("理由"), max_length=200, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    created_at = models.DateTimeField(_("收入时间"))

    class Meta:
        verbose_name = _("训练样本")
        verbose_name_plural = _("训练样本")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "digest", "class_code"],
                condition=models.Q(case__isnull=True),
                name="learning_example_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "class_code", "-id"], name="learning_class"),
            models.Index(fields=["tenant", "digest"], name="learning_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.class_code} {self.digest[:8]}"


class DispatchSwitch(models.Model):
    """A wish to let sure reports go out with no person, or no longer; a second person decides.

    The newest agreed one counts; none agreed means off. Turning off needs nobody else.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    is_on = models.BooleanField(_("启用"))
    state = models.CharField(_("状态"), max_length=8, choices=SwitchState)
    reason = models.CharField(_("理由"), max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True)

    class Meta:
        verbose_name = _("自动派单开关")
        verbose_name_plural = _("自动派单开关")
        default_permissions = ()
        ordering = ["-id"]
        permissions = [
            ("ask_auto_dispatch", _("申请启停自动派单")),
            ("agree_auto_dispatch", _("批准启用自动派单")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(state="asked"),
                name="dispatch_switch_one_waits",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_on=True, decided_by=models.F("asked_by")),
                name="dispatch_switch_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}:{self.is_on}"
