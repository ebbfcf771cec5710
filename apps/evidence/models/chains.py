"""Key events of the log, and what outside evidence chains were given of it. AU-04, AU-05."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditEntry
from apps.evidence.enums import ChainState, ReceiptState
from apps.evidence.models.checkpoints import Checkpoint


class KeyEventKind(models.Model):
    """Which entries of the log are key events. action: whole, or a beginning with a star."""

    action = models.CharField(_("动作"), max_length=80, unique=True)
    label = models.CharField(_("名称"), max_length=60)
    is_on = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("关键事件种类")
        verbose_name_plural = _("关键事件种类")
        default_permissions = ()
        ordering = ["action"]

    def __str__(self) -> str:
        return self.label

    def covers(self, action: str) -> bool:
        """Whether an entry of this action is one of the kind."""
        if self.action.endswith("*"):
            return action.startswith(self.action[:-1])
        return action == self.action


class KeyEvent(models.Model):
    """A sealed entry of the log that is a key event. leaf: its digest in the seal, hex."""

    entry = models.OneToOneField(
        AuditEntry, models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    kind = models.ForeignKey(KeyEventKind, models.PROTECT, related_name="events")
    action = models.CharField(_("动作"), max_length=80)
    label = models.CharField(_("对象"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("时间"))
    seal_number = models.PositiveBigIntegerField(_("封存"))
    leaf = models.CharField(_("摘要"), max_length=64)

    class Meta:
        verbose_name = _("关键事件")
        verbose_name_plural = _("关键事件")
        default_permissions = ()
        ordering = ["-entry_id"]

    def __str__(self) -> str:
        return f"{self.action} #{self.entry_id}"


class Chain(models.Model):
    """An outside evidence chain or notary. channel, contract: names there.

    adapter: name in ``evidence.registry``. public_pem: Ed25519 key its receipts are signed
    with. height, told_at: what it said of itself last; last_error: why it could not be asked.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    adapter = models.CharField(_("接入方式"), max_length=20)
    url = models.CharField(_("服务地址"), max_length=500, blank=True, default="")
    channel = models.CharField(_("通道"), max_length=60, blank=True, default="")
    contract = models.CharField(_("合约"), max_length=60, blank=True, default="")
    public_pem = models.TextField(_("回执公钥"))
    takes_events = models.BooleanField(_("存证关键事件"), default=True)
    state = models.CharField(_("状态"), max_length=8, choices=ChainState, default=ChainState.ACTIVE)
    height = models.PositiveBigIntegerField(_("区块高度"), null=True)
    told_at = models.DateTimeField(_("最近上报"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    registered_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("外部存证链")
        verbose_name_plural = _("外部存证链")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChainReceipt(models.Model):
    """One digest given to one chain, once. raw: the receipt as signed by the chain."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="receipts")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey(KeyEvent, models.PROTECT, null=True, related_name="receipts")
    digest = models.CharField(_("摘要"), max_length=64)
    state = models.CharField(
        _("状态"), max_length=10, choices=ReceiptState, default=ReceiptState.WAITING
    )
    ordered_at = models.DateTimeField(_("提交时间"))
    transaction = models.CharField(_("交易编号"), max_length=100, blank=True, default="")
    block = models.PositiveBigIntegerField(_("区块"), null=True)
    chained_at = models.DateTimeField(_("上链时间"), null=True)
    raw: Any = models.JSONField(_("回执"), default=dict)
    verified_at = models.DateTimeField(_("核对时间"), null=True)
    fault = models.CharField(_("核对结果"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("上链回执")
        verbose_name_plural = _("上链回执")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "digest"], name="evidence_receipt_once"),
            models.CheckConstraint(
                condition=Q(checkpoint=None) ^ Q(event=None), name="evidence_receipt_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.digest[:12]}"
