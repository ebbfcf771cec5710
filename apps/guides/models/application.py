"""What a citizen or firm applied for, and how far each department is with it (MT-16)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.guides.enums import PartState, Via
from apps.guides.models.plans import JointBusiness
from apps.matters.models import Case, MatterType


class Application(models.Model):
    """The applicant's side of a case; of the main case where several departments take part.

    applicant_*: personal data; pages show them masked.
    materials: {material code: [{"file": id of a stored file, "name"}]}, asked for once.
    guided: "<tree>:<path>" that led here, empty where nobody asked.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="application")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    joint = models.ForeignKey(JointBusiness, models.PROTECT, null=True, related_name="+")
    applicant_name = models.CharField(_("申请人"), max_length=60)
    applicant_phone = models.CharField(_("联系电话"), max_length=30)
    applicant_id_number = models.CharField(_("证件号码"), max_length=18)
    via = models.CharField(_("申报方式"), max_length=8, choices=Via)
    filed_by_name = models.CharField(_("登记人"), max_length=100, blank=True, default="")
    materials = models.JSONField(_("材料"), default=dict)
    guided = models.CharField(_("引导路径"), max_length=400, blank=True, default="")
    filed_at = models.DateTimeField(_("申报时间"))

    class Meta:
        verbose_name = _("申报")
        verbose_name_plural = _("申报")
        default_permissions = ()
        permissions = [
            ("file_application", _("窗口代办申报")),
            ("hand_out_results", _("统一发证")),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="application_newest")]

    def __str__(self) -> str:
        return f"{self.case.number} {self.applicant_name}"


class ApplicationPart(models.Model):
    """One department's part of a joint business. case: None until its turn has come."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="parts")
    code = models.CharField(_("代码"), max_length=40)
    label = models.CharField(_("名称"), max_length=80)
    position = models.PositiveSmallIntegerField(_("顺序"))
    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="application_part")
    state = models.CharField(_("状态"), max_length=10, choices=PartState, default=PartState.WAITING)
    document_number = models.CharField(_("证照编号"), max_length=60, blank=True, default="")
    opinion = models.TextField(_("审批意见"), blank=True, default="")
    decided_at = models.DateTimeField(_("决定时间"), null=True)

    class Meta:
        verbose_name = _("申报分项")
        verbose_name_plural = _("申报分项")
        default_permissions = ()
        ordering = ["application", "position"]
        constraints = [
            models.UniqueConstraint(fields=["application", "code"], name="application_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.label} {self.state}"
