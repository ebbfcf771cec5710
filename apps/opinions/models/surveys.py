"""Surveys, their versions, the links to them and their answers (PT-08)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.opinions.enums import PaperState, Phase, Way
from apps.opinions.models.collections import phase_of


class Survey(models.Model):
    """One survey of a unit (问卷调查) through all its versions."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    unit_path = models.CharField(max_length=255)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("问卷调查")
        verbose_name_plural = _("问卷调查")
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)


class SurveyVersion(models.Model):
    """What is asked; once published it never changes, a change is the next version.

    questions: {"fields": [...]} as ``opinions.questions`` says. ways: of ``Way``, at least one.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=80)
    intro = models.TextField(_("说明"), blank=True, default="")
    ways = models.JSONField(_("参与方式"), default=list)
    opens_on = models.DateField(_("开始日期"))
    closes_on = models.DateField(_("截止日期"))
    questions = models.JSONField(_("题目"), default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=PaperState, default=PaperState.DRAFT)
    note = models.CharField(_("退回原因"), max_length=300, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("发布时间"), null=True)

    class Meta:
        verbose_name = _("问卷版本")
        verbose_name_plural = _("问卷版本")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once"),
            models.UniqueConstraint(
                fields=["survey"],
                condition=models.Q(state=PaperState.PUBLISHED),
                name="survey_one_published",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")), name="survey_window"
            ),
            models.CheckConstraint(
                condition=~models.Q(published_by=models.F("author")), name="survey_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    def phase(self, today: date) -> Phase:
        """Will tell where the window stands on a day of the city."""
        return phase_of(self.opens_on, self.closes_on, today)


class SurveyLink(models.Model):
    """An address good for one answer; the token is shown once and kept as a digest."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("问卷链接")
        verbose_name_plural = _("问卷链接")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class SurveyInvite(models.Model):
    """A citizen drawn for a survey and sent a link by SMS (短信邀请), once per survey.

    person: keyed digest of the phone. phone: until the message is ordered, then "". link: None
    while it waits, and where the survey was over before its turn.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invites")
    person = models.CharField(max_length=64)
    phone = models.CharField(_("手机"), max_length=20, blank=True, default="")
    link = models.OneToOneField(SurveyLink, models.PROTECT, null=True, related_name="invite")
    made_at = models.DateTimeField(_("抽取时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)

    class Meta:
        verbose_name = _("短信邀请")
        verbose_name_plural = _("短信邀请")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["survey", "person"], name="survey_invite_once"),
        ]
        indexes = [
            models.Index(fields=["person", "-made_at"], name="survey_invite_person"),
            models.Index(fields=["id"], name="survey_invite_due", condition=models.Q(sent_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SurveyAnswer(models.Model):
    """What one person answered, begun or done (答卷).

    person: keyed digest of a phone, a receipt or a link: once per survey, and nobody reads from
    it who that is. data: as ``questions.clean`` gives it; of a begun one as it was typed.
    cleaned_at: when its words were freed of people by the terms of retention.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="answers")
    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="answers")
    person = models.CharField(max_length=64)
    way = models.CharField(_("参与方式"), max_length=10, choices=Way)
    data = models.JSONField(default=dict)
    is_done = models.BooleanField(_("已提交"), default=False)
    saved_at = models.DateTimeField(_("保存时间"))
    cleaned_at = models.DateTimeField(_("匿名化时间"), null=True)

    class Meta:
        verbose_name = _("答卷")
        verbose_name_plural = _("答卷")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["survey", "person"], name="survey_answer_once"),
        ]
        indexes = [models.Index(fields=["version", "is_done"], name="survey_answer_done")]

    def __str__(self) -> str:
        return str(self.pk)
