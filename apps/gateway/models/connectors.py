"""Systems that are told what happens here, and every message to them. Source: MT-12, GW-06."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.gateway.enums import (
    OPEN_DELIVERIES,
    ConnectorState,
    DeliveryState,
    MappingDirection,
    ReconciliationState,
)
from apps.gateway.models.clients import ApiClient


class Connector(models.Model):
    """One address of one outside system that takes signed messages.

    secret, previous_secret: encrypted with the key of this installation (``gateway.sealing``);
    shown once when made. Until ``previous_until`` every message carries both signatures.
    topics: names or name prefixes with a star ("case.state", "case.*") it is told by itself;
    matters: codes of matter types, empty for all. Both filter what is announced to whom it may
    concern; what is sent to the connector by name always goes.
    failures: in a row; ``open_until``: nothing is sent before (the circuit is open).
    leased_until: one worker is sending to it until then.
    reconcile_url: asked once a day what the other side received (``services.reconciling``).
    dialect: whose words it is told in (``registry.register_dialect``), "" for our signed messages.
    inbound_client: which client this system is. What that client may see of personal data is
    sent as it is, the rest masked; a message the system signs to us with one of
    ``inbound_secrets`` acts as this client: its account, scopes, addresses and end count.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    url = models.CharField(_("接收地址"), max_length=500)
    secret = models.TextField(_("签名密钥（密文）"))
    previous_secret = models.TextField(_("旧签名密钥（密文）"), blank=True, default="")
    previous_until = models.DateTimeField(_("旧密钥有效至"), null=True)
    reconcile_url = models.CharField(_("对账地址"), max_length=500, blank=True, default="")
    topics = models.JSONField(_("订阅主题"), default=list)
    matters = models.JSONField(_("限定事项"), default=list)
    state = models.CharField(
        _("状态"), max_length=8, choices=ConnectorState, default=ConnectorState.ACTIVE
    )
    timeout_s = models.PositiveSmallIntegerField(_("超时（秒）"), default=5)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    open_until = models.DateTimeField(_("熔断至"), null=True)
    leased_until = models.DateTimeField(_("发送占用至"), null=True)
    inbound_client = models.ForeignKey(
        ApiClient, models.PROTECT, null=True, related_name="+", verbose_name=_("对应的接口客户端")
    )
    dialect = models.CharField(_("报文格式"), max_length=20, blank=True, default="")
    created_at = models.DateTimeField(_("建立时间"))
    created_by_name = models.CharField(_("建立人"), max_length=100)

    class Meta:
        verbose_name = _("对接系统")
        verbose_name_plural = _("对接系统")
        default_permissions = ()
        permissions = [("manage_connectors", _("管理对接系统"))]
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(timeout_s__gte=1, timeout_s__lte=30),
                name="connector_timeout_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InboundSecret(models.Model):
    """A secret the other side signs its messages to us with; kept encrypted, shown once.

    ends_at: not valid from then on; null while nothing replaced it. Rotated ones stay for a while.
    """

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="inbound_secrets")
    secret = models.TextField(_("验签密钥（密文）"))
    issued_at = models.DateTimeField(_("签发时间"))
    issued_by_name = models.CharField(_("签发人"), max_length=100)
    ends_at = models.DateTimeField(_("有效至"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("验签密钥")
        verbose_name_plural = _("验签密钥")
        default_permissions = ()
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector"],
                condition=models.Q(ends_at=None),
                name="inbound_secret_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.issued_at:%Y-%m-%d}"


class FieldMapping(models.Model):
    """One version of how messages to a system, or its results, are put into the other's shape.

    Never changed: a change is the next version. rows: see ``gateway.mapping.Row``; none: what
    comes goes on as it is.
    """

    connector = models.ForeignKey(Connector, models.PROTECT, related_name="mappings")
    direction = models.CharField(_("方向"), max_length=3, choices=MappingDirection)
    version = models.PositiveIntegerField(_("版本"))
    rows = models.JSONField(_("映射行"), default=list)
    note = models.CharField(_("修改说明"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("建立时间"))
    created_by_name = models.CharField(_("建立人"), max_length=100)

    class Meta:
        verbose_name = _("字段映射")
        verbose_name_plural = _("字段映射")
        default_permissions = ()
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "direction", "version"], name="gateway_mapping_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.direction} {self.version}"


class Delivery(models.Model):
    """One message to one connector, once per key.

    public_id: what the receiver drops repeats by; the same for every attempt and replay.
    body: the JSON text of the event, personal data already masked; signed and sent as it is
    unless the connector has a mapping. mapping, sent_body: the version used at the last attempt
    and what it made of the body; null and "" where it went as it is. first_sent_at: a replay
    moves ``sent_at``, not this. request_id: of the request it comes from, "" where a clock or a
    rule caused it.
    """

    connector = models.ForeignKey(Connector, models.PROTECT, related_name="deliveries")
    public_id = models.UUIDField(_("投递编号"), default=uuid.uuid4, unique=True)
    key = models.CharField(_("去重键"), max_length=200)
    topic = models.CharField(_("主题"), max_length=60)
    body = models.TextField(_("内容"))
    mapping = models.ForeignKey(
        FieldMapping, models.PROTECT, null=True, related_name="+", verbose_name=_("字段映射")
    )
    sent_body = models.TextField(_("映射后的内容"), blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=8, choices=DeliveryState, default=DeliveryState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    created_at = models.DateTimeField(_("产生时间"))
    next_at = models.DateTimeField(_("下次发送"))
    sent_at = models.DateTimeField(_("送达时间"), null=True)
    first_sent_at = models.DateTimeField(_("首次送达"), null=True)
    last_status = models.PositiveSmallIntegerField(_("最近答复"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=500, blank=True, default="")
    replays = models.PositiveSmallIntegerField(_("重发次数"), default=0)
    request_id = models.CharField(_("请求编号"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("投递")
        verbose_name_plural = _("投递")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["connector", "key"], name="gateway_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["connector", "next_at", "id"],
                name="gateway_delivery_due",
                condition=models.Q(state__in=[s.value for s in OPEN_DELIVERIES]),
            ),
            models.Index(fields=["connector", "-id"], name="gateway_delivery_newest"),
            models.Index(fields=["state", "-id"], name="gateway_delivery_state"),
            models.Index(
                fields=["connector", "sent_at"],
                name="gateway_delivery_day",
                condition=models.Q(state="sent"),
            ),
            models.Index(
                fields=["request_id"],
                name="gateway_delivery_request",
                condition=~models.Q(request_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.topic} {self.key}"


class Reconciliation(models.Model):
    """What one day looked like from both sides; looking again writes over it.

    ours: of the messages delivered that day (tests left out); ours_digest: SHA-256 of their ids,
    sorted, one a line. theirs: what the other side counted, null while it was not heard.
    missing: ids delivered here the other side does not have; unknown: ids it has and nobody here
    ever sent; both are cut at ``services.reconciling.MOST_LISTED``, the counts are whole.
    """

    connector = models.ForeignKey(Connector, models.PROTECT, related_name="reconciliations")
    on_day = models.DateField(_("日期"))
    state = models.CharField(_("结果"), max_length=8, choices=ReconciliationState)
    ours = models.PositiveIntegerField(_("本方送达"))
    ours_digest = models.CharField(_("本方摘要"), max_length=64)
    theirs = models.PositiveIntegerField(_("对方收到"), null=True)
    missing = models.JSONField(_("对方缺少"), default=list)
    missing_count = models.PositiveIntegerField(_("对方缺少数"), default=0)
    unknown = models.JSONField(_("本方没有"), default=list)
    unknown_count = models.PositiveIntegerField(_("本方没有数"), default=0)
    reason = models.CharField(_("说明"), max_length=300, blank=True, default="")
    checked_at = models.DateTimeField(_("对账时间"))
    replayed_at = models.DateTimeField(_("重发时间"), null=True)
    replayed_by_name = models.CharField(_("重发人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("对账")
        verbose_name_plural = _("对账")
        default_permissions = ()
        ordering = ["-on_day"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "on_day"], name="gateway_reconciliation_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.on_day} {self.state}"
