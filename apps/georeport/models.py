"""What is offered outside, what came in by it, and whom cases are passed on to."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.gateway.models import ApiClient, Connector, Delivery
from apps.georeport.enums import AnswerKind
from apps.matters.models import Case
from apps.places.models import Area


class OpenService(models.Model):
    """One class of demands other systems may report, as ``services`` lists it.

    code: ``service_code``; class_code: of ``demand-class``. questions: a form definition
    (``common.forms_data``) asked beside what the matter itself asks; presets: values the
    server gives itself, by name of the question. is_public: reports of it are listed for
    everybody; is_place_public: with point and address, else district and street only.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    code = models.SlugField(_("服务代码"), max_length=40)
    class_code = models.CharField(_("诉求分类"), max_length=40)
    name = models.CharField(_("对外名称"), max_length=80)
    description = models.CharField(_("说明"), max_length=400, blank=True, default="")
    group = models.CharField(_("分组"), max_length=40, blank=True, default="")
    keywords = models.JSONField(_("关键词"), default=list)
    answer = models.CharField(
        _("答复方式"), max_length=8, choices=AnswerKind, default=AnswerKind.REALTIME
    )
    takes_anonymous = models.BooleanField(_("接受匿名"), default=True)
    is_public = models.BooleanField(_("公开列出"), default=True)
    is_place_public = models.BooleanField(_("公开具体位置"), default=False)
    questions = models.JSONField(_("附加问题"), default=dict)
    presets = models.JSONField(_("固定值"), default=dict)
    is_active = models.BooleanField(_("对外开放"), default=True)

    class Meta:
        verbose_name = _("开放类别")
        verbose_name_plural = _("开放类别")
        default_permissions = ()
        permissions = [("manage_services", _("管理开放报告接口"))]
        ordering = ["group", "code"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="georeport_code_once"),
            models.UniqueConstraint(fields=["tenant", "class_code"], name="georeport_class_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Report(models.Model):
    """What came with a report beside the case: who sent it, and what the case has no place for.

    token: what a client asks for the receipt number with. media_url: a link as it was sent,
    never opened by us. email: personal, shown masked. answers: to the service's questions.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="georeport")
    service = models.ForeignKey(OpenService, models.PROTECT, related_name="reports")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    token = models.UUIDField(_("凭证"), default=uuid.uuid4, unique=True)
    account_id = models.CharField(_("对方账号"), max_length=80, blank=True, default="")
    device_id = models.CharField(_("设备编号"), max_length=80, blank=True, default="")
    email = models.CharField(_("电子邮箱"), max_length=254, blank=True, default="")
    address_id = models.CharField(_("地址编号"), max_length=80, blank=True, default="")
    media_url = models.CharField(_("媒体链接"), max_length=500, blank=True, default="")
    answers = models.JSONField(_("附加问题的回答"), default=dict)
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("开放报告")
        verbose_name_plural = _("开放报告")
        default_permissions = ()
        indexes = [models.Index(fields=["client", "-received_at"], name="georeport_client")]

    def __str__(self) -> str:
        return str(self.case_id)


class Peer(models.Model):
    """Another GeoReport server cases are passed on to; address and state are the connector's.

    api_key: encrypted (``gateway.sealing``). classes: their service_code by our class code.
    area: only cases within it; null: all of the tenant. is_automatic: passed on when a case is
    accepted, else by hand. asked_until: updates up to then were asked for; next_ask_at: not
    before; one worker at a time pushes it ahead.
    """

    connector = models.OneToOneField(Connector, models.PROTECT, related_name="georeport_peer")
    jurisdiction_id = models.CharField(_("辖区标识"), max_length=80, blank=True, default="")
    api_key = models.TextField(_("接口密钥（密文）"), blank=True, default="")
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("范围")
    )
    classes = models.JSONField(_("类别对照"), default=dict)
    is_automatic = models.BooleanField(_("受理后自动转送"), default=False)
    asked_until = models.DateTimeField(_("进展已取至"))
    next_ask_at = models.DateTimeField(_("下次取进展"))
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("转送对象")
        verbose_name_plural = _("转送对象")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.connector_id)


class Forwarding(models.Model):
    """One case passed on to one peer, once; ``delivery`` tells how the sending goes.

    outside_id: ``service_request_id`` there; outside_token until it is known. status: the last
    one they told.
    """

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="forwardings")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="+")
    outside_id = models.CharField(_("对方编号"), max_length=120, blank=True, default="")
    outside_token = models.CharField(_("对方凭证"), max_length=120, blank=True, default="")
    status = models.CharField(_("对方状态"), max_length=40, blank=True, default="")
    told_at = models.DateTimeField(_("状态时间"), null=True)
    ordered_at = models.DateTimeField(_("转送时间"))
    ordered_by_name = models.CharField(_("转送人"), max_length=100)

    class Meta:
        verbose_name = _("转送")
        verbose_name_plural = _("转送")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["peer", "case"], name="georeport_forward_once"),
        ]
        indexes = [models.Index(fields=["peer", "outside_id"], name="georeport_outside")]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.case_id}"
