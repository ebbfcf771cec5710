"""Rows of stepping up and of lost second factors; loaded with ``apps.accounts.models``."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StepUpTicket(models.Model):
    """A request that waits until its sender has confirmed who they are.

    Bound to the person and the session; resumed once. What was sent is encrypted, and wiped
    when it has been taken up. token_digest, session_digest: SHA-256, never the values.
    replays: False when the request cannot be repeated (files, part of a page): the person
    comes back to ``return_to`` instead and presses the button again.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session_digest = models.CharField(max_length=64)
    act = models.CharField(_("敏感操作"), max_length=40)
    path = models.CharField(_("页面"), max_length=500)
    sealed = models.TextField(blank=True, default="")
    replays = models.BooleanField(default=True)
    had_files = models.BooleanField(default=False)
    return_to = models.CharField(max_length=2000, blank=True, default="")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("待确认的请求")
        verbose_name_plural = _("待确认的请求")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.act} {self.path}"


class RecoveryState(models.TextChoices):
    """Where the recovery of a lost factor stands."""

    ASKED = "asked", _("待核实")
    CONFIRMED = "confirmed", _("已核实，待重新登记")
    ENTERED = "entered", _("正在重新登记")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("未通过")


class ProofMethod(models.TextChoices):
    """How somebody's identity was confirmed."""

    IMPORTED = "imported", _("人事名册")
    DOCUMENT = "document", _("证件联网核验")
    IN_PERSON_DOCUMENT = "in_person_document", _("当面核对身份证件")
    IN_PERSON_KNOWN = "in_person_known", _("当面确认（由所在单位负责人陪同）")


class FactorRecovery(models.Model):
    """Somebody lost the second factor; an administrator who met them resets it.

    code_digest: of the one-time enrolment code handed over, valid until ``expires_at``.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="recoveries")
    state = models.CharField(
        _("状态"), max_length=10, choices=RecoveryState, default=RecoveryState.ASKED
    )
    reason = models.CharField(_("情况说明"), max_length=200, blank=True, default="")
    asked_at = models.DateTimeField(_("申请时间"))
    method = models.CharField(
        _("核实方式"), max_length=20, choices=ProofMethod, blank=True, default=""
    )
    note = models.CharField(_("核实说明"), max_length=200, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("核实时间"), null=True)
    code_digest = models.CharField(max_length=64, blank=True, default="")
    expires_at = models.DateTimeField(_("登记码有效期至"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("找回第二因子")
        verbose_name_plural = _("找回第二因子")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=["asked", "confirmed", "entered"]),
                name="factor_recovery_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("user")),
                name="factor_recovery_never_alone",
            ),
            models.CheckConstraint(
                condition=models.Q(state="asked")
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="factor_recovery_decided",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="factor_recovery_state")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_state_display()}"
