"""What the hotline adds to a case: who asked, by which call, and what they want."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.models.call import Call, Caller
from apps.matters.models import Case


class Demand(models.Model):
    """The hotline's side of a case, one to one (HL-08).

    reporter_name, reporter_phone: as given for this demand; masked for everyone without
    ``matters.reveal_reporter``. is_secret: kept from the handling unit too (HL-03).
    text_digest: of the normalised text; equal digests are the same words.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="demand")
    caller = models.ForeignKey(Caller, models.PROTECT, null=True, related_name="demands")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="demands")
    nature = models.CharField(_("诉求性质"), max_length=10, choices=Nature)
    family = models.CharField(
        _("投诉类别"), max_length=10, choices=ComplaintFamily, blank=True, default=""
    )
    reporter_name = models.CharField(_("反映人"), max_length=60, blank=True, default="")
    reporter_phone = models.CharField(_("联系电话"), max_length=20, blank=True, default="")
    is_secret = models.BooleanField(_("对承办单位保密"), default=False)
    wants_callback = models.BooleanField(_("需要回访"), default=True)
    is_published = models.BooleanField(_("结果已公开"), default=False)
    text_digest = models.CharField(_("文本摘要"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("诉求")
        verbose_name_plural = _("诉求")
        default_permissions = ()
        permissions = [
            ("register_demand", _("登记诉求")),
            ("view_statistics", _("查看热线统计")),
            ("publish_results", _("公开办理结果")),
        ]
        indexes = [
            models.Index(fields=["reporter_phone", "-id"], name="demand_phone"),
            models.Index(fields=["text_digest"], name="demand_digest"),
            models.Index(
                fields=["-id"], name="demand_published", condition=models.Q(is_published=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.case_id)


class FamilyContent(models.Model):
    """What only the complaint family of a demand asks (HL-03, ``hotline.families``).

    Beside the demand, because few demands have any. data: as ``forms_data.clean`` gives it.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="family_content")
    data = models.JSONField(_("内容"), default=dict)

    class Meta:
        verbose_name = _("投诉专项内容")
        verbose_name_plural = _("投诉专项内容")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.case_id)


class DeskDraft(models.Model):
    """What an agent has typed and not yet registered; kept until it is.

    token: made with the empty form; registering with it twice gives one case.
    """

    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    token = models.UUIDField(_("表单编号"), unique=True)
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="+")
    data = models.JSONField(_("内容"), default=dict)
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("受理草稿")
        verbose_name_plural = _("受理草稿")
        default_permissions = ()
        indexes = [models.Index(fields=["agent", "-saved_at"], name="desk_draft_agent")]

    def __str__(self) -> str:
        return str(self.token)
