"""Capabilities of other departments: registered, requested, called, counted."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.algorithms.enums import SENSITIVE, CapabilityKind, RequestState


class Capability(models.Model):
    """A service of another department behind one call. Source: CP-01, CP-04, CP-07, CP-08.

    input_spec, output_spec: entry -> type ("text", "number", "picture", "list"), both sides
    checked on every call. secret: sent as a bearer key, encrypted. is_active: sensitive kinds
    are shipped switched off and need a law and a purpose to be switched on (CP-09, VD-11).
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类别"), max_length=10, choices=CapabilityKind)
    owner = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("提供单位")
    )
    url = models.CharField(_("调用地址"), max_length=500)
    secret = models.TextField(_("密钥（密文）"), blank=True, default="")
    input_spec = models.JSONField(_("输入"), default=dict)
    output_spec = models.JSONField(_("输出"), default=dict)
    terms = models.TextField(_("使用条款"), blank=True, default="")
    legal_basis = models.CharField(_("法律依据"), max_length=200, blank=True, default="")
    purpose = models.CharField(_("用途限定"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=False)
    created_at = models.DateTimeField(_("登记时间"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )

    class Meta:
        verbose_name = _("外部能力")
        verbose_name_plural = _("外部能力")
        default_permissions = ()
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=False)
                | ~Q(kind__in=SENSITIVE)
                | (~Q(legal_basis="") & ~Q(purpose="")),
                name="algorithms_sensitive_has_law",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CapabilityRequest(models.Model):
    """A unit asks to use a capability; somebody else agrees, for some time and so many calls."""

    capability = models.ForeignKey(
        Capability, models.PROTECT, related_name="requests", verbose_name=_("能力")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("申请单位")
    )
    purpose = models.CharField(_("使用目的"), max_length=200)
    legal_basis = models.CharField(_("法律依据"), max_length=200, blank=True, default="")
    daily_calls = models.PositiveIntegerField(_("每日次数"))
    expires_on = models.DateField(_("有效期至"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RequestState, default=RequestState.WAITING
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("申请人")
    )
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decision = models.CharField(_("审批意见"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("能力申请")
        verbose_name_plural = _("能力申请")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["capability", "unit"],
                condition=Q(state__in=[RequestState.WAITING, RequestState.APPROVED]),
                name="algorithms_request_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by=None) | ~Q(decided_by=F("asked_by")),
                name="algorithms_request_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capability_id} {self.unit_id}"


class CapabilityCall(models.Model):
    """One call: by whom, what for, how it ended. What was sent and answered is not kept."""

    request = models.ForeignKey(
        CapabilityRequest, models.PROTECT, related_name="calls", verbose_name=_("能力申请")
    )
    on = models.DateField(_("日期"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("调用人")
    )
    reason = models.CharField(_("事由"), max_length=200)
    is_ok = models.BooleanField(_("成功"), default=False)
    ms = models.PositiveIntegerField(_("毫秒"), default=0)
    error = models.CharField(_("原因"), max_length=200, blank=True, default="")
    model_version = models.CharField(_("对方模型版本"), max_length=60, blank=True, default="")
    confidence = models.FloatField(_("置信度"), null=True)

    class Meta:
        verbose_name = _("能力调用")
        verbose_name_plural = _("能力调用")
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [models.Index(fields=["request", "on"], name="algorithms_call_day")]

    def __str__(self) -> str:
        return str(self.pk)
