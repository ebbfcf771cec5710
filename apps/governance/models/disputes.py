"""Disputes: what a case of the matter governance.dispute has beside the case. GR-16.

Names, telephones and identity numbers of parties lie sealed; beside them what may be shown, and
keyed digests by which the same party is found again within one body.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.common.models import StoredFile
from apps.governance.enums import (
    ConsentWay,
    Direction,
    DisputeKind,
    DisputeResult,
    Fulfilment,
    PartyKind,
    PartyRole,
    SessionOutcome,
)
from apps.governance.models.centres import Centre
from apps.matters.models import Case


class Dispute(models.Model):
    """A quarrel brought to a centre; state, clocks and history are those of its case.

    centre: where it lies now. amount: in yuan, None where it is not about money.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="dispute")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="disputes")
    kind = models.CharField(_("纠纷类型"), max_length=10, choices=DisputeKind)
    amount = models.DecimalField(_("涉及金额（元）"), max_digits=14, decimal_places=2, null=True)
    result = models.CharField(
        _("调解结果"), max_length=10, choices=DisputeResult, blank=True, default=""
    )
    concluded_at = models.DateTimeField(_("调解结束时间"), null=True)
    fulfilment = models.CharField(
        _("履行情况"), max_length=8, choices=Fulfilment, blank=True, default=""
    )
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("矛盾纠纷")
        verbose_name_plural = _("矛盾纠纷")
        default_permissions = ()
        permissions = [
            ("mediate_disputes", _("登记和调解矛盾纠纷")),
            ("reveal_parties", _("查看当事人完整信息")),
        ]
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "kind"], name="dispute_kind")]

    def __str__(self) -> str:
        return f"#{self.case_id}"


class Party(models.Model):
    """Somebody in a dispute.

    shown_name, shown_phone: masked. *_sealed: encrypted. identity_digest, phone_digest: keyed,
    of one body; "" where not known.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="parties")
    role = models.CharField(_("身份"), max_length=10, choices=PartyRole)
    kind = models.CharField(_("类别"), max_length=6, choices=PartyKind)
    shown_name = models.CharField(_("姓名（脱敏）"), max_length=80)
    shown_phone = models.CharField(_("电话（脱敏）"), max_length=30, blank=True, default="")
    name_sealed = models.TextField(_("姓名（加密）"))
    phone_sealed = models.TextField(_("电话（加密）"), blank=True, default="")
    identity_sealed = models.TextField(_("证件号码（加密）"), blank=True, default="")
    phone_digest = models.CharField(_("电话摘要"), max_length=64, blank=True, default="")
    identity_digest = models.CharField(_("证件号码摘要"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("当事人")
        verbose_name_plural = _("当事人")
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["phone_digest"],
                name="dispute_party_phone",
                condition=~models.Q(phone_digest=""),
            ),
            models.Index(
                fields=["identity_digest"],
                name="dispute_party_identity",
                condition=~models.Q(identity_digest=""),
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name


class Mediator(models.Model):
    """Who mediates a dispute, from when to when."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="mediators")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    is_chief = models.BooleanField(_("主持"), default=False)
    assigned_at = models.DateTimeField(_("指派时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("调解员")
        verbose_name_plural = _("调解员")
        default_permissions = ()
        ordering = ["-is_chief", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="dispute_mediator_once",
            ),
            models.UniqueConstraint(
                fields=["dispute"],
                condition=models.Q(ended_at__isnull=True, is_chief=True),
                name="dispute_one_chief",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Session(models.Model):
    """One sitting with its record; written once, put right by a further one."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField(_("次数"))
    held_at = models.DateTimeField(_("调解时间"))
    place = models.CharField(_("地点"), max_length=120)
    present = models.ManyToManyField(Party, related_name="+", verbose_name=_("到场当事人"))
    record = models.TextField(_("调解记录"), max_length=4000)
    outcome = models.CharField(_("结果"), max_length=10, choices=SessionOutcome)
    next_on = models.DateField(_("下次调解日期"), null=True)
    recorded_at = models.DateTimeField(_("记录时间"))
    recorded_by_id = models.BigIntegerField(_("记录人编号"))
    recorded_by_name = models.CharField(_("记录人"), max_length=100)

    class Meta:
        verbose_name = _("调解记录")
        verbose_name_plural = _("调解记录")
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "number"], name="dispute_session_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}/{self.number}"


class Agreement(models.Model):
    """What the parties agreed on, numbered within a body and year.

    terms: plain text, one term a line. digest: SHA-256 of number and terms, which every consent
    repeats; terms are never changed, a new text is a new agreement. voided_at: replaced, or
    broken before everybody had agreed.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="agreements")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("年份"))
    serial = models.PositiveIntegerField(_("序号"))
    terms = models.TextField(_("协议内容"), max_length=4000)
    perform_by = models.DateField(_("履行期限"))
    digest = models.CharField(_("摘要"), max_length=64)
    made_at = models.DateTimeField(_("拟定时间"))
    made_by_name = models.CharField(_("拟定人"), max_length=100)
    voided_at = models.DateTimeField(_("作废时间"), null=True)

    class Meta:
        verbose_name = _("调解协议")
        verbose_name_plural = _("调解协议")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "year", "serial"], name="agreement_number"),
            models.UniqueConstraint(
                fields=["dispute"],
                condition=models.Q(voided_at__isnull=True),
                name="agreement_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it stands on the paper."""
        return f"调字〔{self.year}〕{self.serial:04d}号"


class Consent(models.Model):
    """A party agreed to exactly this text."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="consents")
    way = models.CharField(_("方式"), max_length=8, choices=ConsentWay)
    witness = models.CharField(_("见证人"), max_length=60)
    digest = models.CharField(_("协议摘要"), max_length=64)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"))
    recorded_by_name = models.CharField(_("登记人"), max_length=100)

    class Meta:
        verbose_name = _("当事人同意")
        verbose_name_plural = _("当事人同意")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "party"], name="consent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.party_id}"


class FollowUp(models.Model):
    """A visit after the mediation, due on a day; what it found."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="follow_ups")
    due_on = models.DateField(_("应回访日期"))
    done_at = models.DateTimeField(_("回访时间"), null=True)
    found = models.CharField(
        _("履行情况"), max_length=8, choices=Fulfilment, blank=True, default=""
    )
    note = models.TextField(_("回访记录"), max_length=2000, blank=True, default="")
    done_by_name = models.CharField(_("回访人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("纠纷回访")
        verbose_name_plural = _("纠纷回访")
        default_permissions = ()
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="dispute_visit_due",
                condition=models.Q(done_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.due_on}"


class Passing(models.Model):
    """A dispute went from one centre to the next, up or down, with the reason."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="passings")
    source = models.ForeignKey(Centre, models.PROTECT, related_name="passed_on")
    target = models.ForeignKey(Centre, models.PROTECT, related_name="taken_over")
    direction = models.CharField(_("方向"), max_length=4, choices=Direction)
    reason = models.TextField(_("理由"), max_length=1000)
    at = models.DateTimeField(_("时间"))
    by_id = models.BigIntegerField(_("经办人编号"))
    by_name = models.CharField(_("经办人"), max_length=100)

    class Meta:
        verbose_name = _("纠纷流转")
        verbose_name_plural = _("纠纷流转")
        default_permissions = ()
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.direction}"
