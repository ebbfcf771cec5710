"""The work on a case: tasks, requests that need a ruling, orders from above."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.matters.enums import (
    OPEN_TASK_STATES,
    OrderKind,
    RequestKind,
    RequestState,
    SignRule,
    SignState,
    TaskKind,
    TaskState,
    Verdict,
)
from apps.matters.models.case import Case


class Countersigning(models.Model):
    """One question put to several units (会签); each answers in a task of its own.

    ratio: share of agreement in percent that passes, with the rule RATIO only.
    is_ordered: one after the other instead of all at once.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="countersignings")
    question = models.TextField(_("会签事项"))
    rule = models.CharField(_("通过条件"), max_length=6, choices=SignRule)
    ratio = models.PositiveSmallIntegerField(_("同意比例"), default=100)
    is_ordered = models.BooleanField(_("按顺序会签"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=SignState, default=SignState.OPEN)
    started_at = models.DateTimeField(_("发起时间"))
    started_by_name = models.CharField(_("发起人"), max_length=100)
    decided_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("会签")
        verbose_name_plural = _("会签")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="countersigning_open_once",
                condition=models.Q(state=SignState.OPEN),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_rule_display()} {self.get_state_display()}"


class Task(models.Model):
    """What one unit (and, after signing, one person) is asked to do on a case.

    due_at: when the unit must have answered; of a main task the projection of the case's clock,
    of any other that of the task's own clock.
    verdict: of a countersigner, reviewer or checker. position: the turn in an ordered
    countersigning, 0 elsewhere.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks")
    kind = models.CharField(_("类别"), max_length=12, choices=TaskKind)
    state = models.CharField(_("状态"), max_length=10, choices=TaskState, default=TaskState.WAITING)
    # Its index is task_unit_case: what a unit was ever asked to do is read without the rows.
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    unit_path = models.CharField(_("单位路径"), max_length=200)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    instruction = models.TextField(_("交办要求"), blank=True, default="")
    result = models.TextField(_("办理结果"), blank=True, default="")
    created_at = models.DateTimeField(_("交办时间"))
    due_at = models.DateTimeField(_("到期时间"), null=True)
    signed_at = models.DateTimeField(_("签收时间"), null=True)
    done_at = models.DateTimeField(_("完成时间"), null=True)
    was_late = models.BooleanField(_("超期完成"), default=False)
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict, blank=True, default="")
    countersigning = models.ForeignKey(
        Countersigning, models.PROTECT, null=True, related_name="tasks"
    )
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "unit"],
                name="task_open_once",
                condition=models.Q(state__in=[s.value for s in OPEN_TASK_STATES]),
            ),
        ]
        indexes = [
            models.Index(fields=["case", "id"], name="task_case"),
            models.Index(fields=["unit", "case"], name="task_unit_case"),
            models.Index(
                fields=["unit", "state", "due_at"],
                name="task_open_unit",
                condition=models.Q(state__in=[s.value for s in OPEN_TASK_STATES]),
            ),
            models.Index(fields=["unit", "-done_at"], name="task_done_unit"),
            models.Index(
                fields=["person", "-id"],
                name="task_check_person",
                condition=models.Q(kind="check"),
            ),
            BrinIndex(fields=["created_at"], name="task_created"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()} {self.unit}"


class Request(models.Model):
    """Something a unit or reporter asks for and somebody else rules on (退单, 延期, 重办).

    details: what the kind needs, for example {"amount": 5, "unit": "working_days"}.
    The asker never rules: a database constraint keeps the two persons apart.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="requests")
    kind = models.CharField(_("类别"), max_length=12, choices=RequestKind)
    state = models.CharField(
        _("状态"), max_length=10, choices=RequestState, default=RequestState.PENDING
    )
    reason_code = models.CharField(_("理由类别"), max_length=40, blank=True, default="")
    reason = models.TextField(_("理由"))
    details = models.JSONField(_("详情"), default=dict)
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by_id = models.BigIntegerField(_("提出人编号"), null=True)
    asked_by_name = models.CharField(_("提出人"), max_length=100)
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("裁定时间"), null=True)
    decided_by_id = models.BigIntegerField(_("裁定人编号"), null=True)
    decided_by_name = models.CharField(_("裁定人"), max_length=100, blank=True, default="")
    decision_note = models.TextField(_("裁定意见"), blank=True, default="")

    class Meta:
        verbose_name = _("请求")
        verbose_name_plural = _("请求")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                name="request_pending_once",
                condition=models.Q(state="pending"),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by_id__isnull=True)
                | models.Q(asked_by_id__isnull=True)
                | ~models.Q(decided_by_id=models.F("asked_by_id")),
                name="request_two_persons",
            ),
        ]
        indexes = [BrinIndex(fields=["asked_at"], name="request_asked")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()} {self.state}"


class Order(models.Model):
    """A superior's word laid over a case: urge, supervise, instruct.

    cause: "manual", "clock:<name>:<threshold>" when a deadline wrote it by itself (SL-01), or
    "order:<id>" when an earlier one was not answered in time.
    due_at: when the reply must be there, by the order's own clock; null: none is required.
    missed_count: how often the time for the reply passed; each time it is repeated higher up.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="orders")
    kind = models.CharField(_("类别"), max_length=12, choices=OrderKind)
    cause = models.CharField(_("起因"), max_length=60, default="manual")
    text = models.TextField(_("要求"))
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    ordered_at = models.DateTimeField(_("下达时间"))
    ordered_by_id = models.BigIntegerField(_("下达人编号"), null=True)
    ordered_by_name = models.CharField(_("下达人"), max_length=100)
    due_at = models.DateTimeField(_("回复期限"), null=True)
    missed_count = models.PositiveSmallIntegerField(_("逾期未回复次数"), default=0)
    reply = models.TextField(_("回复"), blank=True, default="")
    replied_at = models.DateTimeField(_("回复时间"), null=True)
    replied_by_name = models.CharField(_("回复人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("督办催办")
        verbose_name_plural = _("督办催办")
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["unit", "-id"],
                name="order_unanswered",
                condition=models.Q(replied_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()}"
