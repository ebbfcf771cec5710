"""Legal persons and who acts for them. AC-04."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.common import clock
from apps.residents.enums import AGENCY_DAYS_MOST, EVERYTHING, AgencyState, PersonState
from apps.residents.models.accounts import PublicAccount


class LegalPerson(models.Model):
    """A company, association or public body, as one body of government knows it.

    credit_code: 18 characters, its check character right; once among the confirmed ones, so
    that a false claim never stands in the way of the true representative.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=120)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18)
    representative = models.ForeignKey(
        PublicAccount, models.PROTECT, related_name="legal_persons", verbose_name=_("法定代表人")
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=PersonState, default=PersonState.CLAIMED
    )
    state_reason = models.CharField(_("事由"), max_length=200, blank=True, default="")
    claimed_at = models.DateTimeField(_("申请时间"))
    decided_by = models.CharField(_("确认人"), max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("法人")
        verbose_name_plural = _("法人")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "credit_code"],
                condition=models.Q(state=PersonState.CONFIRMED),
                name="legal_person_confirmed_once",
            ),
            models.UniqueConstraint(
                fields=["representative", "credit_code"],
                condition=models.Q(state=PersonState.CLAIMED),
                name="legal_person_claimed_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """An agent (代理人) may act for a legal person in some matters from a day to a day.

    agent_phone: to whom it was offered, whether or not that phone has an account. agent: who
    accepted. matters: codes, or ``*``. until_on: included, at most a year after from_on.
    """

    legal_person = models.ForeignKey(LegalPerson, models.PROTECT, related_name="agencies")
    agent_phone = models.CharField(_("代理人手机"), max_length=11)
    agent = models.ForeignKey(PublicAccount, models.PROTECT, null=True, related_name="agencies")
    matters = models.JSONField(_("代理事项"), default=list)
    from_on = models.DateField(_("起始日期"))
    until_on = models.DateField(_("截止日期"))
    state = models.CharField(
        _("状态"), max_length=8, choices=AgencyState, default=AgencyState.OFFERED
    )
    offered_at = models.DateTimeField(_("授权时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)
    revoked_by = models.CharField(_("撤销人"), max_length=100, blank=True, default="")
    revoke_reason = models.CharField(_("撤销事由"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("代理")
        verbose_name_plural = _("代理")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on"))
                & models.Q(
                    until_on__lte=models.ExpressionWrapper(
                        models.F("from_on") + AGENCY_DAYS_MOST, output_field=models.DateField()
                    )
                ),
                name="agency_at_most_a_year",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=AgencyState.ACCEPTED) | models.Q(agent__isnull=False),
                name="agency_accepted_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["legal_person", "agent_phone"],
                condition=models.Q(state=AgencyState.OFFERED),
                name="agency_offered_once",
            ),
        ]
        indexes = [models.Index(fields=["agent_phone"], name="agency_phone")]

    def __str__(self) -> str:
        return f"{self.legal_person} · {self.pk}"

    def is_in_force(self, today: date | None = None) -> bool:
        """Will tell whether the agent may act on this day; it ends by itself."""
        day = today or clock.today()
        return self.state == AgencyState.ACCEPTED and self.from_on <= day <= self.until_on

    def covers(self, matter_code: str) -> bool:
        """Will tell whether the matter is within its scope."""
        return EVERYTHING in self.matters or matter_code in self.matters
