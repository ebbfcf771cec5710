"""One call-back of one round of one case, and every attempt at it. Source: HL-13, HL-14, HL-17."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.callbacks.enums import OPEN_STATES, Outcome, TaskState, Way
from apps.callbacks.models.pools import Pool, Script
from apps.matters.models import Case


class CallbackTask(models.Model):
    """Asking the citizen once about one round; so there is one per round, whatever happens.

    is_closed: drawn after the case had ended; its answer opens the case again or a new one
    (follow_up) and never closes anything. One that was void before the end does not forbid it.

    unit, unit_path: of the handling unit when it was made; area_path: of the case, for scoping.
    reason: why this pool took the case. agent: who has it in hand (until claimed_until), or had
    it when it was done. earlier: the call-back of the round before; whoever did that one does
    not do this one. parts_tried: parts of the day tried, "morning,evening".
    result_score, acceptance_score: 1-5; answers: to the script's own questions.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="tasks")
    script = models.ForeignKey(Script, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="callback_tasks")
    round = models.PositiveSmallIntegerField(_("办理轮次"))
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    unit_path = models.CharField(_("单位路径"), max_length=200, blank=True, default="")
    area_path = models.CharField(_("区域路径"), max_length=200)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    way = models.CharField(_("回访方式"), max_length=6, choices=Way, default=Way.VOICE)
    priority = models.PositiveSmallIntegerField(_("优先级"))
    reason = models.CharField(_("回访原因"), max_length=160)
    state = models.CharField(_("状态"), max_length=8, choices=TaskState, default=TaskState.WAITING)
    created_at = models.DateTimeField(_("建立时间"))
    due_from = models.DateTimeField(_("最早回访"))
    due_until = models.DateTimeField(_("最迟回访"))
    next_try_at = models.DateTimeField(_("下次拨打"))
    parts_tried = models.CharField(_("已拨打时段"), max_length=60, blank=True, default="")
    tries = models.PositiveSmallIntegerField(_("已拨打次数"), default=0)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    exchange_id = models.CharField(_("当前通话编号"), max_length=80, blank=True, default="")
    claimed_until = models.DateTimeField(_("占用至"), null=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True, default="")
    solved = models.BooleanField(_("是否解决"), null=True)
    result_score = models.PositiveSmallIntegerField(_("办理结果评分"), null=True)
    acceptance_score = models.PositiveSmallIntegerField(_("受理服务评分"), null=True)
    is_closed = models.BooleanField(_("办结后抽取"), default=False, db_default=False)
    follow_up = models.ForeignKey(
        Case, models.PROTECT, null=True, related_name="+", verbose_name=_("新登记的案件")
    )
    comment = models.CharField(_("回访记录"), max_length=500, blank=True, default="")
    answers = models.JSONField(_("问卷回答"), default=dict)
    is_redo = models.BooleanField(_("已要求重办"), default=False)
    done_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("回访任务")
        verbose_name_plural = _("回访任务")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "is_closed"], name="callback_task_once"
            ),
            models.UniqueConstraint(
                fields=["agent"],
                name="callback_one_in_hand",
                condition=Q(state=TaskState.CLAIMED),
            ),
            models.CheckConstraint(
                condition=~Q(state=TaskState.CLAIMED)
                | Q(agent__isnull=False, claimed_until__isnull=False),
                name="callback_claimed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-priority", "next_try_at"],
                name="callback_waiting",
                condition=Q(state__in=[s.value for s in OPEN_STATES]),
            ),
            models.Index(fields=["pool", "state"], name="callback_progress"),
            models.Index(fields=["tenant", "-id"], name="callback_board"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.round}"


class Attempt(models.Model):
    """One attempt. agent: None where the citizen answered by the link.

    agent_unit_id, handling_unit_id: kept by value, so that the database itself refuses a person
    of the handling unit. exchange_id: the exchange's number of the call.
    """

    task = models.ForeignKey(CallbackTask, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("第几次"))
    way = models.CharField(_("回访方式"), max_length=6, choices=Way)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agent_name = models.CharField(_("回访人"), max_length=100)
    agent_unit_id = models.BigIntegerField(_("回访人单位编号"), null=True)
    handling_unit_id = models.BigIntegerField(_("承办单位编号"), null=True)
    at = models.DateTimeField(_("时间"))
    part_of_day = models.CharField(_("时段"), max_length=10)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome)
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    exchange_id = models.CharField(_("通话编号"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("回访记录")
        verbose_name_plural = _("回访记录")
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="callback_attempt_once"),
            models.CheckConstraint(
                condition=Q(agent_unit_id__isnull=True)
                | Q(handling_unit_id__isnull=True)
                | ~Q(agent_unit_id=F("handling_unit_id")),
                name="callback_not_by_the_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.number}"


class Link(models.Model):
    """The address in an SMS by which the citizen answers. token_digest: SHA-256 of the token."""

    task = models.OneToOneField(CallbackTask, models.PROTECT, related_name="link")
    token_digest = models.CharField(_("令牌摘要"), max_length=64, unique=True)
    sent_at = models.DateTimeField(_("发出时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    used_at = models.DateTimeField(_("答复时间"), null=True)

    class Meta:
        verbose_name = _("回访链接")
        verbose_name_plural = _("回访链接")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.task_id)
